"""Sentences: the strongest first, and statements that differ in one name share one."""

from data_prep.claims import Claim
from inference.answers.composing import compose
from inference.answers.statements import Statement


def words(*statements: Statement) -> list[str]:
    return [saying.words for saying in compose(statements)]


def test_the_strongest_comes_first_and_what_is_not_comes_last():
    said = words(
        Statement(Claim("form", niche="L1", value="band"), 0.9, 1.0),
        Statement(Claim("not_enriched", "G1", "L1"), 0.99, 9.0, is_denial=True),
        Statement(Claim("parts", niche="L1", value="one piece"), 0.9, 3.0),
    )
    assert said == ["L1 is in one piece.", "L1 is a band.", "G1 is not enriched in L1."]


def test_genes_share_a_sentence():
    said = words(
        *(Statement(Claim("enriched", gene, "L1"), 0.9, strength) for gene, strength in (("A1", 1.0), ("B1", 3.0))),
        Statement(Claim("rim", "C1", "L1", "core"), 0.9, 2.0),
        Statement(Claim("enriched", "D1", "L1"), 0.9, 0.5),
        Statement(Claim("enriched", "E1", "L2"), 0.9, 0.2),
    )
    assert said == [
        "B1, A1 and D1 are enriched in L1.",
        "C1 is highest at the core of L1.",
        "E1 is enriched in L2.",
    ]


def test_neighbours_share_a_sentence():
    said = words(*(Statement(Claim("adjacent", niche="L1", other=other), 0.9, 1.0) for other in ("L2", "L3", "L4")))
    assert said == ["L1 borders L2, L3 and L4."]


def test_every_statement_stands_behind_one_sentence():
    statements = [Statement(Claim("enriched", gene, "L1"), 0.9, 1.0) for gene in "XYZ"]
    statements += [Statement(Claim("spills_over", "X", "L1", other=other), 0.9, 1.0) for other in ("L2", "L3")]
    sayings = list(compose(statements))
    assert len(sayings) == 2
    assert [statement for saying in sayings for statement in saying.statements] == statements


def test_names_stay_as_they_are_whatever_they_are():
    """Drosophila has genes H and D; a niche may be called red."""
    said = words(
        *(Statement(Claim("enriched", gene, "red"), 0.9, 1.0) for gene in ("H", "D")),
        Statement(Claim("form", niche="red", value="ring"), 0.9, 0.5),
    )
    assert said == ["H and D are enriched in red.", "red is a ring."]
