"""The marker table: every gene in every niche, the model's verdict beside that of the counts."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from data_prep.claims import Claim
from data_prep.errors import NicheLensError
from data_prep.facts.facts import Facts
from data_prep.tasks import claim_question
from inference.answers import screen
from inference.answers.interview import Interview
from inference.answers.screen import COLUMNS, VERDICT_ORDER, marker_table, screen_markers
from inference.model.calibration import Calibration, KindCalibration


@pytest.fixture(scope="module")
def table(engine, facts):
    return screen_markers(engine, facts)


def test_every_gene_in_every_niche_once_in_order(table, facts):
    assert tuple(table.columns) == COLUMNS
    assert len(table) == facts.slide.n_genes * len(facts.slide.niches)
    assert not table.duplicated(["gene", "niche"]).any()
    assert list(dict.fromkeys(table.niche)) == list(facts.slide.niches)
    for _, part in table.groupby("niche", sort=False):
        assert part["rank"].tolist() == list(range(1, facts.slide.n_genes + 1))
        place = part.verdict.map(VERDICT_ORDER.index)
        assert (np.diff(place) >= 0).all()
        for _, alike in part.groupby("verdict"):
            assert (np.diff(alike.effect) <= 0).all()


def test_a_large_fold_change_of_few_counts_ranks_below_a_sure_one(facts, engine, monkeypatch):
    """Among the markers the counts decide: log2 fold change less two errors."""
    markers, niche = facts.markers, facts.slide.niches[0]
    log2fc, error = markers.log2fc.copy(), markers.error.copy()
    log2fc[:3, 0], error[:3, 0] = [6.0, 3.0, 2.0], [2.6, 0.2, 0.1]
    known = replace(facts, markers=replace(markers, log2fc=log2fc, error=error))
    genes = [str(gene) for gene in facts.slide.genes[:3]]
    table = marker_table(known, genes, [niche], np.array([[0.99], [0.7], [0.9]]), KindCalibration())
    assert table.gene.tolist() == [genes[1], genes[2], genes[0]]
    assert table.effect.tolist() == pytest.approx([2.6, 1.8, 0.8])


def test_each_row_has_the_spots_and_depth_of_its_niche(table, facts):
    for niche, rows in table.groupby("niche"):
        spots = facts.slide.spots_of(niche)
        assert set(rows.n_spots) == {int(spots.sum())}
        assert set(rows.depth) == {float(np.median(facts.slide.depth[spots]))}


def test_the_interview_gives_the_same_probability(engine, facts, table):
    interview = Interview(engine, facts.canvas, None)
    gene, niche = str(facts.slide.genes[3]), facts.slide.niches[1]
    list(interview.about_gene(gene, niche))
    row = table[(table.gene == gene) & (table.niche == niche)].iloc[0]
    assert row.p_marker == pytest.approx(interview.probability(Claim("enriched", gene, niche)), abs=1e-5)


def test_probabilities_are_those_of_single_questions(engine, facts, table):
    for row in table.sample(5, random_state=0).itertuples():
        alone = engine.yes_probability([claim_question(facts.canvas, Claim("enriched", row.gene, row.niche))])[0]
        assert row.p_marker == pytest.approx(alone, abs=1e-5)


def test_statistics_and_agreement_are_those_of_the_counts(facts, monkeypatch, engine):
    truth = facts.markers.label
    known = {
        (str(gene), niche): truth[i, j]
        for i, gene in enumerate(facts.slide.genes)
        for j, niche in enumerate(facts.slide.niches)
    }

    def oracle(questions, **_):
        labels = [known[q.specs[0].genes[0], q.specs[0].niche] for q in questions]
        return np.array([{1: 0.9, 0: 0.1, -1: 0.5}[int(label)] for label in labels])

    monkeypatch.setattr(engine, "yes_probability", oracle)
    table = screen_markers(engine, facts)
    assert set(table.verdict) == {"yes", "no", "abstain"}
    assert (table.agrees[table.verdict == "abstain"] == "").all()
    assert (table.agrees[table.verdict != "abstain"] == "yes").all()
    row = table.iloc[0]
    i, j = facts.slide.gene_index(row.gene), facts.slide.niche_index(row.niche)
    assert row.log2fc == facts.markers.log2fc[i, j]
    assert row.log2fc_error == facts.markers.error[i, j]
    assert row.detected_in_niche == facts.markers.frac_in[i, j]
    monkeypatch.setattr(engine, "yes_probability", lambda questions, **_: 1 - oracle(questions))
    reverse = screen_markers(engine, facts)
    assert (reverse.agrees[reverse.verdict != "abstain"] == "no").all()


def test_blocks_do_not_change_the_result(engine, facts, table, monkeypatch):
    monkeypatch.setattr(screen, "_BLOCK_GENES", 5)
    again = screen_markers(engine, facts)
    both = table.merge(again, on=["gene", "niche"])
    assert np.allclose(both.p_marker_x, both.p_marker_y, atol=1e-5)


def test_a_gene_without_counts_is_no_unasked(engine, facts):
    counts = facts.slide.counts.tolil()
    counts[:, 0] = 0
    silent = Facts.measure(facts.slide.with_counts(sp.csr_matrix(counts)))
    seen = []
    gene = str(facts.slide.genes[0])
    table = screen_markers(engine, silent, genes=[gene], progress=lambda *counts: seen.append(counts))
    assert set(table.verdict) == {"no"}
    assert (table.p_marker == 0).all()
    assert seen == []


def test_progress_reaches_the_total(engine, facts):
    seen = []
    genes = [str(gene) for gene in facts.slide.genes[:3]]
    screen_markers(engine, facts, genes, facts.slide.niches[:2], progress=lambda *counts: seen.append(counts))
    assert seen[-1] == (6, 6)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_a_gene_named_twice_is_asked_once(engine, facts):
    gene = str(facts.slide.genes[0])
    assert len(screen_markers(engine, facts, [gene, gene])) == len(facts.slide.niches)


def test_unknown_names_are_refused(engine, facts):
    with pytest.raises(NicheLensError, match="no gene"):
        screen_markers(engine, facts, genes=["NOPE"])
    with pytest.raises(NicheLensError, match="no niche"):
        screen_markers(engine, facts, niches=["NOPE"])


def test_verdicts_follow_the_calibration_of_the_model(engine, facts, monkeypatch):
    strict = KindCalibration(temperature=0.5, bias=0.2, yes_from=0.9, no_up_to=0.3)
    monkeypatch.setattr(engine, "calibration", Calibration({"enriched": strict}))
    logit = np.linspace(-1.5, 1.5, facts.slide.n_genes)
    monkeypatch.setattr(engine, "yes_logit", lambda questions, *_: logit[: len(questions)])
    table = screen_markers(engine, facts, niches=facts.slide.niches[:1])
    assert set(table.verdict) == {"yes", "no", "abstain"}
    assert table.verdict.tolist() == [strict.verdict(p) for p in table.p_marker]
    assert (table.p_marker[table.verdict == "yes"] >= 0.9).all()
