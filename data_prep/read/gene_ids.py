"""Names of genes: symbols, or Ensembl ids with symbols beside them; and the species that they belong to."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import numpy as np
import pandas as pd

from data_prep import anndata_keys as keys
from data_prep.errors import NicheLensError
from data_prep.read.validation import MISSING_LABELS, without_long_names

logger = logging.getLogger(__name__)

_ENSEMBL = re.compile(r"ENS([A-Z]{0,6})G\d{8,}(?:\.\d+)?")
_SPECIES = {"": "human", "MUS": "mouse", "RNO": "rat", "DAR": "zebrafish", "SSC": "pig", "MMU": "macaque"}
MOSTLY = 0.8
"""Share of names of one kind from which all names are taken to be of this kind."""


def name_genes(var: pd.DataFrame, where: str, table: Path | None = None) -> tuple[np.ndarray, str, str]:
    """Symbols of the genes, their origin in words, and their organism.

    The letters of a name are never changed. If several ids have the same symbol, all but the first get their id in
    brackets. Names of over `validation.LONGEST_NAME` characters lose their middle.

    Args:
        var: table of the genes, indexed by name.
        where: name of the file, for messages.
        table: TSV or CSV with a column of ids and a column of symbols, for a file that has ids only.

    Returns:
        (names, origin of the names in words, organism or "").
    """
    names = var.index.astype(str).to_numpy(dtype=object)
    ids = [_ENSEMBL.fullmatch(name) for name in names]
    if sum(match is not None for match in ids) < MOSTLY * len(names):
        id_column = _column(var, keys.GENE_IDS)
        distinct, note = _distinct(names, None if id_column is None else var[id_column].astype(str).to_numpy(object))
        return _fitting(distinct, where), f"symbols{note}", species_of_symbols(names)
    prefixes = pd.Series([match.group(1) for match in ids if match]).value_counts()
    organism = _SPECIES.get(str(prefixes.index[0]), "")
    column = _column(var, keys.SYMBOLS)
    if table is not None:
        symbols, source = _from_table(table, names), table.name
    elif column is not None:
        symbols, source = var[column].astype(object).where(var[column].notna(), "").to_numpy(object), column
    else:
        logger.warning("%s: genes are Ensembl ids without symbols; name a table of both with --gene-table", where)
        return names, "Ensembl ids", organism
    mapped = np.array(
        [name if str(symbol) in MISSING_LABELS else str(symbol) for symbol, name in zip(symbols, names, strict=True)],
        object,
    )
    n_mapped = int((mapped != names).sum())
    distinct, note = _distinct(mapped, names)
    origin = f"{n_mapped} of {len(names)} Ensembl ids named by '{source}'{note}"
    logger.warning("%s: %s", where, origin)
    return _fitting(distinct, where), origin, organism


def _fitting(names: np.ndarray, where: str) -> np.ndarray:
    forms = without_long_names(names, f"{where}: var_names")
    return np.array([forms[name] for name in names], dtype=object)


def _column(var: pd.DataFrame, usual: tuple[str, ...]) -> str | None:
    return next((str(name) for want in usual for name in var.columns if str(name).lower() == want), None)


def _distinct(names: np.ndarray, ids: np.ndarray | None) -> tuple[np.ndarray, str]:
    """Names in which the second and later occurrences have their id in brackets; unchanged if there are no ids."""
    repeated = pd.Series(names).duplicated().to_numpy()
    if ids is None or not repeated.any():
        return names, ""
    distinct = names.copy()
    distinct[repeated] = [f"{name} ({ident})" for name, ident in zip(names[repeated], ids[repeated], strict=True)]
    return distinct, f", {int(repeated.sum())} repeated ones with their ids"


def species_of_symbols(names: np.ndarray) -> str:
    """Human symbols are in capitals, mouse symbols have one capital; "" if neither holds for most names."""
    letters = [
        name for name in names if re.fullmatch(r"[A-Za-z][A-Za-z0-9.-]+", name) and sum(map(str.isalpha, name)) > 2
    ]
    if len(letters) < 10:
        return ""
    human = sum(name.upper() == name for name in letters) / len(letters)
    mouse = sum(name[0].isupper() and name[1:] == name[1:].lower() for name in letters) / len(letters)
    if human >= MOSTLY:
        return "human"
    return "mouse" if mouse >= MOSTLY else ""


def _from_table(path: Path, names: np.ndarray) -> list[str]:
    try:
        table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
        if table.shape[1] == 1:
            table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError, pd.errors.ParserError) as error:
        message = f"{path}: cannot be read as a table of gene ids and symbols; give a TSV or CSV"
        raise NicheLensError(message) from error
    table = table.fillna("")  # of lines that are too short
    ids = next((c for c in table if table[c].map(lambda v: bool(_ENSEMBL.fullmatch(v))).mean() >= MOSTLY), None)
    symbols = next((c for c in table if c != ids and str(c).lower() in (*keys.SYMBOLS, "gene")), None)
    if ids is None or symbols is None:
        message = f"{path.name}: needs a column of Ensembl ids and one called 'symbol'; it has {', '.join(table)}"
        raise NicheLensError(message)
    known = dict(zip(table[ids].str.split(".").str[0], table[symbols], strict=True))
    return [known.get(name.split(".")[0], "") for name in names]
