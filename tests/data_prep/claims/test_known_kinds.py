"""Claims that rest on files of the user: their verdicts, their reasons, their sources, and their references."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

from data_prep import claims as c
from data_prep.claims import CONTRADICTED, SUPPORTED, UNCHECKABLE, UNCLEAR, Claim, Entry, check
from data_prep.claims.claim import THIS_LIST
from data_prep.claims.evidence import BETWEEN
from data_prep.claims.kinds.looks_like import FITS
from data_prep.claims.kinds.signals_to import ONE_SIDE, SIGNAL
from data_prep.claims.vocabulary import CLAIM_TYPES, KNOWN_KINDS
from data_prep.facts.facts import Facts
from data_prep.facts.known.signatures import Signature
from data_prep.facts.known.type_scores import CLEARLY
from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.knowledge.citation import Source
from data_prep.knowledge.gene_list import GENE_SET
from data_prep.knowledge.on_slide import with_knowledge
from data_prep.slide import Slide
from tests.data_prep.claims.known_lists import gene_list, knowledge_of
from tests.data_prep.facts.known.bands import bands

N_GENES = 60
RAISED = {(gene, "A"): 3.0 for gene in range(8)} | {(8, "B"): 3.0, (9, "B"): 3.0, (10, "C"): 3.0, (12, "B"): 1.25}
"""G0 to G7 mark A, G8 and G9 mark B, G10 marks C, and G12 is raised in B by a quarter."""
FILE_1, FILE_2 = Source("first.tsv", "1.0"), Source("second.gmt", "2.0")


def genes(*codes: int) -> list[str]:
    return [f"G{code}" for code in codes]


LISTS = [
    gene_list("Alpha cells", genes(*range(6)), source=FILE_1),
    replace(gene_list("Alpha (second)", genes(5, 6, 7), source=FILE_2), name="alpha cell"),
    gene_list("Beta cells", genes(*range(20, 28)), source=FILE_1),
    gene_list("Pair", genes(0, 1), source=FILE_1),
    gene_list("Elsewhere", ["NOT", "ON", "SLIDE"], source=FILE_1),
    gene_list("ALPHA_SET", [*genes(*range(8), 30, 31), "OTHER1", "OTHER2"], GENE_SET, FILE_2),
    gene_list("FLAT_SET", genes(*range(30, 50)), GENE_SET, FILE_2),
    gene_list("TINY_SET", genes(0, 1, 2), GENE_SET, FILE_2),
]
PAIRS = [(genes(0), genes(8)), (genes(0), genes(11)), (genes(0), genes(10)), (genes(0), genes(8, 9))]
PAIRS += [(genes(0), genes(8, 11)), (genes(0), genes(12))]


def slide_of_lists() -> Slide:
    return with_knowledge(bands(N_GENES, RAISED), knowledge_of(LISTS, PAIRS))


@pytest.fixture(scope="module")
def facts() -> Facts:
    return Facts.measure(slide_of_lists(), 64)


def signal(ligand: str, sender: str, receptor: str, receiver: str) -> Claim:
    return Claim("signals_to", ligand, sender, receiver, receptor)


TRUE = (
    Claim("looks_like", niche="A", other="Alpha cells"),
    Claim("looks_like", niche="A", other="ALPHA CELL"),
    Claim("signature", niche="A", other="Alpha cells"),
    Claim("signature", niche="A", other="ALPHA_SET"),
    Claim("programme", niche="A", other="ALPHA_SET"),
    signal("G0", "A", "G8", "B"),
    signal("G0", "A", "G8+G9", "B"),
    Claim("known_marker", "G0", other="Alpha cells"),
    Claim("known_marker", "G7", other="alphas"),
    Claim("not_known_marker", "G20", other="Alpha cells"),
)
FALSE = (
    Claim("looks_like", niche="A", other="Beta cells"),
    Claim("looks_like", niche="B", other="Alpha cells"),
    Claim("signature", niche="B", other="Alpha cells"),
    Claim("signature", niche="A", other="Beta cells"),
    signal("G0", "B", "G8", "A"),
    signal("G0", "C", "G8", "B"),
    Claim("known_marker", "G20", other="Alpha cells"),
    Claim("not_known_marker", "G0", other="Alpha cells"),
)
REASONS = {
    Claim("looks_like", niche="A", other="Gamma cells"): "no marker list has this name",
    Claim("looks_like", niche="A", other="ALPHA_SET"): "no marker list has this name",
    Claim("looks_like", niche="A", other="Pair"): "fewer than 3 genes of its lists are on the slide",
    Claim("looks_like", niche="A", other="Elsewhere"): "fewer than 3 genes of its lists are on the slide",
    Claim("signature", niche="A", other="Gamma cells"): "no list has this name",
    Claim("signature", niche="A", other="Pair"): "fewer than 3 genes of the list have counts",
    Claim("signature", niche="A", other="Elsewhere"): "fewer than 3 genes of the list have counts",
    Claim("programme", niche="A", other="GAMMA_SET"): "no gene set has this name",
    Claim("programme", niche="A", other="Alpha cells"): "no gene set has this name",
    Claim("programme", niche="A", other="TINY_SET"): "3 genes of the set could be seen; the test takes 5 to 500",
    signal("G0", "A", "G40", "B"): "the files have no such ligand and receptor",
    signal("G8", "A", "G0", "B"): "the files have no such ligand and receptor",
    signal("G0", "A", "G10", "C"): "the niches do not border",
    signal("G0", "A", "G8", "A"): "the receiving niche is not on the slide, or is the sending one",
    signal("G0", "A", "G8", "Nowhere"): "the receiving niche is not on the slide, or is the sending one",
    Claim("known_marker", "G0", other="Gamma cells"): "no marker list has this name",
    Claim("not_known_marker", "G0", other="Gamma cells"): "no marker list has this name",
}


@pytest.mark.parametrize(("claims", "verdict"), [(TRUE, SUPPORTED), (FALSE, CONTRADICTED)])
def test_verdicts_are_those_of_the_plant(facts: Facts, claims: tuple[Claim, ...], verdict: str) -> None:
    for claim in claims:
        entry = check(claim, facts)
        assert entry.verdict == verdict, entry
        assert entry.number > 0 or verdict == CONTRADICTED or claim.kind == "not_known_marker"


@pytest.mark.parametrize("claim", REASONS, ids=lambda claim: f"{claim.kind} {claim.gene}{claim.other} {claim.value}")
def test_what_the_files_or_the_slide_lack_is_uncheckable_and_says_why(facts: Facts, claim: Claim) -> None:
    entry = check(claim, facts)
    assert (entry.verdict, entry.value) == (UNCHECKABLE, REASONS[claim])
    assert (entry.threshold, entry.sources, np.isnan(entry.number)) == ("", (), True)


@pytest.mark.parametrize("claim", [claim for claim in TRUE if claim.niche != "B"], ids=lambda claim: claim.kind)
def test_without_files_nothing_is_checkable(claim: Claim) -> None:
    entry = check(claim, Facts.measure(bands(N_GENES, RAISED), 64))
    assert entry.verdict == UNCHECKABLE
    assert entry.value.endswith("given")


def test_genes_and_niches_that_are_not_on_the_slide_are_uncheckable(facts: Facts) -> None:
    for claim in (
        Claim("signature", niche="Nowhere", other="Alpha cells"),
        Claim("known_marker", "NOT", other="Alpha cells"),
        signal("NOT", "A", "G8", "B"),
        signal("G0", "A", "G8+NOT", "B"),
    ):
        assert check(claim, facts).statistic == "names something that is not on the slide"


def test_a_flat_set_is_not_over_represented(facts: Facts) -> None:
    assert check(Claim("programme", niche="A", other="FLAT_SET"), facts).verdict in (CONTRADICTED, UNCLEAR)


def test_a_programme_says_how_many_genes_could_be_seen(facts: Facts) -> None:
    words = check(Claim("programme", niche="A", other="ALPHA_SET"), facts).value
    assert "8 of the 10 genes that could be seen are markers" in words
    assert "1.0 expected" in words
    assert words.endswith("the set has 12 genes")


def test_a_signature_says_how_many_of_its_genes_were_measured(facts: Facts) -> None:
    assert check(Claim("signature", niche="A", other="ALPHA_SET"), facts).value.endswith("over 10 of its 12 genes")


def test_a_signal_needs_both_sides_and_all_parts(facts: Facts) -> None:
    for receptor in ("G11", "G8+G11", "G12"):
        entry = check(signal("G0", "A", receptor, "B"), facts)
        assert entry.number == pytest.approx(SIGNAL, abs=0.2), "the ligand alone raises the mean"
        assert entry.verdict in (UNCLEAR, CONTRADICTED), entry
    quarter = facts.known.signals.of(5, 0, 1).receptor
    assert facts.known.signals.of(5, 0, 1).log2_fold.value > SIGNAL
    assert quarter.value - 2 * quarter.error > 0, "G12 is surely raised"
    assert quarter.value < ONE_SIDE, "but hardly"


def test_a_weak_side_needs_no_more_data(facts: Facts) -> None:
    weak, unsure = (check(signal("G0", "A", receptor, "B"), facts) for receptor in ("G12", "G11"))
    assert (weak.verdict, weak.needs) == (UNCLEAR, BETWEEN), "it is surely raised, and surely by less than is asked"
    assert unsure.verdict in (UNCLEAR, CONTRADICTED)


def test_margins_are_on_the_side_of_the_verdict(facts: Facts) -> None:
    """Also where a ligand is so strong that the mean of both sides is high, though the receptor is lowered."""
    lowered = bands(N_GENES, RAISED | {(11, "B"): 0.7})
    of_lowered = Facts.measure(with_knowledge(lowered, knowledge_of(LISTS, PAIRS)), 64)
    one_lowered = signal("G0", "A", "G11", "B")
    for claim, measured in [*((claim, facts) for claim in (*TRUE, *FALSE)), (one_lowered, of_lowered)]:
        evidence = CLAIM_TYPES[claim.kind].check(claim, measured)
        if "known_marker" not in claim.kind:
            assert evidence.margin > 0 if evidence.verdict == SUPPORTED else evidence.margin < 0, claim
    assert check(one_lowered, of_lowered).verdict == CONTRADICTED


def test_a_wider_type_is_named_with_the_score_of_its_kind() -> None:
    """The neurons' own list fits too badly for a name of its own. The number and the limits agree all the same."""
    lists = [gene_list("Interneurons", genes(*range(8))), gene_list("Neurons", genes(0, 1, 2, *range(30, 55)))]
    facts = Facts.measure(with_knowledge(bands(N_GENES, RAISED), knowledge_of(lists)), 64)
    scores = facts.known.types
    assert CLEARLY <= scores.scores[1, 0] < FITS < scores.scores[0, 0]
    entry = check(Claim("looks_like", niche="A", other="Neurons"), facts)
    assert entry.verdict == SUPPORTED
    assert entry.number == pytest.approx(scores.scores[0, 0])


def test_a_niche_without_spots_changes_nothing_for_the_others(facts: Facts) -> None:
    slide = facts.slide
    niche = slide.niche.copy()
    niche[niche == 2] = -1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        without = Facts.measure(replace(slide, niche=niche), 64)
        for claim in TRUE:
            assert check(claim, without).verdict == SUPPORTED, claim
    assert check(Claim("signature", niche="C", other="Alpha cells"), without).verdict == UNCHECKABLE


@pytest.mark.parametrize(
    ("value", "error", "verdict"),
    [(0.9, 0.2, SUPPORTED), (0.9, 0.28, UNCLEAR), (0.45, 0.01, UNCLEAR), (0.1, 0.1, CONTRADICTED), (0.1, 0.4, UNCLEAR)],
)
def test_a_signature_must_be_large_and_far_from_chance(value: float, error: float, verdict: str) -> None:
    facts = Facts.measure(slide_of_lists(), 64)
    facts.known._signatures["Beta cells"] = Signature(np.full(3, value), np.full(3, error), np.zeros(3), 8)
    assert check(Claim("signature", niche="A", other="Beta cells"), facts).verdict == verdict


@pytest.mark.parametrize(("q_value", "verdict"), [(0.009, SUPPORTED), (0.011, UNCLEAR)])
def test_programmes_and_signals_must_be_beyond_chance(q_value: float, verdict: str) -> None:
    facts = Facts.measure(slide_of_lists(), 64)
    for name in ("programmes", "signals"):
        part = getattr(facts.known, name)
        facts.known.__dict__[name] = replace(part, q_value=np.full(part.q_value.shape, q_value))
    for claim in (Claim("programme", niche="A", other="ALPHA_SET"), signal("G0", "A", "G8", "B")):
        assert check(claim, facts).verdict == verdict


def test_a_signal_is_seen_in_a_tenth_of_the_spots() -> None:
    slide = slide_of_lists()
    counts = slide.counts.toarray()
    counts[:, 8] *= np.random.default_rng(2).random(slide.n_spots) < 0.08
    entry = check(signal("G0", "A", "G8", "B"), Facts.measure(slide.with_counts(counts), 64))
    assert (entry.verdict, entry.number > SIGNAL) == (UNCLEAR, True)


def test_each_verdict_cites_the_files_that_it_rests_on(facts: Facts) -> None:
    def cited(claim: Claim) -> list[str]:
        return [str(source) for source in check(claim, facts).sources]

    first, second = "first.tsv (1.0), line", "second.gmt (2.0), line"
    assert cited(Claim("known_marker", "G4", other="Alpha cells")) == [f"{first} 5"]
    assert cited(Claim("known_marker", "G5", other="alpha cell")) == [f"{first} 6", f"{second} 1"]
    assert cited(Claim("known_marker", "G7", other="alpha cell")) == [f"{second} 3"]
    assert cited(Claim("known_marker", "G5", other="Alpha (second)")) == [f"{second} 1"], "one list, by its label"
    assert cited(Claim("known_marker", "G20", other="Alpha cells")) == []
    assert cited(Claim("not_known_marker", "G4", other="Alpha cells")) == [f"{first} 5"], "what speaks against it"
    assert cited(Claim("looks_like", niche="A", other="Alpha cells")) == [f"{first} 1", f"{second} 1"]
    assert cited(Claim("signature", niche="A", other="Beta cells")) == [f"{first} 1"]
    assert cited(Claim("programme", niche="A", other="ALPHA_SET")) == [f"{second} 1"]
    assert cited(signal("G0", "A", "G8+G9", "B")) == ["pairs.csv (test), line 4"]
    entry = check(Claim("known_marker", "G4", other="Alpha cells"), facts)
    assert c.evidence_line(entry).endswith(f"Source: {first} 5.")
    assert c.evidence_fields(entry)["source"] == f"{first} 5"
    assert "source" not in c.evidence_fields(check(Claim("enriched", "G0", "A"), facts))


def test_counts_have_no_part_in_what_is_known(facts: Facts) -> None:
    slide = facts.slide
    shuffled = slide.with_counts(slide.counts[np.random.default_rng(0).permutation(slide.n_spots)])
    other = Facts.measure(shuffled, 64)
    for claim in (*TRUE, *FALSE):
        if "known_marker" in claim.kind:
            assert check(claim, other).verdict == check(claim, facts).verdict


def test_verdicts_do_not_depend_on_what_was_checked_before() -> None:
    claims = [*TRUE, *FALSE, *REASONS]

    def checked(order: list[Claim]) -> dict[Claim, Entry]:
        facts = Facts.measure(slide_of_lists(), 64)
        return {claim: check(claim, facts) for claim in order}

    ours, theirs = checked(claims), checked(claims[::-1])
    for claim in claims:
        one, two = ours[claim], theirs[claim]
        assert (one.verdict, one.value, one.sources) == (two.verdict, two.value, two.sources)
        np.testing.assert_equal((one.number, one.error), (two.number, two.error))


def test_a_niche_of_shuffled_spots_has_nothing() -> None:
    slide = slide_of_lists()
    facts = Facts.measure(replace(slide, niche=np.random.default_rng(1).permutation(slide.niche)), 64)
    assert not [claim for claim in TRUE if claim.niche and check(claim, facts).verdict == SUPPORTED]


def test_candidates_are_claims_about_what_the_files_have(facts: Facts) -> None:
    found = {
        kind: list(CLAIM_TYPES[kind].question.candidates(facts.slide, genes(0, 1), ["A"]))
        for kind in KNOWN_KINDS
        if CLAIM_TYPES[kind].question
    }
    assert {claim.other for claim in found["programme"]} == {"ALPHA_SET", "FLAT_SET", "TINY_SET"}
    assert {claim.other for claim in found["signature"]} == {one.label for one in LISTS} - {"Elsewhere"}
    assert {claim.other for claim in found["looks_like"]} == {"Alpha cells", "Beta cells", "Pair", "Elsewhere"}
    assert {(claim.gene, claim.other) for claim in found["signals_to"]} == {
        *(("G0", "G8"), ("G0", "G11"), ("G0", "G10"), ("G0", "G12"))
    }
    assert {claim.value for claim in found["signals_to"]} == {"B", "C"}
    bare = replace(facts.slide, knowledge=None)
    for kind in found:
        assert list(CLAIM_TYPES[kind].question.candidates(bare, genes(0, 1), ["A"])) == []


@pytest.mark.parametrize("kind", ["looks_like", "signature", "programme"])
def test_a_question_about_a_list_names_neither_list_nor_niche_and_comes_back(facts: Facts, kind: str) -> None:
    (claim,) = [one for one in TRUE if one.kind == kind][:1]
    names = c.Names(niches={c.THE_NICHE: claim.niche}, lists={THIS_LIST: claim.other})
    referred = c.refer(claim, names)
    assert (referred.niche, referred.other) == (c.THE_NICHE, THIS_LIST)
    for seed in range(4):
        spoken = c.speak_answer([referred], True, np.random.default_rng(seed))
        assert claim.other not in spoken
        assert [c.resolve(heard, names) for heard in c.hear(spoken)] == [claim]
        assert claim.other in c.restore_names(spoken, names)
    question = CLAIM_TYPES[kind].question
    spec = question.spec(claim, CLAIM_TYPES[kind].other)
    assert (spec.kind, spec.genes, spec.niche, spec.other) == ("signature", (), claim.niche, claim.other)
    assert claim.other not in question.prompt(claim, CLAIM_TYPES[kind].values)
    assert facts.canvas.pixels(replace(spec, size=64)).shape == (64, 64, 3)


def test_a_signal_is_asked_with_both_genes_in_one_picture(facts: Facts) -> None:
    claim = signal("G0", "A", "G8", "B")
    spec = CLAIM_TYPES["signals_to"].question.spec(claim, CLAIM_TYPES["signals_to"].other)
    assert (spec.kind, spec.genes) == ("twin", ("G0", "G8"))
    assert facts.canvas.pixels(replace(spec, size=64)).shape == (64, 64, 3)


def test_samples_are_the_spots_that_were_measured(facts: Facts) -> None:
    tissue = LabelledTissue.of(facts.slide)
    assert check(TRUE[2], facts).n_spots == tissue.niche_sizes[0]
    assert check(signal("G0", "A", "G8", "B"), facts).n_spots == tissue.niche_sizes[:2].sum()
    assert check(Claim("known_marker", "G0", other="Alpha cells"), facts).n_spots == 0
