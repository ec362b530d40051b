"""`nichelens query` finds a niche or a picked region on other slides, or refuses in one line."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import make_toy


@pytest.fixture
def two_slices(write_h5ad: Callable[..., Path]) -> Path:
    return write_h5ad(make_toy(donors=("D1", "D2"), side=20))


@pytest.fixture
def asked(two_slices: Path) -> list[object]:
    return ["query", two_slices, "--niche-key", "region"]


def test_a_niche_is_found_on_the_other_slice(run: Callable, asked: list[object], tmp_path: Path) -> None:
    outs = [tmp_path / "like.csv", tmp_path / "like.json"]
    spots = tmp_path / "spots.csv"
    ran = run(*asked, "--niche", "Layer 3", *(part for out in outs for part in ("--out", out)), "--spots-out", spots)
    assert (ran.code, ran.err) == (0, [])
    assert ran.out.startswith("Layer 3 of toy:S1 is elsewhere too. S2: Layer 3, score ")
    table, record = pd.read_csv(outs[0]), json.loads(outs[1].read_text())
    assert table["niche"][0] == "Layer 3"
    assert table["is_match"].tolist() == [True, False, False, False]
    assert table["score"].is_monotonic_decreasing
    assert [row["niche"] for row in record["niches"]] == table["niche"].tolist()
    assert not record["is_new"]
    ranked = pd.read_csv(spots)
    assert len(ranked) == 400
    assert set(ranked["niche"][:50]) == {"Layer 3"}
    assert ranked["likeness"].is_monotonic_decreasing


def test_a_picked_region_is_found_on_the_slice_that_is_named(
    run: Callable, asked: list[object], two_slices: Path, tmp_path: Path
) -> None:
    import anndata

    obs = anndata.read_h5ad(two_slices).obs
    names = obs.index[(obs["region"] == "Layer 2") & (obs["slice"] == "S2")][:60]
    region = tmp_path / "spots.txt"
    region.write_text("\n".join(names) + "\n\n")
    ran = run(*asked, "--spots", region, "--on", "S2", "--out", tmp_path / "like.csv")
    assert ran.code == 0
    assert ran.out.startswith("picked region of toy:S2 ")
    assert pd.read_csv(tmp_path / "like.csv")["niche"][0] == "Layer 2"


def test_a_niche_of_nowhere_else_is_new(run: Callable, write_h5ad: Callable[..., Path], tmp_path: Path) -> None:
    whole, part = make_toy(side=20), make_toy(1, side=20)
    files = [
        write_h5ad(whole, "whole.h5ad"),
        write_h5ad(part[part.obs["region"] != "Layer 4"].copy(), "part.h5ad"),
    ]
    out = tmp_path / "like.json"
    ran = run("query", *files, "--niche-key", "region", "--niche", "Layer 4", "--out", out)
    assert ran.code == 0
    assert "Layer 4 of whole matches nothing on the other slides. S1: Layer 1, score " in ran.out
    assert json.loads(out.read_text())["is_new"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ([], "either --niche NAME or --spots FILE"),
        (["--niche", "Layer 9"], "no niche 'Layer 9'"),
        (["--niche", "Layer 1", "--slice", "S1"], "1 slide given (S1); a niche query needs another one"),
        (["--niche", "Layer 1", "--on", "S9"], "no slice 'S9'"),
        (["--niche", "Layer 1", "--out", "x.txt"], "x.txt: the ending says the format; choose one of .csv, .json"),
        (["--niche", "Layer 1", "--spots-out", "x.txt"], "x.txt: the ending says the format"),
        (["--spots", "nowhere.txt"], "nowhere.txt: cannot be read as a text file"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    refused: Callable[..., str], asked: list[object], more: list[str], message: str
) -> None:
    assert message in refused(*asked, *more)


def test_regions_that_make_no_sense_are_refused(
    refused: Callable[..., str], asked: list[object], tmp_path: Path
) -> None:
    region = tmp_path / "spots.txt"
    for text, message in (("\n", "holds no name of a spot"), ("nix\n", "no spot 'nix'")):
        region.write_text(text)
        assert message in refused(*asked, "--spots", region)


def test_nothing_is_replaced_unless_told_so(
    refused: Callable[..., str], run: Callable, asked: list[object], tmp_path: Path
) -> None:
    out, spots = tmp_path / "like.csv", tmp_path / "spots.csv"
    spots.write_text("mine")
    outs = ["--niche", "Layer 1", "--out", out, "--spots-out", spots]
    assert "spots.csv: exists already" in refused(*asked, *outs)
    assert run(*asked, *outs, "--overwrite").code == 0
    assert spots.read_text().startswith("slide,spot,niche,likeness")
