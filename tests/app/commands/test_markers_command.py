"""`nichelens markers` writes a row for each gene and niche."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from anndata import AnnData

from app.web.upload import open_slides
from data_prep.facts.variable_genes import variable_genes
from inference.answers.screen import COLUMNS

Write = Callable[..., Path]


@pytest.fixture
def slide(toy_adata: AnnData, write_h5ad: Write) -> Path:
    return write_h5ad(toy_adata)


def test_markers_asks_every_gene_in_every_niche(run: Callable, slide: Path, tiny_model: Path, tmp_path: Path) -> None:
    out = tmp_path / "markers.csv"
    genes = ["--gene", "GENE1", "--gene", "GENE2", "--gene", "GENE3"]
    markers = ["markers", slide, "--niche-key", "region", "--model", tiny_model, "--out", out, *genes]
    ran = run(*markers)
    assert ran.code == 0
    assert str(out) in ran.out
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(COLUMNS)
    assert len(rows) == 3 * 4
    assert {row["niche"] for row in rows} == {"Layer 1", "Layer 2", "Layer 3", "Layer 4"}
    first = out.read_bytes()
    assert run(*markers).code == 2
    assert run(*markers, "--overwrite").code == 0
    assert out.read_bytes() == first


def test_top_genes_are_the_most_variable_ones(run: Callable, slide: Path, tiny_model: Path, tmp_path: Path) -> None:
    out = tmp_path / "m.csv"
    markers = ["markers", slide, "--niche-key", "region", "--model", tiny_model, "--out", out, "--top-genes", 2]
    assert run(*markers).code == 0
    with out.open() as file:
        genes = [row["gene"] for row in csv.DictReader(file)]
    most_variable = variable_genes(open_slides(slide).slide(), 2)
    assert set(genes) == set(most_variable)
    assert len(genes) == 2 * 4


def test_genes_are_named_or_counted_not_both(refused: Callable[..., str], slide: Path, tmp_path: Path) -> None:
    markers = ["markers", slide, "--niche-key", "region", "--out", tmp_path / "m.csv"]
    assert "exclude each other" in refused(*markers, "--gene", "GENE1", "--top-genes", 2)


def test_slice_option_keeps_one_slice(
    run: Callable, toy: Callable[..., AnnData], write_h5ad: Write, tiny_model: Path, tmp_path: Path
) -> None:
    path = write_h5ad(toy(donors=("D1", "D2")))
    markers = ["markers", path, "--niche-key", "region", "--model", tiny_model, "--gene", "GENE1", "--slice", "S2"]
    assert run(*markers, "--out", tmp_path / "m.csv").code == 0
    with (tmp_path / "m.csv").open() as file:
        assert {row["slice"] for row in csv.DictReader(file)} == {"S2"}
