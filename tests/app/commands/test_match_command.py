"""`nichelens match` writes a niche dictionary in the formats that are named, or refuses in one line."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from anndata import AnnData

from tests.conftest import make_toy


@pytest.fixture
def two_slices(write_h5ad: Callable[..., Path]) -> Path:
    return write_h5ad(make_toy(donors=("D1", "D2"), side=20))


def test_match_writes_every_format(run: Callable, two_slices: Path, tmp_path: Path) -> None:
    outs = [tmp_path / f"niches{ending}" for ending in (".html", ".md", ".json", ".csv")]
    ran = run("match", two_slices, "--niche-key", "region", *(part for out in outs for part in ("--out", out)))
    assert (ran.code, ran.err) == (0, [])
    assert ran.out.endswith("4 niches: 4 on both slides, 0 on one slide only (without a match).\n")
    record = json.loads(outs[2].read_text())
    assert {entry["name"] for entry in record["entries"]} == {f"Layer {n}" for n in (1, 2, 3, 4)}
    table = pd.read_csv(outs[3])
    assert (table.niche == table.best_match).all()
    assert outs[0].read_text().startswith("<!doctype html>")
    assert outs[1].read_text().startswith("# Niches of 2 slides")


def test_the_order_of_the_files_changes_nothing(run: Callable, write_h5ad: Callable[..., Path], tmp_path: Path) -> None:
    files = [write_h5ad(make_toy(seed, side=20), f"{name}.h5ad") for seed, name in ((1, "one"), (2, "two"))]
    texts = []
    for number, order in enumerate((files, files[::-1])):
        out = tmp_path / f"{number}.json"
        assert run("match", *order, "--niche-key", "region", "--out", out).code == 0
        texts.append(out.read_text())
    assert texts[0] == texts[1]


def test_what_cannot_be_matched_is_refused(
    refused: Callable[..., str], two_slices: Path, write_h5ad: Callable[..., Path], tmp_path: Path, toy_adata: AnnData
) -> None:
    out = tmp_path / "niches.html"
    one = ["match", two_slices, "--niche-key", "region", "--out", out, "--slice", "S1"]
    assert "needs at least two" in refused(*one)
    toy_adata.var_names = [f"other{number}" for number in range(toy_adata.n_vars)]
    other = write_h5ad(toy_adata, "other.h5ad")
    assert "share 0 of 80 and 80 genes" in refused("match", two_slices, other, "--niche-key", "region", "--out", out)
    wrong = ["match", two_slices, "--niche-key", "region", "--out", tmp_path / "niches.txt"]
    assert "choose one of .html, .md, .json, .csv" in refused(*wrong)
    twice = ["match", two_slices, "--niche-key", "region", "--out", out, "--out", out]
    assert "names a file twice" in refused(*twice)
