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


def test_a_question_names_what_it_is_about(run: Callable, slide: Path, tiny_model: Path) -> None:
    asked = ["ask", slide, "--niche-key", "region", "--model", tiny_model, "--json"]
    (record,) = json.loads(run(*asked, "--question", "Isn't GENE2 a marker of layer 1?").out)
    assert (record["gene"], record["niche"], record["refusal"]) == ("GENE2", "Layer 1", None)
    assert 0 <= record["p_marker"] <= 1
    assert "GENE2 is" in record["text"]
    selected = ("--gene", "GENE1", "--niche", "Layer 2", "--question", "Is GENE2 high in Layer 1?")
    (other,) = json.loads(run(*asked, *selected).out)
    assert (other["gene"], other["niche"], other["p_marker"]) == ("GENE2", "Layer 1", record["p_marker"])


def test_a_refused_question_is_one_line_with_examples(
    refused: Callable[..., str], slide: Path, tiny_model: Path
) -> None:
    asked = ["ask", slide, "--niche-key", "region", "--model", tiny_model, "--question"]
    message = refused(*asked, "Is GENE1 phosphorylated in Layer 1?")
    assert "NicheLens does not understand 'phosphorylated' in this question. Ask for example: Is GENE" in message
    assert "Did you mean GENE1" in refused(*asked, "Is GENNE1 a marker of Layer 1?")


def test_without_a_question_gene_and_niche_are_needed(refused: Callable[..., str], slide: Path) -> None:
    message = refused("ask", slide, "--niche-key", "region", "--niche", "Layer 2")
    assert message == "ask: give --gene and --niche, or a --question in your own words"


def test_every_claim_has_its_probability(run: Callable, slide: Path, tiny_model: Path) -> None:
    asked = ["ask", slide, "--niche-key", "region", "--niche", "Layer 2", "--gene", "GENE1", "--model", tiny_model]
    (record,) = json.loads(run(*asked, "--json").out)
    for entry in record["ledger"]:
        assert entry["sentence"]
        assert 0.5 < entry["p"] <= 1
