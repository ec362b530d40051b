"""A merged model for serving: base and adapter become one folder that any server of `transformers` models loads.

LoRA is merged in float32 and rounded once. Never into 4 bits: there, most of what LoRA adds is smaller than a step.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path

from data_prep.errors import NicheLensError
from data_prep.staging import staged
from inference.model.calibration import CALIBRATION_FILE
from inference.model.loader import CONTRACT_FILE, RUN_FILE, find_model, load
from inference.model.weight_files import check_weights

DTYPES = ("bfloat16", "float32")


def check_dtype(dtype: str) -> None:
    """Refuses a precision in which weights are not merged.

    Raises:
        NicheLensError: neither of ``DTYPES``.
    """
    if dtype not in DTYPES:
        msg = f"--dtype {dtype}: merged weights are written in {' or '.join(DTYPES)}; 4 or 8 bits would round LoRA away"
        raise NicheLensError(msg)


def export(adapter: str | Path, out: Path, dtype: str = "bfloat16") -> None:
    """Writes an adapter merged into its base, with processor, generation settings, figure contract and calibration.

    Args:
        adapter: folder or Hub id.
        out: folder to write; it appears when it is whole.
        dtype: of the weights, one of ``DTYPES``.

    Raises:
        NicheLensError: not an adapter, one that cannot be loaded, or a base in 4 bits.
    """
    import torch

    check_dtype(dtype)
    name, folder = find_model(adapter)
    if not (folder / "adapter_config.json").is_file():
        msg = f"{name}: is no adapter; a base is served as it is"
        raise NicheLensError(msg)
    loaded = load(adapter, "cpu", torch.float32)
    if getattr(loaded.model, "is_quantized", False):
        msg = f"{name}: its base {loaded.base} is stored in few bits, into which LoRA is not merged; "
        msg += "name the base in full precision in adapter_config.json"
        raise NicheLensError(msg)
    with staged(out) as partial:
        loaded.model.to(getattr(torch, dtype)).save_pretrained(partial)
        loaded.processor.save_pretrained(partial)
        if loaded.contract:
            (partial / CONTRACT_FILE).write_text(json.dumps(loaded.contract, indent=2) + "\n", encoding="utf-8")
        if (folder / CALIBRATION_FILE).is_file():
            (partial / CALIBRATION_FILE).write_text(json.dumps(asdict(loaded.calibration), indent=2) + "\n")
        if (folder / RUN_FILE).is_file():
            shutil.copy(folder / RUN_FILE, partial / RUN_FILE)
        for file in partial.glob("*.safetensors"):
            file.chmod(0o644)  # written for their owner alone, and servers run as somebody else
        check_weights(out.name, partial)
