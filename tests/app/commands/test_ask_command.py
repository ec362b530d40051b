"""`nichelens ask` prints answers for people and for programs."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from anndata import AnnData

Write = Callable[..., Path]


@pytest.fixture
def slide(toy_adata: AnnData, write_h5ad: Write) -> Path:
    return write_h5ad(toy_adata)


def test_ask_as_text(run: Callable, slide: Path, tiny_model: Path) -> None:
    ran = run("ask", slide, "--niche-key", "region", "--niche", "Layer 2", "--gene", "GENE1", "--model", tiny_model)
    assert ran.code == 0
    assert "S1: GENE1 in Layer 2: " in ran.out
    assert "probability of yes" in ran.out
    assert "Verdict" in ran.out


def test_ask_as_json_for_several_genes(run: Callable, slide: Path, tiny_model: Path) -> None:
    asked = ["ask", slide, "--niche-key", "region", "--niche", "Layer 2", "--gene", "GENE1", "--gene", "GENE2"]
    ran = run(*asked, "--model", tiny_model, "--json")
    assert ran.code == 0
    records = json.loads(ran.out)
    assert [record["gene"] for record in records] == ["GENE1", "GENE2"]
    for record in records:
        assert 0 <= record["p_marker"] <= 1
        assert record["verdict"] in ("yes", "no", "abstain")
        assert record["slice"] == "S1"
        assert isinstance(record["ledger"], list)


def test_own_question_has_no_probability(run: Callable, slide: Path, prose_model: Path) -> None:
    asked = ["ask", slide, "--niche-key", "region", "--niche", "Layer 2", "--gene", "GENE1", "--model", prose_model]
    (record,) = json.loads(run(*asked, "--json", "--question", "Where is it?").out)
    assert record["question"] == "Where is it?"
    assert record["p_marker"] is None


def test_a_model_of_yes_and_no_refuses_an_own_question(
    refused: Callable[..., str], slide: Path, tiny_model: Path
) -> None:
    asked = ["ask", slide, "--niche-key", "region", "--niche", "Layer 2", "--gene", "GENE1", "--model", tiny_model]
    message = refused(*asked, "--question", "Where is it?")
    assert message.startswith("tiny: answers no question in your own words; leave it out to ask whether the gene is")


def test_every_claim_has_its_probability(run: Callable, slide: Path, tiny_model: Path) -> None:
    asked = ["ask", slide, "--niche-key", "region", "--niche", "Layer 2", "--gene", "GENE1", "--model", tiny_model]
    (record,) = json.loads(run(*asked, "--json").out)
    for entry in record["ledger"]:
        assert entry["sentence"]
        assert 0.5 < entry["p"] <= 1
