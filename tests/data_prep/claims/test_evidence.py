"""What stands behind a verdict: the limits that decide, the spots that were measured, and what would decide."""

from dataclasses import replace
from math import nan

import numpy as np
import pytest

from data_prep.claims import (
    CLAIM_TYPES,
    UNCHECKABLE,
    UNCLEAR,
    Claim,
    Entry,
    check,
    evidence_fields,
    evidence_line,
    in_percent,
)
from data_prep.claims.evidence import BETWEEN, MORE_COUNTS, MORE_SPOTS, weigh
from data_prep.claims.kinds.gradient import GRADIENT, NO_GRADIENT
from data_prep.facts.facts import Facts
from data_prep.facts.marker_rule import LOG2FC_MARKER, LOG2FC_STRONG
from data_prep.facts.marker_rule import UNCLEAR as UNCLEAR_LABEL
from data_prep.facts.measurement import Measurement
from data_prep.slide import Slide
from data_prep.synth.tissue import make_slide
from tests.data_prep.claims.measured import Measured
from tests.data_prep.facts.toy_slides import slide_of

M = Measurement
PARTIAL = Claim("partial", "G", "N", "left")


def needs(measured: Measurement, *, noise_lowers: bool = False) -> str:
    evidence = weigh(measured, 1.0, 0.4, noise_lowers=noise_lowers)
    assert evidence.verdict == UNCLEAR
    return evidence.needs


def test_the_larger_part_of_the_error_tells_what_would_decide() -> None:
    assert needs(M(0.7, 0.5, noise=0.9)) == MORE_COUNTS
    assert needs(M(0.7, 0.5, noise=0.1)) == MORE_SPOTS
    assert needs(M(1.5, 0.9, noise=0.9)) == MORE_COUNTS
    assert needs(M(nan, nan)) == MORE_SPOTS


def test_a_value_that_stays_between_the_limits_needs_no_more_data() -> None:
    assert needs(M(0.7, 0.05, noise=0.9)) == BETWEEN
    # Noise lowers correlations: with more counts the same tissue may have a larger one.
    assert needs(M(0.7, 0.05, noise=0.9), noise_lowers=True) == MORE_COUNTS
    assert needs(M(0.7, 0.05, noise=0.1), noise_lowers=True) == BETWEEN


def test_only_unclear_claims_need_anything() -> None:
    assert [weigh(M(value, 0.1, 0.9), 1.0, 0.4).needs for value in (2.0, 0.0)] == ["", ""]


def test_a_gene_of_few_spots_needs_counts() -> None:
    rare = Measured(label=UNCLEAR_LABEL, log2fc=M(3.0, 0.2, 0.1), frac_in=0.06)
    assert check(Claim("enriched", "G", "N"), rare).needs == MORE_COUNTS
    common = Measured(label=UNCLEAR_LABEL, log2fc=M(1.2, 0.6, 0.1), frac_in=0.6)
    assert check(Claim("enriched", "G", "N"), common).needs == MORE_SPOTS


def test_a_strength_that_is_certainly_another_is_contradicted() -> None:
    facts = Measured(label=UNCLEAR_LABEL, log2fc=M(1.0, 0.3))
    assert check(Claim("enriched", "G", "N", "strongly"), facts).verdict == "contradicted"
    assert check(Claim("enriched", "G", "N", "moderately"), facts).verdict == UNCLEAR


@pytest.mark.parametrize("kind", CLAIM_TYPES)
def test_every_kind_tells_its_limits_for_every_value(kind: str) -> None:
    claim_type = CLAIM_TYPES[kind]
    for value in claim_type.values or [""]:
        words = claim_type.threshold(Claim(kind, "G", "N", value, "M"))
        assert words
        assert "{" not in words
        assert kind == "identity" or any(letter.isdigit() for letter in words), words


def test_limits_are_those_of_the_constants(monkeypatch: pytest.MonkeyPatch) -> None:
    assert CLAIM_TYPES["gradient"].threshold(Claim("gradient", "G", value="up")) == (
        f"yes from +{GRADIENT:g}, no up to +{NO_GRADIENT:g}"
    )
    moderately = CLAIM_TYPES["enriched"].threshold(Claim("enriched", "G", "N", "moderately"))
    assert f"+{LOG2FC_MARKER:g} to +{LOG2FC_STRONG:g}" in moderately


def test_a_row_reads_as_words() -> None:
    entry = check(Claim("enriched", "G", "N", "moderately"), Measured(log2fc=M(1.4, 0.2)))
    assert evidence_line(entry) == (
        "+1.40 ± 0.20, detected in 50%; moderately is +1 to +2, with 2 errors added. "
        "Measured on 100 spots with a median of 1,000 counts."
    )
    between = check(Claim("gradient", "G", value="right"), Measured(trend=(M(0.4, 0.01), M(0, 0.1))))
    assert evidence_line(between).endswith(
        "Measured on 200 spots with a median of 1,000 counts, pooled over 7. "
        "It lies truly between the limits: more data would not decide."
    )
    few = check(PARTIAL, Measured(halves={"left": M(nan, nan)}))
    assert evidence_line(few).endswith("Needs more spots.")
    absent = check(Claim("enriched", "NONE", "N"), Measured())
    assert (evidence_line(absent), evidence_fields(absent)["depth"]) == ("", None)


def test_certainty_is_said_only_of_what_is_certain() -> None:
    shares = (0.0, 1e-9, 0.004, 0.006, 0.5, 0.994, 0.996, 1 - 1e-12, 1.0)
    assert [in_percent(share) for share in shares] == [
        "0%", "<1%", "<1%", "1%", "50%", "99%", ">99%", ">99%", "100%",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def slide() -> Slide:
    return make_slide(7, n_spots=1500, n_niches=3, n_genes=40, layout="hex")


def unclear(slide: Slide) -> list[Entry]:
    facts = Facts.measure(slide, 64)
    label = facts.markers.label
    pairs = np.argwhere(label == UNCLEAR_LABEL)
    return [check(Claim("enriched", str(slide.genes[g]), slide.niches[n]), facts) for g, n in pairs]


def test_few_counts_need_counts_and_few_spots_need_spots(slide: Slide) -> None:
    from data_prep.facts.thinning import thin

    sparse = unclear(slide.with_counts(thin(slide.counts, np.full(slide.n_spots, 0.02), 0)))
    assert len(sparse) > 10
    assert np.mean([entry.needs == MORE_COUNTS for entry in sparse]) > 0.9
    # The same tissue ten times as deep, but of a tenth of the spots.
    kept = np.sort(np.random.default_rng(0).permutation(slide.n_spots)[:150])
    few = replace(slide, xy=slide.xy[kept], niche=slide.niche[kept], counts=(slide.counts[kept] * 10).tocsc())
    entries = unclear(few)
    assert len(entries) > 10
    assert np.mean([entry.needs == MORE_SPOTS for entry in entries]) > 0.9


def test_more_counts_decide_what_needs_counts(slide: Slide) -> None:
    """Of the claims that need counts, far more are decided at the full depth than stay open."""
    from data_prep.facts.thinning import thin

    sparse = unclear(slide.with_counts(thin(slide.counts, np.full(slide.n_spots, 0.05), 0)))
    full = Facts.measure(slide, 64)
    later = [check(entry.claim, full).verdict != UNCLEAR for entry in sparse if entry.needs == MORE_COUNTS]
    assert len(later) > 5
    assert np.mean(later) > 0.6


def test_samples_are_the_spots_that_were_measured(slide: Slide) -> None:
    facts = Facts.measure(slide, 64)
    gene, niche = str(slide.genes[0]), slide.niches[1]
    own = (slide.niche == 1) & (slide.niche >= 0)
    entry = check(Claim("enriched", gene, niche), facts)
    assert entry.n_spots == own.sum()
    assert entry.depth == pytest.approx(np.median(slide.depth[own]))
    over_tissue = check(Claim("gradient", gene, value="up"), facts)
    assert over_tissue.n_spots == (slide.niche >= 0).sum()
    assert over_tissue.pooled in (1, 7, 19)
    places = [check(Claim("highest", gene, value=place), facts) for place in CLAIM_TYPES["highest"].values]
    assert sum(entry.n_spots for entry in places) == (slide.niche >= 0).sum()


def test_a_reason_in_words_does_not_run_into_the_name_of_the_statistic() -> None:
    measured = Entry(PARTIAL, UNCLEAR, "log2 ratio", "+0.90 ± 0.40", "", threshold="yes from +1.5", n_spots=30)
    assert evidence_line(measured, is_named=True) == "log2 ratio +0.90 ± 0.40; yes from +1.5. Measured on 30 spots."
    too_few = replace(measured, value="too few spots to measure it")
    assert evidence_line(too_few, is_named=True).startswith("log2 ratio: too few spots to measure it; yes")
    no_claim = Entry(PARTIAL, UNCHECKABLE, "log2 ratio", "the niche hardly has the gene", "")
    assert evidence_line(no_claim, is_named=True) == "the niche hardly has the gene."
    not_there = Entry(PARTIAL, UNCHECKABLE, "names something that is not on the slide", "", "")
    assert evidence_line(not_there, is_named=True) == "names something that is not on the slide."


def test_the_share_of_a_border_reads_as_a_share(slide: Slide) -> None:
    facts = Facts.measure(slide, 64)
    entry = check(Claim("adjacent", niche=slide.niches[0], other=slide.niches[1]), facts)
    assert entry.value == f"{in_percent(entry.number)} ± {entry.error:.0%}"
    assert entry.threshold == "yes from 15%, no up to 5%"


def test_a_gene_in_few_spots_of_a_niche_says_in_how_many() -> None:
    """Two of twelve spots are 17 %, which reads like more than it is."""
    counts = np.random.default_rng(1).poisson(5.0, (112, 6))
    niche = np.repeat([0, 1], [12, 100])
    counts[niche == 0, 0] = 0
    counts[:2, 0] = 3
    facts = Facts.measure(slide_of(counts, niche, ("small", "rest")), 64)
    assert check(Claim("enriched", "G0", "small"), facts).value.endswith("detected in 17% (2 spots)")
    assert check(Claim("enriched", "G1", "rest"), facts).value.endswith("%")
