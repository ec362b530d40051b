"""A comparison says what differs surely, checks the difference itself, and says nothing of what has not changed."""

import json
from collections.abc import Callable
from dataclasses import replace
from math import nan

import numpy as np
import pytest

from data_prep.claims import CONTRADICTED, SUPPORTED, UNCLEAR, Claim
from data_prep.errors import NicheLensError
from data_prep.facts.facts import Facts
from data_prep.facts.marker_rule import MARKER, NOT_MARKER
from data_prep.slide import Slide
from inference.answers.across.comparison import compare_niches, compare_slides
from inference.answers.across.comparison_text import to_json
from inference.answers.across.findings import COUNTS, MODEL
from inference.answers.across.gene_findings import q_words
from inference.engine.load_engine import load_engine
from tests.inference.answers.across.conftest import SMALL, SURELY, TwoOracles
from tests.oracle import Answering, Oracle
from tests.two_sections import named, relabelled, with_raised


def flat(facts: Facts, niche: str) -> str:
    """A gene that is even in a niche, with few counts: it can rise without a change of the depth."""
    column = facts.slide.niche_index(niche)
    certain = np.abs(facts.markers.log2fc[:, column]) + 2 * facts.markers.error[:, column] < 0.7
    total = np.asarray(facts.slide.counts.sum(axis=0)).ravel()
    return str(facts.slide.genes[np.where(certain, total, np.inf).argmin()])


def sparse_marker(facts: Facts, niche: str) -> str:
    """A marker of a niche with few counts: it can vanish without a change of the depth."""
    column = facts.slide.niche_index(niche)
    certain = facts.markers.log2fc[:, column] - 3 * facts.markers.error[:, column] > 1
    total = np.asarray(facts.slide.counts.sum(axis=0)).ravel()
    return str(facts.slide.genes[np.where(certain, total, np.inf).argmin()])


@pytest.fixture(scope="module")
def planted(section_slides: tuple[Slide, Slide], sections: tuple[Facts, Facts]) -> tuple[Facts, str, str]:
    """The second section with one gene raised and one marker lowered in niche c: (facts, raised, lowered)."""
    raised, lowered = flat(sections[0], "Niche C"), sparse_marker(sections[0], "Niche C")
    slide = with_raised(section_slides[1], raised, "niche c", 10.0)
    return Facts.measure(with_raised(slide, lowered, "niche c", 0.05)), raised, lowered


def test_a_slide_has_not_changed_from_itself(sections: tuple[Facts, Facts]) -> None:
    a, _ = sections
    again = Facts.measure(relabelled(a.slide, SMALL))
    for niche in a.shapes:
        found = compare_slides(TwoOracles(a, again, noise=2.0), a, a, niche)
        assert (found.changes, found.found, found.n_found) == ((), (), 0)
        assert found.n_agree == found.n_sure > 10
        assert found.text.startswith("The model is sure of no change:")
        assert found.notes[0] == "Both sides are the same slide."


def test_sections_of_one_tissue_have_not_changed(sections: tuple[Facts, Facts]) -> None:
    for niche in sections[0].shapes:
        found = compare_slides(TwoOracles(*sections), *sections, niche, SMALL[niche])
        assert (found.changes, found.found) == ((), ())
        assert all(kept.verdict == SUPPORTED for kept in found.kept)
        assert {kept.topic for kept in found.kept} >= {"gene", "neighbour", "share"}


def test_a_planted_change_is_found_with_its_direction(
    sections: tuple[Facts, Facts], planted: tuple[Facts, str, str]
) -> None:
    changed, raised, lowered = planted
    found = compare_slides(TwoOracles(sections[0], changed), sections[0], changed, "Niche C", "niche c")
    by_gene = {finding.about: finding for finding in found.changes if finding.topic == "gene"}
    assert by_gene.keys() == {raised, lowered}
    assert (by_gene[raised].change, by_gene[lowered].change) == ("gained", "lost")
    assert by_gene[raised].sentence == (f"{raised} marks niche c on second, and does not mark Niche C on first.")
    for finding in by_gene.values():
        assert finding.by == MODEL
        assert finding.verdict == SUPPORTED
        assert finding.q_value < 0.01
        assert finding.probability > 0.98
    assert by_gene[raised].number > 1
    assert by_gene[lowered].number < -1


def test_a_change_that_only_the_counts_show_is_not_put_into_the_models_mouth(
    sections: tuple[Facts, Facts], planted: tuple[Facts, str, str]
) -> None:
    changed, raised, lowered = planted
    silent = Answering(lambda claim: 0.0)
    found = compare_slides(silent, sections[0], changed, "Niche C", "niche c")
    assert found.changes == ()
    assert found.text.startswith("The model is sure of no change:")
    assert {(finding.about, finding.change) for finding in found.found if finding.topic == "gene"} == {
        (raised, "gained"),
        (lowered, "lost"),
    }
    assert all(finding.by == COUNTS and finding.probability is None for finding in found.found)


def lying(lie: Callable[[Claim], bool]) -> Answering:
    """Says yes to a lie about the second slide and no to it on the first; is silent on everything else."""
    return Answering(lambda claim: (8.0 if claim.niche.islower() else -8.0) if lie(claim) else 0.0)


def test_changes_that_did_not_happen_are_never_ticked(sections: tuple[Facts, Facts]) -> None:
    a, b = sections
    n_contradicted = 0
    for niche in a.shapes:
        found = compare_slides(lying(lambda claim: True), a, b, niche, SMALL[niche])
        assert found.changes
        assert all(finding.verdict in (CONTRADICTED, UNCLEAR) for finding in found.changes)
        assert all(finding.needs for finding in found.changes if finding.verdict == UNCLEAR)
        n_contradicted += sum(finding.verdict == CONTRADICTED for finding in found.changes)
        assert all(finding.sentence not in found.text for finding in found.changes)
        assert found.text.startswith("The counts confirm no change that the model states.")
    assert n_contradicted > 40


def test_a_marker_that_is_only_less_certain_is_no_marker_lost(sections: tuple[Facts, Facts]) -> None:
    """Significant on one slide and not on the other: the difference is unclear, and no tick stands beside it."""
    a, b = sections
    kept = np.random.default_rng(0).binomial(b.slide.counts.data.astype(int), 0.04).astype(np.float32)
    sparse = b.slide.counts.copy()
    sparse.data = kept
    thin = Facts.measure(b.slide.with_counts(sparse))
    engine = Answering(lambda claim: (-8.0 if claim.niche.islower() else 8.0) if claim.kind == "enriched" else 0.0)
    unclear = 0
    for niche in a.shapes:
        for finding in compare_slides(engine, a, thin, niche, SMALL[niche]).changes:
            assert finding.change == "lost"
            assert finding.verdict != SUPPORTED
            unclear += finding.verdict == UNCLEAR
    assert unclear > 5


def test_unsure_answers_make_no_change(sections: tuple[Facts, Facts]) -> None:
    """Yes on one side and a weak no on the other are no change."""
    engine = Answering(lambda claim: 6.0 if claim.niche.islower() else -2.0)
    assert compare_slides(engine, *sections, "Niche A", "niche a").changes == ()


def test_a_larger_niche_has_grown(section_slides: tuple[Slide, Slide], sections: tuple[Facts, Facts]) -> None:
    a, _ = sections
    slide = section_slides[1]
    *_, small, _, large = sorted(a.shapes, key=lambda niche: a.shapes[niche].area_fraction)
    taken = slide.spots_of(SMALL[large]) & (np.random.default_rng(0).random(slide.n_spots) < 0.7)
    niche = np.where(taken, slide.niche_index(SMALL[small]), slide.niche).astype(np.int32)
    grown = Facts.measure(replace(slide, niche=niche))
    ratio = grown.shapes[SMALL[small]].area_fraction / a.shapes[small].area_fraction
    assert ratio > 1.6
    found = compare_slides(TwoOracles(a, grown), a, grown, small, SMALL[small])
    (share,) = [finding for finding in (*found.changes, *found.found) if finding.topic == "share"]
    assert (share.change, share.verdict) == ("grew", SUPPORTED)
    assert share.number == pytest.approx(np.log2(ratio))
    assert share.sentence == f"{SMALL[small]} takes up more of second than {small} of first."


def test_neighbours_are_gained_and_lost(section_slides: tuple[Slide, Slide], sections: tuple[Facts, Facts]) -> None:
    """The layers of the second section lie in another order: two of them have changed places."""
    a, slide = sections[0], section_slides[1]
    layers = sorted(a.shapes, key=lambda niche: a.shapes[niche].centroid[1])
    swapped = {SMALL[niche]: SMALL[niche] for niche in layers}
    swapped[SMALL[layers[0]]], swapped[SMALL[layers[1]]] = SMALL[layers[1]], SMALL[layers[0]]
    b = Facts.measure(relabelled(slide, swapped))
    found = compare_slides(TwoOracles(a, b), a, b, layers[0], SMALL[layers[0]])
    # Their markers have not moved with the names, which the notes say.
    assert any(note.startswith("Caution: by markers and place") for note in found.notes)
    borders = [finding for finding in (*found.changes, *found.found) if finding.topic == "neighbour"]
    assert all(finding.verdict == SUPPORTED for finding in borders if finding.by == COUNTS)


def test_of_computed_niches_the_match_is_compared(section_slides: tuple[Slide, Slide]) -> None:
    """The names of computed niches mean nothing: "niche 1" of one slide may be "niche 3" of the other."""
    numbers = {f"Niche {letter}": f"niche {1 + 'ABCD'.index(letter)}" for letter in "ABCD"}
    turned = {SMALL[f"Niche {letter}"]: f"niche {4 - 'ABCD'.index(letter)}" for letter in "ABCD"}
    slides = [relabelled(section_slides[0], numbers), relabelled(section_slides[1], turned)]
    computed = [replace(slide, meta=replace(slide.meta, niches_from="Leiden")) for slide in slides]
    found = compare_slides(Answering(lambda claim: 0.0), *map(Facts.measure, computed), "niche 1")
    assert found.pair.b.niche == "niche 4"
    assert any(note.startswith("By markers and place the two are the same niche") for note in found.notes)
    given = compare_slides(Answering(lambda claim: 0.0), *map(Facts.measure, slides), "niche 1")
    assert given.pair.b.niche == "niche 1"
    assert any(note.startswith("Caution: by markers and place, niche 1 of first is more like") for note in given.notes)


def test_niches_of_one_slide_are_set_against_each_other(sections: tuple[Facts, Facts]) -> None:
    a, _ = sections
    truth = Oracle(a)
    sure = Answering(lambda claim: SURELY * truth.truth(claim))
    found = compare_niches(sure, a, "Niche A", "Niche C")
    genes = [finding for finding in found.changes if finding.topic == "gene"]
    assert {finding.change for finding in genes} == {"higher", "lower"}
    differences = {finding.about: finding.number for finding in genes if finding.verdict == SUPPORTED}
    assert len(differences) > 5
    for finding in genes:
        if finding.verdict != SUPPORTED:
            continue
        row = a.slide.gene_index(finding.about)
        labels = [int(a.markers.label[row, a.slide.niche_index(niche)]) for niche in ("Niche A", "Niche C")]
        assert labels == ([NOT_MARKER, MARKER] if finding.change == "higher" else [MARKER, NOT_MARKER])
        assert (finding.number > 0) == (finding.change == "higher")
    higher = next(finding for finding in genes if finding.change == "higher")
    assert higher.sentence == f"{higher.about} is higher in Niche C than in Niche A."
    turned = compare_niches(sure, a, "Niche C", "Niche A")
    same = {finding.about: -finding.number for finding in turned.changes if finding.topic == "gene"}
    assert {gene: pytest.approx(number) for gene, number in differences.items()}.items() <= same.items()


def test_lies_about_two_niches_of_a_slide_are_never_ticked(sections: tuple[Facts, Facts]) -> None:
    a, _ = sections
    truth = Oracle(a)
    liar = Answering(lambda claim: -SURELY * truth.truth(claim))
    found = compare_niches(liar, a, "Niche A", "Niche C")
    genes = [finding for finding in found.changes if finding.topic == "gene"]
    assert len(genes) > 5
    assert all(finding.verdict != SUPPORTED for finding in genes)
    assert sum(finding.verdict == CONTRADICTED for finding in genes) > 5


def test_a_comparison_is_json(sections: tuple[Facts, Facts]) -> None:
    found = compare_slides(TwoOracles(*sections), *sections, "Niche A", "niche a")
    record = json.loads(to_json(found))
    assert record["a"]["slice"], record["b"]["niche"] == ("first", "niche a")
    assert record["a"]["n_spots"] == int(sections[0].slide.spots_of("Niche A").sum())
    assert len(record["genes"]) == 24
    assert record["questions"]["asked"] == found.n_asked
    assert {kept["topic"] for kept in record["kept"]} >= {"gene", "neighbour"}


def test_slides_with_other_genes_are_compared_over_those_they_share(sections: tuple[Facts, Facts]) -> None:
    a, b = sections
    fewer = Facts.measure(replace(b.slide, counts=b.slide.counts[:, 10:], genes=b.slide.genes[10:]))
    found = compare_slides(Answering(lambda claim: 0.0), a, fewer, "Niche A", "niche a")
    assert found.n_compared == 50
    assert {row.gene for row in found.genes} <= set(fewer.slide.genes)
    assert any(note.startswith("The slides have 60 and 50 genes.") for note in found.notes)


def test_what_cannot_be_compared_is_refused(sections: tuple[Facts, Facts]) -> None:
    engine = Answering(lambda claim: 0.0)
    with pytest.raises(NicheLensError, match="first: no niche 'Niche Z'"):
        compare_slides(engine, *sections, "Niche Z")
    with pytest.raises(NicheLensError, match="second: no niche 'Niche Z'"):
        compare_slides(engine, *sections, "Niche A", "Niche Z")
    with pytest.raises(NicheLensError, match="compared with itself"):
        compare_niches(engine, sections[0], "Niche A", "Niche A")


@pytest.mark.slow  # seconds when idle, a minute on a busy machine
def test_the_bundled_model_says_nothing_of_a_slide_and_itself(section_slides: tuple[Slide, Slide]) -> None:
    engine = load_engine(None)
    first, again = (Facts.measure(named(section_slides[0], name)) for name in ("first", "again"))
    found = compare_slides(engine, first, again, "Niche B")
    assert found.pair.a.name == "first"
    assert (found.changes, found.found) == ((), ())
    assert found.n_agree == found.n_sure > 10


@pytest.mark.parametrize(("q", "words"), [(1.0, "q >0.99"), (0.25, "q 0.25"), (2e-9, "q 2e-9"), (nan, "q unknown")])
def test_no_adjusted_p_reads_as_one(q, words):
    assert q_words(q) == words
