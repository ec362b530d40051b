"""Checks that files of weights are whole: each safetensors file, and every shard that an index names.

A download or a copy that was cut off leaves a file that looks complete. Only the headers of the files are read, so the
check takes milliseconds for any model.
"""

from __future__ import annotations

import json
from pathlib import Path

from data_prep.errors import NicheLensError, first_line
from data_prep.hub import HubId


def check_weights(name: str, folder: Path) -> None:
    """Checks that the weights of a model or an adapter can be read to the last byte.

    Args:
        name: what messages call the model: the name of the folder, or the Hub id.
        folder: folder with its files. Without any safetensors file nothing is checked.

    Raises:
        NicheLensError: a file is cut off or damaged, or a shard or a weight that the index names is missing.
    """
    again = f"`hf download {HubId.parse(name)} --force-download`" if HubId.parse(name) else "fetch or save it again"
    stored = {file.name: _tensor_names(name, file, again) for file in sorted(folder.glob("*.safetensors"))}
    for index in sorted(folder.glob("*.safetensors.index.json")):
        try:
            listed = dict(json.loads(index.read_text(encoding="utf-8"))["weight_map"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            message = f"{name}: cannot be loaded: {index.name} is damaged; {again}"
            raise NicheLensError(message) from error
        missing = sorted(set(listed.values()) - stored.keys())
        if missing:
            message = f"{name}: cannot be loaded: {len(missing)} of its files are missing (first {missing[0]}); {again}"
            raise NicheLensError(message)
        lost = [weight for weight, file in listed.items() if weight not in stored[file]]
        if lost:
            message = (
                f"{name}: cannot be loaded: {listed[lost[0]]} lacks '{lost[0]}', which {index.name} names; {again}"
            )
            raise NicheLensError(message)


def _tensor_names(name: str, file: Path, again: str) -> set[str]:
    """Names of the tensors in a file. The library refuses a file whose length is not the one in its header."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="numpy") as weights:
            return set(weights.keys())
    except (SafetensorError, OSError) as error:
        message = (
            f"{name}: cannot be loaded: {file.name} ({file.stat().st_size:,} bytes) is not a whole safetensors file "
            f"({first_line(error)}); {again}"
        )
        raise NicheLensError(message) from error
