"""Reports: what the model says of every niche, about genes that its own screen chooses."""

import numpy as np
import pandas as pd
import pytest

from inference.answers.report import TooFewGenesError, choose_candidates, describe_slide, describe_slides


def test_the_models_own_screen_chooses_the_genes(engine, facts, monkeypatch):
    def wants_the_first_genes(questions, **_):
        return np.array([0.95 if q.specs[0].genes[0] in favourites else 0.05 for q in questions])

    favourites = set(facts.slide.genes[:2])
    monkeypatch.setattr(engine, "yes_probability", wants_the_first_genes)
    monkeypatch.setattr(engine, "answer", lambda questions, **_: ["The niche is compact."] * len(questions))
    seen = []
    report = describe_slide(engine, facts, progress=lambda *counts: seen.append(counts))
    assert [niche.niche for niche in report.niches] == list(facts.slide.niches)
    for niche in report.niches:
        assert favourites < set(niche.question.specs[1].genes)
        assert set(niche.markers.gene) == favourites
        assert len(niche.answer.ledger.entries) == 1
    assert len(report.answers) == len(report.niches)
    assert seen[-1][1] == len(facts.slide.niches) * (facts.slide.n_genes + 1)


def test_candidates_are_two_markers_and_two_hard_decoys_in_a_fixed_random_order():
    genes = [f"g{i}" for i in range(8)]
    here = pd.DataFrame({"niche": "here", "gene": genes, "p_marker": [0.9, 0.8, 0.7, 0.3, 0.2, 0.1, 0.1, 0.0]})
    there = pd.DataFrame({"niche": "there", "gene": genes, "p_marker": [0.1, 0.1, 0.1, 0.1, 0.9, 0.9, 0.1, 0.0]})
    table = pd.concat([here, there])
    table["verdict"] = ["yes" if p > 0.65 else "no" for p in table.p_marker]
    chosen = choose_candidates(table, "here", "slide")
    assert sorted(chosen) == ["g0", "g1", "g4", "g5"]
    assert choose_candidates(table, "here", "slide") == chosen
    orders = {tuple(choose_candidates(table, "here", f"slide{i}")) for i in range(20)}
    assert len(orders) > 5
    few = table[table.gene.isin(["g0", "g1", "g7"])]
    with pytest.raises(TooFewGenesError, match="slide: has fewer than 4 genes with counts"):
        choose_candidates(few, "here", "slide")


def test_a_slide_with_three_genes_is_not_described(engine, slide_of_three_genes):
    report = describe_slide(engine, slide_of_three_genes)
    assert [niche.niche for niche in report.niches] == list(slide_of_three_genes.shapes)
    assert [(niche.question, niche.answer) for niche in report.niches] == [(None, None)] * len(report.niches)
    assert report.answers == []


def test_progress_counts_the_questions_of_all_slides(engine, slide_of_three_genes):
    seen = []
    slides = [slide_of_three_genes] * 2
    assert len(describe_slides(engine, slides, progress=lambda *counts: seen.append(counts))) == 2
    done, totals = zip(*seen, strict=True)
    assert list(done) == sorted(done)
    assert set(totals) == {2 * len(slide_of_three_genes.shapes) * 4}
    assert done[-1] > totals[0] / 2
