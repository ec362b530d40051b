"""`--config FILE.yaml`: its values are defaults, and its mistakes are one clear line."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from anndata import AnnData

Refused = Callable[..., str]


@pytest.fixture
def config(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a config file and returns its path."""

    def write(text: str) -> Path:
        path = tmp_path / "options.yaml"
        path.write_text(text)
        return path

    return write


@pytest.fixture
def slide(toy_adata: AnnData, write_h5ad: Callable[..., Path]) -> Path:
    return write_h5ad(toy_adata)


def asked(table: Path) -> set[str]:
    with table.open() as file:
        return {row["gene"] for row in csv.DictReader(file)}


def test_values_are_defaults_and_the_command_line_wins(
    run: Callable, config: Callable[[str], Path], slide: Path, tiny_model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "m.csv"
    path = config(f"niche-key: region\nmodel: {tiny_model}\nout: {out}\ngene: [GENE1, GENE2]\noverwrite: true\n")
    ran = run("markers", slide, "--config", path)
    assert ran.code == 0, ran.err
    assert asked(out) == {"GENE1", "GENE2"}
    ran = run("markers", slide, "--config", path, "--gene", "GENE3")  # replaces the file: overwrite is in force
    assert ran.code == 0, ran.err
    assert asked(out) == {"GENE3"}


def test_underscores_arguments_and_empty_values_are_understood(
    run: Callable, config: Callable[[str], Path], slide: Path, tiny_model: Path
) -> None:
    path = config(
        f"slide: {slide}\nniche_key: region\nniche: Layer 2\ngene: GENE1\njson: true\nlayer:\nmodel: {tiny_model}\n"
    )
    ran = run("ask", "--config", path)
    assert ran.code == 0, ran.err
    assert [record["gene"] for record in json.loads(ran.out)] == ["GENE1"]


def test_numbers_are_checked_like_those_of_the_command_line(
    refused: Refused, run: Callable, config: Callable[[str], Path], tmp_path: Path
) -> None:
    out = tmp_path / "s.h5ad"
    assert "--spots" in refused("synth", "--out", out, "--config", config("spots: many"))
    assert "--seed" in refused("synth", "--out", out, "--config", config("seed: -1"))
    ran = run("synth", "--out", out, "--config", config("spots: 250\nniches: 4\ngenes: 48\n"))
    assert ran.out == f"{out}: 250 spots x 48 genes, 4 niches in obs['region']\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nich-key: region", "unknown key 'nich-key'; did you mean 'niche-key'"),
        ("config: other.yaml", "unknown key 'config'"),
        ("niche-key: [region", "not readable as YAML"),
        ("- niche-key", "one `option: value` per line"),
        ("out: [a.csv, b.csv]", "out takes one value and has a list"),
        ("overwrite: sometimes", "overwrite is 'sometimes' and must be true or false"),
        ("layer: {name: raw}", "layer is {'name': 'raw'} and must be text or a number"),
        ("gene: [GENE1, [GENE2]]", "must be text or a number"),
        ("top-genes: yes", "must be text or a number"),
    ],
)
def test_a_bad_file_is_one_line(
    refused: Refused, config: Callable[[str], Path], slide: Path, tmp_path: Path, text: str, message: str
) -> None:
    path = config(text)
    line = refused("markers", slide, "--out", tmp_path / "m.csv", "--config", path)
    assert line.startswith(f"--config {path}: ")
    assert message in line


def test_a_missing_file_is_one_line(refused: Refused, tmp_path: Path) -> None:
    assert "No such file" in refused("synth", "--out", tmp_path / "s.h5ad", "--config", tmp_path / "nowhere.yaml")
