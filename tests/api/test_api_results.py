"""Results of the API: in AnnData objects, and as tables of scores."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import nichelens
from app.notebook_tables import score_table
from nichelens import NicheLensError

if TYPE_CHECKING:
    from anndata import AnnData

    from inference.engine.engine import Engine


def test_results_in_anndata_survive_a_file(toy: Callable[..., "AnnData"], engine: "Engine", tmp_path: Path) -> None:
    import anndata

    adata = toy()
    adata.obs["region"] = adata.obs["region"].cat.rename_categories({"Layer 1": "L2/3"})
    slide = nichelens.read(adata, "region")
    asked = nichelens.screen(slide, ["GENE7", "GENE2"], engine=engine)
    nichelens.write_back(adata, asked)
    adata.write_h5ad(tmp_path / "results.h5ad")
    stored = anndata.read_h5ad(tmp_path / "results.h5ad")
    p_marker, log2fc = stored.varm["nichelens_p_marker"], stored.varm["nichelens_log2fc"]
    assert p_marker.columns.tolist() == log2fc.columns.tolist() == ["L2|3", "Layer 2", "Layer 3", "Layer 4"]
    for row in asked.itertuples():
        assert p_marker.loc[row.gene, row.niche.replace("/", "|")] == row.p_marker
        assert log2fc.loc[row.gene, row.niche.replace("/", "|")] == row.log2fc
    assert p_marker.notna().any(axis=1).sum() == log2fc.notna().any(axis=1).sum() == 2
    about = stored.uns["nichelens"]
    assert (about["version"], about["model"], about["figure_contract"]) == (
        nichelens.__version__,
        "tiny",
        engine.contract_hash,
    )
    assert about["thresholds"]["yes_from"] == 0.65
    assert about["thresholds"]["log2fc_marker"] == 1.0
    assert list(about["reading"]["niche_keys"]) == ["region"]
    pd.testing.assert_frame_equal(about["table"].reset_index(drop=True), asked, check_dtype=False)


def test_results_of_several_slices_stand_side_by_side(adata: "AnnData", table: pd.DataFrame) -> None:
    copy = adata.copy()
    nichelens.write_back(copy, table)
    columns = copy.varm["nichelens_p_marker"].columns.tolist()
    assert columns == [f"{name}: Layer {i}" for name in ("S1", "S2") for i in (1, 2, 3, 4)]
    nichelens.write_back(copy, table[table.slice == "S2"])
    assert copy.varm["nichelens_p_marker"].columns.tolist() == [f"Layer {i}" for i in (1, 2, 3, 4)]


def test_results_find_their_genes_where_symbols_stand_in_a_column(
    toy: Callable[..., "AnnData"], engine: "Engine"
) -> None:
    adata = toy()
    adata.var["gene_symbols"] = adata.var_names
    adata.var_names = [f"ENSG{i:011d}" for i in range(adata.n_vars)]
    asked = nichelens.screen(nichelens.read(adata, "region"), ["GENE7"], engine=engine)
    nichelens.write_back(adata, asked)
    p_marker = adata.varm["nichelens_p_marker"]
    assert p_marker.index[p_marker.notna().all(axis=1)].tolist() == ["ENSG00000000007"]


def test_a_table_of_another_slide_is_refused(toy: Callable[..., "AnnData"], table: pd.DataFrame) -> None:
    adata = toy()[:, 1:].copy()
    with pytest.raises(NicheLensError, match="adata: has no gene 'GENE0' of the table"):
        nichelens.write_back(adata, table)
    assert not adata.varm
    assert "nichelens" not in adata.uns


def test_a_scorecard_is_a_table_of_scores() -> None:
    auroc = {"value": 0.9, "low": 0.8, "high": 0.95}
    card = {"model": "m", "kinds": {"rim": {"n": 12, "auroc": {"model": auroc}}}, "left_out": {"depth": "no slides"}}
    scores = score_table(card)
    assert set(scores.part) == {"kinds"}
    row = scores[(scores.of == "rim / auroc") & (scores.score == "model")]
    assert row[["value", "low", "high"]].iloc[0].to_dict() == auroc
    size = scores[(scores.of == "rim") & (scores.score == "n")]
    assert (size.value.item(), size.low.isna().item()) == (12, True)


def test_evaluate_scores_a_model(engine: "Engine") -> None:
    scores = nichelens.evaluate(None, engine, suites=["perception"], limit=8)
    assert set(scores.part) == {"perception"}
    assert scores.value[scores.of.str.contains("/ model")].empty or scores.value.between(0, 8).all()
    about = scores.attrs["nichelens"]
    assert (about["model"], about["limit"], about["left_out"]["claims"]) == ("tiny", 8, "was not asked for")
    with pytest.raises(NicheLensError, match="unknown suite 'percepton'"):
        nichelens.evaluate(None, engine, suites=["percepton"])
