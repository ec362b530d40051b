"""Every kind of claim has three verdicts: it holds, it does not, or the counts cannot tell."""

import numpy as np
import pytest

from data_prep.claims import ASKED_KINDS, CLAIM_TYPES, CONTRADICTED, SUPPORTED, UNCHECKABLE, UNCLEAR, Claim, check
from data_prep.facts.measurement import Measurement
from tests.data_prep.claims.measured import ZERO, Measured, shape

M = Measurement
THREE = (SUPPORTED, UNCLEAR, CONTRADICTED)


def halves(left: Measurement) -> dict[str, Measurement]:
    return {"left": left, "right": -left, "upper": ZERO, "lower": ZERO}


def ninths(top: Measurement) -> dict[str, Measurement]:
    others = ("upper left", "upper right", "left", "centre", "right", "lower left", "bottom", "lower right")
    return {"top": top} | dict.fromkeys(others, -top)


@pytest.mark.parametrize(
    ("claim", "name", "values"),
    [
        (Claim("absent", "G"), "detected", (0.005, 0.02, 0.04)),
        (Claim("ubiquitous", "G"), "detected", (0.97, 0.9, 0.8)),
        (Claim("gradient", "G", value="left"), "trend", ((M(-0.7, 0.05), ZERO), (M(-0.4, 0.05), ZERO), (ZERO, ZERO))),
        (
            Claim("gradient", "G", value="down"),
            "trend",
            ((ZERO, M(0.7, 0.05)), (ZERO, M(0.7, 0.3)), (ZERO, M(-1, 0))),
        ),
        (Claim("follows_depth", "G"), "depth_correlation", (M(0.6, 0.05), M(0.3, 0.05), M(-0.6, 0.05))),
        (Claim("colocalised", "G", other="H"), "map_correlation", (M(0.6, 0.05), M(0.3, 0.05), M(0.0, 0.05))),
        (Claim("exclusive", "G", other="H"), "map_correlation", (M(-0.3, 0.05), M(-0.1, 0.05), M(0.3, 0.05))),
        (Claim("unrelated", "G", other="H"), "map_correlation", (M(-0.05, 0.05), M(-0.2, 0.05), M(-0.5, 0.05))),
        (Claim("partial", "G", "N", "left"), "halves", (halves(M(2, 0.2)), halves(M(2, 0.7)), halves(M(-2, 0.2)))),
        (Claim("rim", "G", "N", "rim"), "rim", (M(1.5, 0.1), M(0.5, 0.1), M(0.0, 0.1))),
        (Claim("rim", "G", "N", "core"), "rim", (M(-1.5, 0.1), M(np.nan, np.nan), M(1.5, 0.1))),
        (Claim("spills_over", "G", "N", other="M"), "spill", (M(1.5, 0.1), M(1.5, 0.6), M(0.1, 0.1))),
        (Claim("highest", "G", value="top"), "ninths", (ninths(M(1, 0.2)), ninths(M(1, 0.6)), ninths(M(-1, 0.2)))),
        (Claim("no_peak", "G"), "ninths", (ninths(M(0.1, 0.05)), ninths(M(0.3, 0.2)), ninths(M(1, 0.2)))),
        (Claim("composed_of", niche="N", value="mostly", other="T cell"), "share", (0.8, 0.5, 0.3)),
        (Claim("composed_of", niche="N", value="partly", other="T cell"), "share", (0.3, 0.2, 0.8)),
        (Claim("composed_of", niche="N", value="hardly", other="T cell"), "share", (0.01, 0.05, 0.3)),
    ],
    ids=lambda value: f"{value.kind} {value.value}" if isinstance(value, Claim) else "",
)
def test_the_measured_value_and_its_error_decide(claim: Claim, name: str, values: tuple) -> None:
    assert tuple(check(claim, Measured(**{name: value})).verdict for value in values) == THREE


@pytest.mark.parametrize(
    ("kind", "value", "name", "values"),
    [
        ("adjacent", "", "contacts", ({"M": 0.3}, {"M": 0.1}, {"M": 0.0})),
        ("centred", "upper left", "centroid", ((0.2, 0.2), (0.39, 0.2), (0.7, 0.2))),
        ("centred", "centre", "centroid", ((0.5, 0.48), (0.41, 0.5), (0.3, 0.5))),
        ("extent", "a small part", "area_fraction", (0.1, 0.14, 0.3)),
        ("extent", "most", "area_fraction", (0.8, 0.62, 0.3)),
        ("form", "scattered", "homophily", (0.2, 0.45, 0.9)),
        ("form", "band", "aspect", (8.0, 4.2, 2.0)),
        ("form", "compact", "aspect", (2.0, 4.2, 8.0)),
        ("parts", "one piece", "pieces", ((0.97,), (0.83, 0.17), (0.5, 0.5))),
        ("parts", "two pieces", "pieces", ((0.5, 0.48), (0.86, 0.1), (0.97,))),
        ("parts", "several pieces", "pieces", ((0.4, 0.3, 0.3), (0.5, 0.36, 0.14), (0.5, 0.5))),
    ],
)
def test_the_shape_of_a_niche_decides(kind: str, value: str, name: str, values: tuple) -> None:
    claim = Claim(kind, niche="N", value=value, other="M" if kind == "adjacent" else "")
    assert tuple(check(claim, Measured(shape=shape(**{name: given}))).verdict for given in values) == THREE


def test_a_ring_surrounds_an_empty_centre() -> None:
    ring, disc = shape(coverage=1.0, hollow=0.0), shape(coverage=1.0, hollow=0.9)
    for niche, verdicts in ((ring, (SUPPORTED, CONTRADICTED)), (disc, (CONTRADICTED, SUPPORTED))):
        claims = [Claim("form", niche="N", value=value) for value in ("ring", "compact")]
        assert tuple(check(claim, Measured(shape=niche)).verdict for claim in claims) == verdicts


@pytest.mark.parametrize(
    ("moran", "z", "verdict"),
    [
        (M(0.3, 0.02), 9.0, SUPPORTED),
        (M(0.3, 0.02), 4.0, UNCLEAR),
        (M(0.07, 0.02), 9.0, UNCLEAR),
        (M(0.0, 0.02), 1.0, CONTRADICTED),
        (M(0.0, 0.2), 1.0, UNCLEAR),
    ],
)
def test_a_pattern_is_large_and_beyond_chance(moran: Measurement, z: float, verdict: str) -> None:
    facts = Measured(moran=moran, moran_z=z)
    opposite = {SUPPORTED: CONTRADICTED, CONTRADICTED: SUPPORTED, UNCLEAR: UNCLEAR}
    assert check(Claim("patterned", "G"), facts).verdict == verdict
    assert check(Claim("not_patterned", "G"), facts).verdict == opposite[verdict]


def test_a_gene_of_few_spots_cannot_show_that_it_has_no_pattern() -> None:
    assert check(Claim("patterned", "G"), Measured(detected=0.02, moran=M(0.0, 0.02))).verdict == UNCLEAR
    assert check(Claim("patterned", "G"), Measured(detected=0.5, moran=M(0.0, 0.02))).verdict == CONTRADICTED


@pytest.mark.parametrize(("label", "verdict"), [(1, SUPPORTED), (0, CONTRADICTED), (-1, UNCLEAR)])
def test_the_marker_label_decides_on_enrichment(label: int, verdict: str) -> None:
    opposite = {SUPPORTED: CONTRADICTED, CONTRADICTED: SUPPORTED, UNCLEAR: UNCLEAR}
    assert check(Claim("enriched", "G", "N"), Measured(label=label)).verdict == verdict
    assert check(Claim("not_enriched", "G", "N"), Measured(label=label)).verdict == opposite[verdict]


@pytest.mark.parametrize(
    ("fold", "strongly", "moderately"),
    [
        (M(3.0, 0.2), SUPPORTED, CONTRADICTED),
        (M(1.3, 0.2), CONTRADICTED, SUPPORTED),
        (M(2.2, 0.2), UNCLEAR, UNCLEAR),
    ],
)
def test_a_strength_is_said_only_if_it_is_certain(fold: Measurement, strongly: str, moderately: str) -> None:
    facts = Measured(log2fc=fold)
    assert check(Claim("enriched", "G", "N", "strongly"), facts).verdict == strongly
    assert check(Claim("enriched", "G", "N", "moderately"), facts).verdict == moderately
    assert check(Claim("enriched", "G", "N"), facts).verdict == SUPPORTED


@pytest.mark.parametrize(
    ("fold", "q", "verdict"),
    [
        (M(-2.0, 0.2), 1e-9, SUPPORTED),
        (M(-2.0, 0.2), 0.1, UNCLEAR),
        (M(-0.8, 0.3), 1e-9, UNCLEAR),
        (M(0.0, 0.2), 1e-9, CONTRADICTED),
    ],
)
def test_depletion_mirrors_the_marker_rule(fold: Measurement, q: float, verdict: str) -> None:
    assert check(Claim("depleted", "G", "N"), Measured(log2fc=fold, q_value=q)).verdict == verdict


def test_a_gene_that_marks_a_niche_is_not_nowhere() -> None:
    assert [check(Claim("nowhere", "G"), Measured(label=label)).verdict for label in (0, -1, 1)] == list(THREE)


@pytest.mark.parametrize(
    ("claim", "name", "sure", "unsure"),
    [
        (Claim("partial", "G", "N", "left"), "halves", halves(M(1.8, 0.5)), halves(M(1.8, 0.53))),
        (Claim("rim", "G", "N", "rim"), "rim", M(1.2, 0.29), M(1.2, 0.31)),
        (Claim("spills_over", "G", "N", other="M"), "spill", M(1.2, 0.33), M(1.2, 0.36)),
    ],
    ids=["partial", "rim", "spills_over"],
)
def test_a_rare_claim_must_be_far_from_chance(claim: Claim, name: str, sure: Measurement, unsure: Measurement) -> None:
    verdicts = [check(claim, Measured(**{name: value})).verdict for value in (sure, unsure)]
    assert verdicts == [SUPPORTED, UNCLEAR]


def test_claims_without_their_prerequisites_are_uncheckable() -> None:
    much = {"halves": halves(M(3, 0.1)), "rim": M(3, 0.1), "spill": M(3, 0.1)}
    inside = [
        Claim("partial", "G", "N", "left"),
        Claim("rim", "G", "N", "rim"),
        Claim("spills_over", "G", "N", other="M"),
    ]
    for claim in inside:
        assert check(claim, Measured(**much)).verdict == SUPPORTED
        assert check(claim, Measured(frac_in=0.01, **much)).verdict == UNCHECKABLE
    scattered = Measured(shape=shape(form="scattered"), **much)
    for claim in (*inside[1:], Claim("parts", niche="N", value="one piece")):
        assert check(claim, scattered).verdict == UNCHECKABLE
    far = Measured(shape=shape(contacts={"M": 0.01}), **much)
    assert check(inside[2], far).verdict == UNCHECKABLE
    lowered = Measured(log2fc=M(-2, 0.1), **much)
    assert check(inside[2], lowered).verdict == UNCHECKABLE
    assert check(Claim("composed_of", niche="N", value="mostly", other="B cell"), Measured()).verdict == UNCHECKABLE


def test_names_that_are_not_on_the_slide_are_uncheckable() -> None:
    wrong = Claim("enriched", "NO-SUCH", "N"), Claim("form", niche="NO", value="band")
    for claim in (*wrong, Claim("adjacent", niche="N", other="X"), Claim("colocalised", "G", other="X")):
        assert check(claim, Measured()).verdict == UNCHECKABLE


def test_few_counts_hide_a_relation_and_do_not_deny_it() -> None:
    """A correlation near zero denies nothing where noise would have lowered a clear one to that."""
    for claim, name, value in (
        (Claim("colocalised", "G", other="H"), "map_correlation", 0.03),
        (Claim("exclusive", "G", other="H"), "map_correlation", 0.02),
        (Claim("follows_depth", "G"), "depth_correlation", 0.03),
        (Claim("patterned", "G"), "moran", 0.0),
    ):
        enough, few = (Measured(**{name: M(value, 0.02, reach=reach)}) for reach in (0.5, 0.01))
        assert check(claim, enough).verdict == CONTRADICTED, claim
        hidden = check(claim, few)
        assert (hidden.verdict, hidden.needs) == (UNCLEAR, "more counts"), claim
    unrelated = Claim("unrelated", "G", other="H")
    pairs = (Measured(map_correlation=M(0.03, 0.02, reach=reach)) for reach in (0.5, 0.01))
    assert [check(unrelated, facts).verdict for facts in pairs] == [SUPPORTED, UNCLEAR]


def test_single_spots_overrule_maps_that_are_blurred() -> None:
    """Pools mix a scattered niche with its surroundings: two of its genes seem to share no place."""
    for kind, pooled, at_spots, blurred in (
        ("colocalised", 0.0, 0.4, CONTRADICTED),
        ("colocalised", 0.7, -0.2, SUPPORTED),
        ("exclusive", -0.3, 0.15, SUPPORTED),
        ("exclusive", 0.3, -0.15, CONTRADICTED),
        ("unrelated", 0.0, 0.2, SUPPORTED),
    ):
        claim = Claim(kind, "G", other="H")
        for spots, verdict in ((M(at_spots, 0.02), UNCLEAR), (M(at_spots, 0.3), blurred), (ZERO, blurred)):
            facts = Measured(map_correlation=M(pooled, 0.02), spot_correlation=spots)
            assert check(claim, facts).verdict == verdict, (claim, spots)


def test_an_entry_holds_the_number_and_its_error() -> None:
    entry = check(Claim("rim", "G", "N", "core"), Measured(rim=M(-1.5, 0.1)))
    assert (entry.number, entry.error, entry.value) == (1.5, 0.1, "+1.50 ± 0.10")


@pytest.mark.parametrize("kind", [kind for kind in ASKED_KINDS if CLAIM_TYPES[kind].question.exclusive])
def test_at_most_one_value_of_an_exclusive_kind_is_true(kind: str) -> None:
    claim_type = CLAIM_TYPES[kind]
    of_gene = {
        "halves": halves(M(2, 0.2)),
        "rim": M(2, 0.2),
        "trend": (M(0.8, 0.05), ZERO),
        "ninths": ninths(M(1, 0.2)),
    }
    facts = Measured(share=0.8, **of_gene)
    claims = claim_type.question.candidates(facts.slide, ("G",), ("N",))
    supported = [claim.value for claim in claims if claim_type.check(claim, facts).verdict == SUPPORTED]
    assert len(supported) == 1


def test_near_misses_have_larger_margins_than_far_ones() -> None:
    for claim, name, near, far in (
        (Claim("rim", "G", "N", "rim"), "rim", M(0.3, 0.1), M(-1, 0.1)),
        (Claim("exclusive", "G", other="H"), "map_correlation", M(0.05, 0.02), M(0.8, 0.02)),
        (Claim("highest", "G", value="top"), "ninths", ninths(M(-0.3, 0.1)), ninths(M(-2, 0.1))),
    ):
        found = [CLAIM_TYPES[claim.kind].check(claim, Measured(**{name: value})) for value in (near, far)]
        assert [evidence.verdict for evidence in found] == [CONTRADICTED, CONTRADICTED]
        assert found[0].margin > found[1].margin
