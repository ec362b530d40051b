"""Files of weights that are whole: safetensors whose every byte is there, and every shard that an index names.

A download or a copy that was cut off leaves a file that looks like one. Only the heads of the files are read, so this
costs milliseconds for any model.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path

from data_prep.errors import NicheLensError
from data_prep.hub import HubId

_HEAD_LIMIT = 100_000_000
"""Longest head that the safetensors library accepts, in bytes."""


def check_weights(name: str, folder: Path) -> None:
    """Make sure that the weights of a model or an adapter can be read to their last byte.

    Args:
        name: what errors call it: a folder's name or a Hub id.
        folder: where its files lie. Without any safetensors nothing is checked.

    Raises:
        NicheLensError: a file is cut off or damaged, or a shard or a weight that the index names is missing.
    """
    again = f"`hf download {HubId.parse(name)} --force-download`" if HubId.parse(name) else "fetch or save it again"
    held = {file.name: _names(name, file, again) for file in sorted(folder.glob("*.safetensors"))}
    for index in sorted(folder.glob("*.safetensors.index.json")):
        try:
            listed = dict(json.loads(index.read_text(encoding="utf-8"))["weight_map"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            message = f"{name}: cannot be loaded: {index.name} is damaged; {again}"
            raise NicheLensError(message) from error
        missing = sorted(set(listed.values()) - held.keys())
        if missing:
            message = f"{name}: cannot be loaded: {len(missing)} of its files are missing (first {missing[0]}); {again}"
            raise NicheLensError(message)
        lost = [weight for weight, file in listed.items() if weight not in held[file]]
        if lost:
            message = (
                f"{name}: cannot be loaded: {listed[lost[0]]} lacks '{lost[0]}', which {index.name} names; {again}"
            )
            raise NicheLensError(message)


def _names(name: str, file: Path, again: str) -> set[str]:
    """Names of the tensors in a file, which must be as long as its head says."""
    size = file.stat().st_size
    try:
        with file.open("rb") as opened:
            (length,) = struct.unpack("<Q", opened.read(8))
            if length > _HEAD_LIMIT:
                raise ValueError
            head = json.loads(opened.read(length))
        tensors = {key: value for key, value in head.items() if key != "__metadata__"}
        expected = 8 + length + max((tensor["data_offsets"][1] for tensor in tensors.values()), default=0)
    except (struct.error, ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"{name}: cannot be loaded: {file.name} is no whole safetensors file ({size:,} bytes); {again}"
        raise NicheLensError(message) from error
    if size != expected:
        message = f"{name}: cannot be loaded: {file.name} has {size:,} bytes and should have {expected:,}; {again}"
        raise NicheLensError(message)
    return set(tensors)
