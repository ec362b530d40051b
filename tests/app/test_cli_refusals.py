"""Bad input: one clear line, exit 2, and nothing left behind."""

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from anndata import AnnData

Write = Callable[..., Path]
Refused = Callable[..., str]


def no_spatial(adata: AnnData) -> None:
    del adata.obsm["spatial"]


def nan_coordinates(adata: AnnData) -> None:
    adata.obsm["spatial"][3, 0] = np.nan


def infinite_coordinates(adata: AnnData) -> None:
    adata.obsm["spatial"][3, 1] = np.inf


def negative_counts(adata: AnnData) -> None:
    adata.X.data[7] = -1


def niche_of_three(adata: AnnData) -> None:
    region = np.array(adata.obs["region"], dtype=object)
    region[:3] = "Rim"
    adata.obs["region"] = pd.Categorical(region)


def duplicate_genes(adata: AnnData) -> None:
    adata.var_names = ["GENE1", *adata.var_names[1:]]


def log_normalised(adata: AnnData) -> None:
    adata.X = sp.csr_matrix(np.log1p(adata.X.toarray() / adata.X.sum(axis=1) * 1e4))


def unknown_key(adata: AnnData) -> None:
    adata.obs = adata.obs.rename(columns={"region": "regions"})


def gene_of_two_lines(adata: AnnData) -> None:
    adata.var_names = ["GE\nNE", *adata.var_names[1:]]


def niche_of_two_lines(adata: AnnData) -> None:
    adata.obs["region"] = adata.obs["region"].cat.rename_categories({"Layer 1": "a\nb"})


BAD_CONTENT = {
    no_spatial: "obsm['spatial']",
    nan_coordinates: "'spot3'",
    infinite_coordinates: "'spot3'",
    negative_counts: "negative",
    niche_of_three: "'Rim' (3)",
    duplicate_genes: "'GENE1'",
    log_normalised: "log-normalised",
    gene_of_two_lines: "'GE\\nNE'",
    niche_of_two_lines: "'a\\nb'",
    unknown_key: "did you mean 'regions'",
}


@pytest.fixture(params=["prep", "markers", "describe", "demo"])
def command(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Path], list[object]]:
    """The arguments of each command that reads a slide and has no other business."""

    def arguments(slide: Path) -> list[object]:
        name = "result.html" if request.param == "describe" else "result"
        out = [] if request.param == "demo" else ["--out", tmp_path / "out" / name]
        return [request.param, slide, "--niche-key", "region", *out]

    return arguments


@pytest.mark.parametrize("spoil", BAD_CONTENT, ids=lambda spoil: spoil.__name__)
@pytest.mark.filterwarnings("ignore:Variable names are not unique")
def test_bad_content(
    spoil: Callable[[AnnData], None], toy_adata: AnnData, write_h5ad: Write, command: Callable, refused: Refused
) -> None:
    spoil(toy_adata)
    arguments = command(write_h5ad(toy_adata))
    if arguments[0] == "demo" and spoil is niche_of_three:
        pytest.skip("the page leaves small niches unlabelled")
    message = refused(*arguments)
    assert "toy.h5ad" in message
    assert BAD_CONTENT[spoil] in message


def test_counts_that_are_text(toy_adata: AnnData, write_h5ad: Write, command: Callable, refused: Refused) -> None:
    path = write_h5ad(toy_adata)
    with h5py.File(path, "r+") as file:
        del file["X"]
        file["X"] = np.full(toy_adata.shape, "many", dtype="S4")
        file["X"].attrs.update({"encoding-type": "string-array", "encoding-version": "0.2.0"})
    assert "toy.h5ad" in refused(*command(path))


def test_truncated_file(toy_adata: AnnData, write_h5ad: Write, command: Callable, refused: Refused) -> None:
    path = write_h5ad(toy_adata)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "truncated" in refused(*command(path))


def test_empty_slide(toy_adata: AnnData, write_h5ad: Write, command: Callable, refused: Refused) -> None:
    assert "empty" in refused(*command(write_h5ad(toy_adata[:0].copy())))


def test_no_such_file_and_no_slide(tmp_path: Path, command: Callable, refused: Refused) -> None:
    assert "no such file" in refused(*command(tmp_path / "nowhere.h5ad"))
    text = tmp_path / "notes.h5ad"
    text.write_text("not a slide")
    assert "not an HDF5 file" in refused(*command(text))


def test_missing_niche_key_lists_columns_that_could_serve(
    toy_adata: AnnData, write_h5ad: Write, tmp_path: Path, refused: Refused
) -> None:
    toy_adata.obs["cluster"] = [f"c{i % 3}" for i in range(toy_adata.n_obs)]
    toy_adata.obs["depth"] = np.linspace(0, 1, toy_adata.n_obs)
    toy_adata.obs["barcode"] = toy_adata.obs_names
    message = refused("markers", write_h5ad(toy_adata), "--out", tmp_path / "m.csv")
    assert message.endswith("obs columns that could serve: region, cluster; or pass --find-niches")


def test_unknown_names(toy_adata: AnnData, write_h5ad: Write, refused: Refused) -> None:
    ask = ["ask", write_h5ad(toy_adata), "--niche-key", "region"]
    assert "'Layer 3'" in refused(*ask, "--niche", "layer 3", "--gene", "GENE1")
    assert "'GENE11'" in refused(*ask, "--niche", "Layer 3", "--gene", "gene11")
    assert "slices: S1" in refused(*ask, "--niche", "Layer 3", "--gene", "GENE1", "--slice", "S9")
    assert "no layer 'raw'" in refused(*ask, "--niche", "Layer 3", "--gene", "GENE1", "--layer", "raw")


def test_bad_settings(toy_adata: AnnData, write_h5ad: Write, tmp_path: Path, refused: Refused) -> None:
    prep = ["prep", write_h5ad(toy_adata), "--niche-key", "region", "--out", tmp_path / "data"]
    assert "markers" in refused(*prep, "--task", "markers")
    assert "size" in refused(*prep, "--size", 3)
    assert "'D7'" in refused(*prep, "--test-donor", "D7")


def test_usage_errors_are_one_line(refused: Refused) -> None:
    assert refused("ask", "x.h5ad") == "ask: give --gene and --niche, or a --question in your own words"
    assert "--niche-keys" in refused("markers", "x.h5ad", "--niche-keys", "region")
    assert "--port" in refused("demo", "--port", "seven")
    assert "'prepare'" in refused("prepare", "x.h5ad")


def test_model_that_is_not_there(toy_adata: AnnData, write_h5ad: Write, tmp_path: Path, refused: Refused) -> None:
    slide = ["markers", write_h5ad(toy_adata), "--niche-key", "region", "--out", tmp_path / "m.csv"]
    assert "nowhere" in refused(*slide, "--model", tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    assert "empty" in refused(*slide, "--model", tmp_path / "empty")


def test_dataset_that_is_not_there(tiny_model: Path, tmp_path: Path, refused: Refused) -> None:
    scores = tmp_path / "scores.json"
    assert "nowhere" in refused("evaluate", tmp_path / "nowhere", "--out", scores, "--model", tiny_model)


def test_evaluations_that_cannot_be_meant(tiny_model: Path, tmp_path: Path, refused: Refused) -> None:
    asked = ["evaluate", "--model", tiny_model, "--out"]
    assert "must end in .json" in refused(*asked, tmp_path / "scores.csv")
    assert "unknown suite 'deep'" in refused(*asked, tmp_path / "scores.json", "--suite", "deep")
    assert "needs a dataset" in refused(*asked, tmp_path / "scores.json", "--suite", "depth")
    (tmp_path / "kept.plots").mkdir()
    (tmp_path / "kept.plots" / "mine.png").write_text("mine")
    assert "did not write" in refused(*asked, tmp_path / "kept.json", "--overwrite")
    (tmp_path / "old.md").write_text("mine")
    assert "pass --overwrite" in refused(*asked, tmp_path / "old.json")


def test_port_that_is_taken(refused: Refused) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert "choose another with --port" in refused("demo", "--port", taken.getsockname()[1])


def test_an_output_is_replaced_only_when_asked(
    toy_adata: AnnData, write_h5ad: Write, tmp_path: Path, refused: Refused
) -> None:
    slide = write_h5ad(toy_adata)
    kept = tmp_path / "kept.csv"
    kept.write_text("mine")
    markers = ["markers", slide, "--niche-key", "region", "--out"]
    assert "pass --overwrite" in refused(*markers, kept)
    assert "is an input" in refused(*markers, slide, "--overwrite")
    assert "is a folder" in refused(*markers, tmp_path, "--overwrite")
    prep = ["prep", slide, "--niche-key", "region", "--overwrite", "--out"]
    assert "did not write" in refused(*prep, tmp_path)
    assert "is a file" in refused(*prep, kept)
    assert "not a folder" in refused(*prep, kept / "data")
    assert kept.read_text() == "mine"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--n-niches", "4"), "are about computed niches; give --find-niches too"),
        (("--scale", "fine"), "are about computed niches; give --find-niches too"),
        (("--auto",), "are about computed niches; give --find-niches too"),
        (("--find-niches", "--auto", "--pool", "7"), "--auto and --normalisation, --genes-used"),
        (("--find-niches", "--genes-used", "1"), "--genes-used is 1 and must be at least 2"),
        (("--find-niches", "--normalisation", "sct"), "--normalisation is 'sct' and must be one of none, depth, log"),
        (("--find-niches", "--scale", "huge"), "--scale is 'huge' and must be one of coarse, middle, fine"),
        (("--find-niches", "--n-niches", "1"), "--n-niches is 1 and must be 2 to 100"),
        (("--find-niches", "--n-niches", "4", "--scale", "fine"), "a scale chooses the number"),
        (("--find-niches", "--niche-key", "region"), "niches are either read or found"),
    ],
)
@pytest.mark.parametrize(
    "command", ["ask", "markers", "describe", "compare", "match", "query", "embed", "check", "prep"]
)
def test_options_about_computed_niches_need_find_niches_and_a_value_in_range(
    refused: Refused, tmp_path: Path, command: str, options: tuple[str, ...], message: str
) -> None:
    needed = {
        "ask": ("--niche", "A", "--gene", "G"),
        "markers": ("--out", "o.csv"),
        "compare": ("--niche", "A", "--against", "B"),
        "query": ("--niche", "A"),
    }
    out = ("--out", tmp_path / "out") if command in ("compare", "describe", "match", "prep") else ()
    assert message in refused(command, tmp_path / "absent.h5ad", *needed.get(command, ()), *out, *options)
