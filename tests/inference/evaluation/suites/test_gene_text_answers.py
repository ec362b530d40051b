"""Scores of questions in words: their extremes are known, and the summary's sentences need no model."""

import json

import numpy as np
import pytest

from data_prep.errors import NicheLensError
from data_prep.gene_text.text_dataset import TextPrep, build_text_dataset
from data_prep.gene_text.text_loading import load_text_rows
from inference.engine.load_engine import load_engine
from inference.evaluation.suites.gene_text_answers import RIGHT, SOURCES, evaluate_gene_text
from tests.gene_words import made_up_genes, save_tiny_llama


class KnowingEngine:
    """Says the right answers, with one false sentence, and knows how likely they are."""

    name, base, is_adapter, gives_likelihood = "knowing", "knowing", False, True

    def __init__(self, rows, *, reads_symbols: bool = True) -> None:
        self.answers = {row["question"]: row["answer"] for row in rows}
        self.genes = {row["question"]: row["gene"] for row in rows}
        self.reads_symbols = reads_symbols

    def load_base(self):
        return None

    def answer(self, questions, progress=None):
        return [f"{self.answers[question.prompt]} This gene is blue." for question in questions]

    def log_likelihood(self, question, completions):
        right = self.answers.get(question.prompt, "").replace(self.genes.get(question.prompt, "\0"), "this gene")
        return np.array([float(text == right) for text in completions])


@pytest.fixture(scope="module")
def genes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gene text") / "data"
    build_text_dataset(made_up_genes(60), folder, TextPrep())
    return folder


def test_a_model_that_knows_is_told_from_what_the_question_alone_gives(genes):
    card = evaluate_gene_text(KnowingEngine(load_text_rows(genes, "test")), genes, "test")
    model = card.conditions["model"]
    assert model.likelihood.value == 1.0
    assert model.likelihood_masked.value == pytest.approx(0.5, abs=0.01)
    assert 0.4 < model.supported.value < 0.7  # one or two true sentences and a false one
    assert 0.7 < model.rouge_l.value < 1.0


def test_right_answers_have_every_support_and_sources_need_no_model(genes):
    card = evaluate_gene_text(KnowingEngine(load_text_rows(genes, "test")), genes, "test")
    right, sources = card.conditions[RIGHT], card.conditions[SOURCES]
    assert right.rouge_l.value == right.supported.value == sources.supported.value == 1.0
    assert sources.rouge_l.value > 0.8
    assert sources.likelihood is None
    text = card.to_markdown()
    assert SOURCES in text
    stored = json.loads(json.dumps(card.to_json()))
    assert stored["conditions"]["model"]["supported"]["value"] == round(card.conditions["model"].supported.value, 4)
    assert [sentence["supported"] for sentence in stored["examples"][0]["sentences"]][-1] is False


def test_a_language_model_without_pictures_is_evaluated(genes, tmp_path):
    engine = load_engine(save_tiny_llama(tmp_path / "llama"), device="cpu", dtype="float32", reads_pictures=False)
    card = evaluate_gene_text(engine, genes, "test", limit=4)
    assert card.conditions["model"].n == 4
    assert not card.conditions["model"].supported.value > 0  # undefined, where it says nothing
    assert 0.0 <= card.conditions["model"].likelihood.value <= 1.0
    assert "base without adapter" not in card.conditions


def test_an_unknown_split_is_refused(genes):
    with pytest.raises(NicheLensError, match="no split 'test_slide'"):
        evaluate_gene_text(KnowingEngine([]), genes, "test_slide")
