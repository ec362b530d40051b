"""A slide's file, opened: its tables, its coordinates, and where its counts lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data_prep.errors import NicheLensError
from data_prep.read.raw_counts import counts_elsewhere
from data_prep.read.stored_matrix import StoredMatrix
from data_prep.read.validation import SPATIAL_KEY, suggest


@dataclass(frozen=True, eq=False)
class Opened:
    """A file, read but for its counts.

    Attributes:
        path: file or folder.
        obs: table of the spots, by name.
        var: table of the genes, by name.
        spatial: coordinates as stored; None where there are none.
        place: what messages call them: "obsm['spatial']".
        obsm: names of what obsm holds.
        uns: what it says about the slide.
        logged: whether it says that X was logged.
        layers: names of the layers.
        has_raw: whether there is `raw`.
        matrix: file or store with the counts.
        root: group in it that holds X and the layers; "" is the file itself.
        slot: of the counts in the root; "" where it has none.
        kept: which features of a 10x file are genes.
        unit: of the coordinates: "pixel", "micron" or "" where the file does not say.
        y_axis: "down" where the format fixes it, "" where it does not.
        technology: where the format tells.
    """

    path: Path
    obs: pd.DataFrame
    var: pd.DataFrame
    spatial: Any
    matrix: Path
    place: str = f"obsm['{SPATIAL_KEY}']"
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
        """Where the counts lie.

        Raises:
            NicheLensError: no such layer, or no X.
        """
        if layer is not None and layer not in self.layers:
            message = f"{self.path.name}: no layer '{layer}'; {suggest(layer, self.layers, kind='layers')}"
            raise NicheLensError(message)
        if layer is None and not self.slot:
            message = f"{self.path.name}: X is absent; {self.elsewhere(layer)}"
            raise NicheLensError(message)
        slot, label = (self.slot, self.slot) if layer is None else (f"layers/{layer}", f"layers['{layer}']")
        slot = f"{self.root}/{slot}" if self.root else slot
        return StoredMatrix(self.matrix, slot, label, (len(self.obs), len(self.var)), self.elsewhere(layer), self.kept)

    def elsewhere(self, layer: str | None) -> str:
        """Where the counts may be instead, as the advice of a message."""
        return counts_elsewhere(self.layers, layer, has_raw=self.has_raw)
