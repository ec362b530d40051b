"""Planted knowledge: what is true is in the expected counts, and decoys resemble it in all else."""

import numpy as np
import pytest

from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.niche_shapes import measure_niches
from data_prep.knowledge.gene_list import GENE_SET, MARKER_LIST
from data_prep.knowledge.on_slide import with_knowledge
from data_prep.synth.planted_knowledge import PROCESS, SIDE, STATE, PlantedKnowledge, plant_knowledge

SEEDS = (0, 1, 5)


@pytest.fixture(scope="module", params=SEEDS)
def planted(request: pytest.FixtureRequest) -> PlantedKnowledge:
    return plant_knowledge(request.param)


def folds(planted: PlantedKnowledge, niche: str) -> np.ndarray:
    """(n_genes,) log2 ratio of the expected rate in a niche to that elsewhere."""
    slide = planted.slide
    own, labelled = slide.spots_of(niche), slide.niche >= 0
    rate = [planted.expected[spots].sum(axis=0) / planted.expected[spots].sum() for spots in (own, labelled & ~own)]
    return np.log2(rate[0] / rate[1])


def columns(planted: PlantedKnowledge, label: str) -> np.ndarray:
    return np.array([planted.slide.gene_index(gene) for gene in planted.knowledge.lists[label].genes])


def test_equal_seeds_give_equal_slides_and_files() -> None:
    one, two = plant_knowledge(3), plant_knowledge(3)
    assert (one.slide.counts != two.slide.counts).nnz == 0
    assert one.knowledge.lists.keys() == two.knowledge.lists.keys()
    assert [list(x.genes) for x in one.knowledge.lists.values()] == [
        list(x.genes) for x in two.knowledge.lists.values()
    ]
    assert one.signals == two.signals


def test_counts_are_those_that_are_expected_with_noise(planted: PlantedKnowledge) -> None:
    counts = planted.slide.counts
    total, expected = np.asarray(counts.sum(axis=0)).ravel(), planted.expected.sum(axis=0)
    well = expected > 500
    assert np.median(np.abs(total[well] / expected[well] - 1)) < 0.1
    excess = (counts[:, well].toarray() - planted.expected[:, well]).var(axis=0) / planted.expected[:, well].mean(
        axis=0
    )
    assert np.median(excess) > 1.05, "more than Poisson"
    assert planted.slide.depth.min() > 0
    assert planted.slide.depth.std() / planted.slide.depth.mean() > 0.1, "depth varies"


def test_the_genes_of_a_signature_are_raised_moderately(planted: PlantedKnowledge) -> None:
    for label, niche in planted.signatures:
        fold = folds(planted, niche)[columns(planted, label)]
        assert label.startswith(STATE)
        assert (fold > 0.3).mean() > 0.6
        assert 0.4 < np.mean(fold) < 1.6


def test_a_third_of_a_programme_or_more_is_raised(planted: PlantedKnowledge) -> None:
    for label, niche in planted.programmes:
        fold = folds(planted, niche)
        raised = (fold > 0.9).mean()
        assert label.startswith(PROCESS)
        assert (fold[columns(planted, label)] > 0.9).mean() > max(0.25, 2 * raised)


def test_signals_cross_borders(planted: PlantedKnowledge) -> None:
    shapes = measure_niches(LabelledTissue.of(planted.slide))
    assert planted.signals
    for ligand, receptor, sender, receiver in planted.signals:
        assert shapes[sender].contacts[receiver] >= SIDE
        for name, niche in ((ligand, sender), (receptor, receiver)):
            for part in name.split("+"):
                assert folds(planted, niche)[planted.slide.gene_index(part)] > 0.4
    assert any("+" in receptor for _, receptor, _, _ in planted.signals), "one has a complex"


def test_types_have_several_lists_of_one_name(planted: PlantedKnowledge) -> None:
    types = with_knowledge(planted.slide, planted.knowledge).knowledge.types
    assert max(len(lists) for lists in types.lists) > 1
    for name, niche in planted.types:
        at = types.index(name)
        assert np.mean(folds(planted, niche)[types.codes(at)]) > 0.5
    assert {types.names[at] for at in range(len(types.names))} == {
        *(name for name, _ in planted.types),
        *(name for name in planted.decoys if name.endswith("cells")),
    }


def test_decoys_have_the_size_and_the_expression_of_what_was_planted(planted: PlantedKnowledge) -> None:
    level = np.log(planted.expected.mean(axis=0))
    for label, _ in (*planted.programmes, *planted.signatures):
        ours, decoy = columns(planted, label), columns(planted, f"{label}_DECOY")
        assert len(ours) == len(decoy)
        assert not set(ours) & set(decoy)
        assert np.median(level[decoy]) == pytest.approx(np.median(level[ours]), abs=0.8)


def test_without_anything_planted_the_slide_is_the_same_and_nothing_is_true() -> None:
    planted, bare = plant_knowledge(4), plant_knowledge(4, planted=False)
    assert (planted.slide.counts != bare.slide.counts).nnz == 0
    assert not bare.programmes | bare.signatures | bare.types | bare.signals
    kinds = [one.kind for one in bare.knowledge.lists.values()]
    assert {GENE_SET, MARKER_LIST} == set(kinds)
    assert not {label for label, _ in (*planted.programmes, *planted.signatures)} & bare.knowledge.lists.keys()
    assert 0 < len(bare.knowledge.interactions) < len(planted.knowledge.interactions)
