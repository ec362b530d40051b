"""What a niche looks like: the best list, its family and its rivals, whatever the order of genes and lists."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from data_prep.claims.kinds.looks_like import FITS, LEAD, named_type
from data_prep.facts.facts import Facts
from data_prep.facts.known.type_scores import FEWEST_GENES, LARGEST_Z, PER_LISTING, PRIOR_GENES, TypeScores
from data_prep.knowledge.gene_list import GeneList
from data_prep.knowledge.on_slide import with_knowledge
from data_prep.slide import Slide
from tests.data_prep.claims.known_lists import gene_list, knowledge_of
from tests.data_prep.facts.known.bands import bands

N_GENES = 60
RAISED = {(gene, "A"): 3.0 for gene in range(8)} | {(gene, "B"): 3.0 for gene in range(20, 28)}
"""G0 to G7 mark A, G20 to G27 mark B; C has no markers."""


def a_type(name: str, *codes: int | range) -> GeneList:
    flat = [code for one in codes for code in (one if isinstance(one, range) else (one,))]
    return gene_list(name, [f"G{code}" for code in flat])


ALPHA, BETA = a_type("Alpha", range(8)), a_type("Beta", range(20, 28))
OTHERS = [a_type(f"Other {at}", range(28 + 6 * at, 34 + 6 * at)) for at in range(5)]


def facts_of(lists: Sequence[GeneList], slide: Slide | None = None) -> Facts:
    return Facts.measure(with_knowledge(slide or bands(N_GENES, RAISED), knowledge_of(lists)), 64)


def scores_of(facts: Facts) -> TypeScores:
    return facts.known.types


def ranks(facts: Facts, niche: str) -> list[str]:
    scores = scores_of(facts)
    return [scores.types.names[at] for at in scores.ranked(facts.slide.niche_index(niche))]


def test_a_niche_looks_like_the_type_whose_genes_are_raised() -> None:
    facts = facts_of([ALPHA, BETA, *OTHERS])
    assert [named_type(facts, niche) for niche in "AB"] == ["Alpha", "Beta"]
    best = scores_of(facts).looks_like(0).best
    assert (best.name, best.n_genes, best.n_markers) == ("Alpha", 8, 8)


def test_where_nothing_fits_a_niche_looks_like_nothing() -> None:
    facts = facts_of([ALPHA, BETA, *OTHERS])
    assert named_type(facts, "C") == ""
    assert scores_of(facts).looks_like(2).best.score < FITS


def test_a_score_that_leads_may_still_be_too_low() -> None:
    """The only list leads by its whole score. It fits too badly all the same."""
    facts = facts_of([ALPHA], bands(N_GENES, {(gene, "A"): 1.07 for gene in range(8)}))
    found = scores_of(facts).looks_like(0)
    assert LEAD < found.margin == found.best.score < FITS
    assert named_type(facts, "A") == ""


def test_a_kind_that_fits_nearly_as_well_is_no_rival_of_the_wider_type() -> None:
    wider, kind = a_type("Neurons", range(8)), a_type("Interneurons", range(8, 16))
    raised = {(gene, "A"): 3.0 for gene in range(8)} | {(gene, "A"): 2.0 for gene in range(8, 15)}
    facts = facts_of([wider, kind, *OTHERS], bands(N_GENES, raised))
    scores = scores_of(facts)
    assert scores.scores[0, 0] - scores.scores[1, 0] > 0
    assert named_type(facts, "A") == "Neurons"
    assert scores.looks_like(0).next.name.startswith("Other")
    assert min(scores.margin_of(at, 0) for at in (0, 1)) > LEAD


def test_two_types_that_fit_alike_are_rivals_and_neither_is_named() -> None:
    raised = RAISED | {(gene, "A"): 3.0 for gene in range(8, 16)}
    facts = facts_of([ALPHA, a_type("Rival", range(8, 16)), *OTHERS], bands(N_GENES, raised))
    found = scores_of(facts).looks_like(0)
    assert {found.best.name, found.next.name} == {"Alpha", "Rival"}
    assert found.best.score > FITS
    assert abs(found.margin) < LEAD
    assert named_type(facts, "A") == ""


def test_a_type_that_shares_many_genes_is_no_rival() -> None:
    """Two files call the same cells by two names."""
    facts = facts_of([ALPHA, a_type("Alias", range(1, 9)), *OTHERS])
    assert scores_of(facts).shared[0, 1] == pytest.approx(7 / 8)
    found = scores_of(facts).looks_like(0)
    assert (found.best.name, found.next.name.split()[0]) == ("Alpha", "Other")
    assert named_type(facts, "A") == "Alpha"


def test_interneurons_are_neurons() -> None:
    """A kind of a type is no rival of it. Where the wider type is clear, too, it is what is named."""
    kind, wider = a_type("Interneurons", range(8)), a_type("Neurons", range(8, 16))
    raised = {(gene, "A"): 3.0 for gene in range(16)}
    facts = facts_of([kind, wider, *OTHERS], bands(N_GENES, raised))
    assert named_type(facts, "A") == "Neurons"
    assert scores_of(facts).looks_like(0).next.name.startswith("Other")
    only_kind = facts_of([kind, a_type("Neurons", range(50, 60)), *OTHERS[:2]])
    assert named_type(only_kind, "A") == "Interneurons", "the genes of neurons are flat here"


def test_one_gene_does_not_decide() -> None:
    loud = bands(N_GENES, {(0, "A"): 40.0})
    facts = facts_of([ALPHA, BETA, *OTHERS], loud)
    assert facts.markers.log2fc[0, 0] / facts.markers.error[0, 0] > 2 * LARGEST_Z
    assert named_type(facts, "A") == ""


def test_a_lowered_gene_speaks_softly_against_a_type() -> None:
    n_lowered = 4
    lowered = RAISED | {(gene, "A"): 0.25 for gene in range(8, 8 + n_lowered)}
    with_lowered = a_type("Alpha", range(8 + n_lowered))
    slide = bands(N_GENES, lowered)
    whole, without = (scores_of(facts_of([one, BETA, *OTHERS], slide)).scores[0, 0] for one in (with_lowered, ALPHA))
    assert 0.5 * without < whole < without


def test_a_short_list_is_not_compared() -> None:
    facts = facts_of([a_type("Short", *range(FEWEST_GENES - 1)), BETA])
    assert scores_of(facts).scores[0].tolist() == [-np.inf] * 3
    assert ranks(facts, "A") == ["Beta"]


def test_genes_without_counts_are_not_compared() -> None:
    slide = bands(N_GENES, RAISED)
    counts = slide.counts.toarray()
    counts[:, 2:8] = 0
    facts = facts_of([ALPHA, BETA], slide.with_counts(counts))
    assert scores_of(facts).n_genes.tolist() == [2, 8]
    assert ranks(facts, "A") == ["Beta"]


def test_several_lists_of_a_type_make_it_likelier() -> None:
    again = replace(gene_list("Alpha again", ["NOT", "ON", "SLIDE"]), name="alphas")
    once, twice = (scores_of(facts_of(lists)) for lists in ([ALPHA, BETA], [ALPHA, again, BETA]))
    assert twice.types.names == once.types.names == ("Alpha", "Beta")
    np.testing.assert_allclose(twice.scores - once.scores, [[PER_LISTING] * 3, [0.0] * 3], atol=1e-12)


def test_three_lucky_genes_do_not_win_against_many() -> None:
    """Three genes are far from chance, and twenty half as far: without the prior, both sums are about alike."""
    raised = {(gene, "A"): 3.0 for gene in range(3)} | {(gene, "A"): 1.16 for gene in range(4, 24)}
    facts = facts_of([a_type("Few", range(3)), a_type("Many", range(4, 24)), *OTHERS], bands(N_GENES, raised))
    scores = scores_of(facts)
    few, many = scores.scores[:2, 0]
    without = np.sqrt(PRIOR_GENES + scores.n_genes[:2]) / np.sqrt(scores.n_genes[:2])
    assert few < many
    assert few * without[0] > 0.9 * many * without[1]


def test_ranks_do_not_depend_on_the_order_of_lists_and_genes() -> None:
    lists = [ALPHA, BETA, a_type("Mixed", range(4, 12)), a_type("Interneurons", range(2, 9)), *OTHERS]
    slide = bands(N_GENES, RAISED)
    ours = facts_of(lists, slide)
    rng = np.random.default_rng(0)
    order = rng.permutation(slide.n_genes)
    turned = replace(slide, genes=slide.genes[order], counts=slide.counts[:, order])
    others = [facts_of(lists[::-1], slide), facts_of(lists, turned)]
    others.append(facts_of([gene_list(one.label, list(one.genes)[::-1]) for one in lists], slide))
    for theirs in others:
        for niche in "ABC":
            assert ranks(theirs, niche) == ranks(ours, niche)
            assert named_type(theirs, niche) == named_type(ours, niche)


def test_margins_are_those_of_the_best_rival() -> None:
    scores = scores_of(facts_of([ALPHA, BETA, *OTHERS]))
    alpha, beta = scores.types.index("Alpha"), scores.types.index("Beta")
    first, second = (scores.scores[at, 0] for at in scores.ranked(0)[:2])
    assert scores.margin_of(alpha, 0) == pytest.approx(first - second) == pytest.approx(scores.looks_like(0).margin)
    assert scores.margin_of(beta, 0) == pytest.approx(scores.scores[beta, 0] - first)
    assert scores.margin_of(beta, 0) < 0


def test_the_only_type_leads_by_its_own_score() -> None:
    found = scores_of(facts_of([ALPHA])).looks_like(0)
    assert (found.next, found.margin) == (None, found.best.score)


def test_without_types_there_is_nothing_to_look_like() -> None:
    facts = facts_of([])
    assert scores_of(facts).looks_like(0).best is None
    assert named_type(facts, "A") == ""
