"""An opened slide: its tables, its coordinates, and where its counts are; the counts are not read yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data_prep import anndata_keys as keys
from data_prep.errors import NicheLensError, suggest
from data_prep.read.raw_counts import counts_elsewhere
from data_prep.read.stored_matrix import StoredMatrix


@dataclass(frozen=True, eq=False)
class OpenedSlide:
    """Everything of a file or AnnData object but its counts.

    Attributes:
        name: name of the file or object, for messages.
        stem: name of the slide: the file name without its extension.
        obs: table of the spots, indexed by name.
        var: table of the genes, indexed by name.
        spatial: coordinates as stored; None if there are none.
        matrix: what holds the counts: a file, a zarr store, or a mapping from slots to matrices in memory.
        spatial_slot: what messages call the coordinates: "obsm['spatial']".
        obsm: keys of obsm.
        uns: the entries of uns that describe the slide.
        logged: whether uns says that X was logged.
        layers: names of the layers.
        has_raw: whether there is `raw`.
        root: group of the file that holds X and the layers; "" is the file itself.
        slot: slot of the counts in the root; "" if there are none.
        kept: which features of a 10x file are genes, bool of shape (n_features,).
        unit: unit of the coordinates, "pixel" or "micron"; "" if the file does not say.
        y_axis: "down" if the format fixes it, else "".
        technology: the technology, if the format implies it.
    """

    name: str
    stem: str
    obs: pd.DataFrame
    var: pd.DataFrame
    spatial: Any
    matrix: Path | Mapping[str, Any]
    spatial_slot: str = f"obsm['{keys.SPATIAL}']"
    obsm: tuple[str, ...] = ()
    uns: Mapping[str, Any] = field(default_factory=dict)
    logged: bool = False
    layers: tuple[str, ...] = ()
    has_raw: bool = False
    root: str = ""
    slot: str = ""
    kept: np.ndarray | None = None
    unit: str = ""
    y_axis: str = ""
    technology: str = ""

    def counts(self, layer: str | None = None) -> StoredMatrix:
        """Where the counts are.

        Raises:
            NicheLensError: no such layer, or no X.
        """
        if layer is not None and layer not in self.layers:
            message = f"{self.name}: no layer '{layer}'; {suggest(layer, self.layers, kind='layers')}"
            raise NicheLensError(message)
        if layer is None and not self.slot:
            message = f"{self.name}: X is absent; {self.elsewhere(layer)}"
            raise NicheLensError(message)
        slot, label = (self.slot, self.slot) if layer is None else (f"layers/{layer}", f"layers['{layer}']")
        slot = f"{self.root}/{slot}" if self.root else slot
        return StoredMatrix(
            name=self.name,
            source=self.matrix,
            slot=slot,
            label=label,
            shape=(len(self.obs), len(self.var)),
            elsewhere=self.elsewhere(layer),
            kept=self.kept,
        )

    def elsewhere(self, layer: str | None) -> str:
        """Where the counts may be instead, as advice in a message."""
        return counts_elsewhere(self.layers, layer, has_raw=self.has_raw)
