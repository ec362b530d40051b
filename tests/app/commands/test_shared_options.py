"""Options that several commands share: the files that they name are inputs, which no output replaces."""

from collections.abc import Callable
from pathlib import Path

import pytest
from anndata import AnnData

QUERY = ["--niche-key", "region", "--spots", "table.csv"]


@pytest.mark.parametrize(
    ("command", "options", "ending"),
    [
        ("niches", ["--cell-type-lists", "table.csv", "--out"], ".csv"),
        ("niches", ["--gene-table", "table.csv", "--out"], ".csv"),
        ("check", ["--gene-table", "table.csv", "--out"], ".csv"),
        ("describe", ["--niche-key", "region", "--gene-table", "table.json", "--out"], ".json"),
        ("match", ["--niche-key", "region", "--gene-table", "table.csv", "--out"], ".csv"),
        ("compare", ["--niche-key", "region", "--niche", "x", "--gene-table", "table.json", "--out"], ".json"),
        ("embed", ["--niche-key", "region", "--gene-table", "table.csv", "--genes-out"], ".csv"),
        ("markers", ["--find-niches", "--cell-type-lists", "table.csv", "--out"], ".csv"),
        ("query", [*QUERY, "--out"], ".csv"),
        ("query", [*QUERY, "--spots-out"], ".csv"),
    ],
)
def test_no_output_replaces_a_table_that_is_read(
    refused: Callable[..., str],
    toy_adata: AnnData,
    write_h5ad: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    options: list[str],
    ending: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    table = tmp_path / f"table{ending}"
    table.write_text("cell type,gene\nA,GENE1\n")
    assert "is an input of this command" in refused(command, write_h5ad(toy_adata), *options, table, "--overwrite")
    assert table.read_text() == "cell type,gene\nA,GENE1\n"
