"""The text probe: it catches words that give answers away, and lets balanced questions pass."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data_prep.dataset.lint.text_probe import PROBE_LIMIT, ProbeReport, text_probe

PROMPT = "Is {} a marker of {}?"


def checkerboard(n_quads: int, seed: int = 0) -> tuple[list[str], list[bool], list[str]]:
    rng = np.random.default_rng(seed)
    prompts, labels, genes = [], [], []
    for _ in range(n_quads):
        pair = rng.choice(200, 2, replace=False)
        niches = rng.choice(7, 2, replace=False)
        for i, gene in enumerate(pair):
            for j, niche in enumerate(niches):
                prompts.append(PROMPT.format(f"GENE{gene}", f"Layer {niche}"))
                labels.append(i == j)
                genes.append(f"GENE{gene}")
    return prompts, labels, genes


@pytest.mark.parametrize("n_quads", [3, 10, 50, 300])
def test_checkerboard_passes(n_quads: int) -> None:
    report = text_probe(*checkerboard(n_quads))
    assert report.n == 4 * n_quads
    assert report.accuracy <= PROBE_LIMIT
    assert not report.exceeds_limit


def test_one_prompt_for_all_passes() -> None:
    report = text_probe(
        ["Is this gene a marker of the highlighted niche?"] * 400, [True, False] * 200, ["a", "b"] * 200
    )
    assert report.accuracy == pytest.approx(0.5, abs=0.03)
    assert not report.exceeds_limit


def test_niche_that_tells_the_answer_is_caught_and_named() -> None:
    # As in Geneverse's test: every gene is asked yes of its own niche and no of one and the same other niche.
    prompts, labels, genes = [], [], []
    for gene in range(60):
        for niche, label in ((f"Layer {gene % 7}", True), ("Tumour", False)):
            prompts.append(PROMPT.format(f"GENE{gene}", niche))
            labels.append(label)
            genes.append(f"GENE{gene}")
    report = text_probe(prompts, labels, genes)
    assert report.accuracy > 0.95
    assert report.exceeds_limit
    assert any("tumour" in gram and weight < 0 for gram, weight in report.top_features)


def test_gene_that_tells_the_answer_is_caught_by_plain_folds_only() -> None:
    rng = np.random.default_rng(2)
    codes = rng.integers(0, 40, 400)
    genes = [f"GENE{code}" for code in codes]
    prompts = [PROMPT.format(gene, f"Layer {rng.integers(7)}") for gene in genes]
    report = text_probe(prompts, (codes % 2 == 0).tolist(), genes)
    assert report.plain > 0.9
    assert report.by_gene < 0.6
    assert report.accuracy == report.plain
    assert report.exceeds_limit


def test_more_yes_than_no_is_caught() -> None:
    assert text_probe(["same words"] * 200, [True] * 150 + [False] * 50, ["g"] * 200).exceeds_limit
    assert text_probe(["same words"] * 50, [True] * 50, ["g"] * 50).exceeds_limit


def test_limit_allows_for_luck_in_small_sets_only() -> None:
    def report(accuracy: float, n: int) -> ProbeReport:
        return ProbeReport(accuracy=accuracy, by_gene=accuracy, plain=accuracy, n=n, top_features=())

    assert not report(0.60, 40).exceeds_limit  # coin flips reach 0.60 in every tenth set of 40
    assert report(0.70, 40).exceeds_limit
    assert report(0.56, 2000).exceeds_limit
    assert not report(0.55, 2000).exceeds_limit


def test_no_questions_give_nothing_away() -> None:
    assert not text_probe([], [], []).exceeds_limit


def test_geneverse_questions_are_caught(real_data: Path) -> None:
    path = real_data / "geneverse_marker_questions.tsv"
    if not path.exists():
        pytest.skip(f"no {path}")
    table = pd.read_csv(path, sep="\t")
    prompts = [PROMPT.format(gene, niche) for gene, niche in zip(table["gene"], table["asked_cell_type"], strict=True)]
    labels = (table["label"] == "yes").tolist()
    report = text_probe(prompts, labels, table["gene"].tolist())
    assert report.accuracy >= 0.85
    assert report.exceeds_limit
    assert any("crabp2+" in gram and weight < 0 for gram, weight in report.top_features)
    by_cell_type = table.groupby("asked_cell_type")["label"].agg(lambda answers: answers.value_counts().iloc[0])
    assert by_cell_type.sum() / len(table) == pytest.approx(0.925)
