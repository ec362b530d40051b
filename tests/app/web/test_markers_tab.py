"""A slide that takes the table of markers with it."""

from collections.abc import Callable
from pathlib import Path

import anndata
import pandas as pd
import pytest
from anndata import AnnData

from app.web.markers_tab import write_annotated
from data_prep import anndata_keys as keys
from data_prep.errors import NicheLensError
from tests.oracle import Answering

TABLE = pd.DataFrame(
    {"slice": "S1", "gene": ["GENE0", "GENE5"], "niche": "Layer 1", "p_marker": [0.9, 0.1], "log2fc": [2.0, -0.5]}
    | {"effect": [1.5, -0.9]}
)


def test_the_copy_holds_the_slide_and_the_table(
    toy_adata: AnnData, write_h5ad: Callable[..., Path], tmp_path: Path
) -> None:
    path = tmp_path / "copy.h5ad"
    write_annotated(write_h5ad(toy_adata), "region", Answering(lambda claim: 0.0), TABLE, path)
    copy = anndata.read_h5ad(path)
    assert (copy.X != toy_adata.X).nnz == 0
    assert copy.varm[keys.RESULT_P_MARKER].loc["GENE5", "Layer 1"] == 0.1
    assert copy.uns[keys.RESULTS]["model"] == "oracle"


def test_a_slide_without_a_file_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(NicheLensError, match=r"only a slide from an \.h5ad file"):
        write_annotated(None, "region", Answering(lambda claim: 0.0), TABLE, tmp_path / "copy.h5ad")
