"""`nichelens compare` writes what differs between two niches, or refuses in one line before it loads a model."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import make_toy


@pytest.fixture
def two_slices(write_h5ad: Callable[..., Path]) -> Path:
    return write_h5ad(make_toy(donors=("D1", "D2"), side=20))


@pytest.fixture
def asked(two_slices: Path, tiny_model: Path) -> list[object]:
    return ["compare", two_slices, "--niche-key", "region", "--model", tiny_model, "--top-genes", 6]


def test_two_slices_are_compared(run: Callable, asked: list[object], tmp_path: Path) -> None:
    outs = [tmp_path / f"changes{ending}" for ending in (".html", ".md", ".json")]
    ran = run(*asked, "--niche", "Layer 2", *(part for out in outs for part in ("--out", out)))
    assert (ran.code, ran.err) == (0, [])
    assert "Layer 2 from S1 to S2. " in ran.out
    record = json.loads(outs[2].read_text())
    assert (record["a"]["slice"], record["b"]["slice"]) == ("S1", "S2")
    assert record["found_by_counts"] == []
    assert len(record["genes"]) == 6
    assert outs[1].read_text().startswith("# Layer 2 from S1 to S2\n")
    assert "<h1>Layer 2 from S1 to S2</h1>" in outs[0].read_text()


def test_two_files_with_names_of_their_own(
    run: Callable, write_h5ad: Callable[..., Path], tiny_model: Path, tmp_path: Path
) -> None:
    second = make_toy(1, side=20)
    second.obs["region"] = second.obs["region"].cat.rename_categories(lambda name: name.replace("Layer", "Stratum"))
    files = [write_h5ad(make_toy(side=20), "one.h5ad"), write_h5ad(second, "two.h5ad")]
    out = tmp_path / "changes.json"
    ran = run(
        *("compare", *files, "--niche-key", "region", "--model", tiny_model, "--top-genes", 4),
        *("--niche", "Layer 2", "--niche-b", "Stratum 2", "--out", out),
    )
    assert ran.code == 0
    record = json.loads(out.read_text())
    assert record["title"] == "Layer 2 on one to Stratum 2 on two"
    assert any(note.startswith("By markers and place the two are the same niche") for note in record["notes"])


def test_two_niches_of_one_slide(run: Callable, asked: list[object], tmp_path: Path) -> None:
    out = tmp_path / "niches.json"
    ran = run(*asked, "--slice", "S1", "--niche", "Layer 1", "--against", "Layer 4", "--out", out)
    assert ran.code == 0
    record = json.loads(out.read_text())
    assert record["title"] == "Layer 1 against Layer 4 on S1"
    higher = {finding["about"] for finding in record["found_by_counts"] if finding["change"] == "higher"}
    said = {finding["about"] for finding in record["changes"]}
    assert higher
    assert all(int(gene.removeprefix("GENE")) % 4 == 3 for gene in higher - said)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--slice", "S1", "--niche", "Layer 1"], "1 slices given (S1); name two slides"),
        (["--niche", "Layer 9"], "no niche 'Layer 9'"),
        (["--niche", "Layer 1", "--niche-b", "Layer 9"], "no niche 'Layer 9'"),
        (["--niche", "Layer 1", "--against", "Layer 2"], "2 slices have both niches (S1, S2); choose one with --slice"),
        (["--slice", "S1", "--niche", "Layer 1", "--against", "Layer 9"], "no niche 'Layer 9'"),
        (["--slice", "S1", "--niche", "Layer 1", "--against", "Layer 1"], "'Layer 1' is compared with itself"),
        (["--niche", "Layer 1", "--niche-b", "Layer 2", "--against", "Layer 3"], "give one of them"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    refused: Callable[..., str], asked: list[object], tmp_path: Path, more: list[str], message: str
) -> None:
    assert message in refused(*asked, *more, "--out", tmp_path / "changes.html")


def test_of_several_outputs_all_are_written_or_none(
    refused: Callable[..., str], asked: list[object], tmp_path: Path
) -> None:
    (tmp_path / "changes.md").write_text("mine")
    outs = ["--out", tmp_path / "changes.html", "--out", tmp_path / "changes.md"]
    assert "changes.md: exists already" in refused(*asked, "--niche", "Layer 1", *outs)
