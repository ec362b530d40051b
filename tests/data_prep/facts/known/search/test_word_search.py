"""Words find the niche that the counts show, say why with citations, and are refused where they mean nothing."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from data_prep.errors import NicheLensError
from data_prep.facts.facts import Facts
from data_prep.facts.known.search.text_vectors import TextVectors
from data_prep.facts.known.search.word_index import WordIndex
from data_prep.facts.known.search.word_search import find_niches_by_words, rank_genes
from data_prep.knowledge.gene_list import Knowledge
from data_prep.knowledge.on_slide import with_knowledge
from data_prep.slide import Slide
from tests.data_prep.facts.known.search.conftest import BLOOD


@pytest.mark.parametrize(
    ("phrase", "niche", "said"),
    [
        (
            "oligodendrocyte",
            "Layer 1",
            "oligodendrocytes (10 of 10 genes of its lists are markers, markers.tsv (sha256 ",
        ),
        ("white matter", "Layer 1", "oligodendrocytes ("),
        ("astrocytic cells", "Layer 2", "astrocytes ("),
        ("hypoxic region", "Layer 3", "hypoxia +"),
        ("red blood with haemoglobin", "Layer 4", "genes whose texts say it: GENE"),
        ("GENE2", "Layer 3", "GENE2 +"),
        ("OLD3", "Layer 4", "GENE3 +"),
        ("in the upper left", "Layer 1", "its middle is 2"),
    ],
)
def test_the_niche_that_shows_the_words_is_first(facts: Facts, phrase: str, niche: str, said: str) -> None:
    found = find_niches_by_words([facts], phrase)
    assert found.refusal == ""
    assert found.niches[0].niche == niche
    assert said in found.niches[0].why
    assert [row.rank for row in found.niches] == [1, 2, 3, 4]
    assert found.niches[0].score > found.niches[1].score + 0.2


def test_citations_name_the_line_of_the_file(facts: Facts) -> None:
    (first, *_) = find_niches_by_words([facts], "astrocytes").niches
    assert first.why.endswith("line 12)")  # the first of the astrocytes' genes, below the header and ten others


@pytest.mark.parametrize(
    "phrase", ["", "   ", "the and of", "asdf qwertz", "purple elephants on mars", "白质", "?!", "x" * 501]
)
def test_what_means_nothing_is_refused_in_one_line(facts: Facts, phrase: str) -> None:
    with pytest.raises(NicheLensError) as refusal:
        find_niches_by_words([facts], phrase)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("phrase", ["adipocytes", "vesicle fusion"])
def test_words_that_no_niche_shows_are_not_ranked(facts: Facts, phrase: str) -> None:
    found = find_niches_by_words([facts], phrase)
    assert found.niches == ()
    assert f"'{phrase}' are known, but no niche shows" in found.refusal


def test_one_known_word_among_unknown_ones_is_no_understanding(facts: Facts) -> None:
    with pytest.raises(NicheLensError, match="'bananas'"):
        find_niches_by_words([facts], "hypoxia of bananas, umbrellas and trains")


def test_unknown_words_are_told_as_they_were_written(facts: Facts) -> None:
    assert find_niches_by_words([facts], "oligodendrocytes and astrocytes of Gnorpians").unknown == ("Gnorpians",)


def test_names_of_niches_win_nothing(facts: Facts, known_slide: Slide) -> None:
    """A niche that is called as the phrase is, but shows nothing of it, is not first."""
    misnamed = replace(known_slide, niches=("Layer 1", "Oligodendrocytes", "Layer 3", "Layer 4"))
    found = find_niches_by_words([Facts.measure(misnamed)], "oligodendrocytes")
    assert found.niches[0].niche == "Layer 1"
    usual = find_niches_by_words([facts], "oligodendrocytes")
    assert [row.score for row in found.niches] == [row.score for row in usual.niches]


def test_what_lies_beside_a_niche_is_found_by_its_name_and_by_words(facts: Facts) -> None:
    """Layers are quadrants: Layer 4 touches Layer 1 at a corner only."""
    for phrase in ("beside Layer 1", "next to the oligodendrocytes"):
        found = find_niches_by_words([facts], phrase)
        assert {row.niche for row in found.niches[:2]} == {"Layer 2", "Layer 3"}
        assert "Layer 1" not in {row.niche for row in found.niches}
    found = find_niches_by_words([facts], "astrocytes beside the oligodendrocytes")
    assert found.niches[0].niche == "Layer 2"
    assert "of a border with Layer 1" in found.niches[0].why


def test_the_rim_of_a_niche_is_the_niche_first(facts: Facts) -> None:
    found = find_niches_by_words([facts], "border of Layer 4")
    assert found.niches[0].niche == "Layer 4"
    assert found.niches[0].why.startswith("it is Layer 4 itself")


def test_what_shall_not_be_there_is_subtracted(facts: Facts) -> None:
    found = find_niches_by_words([facts], "hypoxia without oligodendrocytes")
    assert (found.niches[0].niche, found.niches[-1].niche) == ("Layer 3", "Layer 1")


def test_shuffled_niches_show_less(facts: Facts, known_slide: Slide) -> None:
    """Genes of the toy rise and fall together, so shuffled niches differ by chance. They never come near."""
    best = find_niches_by_words([facts], "oligodendrocytes").niches[0].score
    rng = np.random.default_rng(0)
    for _ in range(5):
        shuffled = Facts.measure(replace(known_slide, niche=rng.permutation(known_slide.niche)))
        found = find_niches_by_words([shuffled], "oligodendrocytes")
        assert max((row.score for row in found.niches), default=0.0) < 0.6 * best


def test_genes_that_fit_are_those_of_the_texts_and_lists(facts: Facts) -> None:
    genes = rank_genes([facts], "haemoglobin")
    assert {gene.gene for gene in genes} == set(BLOOD)
    assert {gene.niche for gene in genes} == {"Layer 4"}
    assert "hemoglobin subunit" in genes[0].why
    of_list = rank_genes([facts], "hypoxia")
    assert {gene.niche for gene in of_list} == {"Layer 3"}
    assert "in the list hypoxia (sets.gmt (sha256 " in of_list[0].why


def test_slides_are_ranked_together(facts: Facts, known_slide: Slide) -> None:
    """On the other slide the names of the niches stand for other places."""
    turned = replace(known_slide, name="other", niche=(known_slide.niche + 1) % 4)
    found = find_niches_by_words([facts, Facts.measure(turned)], "oligodendrocytes")
    assert len(found.niches) == 8
    assert {(row.slice, row.niche) for row in found.niches[:2]} == {("adata", "Layer 1"), ("other", "Layer 2")}


def test_a_slide_that_lacks_the_gene_is_left_out(facts: Facts, known_slide: Slide) -> None:
    without = replace(known_slide, name="other", genes=np.array([f"NEW{gene}" for gene in known_slide.genes]))
    without = with_knowledge(without, facts.known.knowledge.knowledge if facts.known else Knowledge())
    found = find_niches_by_words([Facts.measure(without), facts], "GENE2")
    assert {row.slice for row in found.niches} == {"adata"}


def test_a_slide_without_knowledge_is_refused(known_slide: Slide) -> None:
    with pytest.raises(NicheLensError, match="has no knowledge"):
        find_niches_by_words([Facts.measure(replace(known_slide, knowledge=None))], "oligodendrocytes")


def test_the_index_is_kept_for_as_long_as_the_knowledge(facts: Facts) -> None:
    assert facts.known is not None
    first = WordIndex.of(facts.slide, facts.known.knowledge)
    assert WordIndex.of(facts.slide, facts.known.knowledge) is first


def test_vectors_of_a_model_replace_shared_words(facts: Facts) -> None:
    """The stand-in knows that "astrocytes" are "oligodendrocytes", and nothing else."""

    def encode(texts: Sequence[str]) -> np.ndarray:
        return np.array([[float("strocyte" in text or "ligodendro" in text), 1.0] for text in texts])

    vectors = TextVectors(encode)
    assert find_niches_by_words([facts], "oligodendrocytes").niches[-1].niche != "Layer 2"
    found = find_niches_by_words([facts], "oligodendrocytes", vectors)
    assert {row.niche for row in found.niches[:2]} == {"Layer 1", "Layer 2"}
