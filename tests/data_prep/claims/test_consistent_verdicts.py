"""Verdicts never contradict each other: of claims that exclude each other, one at most is supported."""

from collections import Counter, defaultdict
from dataclasses import replace

import pytest

from data_prep.claims import CLAIM_TYPES, CONTRADICTED, SUPPORTED, Claim, check
from data_prep.facts.facts import Facts
from data_prep.synth.tissue import make_slide
from tests.data_prep.claims.every_claim import every_claim
from tests.data_prep.claims.known_lists import with_lists
from tests.data_prep.tasks.task_examples import with_cell_types

SLIDES = (("layers", "hex"), ("rings", "cells"), ("scattered", "cells"), ("blobs", "hex"), ("mixed", "cells"))
"""Patterns of the niches and layouts of the spots."""
N_GENES, PAIRED = 60, 12
"""Genes of each slide; genes of which all pairs are checked."""
TWO_AXES = {"partial", "gradient"}
"""Kinds of which two values can be true: a gene of a corner rises along both axes."""
AXES = ({"left", "right"}, {"upper", "lower"}, {"up", "down"})
ONE_OF_EACH = (
    ("enriched", "depleted"),
    ("enriched", "not_enriched"),
    ("patterned", "not_patterned"),
    ("highest", "no_peak"),
    ("colocalised", "exclusive"),
    ("colocalised", "unrelated"),
    ("exclusive", "unrelated"),
    ("absent", "ubiquitous"),
    ("known_marker", "not_known_marker"),
)
"""Kinds of claim of which one at most is true of the same genes and niches."""
NEEDS_AN_INSIDE = ("parts", "rim", "spills_over")

Verdicts = list[dict[str, dict[Claim, dict[str, str]]]]
"""Of each slide: kind → subject (a claim without kind and value) → value → verdict."""


@pytest.fixture(scope="module")
def measured() -> list[Facts]:
    slides = [
        make_slide(seed, n_spots=700, n_niches=4, n_genes=N_GENES, pattern=pattern, layout=layout)
        for seed, (pattern, layout) in enumerate(SLIDES)
    ]
    return [Facts.measure(with_lists(with_cell_types(slide)), 64) for slide in slides]


@pytest.fixture(scope="module")
def verdicts(measured: list[Facts]) -> Verdicts:
    of_slides = []
    for facts in measured:
        genes = [str(gene) for gene in facts.slide.genes]
        facts.gene_maps.prefetch(genes)
        found: dict[str, dict[Claim, dict[str, str]]] = {kind: defaultdict(dict) for kind in CLAIM_TYPES}
        for kind, claim_type in CLAIM_TYPES.items():
            for claim in every_claim(facts.slide, kind, genes[:PAIRED] if claim_type.other == "gene" else genes):
                found[kind][replace(claim, kind="", value="")][claim.value] = check(claim, facts).verdict
        of_slides.append(found)
    return of_slides


def supported(of_values: dict[str, str]) -> set[str]:
    return {value for value, verdict in of_values.items() if verdict == SUPPORTED}


@pytest.mark.parametrize("kind", [kind for kind, t in CLAIM_TYPES.items() if t.question and t.question.exclusive])
def test_no_two_values_that_exclude_each_other_are_true(verdicts: Verdicts, kind: str) -> None:
    counts: Counter[int] = Counter()
    for found in verdicts:
        for subject, of_values in found[kind].items():
            true = supported(of_values)
            counts[len(true)] += 1
            assert len(true) <= (2 if kind in TWO_AXES else 1), subject
            assert not any(axis <= true for axis in AXES), subject
    assert counts[1] > 0


@pytest.mark.parametrize("kinds", ONE_OF_EACH, ids=" or ".join)
def test_no_two_kinds_that_exclude_each_other_are_true(verdicts: Verdicts, kinds: tuple[str, str]) -> None:
    counts: Counter[bool] = Counter()
    for found in verdicts:
        for subject in found[kinds[0]]:
            true = [bool(supported(found[kind][subject])) for kind in kinds]
            counts[any(true)] += 1
            assert not all(true), subject
    assert counts[True] > 0


def test_a_denial_has_the_opposite_verdict(verdicts: Verdicts) -> None:
    for kind, denial in ((kind, t.question.denial) for kind, t in CLAIM_TYPES.items() if t.question):
        for found in verdicts if denial else ():
            for subject, of_values in found[kind].items():
                assert (of_values[""] == SUPPORTED) == (found[denial][subject][""] == CONTRADICTED)


def test_only_one_cell_type_is_most_of_a_niche_and_a_marker_is_not_nowhere(verdicts: Verdicts) -> None:
    for found in verdicts:
        mostly = Counter(s.niche for s, of_values in found["composed_of"].items() if "mostly" in supported(of_values))
        assert max(mostly.values(), default=0) <= 1
        marked = {subject.gene for subject, of_values in found["enriched"].items() if of_values.get("") == SUPPORTED}
        nowhere = {subject.gene for subject, of_values in found["nowhere"].items() if supported(of_values)}
        assert marked
        assert not marked & nowhere


def test_a_niche_looks_like_one_type_at_most(verdicts: Verdicts) -> None:
    for found in verdicts:
        named = Counter(s.niche for s, of_values in found["looks_like"].items() if supported(of_values))
        assert max(named.values(), default=0) <= 1


def test_a_gene_has_a_peak_or_no_peak(verdicts: Verdicts) -> None:
    for found in verdicts:
        for subject, of_values in found["no_peak"].items():
            peaks = supported(found["highest"][subject])
            assert (of_values[""] == CONTRADICTED) == bool(peaks), subject


def test_a_scattered_niche_has_no_parts_and_no_rim(measured: list[Facts], verdicts: Verdicts) -> None:
    n_checked = 0
    for facts, found in zip(measured, verdicts, strict=True):
        for niche in (name for name, shape in facts.shapes.items() if shape.form == "scattered"):
            of_niche = [
                of_values
                for kind in NEEDS_AN_INSIDE
                for subject, of_values in found[kind].items()
                if subject.niche == niche
            ]
            assert not {SUPPORTED, CONTRADICTED} & {verdict for values in of_niche for verdict in values.values()}
            n_checked += len(of_niche)
    assert n_checked > 0
