"""`nichelens describe` writes a page, JSON, or both, all of it or nothing."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from anndata import AnnData

from data_prep.claims import split_sentences

EVIDENCE = ("threshold", "n_spots", "depth", "pooled", "needs")
Write = Callable[..., Path]


@pytest.fixture
def described(toy_adata: AnnData, write_h5ad: Write, tiny_model: Path) -> list[object]:
    return ["describe", write_h5ad(toy_adata), "--niche-key", "region", "--model", tiny_model, "--top-genes", 8]


def test_describe_writes_one_page(run: Callable, described: list[object], tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    ran = run(*described, "--out", out)
    assert ran.code == 0
    assert "4 niches" in ran.out
    page = out.read_text()
    assert page.lower().lstrip().startswith("<!doctype html>")
    assert "Layer 4" in page


def test_describe_writes_json_beside_the_page(run: Callable, described: list[object], tmp_path: Path) -> None:
    page, claims = tmp_path / "report.html", tmp_path / "report.json"
    ran = run(*described, "--out", page, "--out", claims)
    assert (ran.code, ran.err) == (0, [])
    assert ran.out == f"{page}, {claims}: 4 niches described\n"
    niches = json.loads(claims.read_text())["niches"]
    assert [niche["niche"] for niche in niches] == ["Layer 1", "Layer 2", "Layer 3", "Layer 4"]
    assert {niche["slice"] for niche in niches} == {"S1"}
    for niche in niches:
        for words in split_sentences(niche["text"]):
            assert words in page.read_text()
        for claim in niche["claims"]:
            assert set(claim) == {"kind", "gene", "niche", "value", "other", "p", "verdict", "statistic", *EVIDENCE}
            assert claim["verdict"] in ("supported", "contradicted", "unclear", "uncheckable")
    first = claims.read_bytes()
    assert run(*described, "--out", claims).code == 2
    assert run(*described, "--out", claims, "--overwrite").code == 0
    assert claims.read_bytes() == first


def test_of_two_outputs_both_are_written_or_none(
    refused: Callable[..., str], described: list[object], tmp_path: Path
) -> None:
    (tmp_path / "report.json").write_text("mine")
    message = refused(*described, "--out", tmp_path / "report.html", "--out", tmp_path / "report.json")
    assert "report.json: exists already" in message


def test_describe_asks_about_the_chosen_niches_only(run: Callable, described: list[object], tmp_path: Path) -> None:
    out = tmp_path / "claims.json"
    ran = run(*described, "--niche", "Layer 3", "--niche", "Layer 1", "--out", out)
    assert ran.code == 0
    assert ran.out == f"{out}: 2 niches described\n"
    assert [niche["niche"] for niche in json.loads(out.read_text())["niches"]] == ["Layer 1", "Layer 3"]


def test_describe_refuses_a_niche_that_no_slice_has(run: Callable, described: list[object], tmp_path: Path) -> None:
    ran = run(*described, "--niche", "Layer 9", "--out", tmp_path / "report.html")
    assert ran.code == 2
    assert ran.err[0].startswith("error: toy: no niche 'Layer 9'; did you mean ")
    assert not list(tmp_path.glob("report*"))
