"""Writes the answers of a screen into the AnnData object that was asked about, or into a copy of its file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.anndata_copies import check_copy, edited_copy, read_slot, without_none, write_slot
from data_prep import anndata_keys as keys
from data_prep.errors import NicheLensError
from data_prep.staging import staged

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

    from data_prep.read.options import ReadOptions
    from data_prep.slide import Slide
    from inference.engine.engine import Engine

MATRICES = {
    keys.RESULT_P_MARKER: "p_marker",
    keys.RESULT_LOG2FC: "log2fc",
    keys.RESULT_EFFECT: "effect",
}
"""Name in varm → column of the table."""
NO_SLASH = "|"
"""Stands for "/" in the columns of varm: h5ad files do not allow a slash in a name."""


def write_results(adata: AnnData, table: pd.DataFrame, settings: Mapping[str, Any]) -> None:
    """Writes `uns['nichelens']` and the matrices of `MATRICES` in `varm`; earlier results go.

    Args:
        adata: object that holds the genes of the table.
        table: of `nichelens.screen`.
        settings: what produced the table; strings, numbers, and mappings of them.

    Raises:
        NicheLensError: the table has a gene that the object does not have.
    """
    results = _results(adata.var, "adata", table, settings)
    for key, matrix in results.matrices.items():
        adata.varm[key] = matrix
    adata.uns[keys.RESULTS] = results.about


def annotated_copy(path: Path, table: pd.DataFrame, settings: Mapping[str, Any], out: Path) -> Path:
    """Writes a copy of a slide's file with the results in it, where `write_results` puts them.

    All else in the copy is that of the file, so pictures, layers and `raw` are kept, and the matrix of a large file is
    never loaded. The copy appears when it is complete.

    Args:
        path: the `.h5ad` file or AnnData `.zarr` store that was asked about.
        table: of `nichelens.screen`, or of the page.
        settings: as for `write_results`; `screen_settings` makes them.
        out: file or store to write, of the same kind. An earlier one is replaced; it may be ``path`` itself.

    Returns:
        ``out``.

    Raises:
        NicheLensError: the file is neither, ``out`` is of another kind, or the file lacks a gene of the table.
    """
    check_copy(path, out)
    with staged(out) as partial, edited_copy(path, partial) as root:
        results = _results(read_slot(root, "var", path.name), path.name, table, settings)
        write_slot(root, "uns", {keys.RESULTS: results.about})
        write_slot(root, "varm", results.matrices)
    return out


@dataclass(frozen=True)
class _Results:
    """What is written: settings with the table, and matrices of genes × niches by their name in `varm`."""

    about: dict[str, Any]
    matrices: dict[str, pd.DataFrame]


def _results(var: pd.DataFrame, where: str, table: pd.DataFrame, settings: Mapping[str, Any]) -> _Results:
    import pandas as pd

    from data_prep.read.gene_ids import name_genes

    gene_table = settings.get("reading", {}).get("gene_table")
    symbols = pd.Index(name_genes(var, where, gene_table)[0], dtype=object)
    unknown = table.loc[~table["gene"].isin(symbols), "gene"]
    if len(unknown):
        message = (
            f"{where}: has no gene '{unknown.iloc[0]}' of the table; write a table into the slide it was made from"
        )
        raise NicheLensError(message)
    niches = table["niche"]
    if table["slice"].nunique() > 1:
        niches = table["slice"] + ": " + niches
    columns = niches.str.replace("/", NO_SLASH, regex=False)
    matrices = {}
    for key, value in MATRICES.items():
        wide = table.assign(column=columns).pivot(index="gene", columns="column", values=value)
        wide = wide.reindex(index=symbols, columns=list(dict.fromkeys(columns)))
        matrices[key] = pd.DataFrame(wide.to_numpy(float), index=var.index, columns=list(wide.columns))
    long = table.reset_index(drop=True)
    long.index = long.index.astype(str)
    return _Results({**without_none(settings), "table": long}, matrices)


def screen_settings(engine: Engine, options: ReadOptions, slides: Sequence[Slide] = ()) -> dict[str, Any]:
    """What produces a table: model, figure contract, how the slide was read, and all thresholds.

    Args:
        engine: the model that was asked.
        options: how the slides were read.
        slides: those that were asked about. Where preprocessing was chosen (`--auto`), "choices" holds how, as JSON.
    """
    from data_prep.claims import CLAIM_TYPES, Claim
    from data_prep.facts import marker_rule
    from inference.answers.interview import ENRICHED

    calibration = engine.calibration.of(ENRICHED)
    rule = ("LOG2FC_MARKER", "NOT_ERRORS", "Q_MARKER", "DETECTED_MIN")
    chosen = {
        slide.name.replace("/", NO_SLASH): json.dumps(slide.meta.choices)
        for slide in slides
        if slide.meta.choices is not None
    }
    return {
        **({"choices": chosen} if chosen else {}),
        "model": engine.name,
        "base": Path(engine.base).name,
        "figure_contract": engine.contract_hash,
        "image_size": engine.image_size,
        "reading": {name: str(item) if isinstance(item, Path) else item for name, item in asdict(options).items()},
        "thresholds": {
            "yes_from": calibration.yes_from,
            "no_up_to": calibration.no_up_to,
            **{name.lower(): getattr(marker_rule, name) for name in rule},
            "in_words": CLAIM_TYPES[ENRICHED].threshold(Claim(ENRICHED)),
        },
    }
