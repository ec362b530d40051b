"""Claims about slides that hardly are slides: the check never fails, and says that it cannot tell where it cannot."""

import dataclasses

import numpy as np
import pytest
import scipy.sparse as sp

from data_prep.claims import CLAIM_TYPES, CONTRADICTED, DECIDED, SUPPORTED, UNCHECKABLE, UNCLEAR, Entry, check
from data_prep.facts.facts import Facts
from data_prep.slide import Slide, SlideMeta
from tests.data_prep.claims.every_claim import every_claim
from tests.data_prep.claims.known_lists import with_lists

VERDICTS = {SUPPORTED, CONTRADICTED, UNCLEAR, UNCHECKABLE}
SILENT, FEW, COMMON = GENES = ("silent", "few", "common")
"""Genes with no count, with one count, and with many counts."""


def small_slide(seed: int, n_spots: int = 60, n_niches: int = 3, sizes: tuple[int, ...] = ()) -> Slide:
    """Cells at random places in random niches, with two cell types."""
    rng = np.random.default_rng(seed)
    niche = np.repeat(np.arange(len(sizes)), sizes) if sizes else rng.permutation(np.arange(n_spots) % n_niches)
    counts = rng.poisson([0, 0, 5], (len(niche), 3))
    counts[0, 1] = 1
    return Slide(
        "small",
        sp.csc_matrix(counts, dtype=np.float32),
        rng.random((len(niche), 2)),
        np.array(GENES),
        niche.astype(np.int32),
        tuple("ABCDEF"[: niche.max() + 1]),
        SlideMeta(),
        cell_type=rng.integers(-1, 2, len(niche)).astype(np.int32),
        cell_types=("T cell", "B cell"),
    )


def on_a_line(slide: Slide) -> Slide:
    return dataclasses.replace(slide, xy=slide.xy * [1, 0])


def at_one_place(slide: Slide) -> Slide:
    return dataclasses.replace(slide, xy=slide.xy * 0)


def without_counts(slide: Slide) -> Slide:
    return dataclasses.replace(slide, counts=slide.counts * 0)


SLIDES = {
    "two niches": lambda seed: small_slide(seed, n_niches=2),
    "twenty spots": lambda seed: small_slide(seed, n_spots=20),
    "a niche of one spot": lambda seed: small_slide(seed, sizes=(1, 40)),
    "a niche of ten spots": lambda seed: small_slide(seed, sizes=(10, 80)),
    "on a line": lambda seed: on_a_line(small_slide(seed)),
    "at one place": lambda seed: at_one_place(small_slide(seed)),
    "without counts": lambda seed: without_counts(small_slide(seed)),
}


def every_entry(facts: Facts) -> list[Entry]:
    """The checks of all claims of all kinds about all genes and niches."""
    return [check(claim, facts) for kind in CLAIM_TYPES for claim in every_claim(facts.slide, kind, GENES)]


def of_counts(entries: list[Entry]) -> list[Entry]:
    """The checks of the claims that are decided by counts, and not by files."""
    return [entry for entry in entries if entry.claim.kind not in ("known_marker", "not_known_marker")]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", SLIDES)
def test_every_claim_has_a_verdict(name: str, seed: int) -> None:
    entries = every_entry(Facts.measure(with_lists(SLIDES[name](seed)), 64))
    assert {entry.claim.kind for entry in entries} == set(CLAIM_TYPES)
    for entry in entries:
        assert entry.verdict in VERDICTS
        assert entry.verdict not in DECIDED or not np.isnan(entry.number), entry.claim
        assert entry.value or entry.verdict == UNCHECKABLE
        assert bool(entry.needs) == (entry.verdict == UNCLEAR), entry
        assert bool(entry.threshold) == (entry.verdict != UNCHECKABLE), entry
    for entry in of_counts(entries):
        assert entry.n_spots > 0 or entry.verdict == UNCHECKABLE, entry


def test_a_gene_without_counts_is_absent_and_nothing_else() -> None:
    entries = every_entry(Facts.measure(with_lists(small_slide(0)), 64))
    entries = [entry for entry in of_counts(entries) if SILENT in entry.sentence]
    said = {entry.claim.kind: entry.verdict for entry in entries if entry.verdict in DECIDED}
    assert said == {"absent": SUPPORTED, "ubiquitous": CONTRADICTED}


def test_a_gene_of_one_count_has_no_place() -> None:
    for seed in range(3):
        entries = every_entry(Facts.measure(with_lists(small_slide(seed)), 64))
        entries = [entry for entry in of_counts(entries) if FEW in entry.sentence]
        assert not [entry for entry in entries if entry.verdict == SUPPORTED and entry.claim.kind != "absent"]


def test_too_few_spots_for_two_sides_give_no_verdict() -> None:
    facts = Facts.measure(small_slide(0, sizes=(10, 80)), 64)
    inside = [entry for entry in every_entry(facts) if entry.claim.kind in ("partial", "rim", "spills_over")]
    assert {entry.verdict for entry in inside if entry.claim.niche == "A"} <= {UNCHECKABLE, UNCLEAR}
    crowd = [entry for entry in every_entry(Facts.measure(small_slide(0, n_spots=20), 64)) if entry.claim.gene]
    assert {entry.verdict for entry in crowd if entry.claim.kind in ("highest", "no_peak")} <= {UNCHECKABLE, UNCLEAR}


def test_a_tissue_on_a_line_has_no_top_and_no_bottom() -> None:
    slide = small_slide(0, sizes=(30, 30, 30))
    in_turn = dataclasses.replace(slide, xy=np.stack([np.arange(90.0), np.zeros(90)], axis=1))
    entries = [entry for entry in every_entry(Facts.measure(in_turn, 64)) if entry.claim.kind == "centred"]
    said = {entry.claim.niche: entry.claim.value for entry in entries if entry.verdict == SUPPORTED}
    assert said == {"A": "left", "B": "centre", "C": "right"}
