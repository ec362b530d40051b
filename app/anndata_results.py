"""Writes the answers of a screen into the AnnData object that was asked about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_prep import anndata_keys as keys
from data_prep.errors import NicheLensError

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

    from data_prep.read.options import ReadOptions
    from inference.engine.engine import Engine

NO_SLASH = "|"
"""Stands for "/" in the columns of varm: h5ad files do not allow a slash in a name."""


def write_results(adata: AnnData, table: pd.DataFrame, settings: Mapping[str, Any]) -> None:
    """Writes `uns['nichelens']`, `varm['nichelens_p_marker']` and `varm['nichelens_log2fc']`; earlier results go.

    Args:
        adata: object that holds the genes of the table.
        table: of `nichelens.screen`.
        settings: what produced the table; strings, numbers, and mappings of them.

    Raises:
        NicheLensError: the table has a gene that the object does not have.
    """
    import pandas as pd

    from data_prep.read.gene_ids import name_genes

    gene_table = settings.get("reading", {}).get("gene_table")
    symbols = pd.Index(name_genes(adata.var, "adata", gene_table)[0], dtype=object)
    unknown = table.loc[~table["gene"].isin(symbols), "gene"]
    if len(unknown):
        message = f"adata: has no gene '{unknown.iloc[0]}' of the table; write a table into the slide it was made from"
        raise NicheLensError(message)
    niches = table["niche"]
    if table["slice"].nunique() > 1:
        niches = table["slice"] + ": " + niches
    columns = niches.str.replace("/", NO_SLASH, regex=False)
    for key, value in ((keys.RESULT_P_MARKER, "p_marker"), (keys.RESULT_LOG2FC, "log2fc")):
        wide = table.assign(column=columns).pivot(index="gene", columns="column", values=value)
        wide = wide.reindex(index=symbols, columns=list(dict.fromkeys(columns)))
        adata.varm[key] = pd.DataFrame(wide.to_numpy(float), index=adata.var_names, columns=list(wide.columns))
    long = table.reset_index(drop=True)
    long.index = long.index.astype(str)
    adata.uns[keys.RESULTS] = {**_without_none(settings), "table": long}


def screen_settings(engine: Engine, options: ReadOptions) -> dict[str, Any]:
    """What produces a table: model, figure contract, how the slide was read, and all thresholds."""
    from data_prep.facts import marker_rule
    from inference.answers.interview import ENRICHED

    calibration = engine.calibration.of(ENRICHED)
    rule = ("LOG2FC_MARKER", "NOT_ERRORS", "Q_MARKER", "DETECTED_MIN")
    return {
        "model": engine.name,
        "base": Path(engine.base).name,
        "figure_contract": engine.contract_hash,
        "image_size": engine.image_size,
        "reading": {name: str(item) if isinstance(item, Path) else item for name, item in asdict(options).items()},
        "thresholds": {
            "yes_from": calibration.yes_from,
            "no_up_to": calibration.no_up_to,
            **{name.lower(): getattr(marker_rule, name) for name in rule},
        },
    }


def _without_none(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as h5ad files can hold them: no None, and sequences as lists."""
    plain: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            plain[name] = _without_none(value)
        elif isinstance(value, tuple | list):
            plain[name] = [str(item) for item in value]
        elif value is not None:
            plain[name] = value
    return plain
