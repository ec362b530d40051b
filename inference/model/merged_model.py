"""Writes a merged model for serving: base and adapter in one folder that any server of `transformers` models loads.

LoRA is merged in float32 and the sum is rounded once. It is never merged into 4 bits: most of what LoRA adds is smaller
than one step there.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from data_prep.dataset.loading import CONTRACT_FILE
from data_prep.errors import NicheLensError
from data_prep.staging import staged
from inference.model.calibration import CALIBRATION_FILE, save_calibration
from inference.model.loader import load
from inference.model.model_folder import RUN_CONFIG, find_model
from inference.model.weight_files import check_weights

DTYPES = ("bfloat16", "float32")


def check_dtype(dtype: str) -> None:
    """Refuses a precision in which weights are not merged.

    Raises:
        NicheLensError: it is none of ``DTYPES``.
    """
    if dtype not in DTYPES:
        message = (
            f"--dtype {dtype}: merged weights are written in {' or '.join(DTYPES)}; 4 or 8 bits would round LoRA away"
        )
        raise NicheLensError(message)


def write_merged(adapter: str | Path, out: Path, dtype: str = "bfloat16") -> None:
    """Merges an adapter into its base and writes the model, with all that is needed to serve it.

    The folder also gets the processor, the generation settings, the figure contract and the calibration.

    Args:
        adapter: folder or Hub id.
        out: folder to write; it appears once it is complete.
        dtype: dtype of the weights, one of ``DTYPES``.

    Raises:
        NicheLensError: the model is no adapter, it cannot be loaded, or its base is stored in 4 bits.
    """
    import torch

    check_dtype(dtype)
    source = find_model(adapter)
    if not source.is_adapter:
        message = f"{source.name}: is no adapter; a base is served as it is"
        raise NicheLensError(message)
    loaded = load(adapter, "cpu", torch.float32, reads_pictures=not source.is_tuned_on_text)
    if getattr(loaded.model, "is_quantized", False):
        message = (
            f"{source.name}: its base {loaded.base} is stored in few bits, into which LoRA is not merged; "
            "name the base in full precision in adapter_config.json"
        )
        raise NicheLensError(message)
    with staged(out) as partial:
        loaded.model.to(getattr(torch, dtype)).save_pretrained(partial)
        loaded.processor.save_pretrained(partial)
        if loaded.contract:
            (partial / CONTRACT_FILE).write_text(json.dumps(loaded.contract, indent=2) + "\n", encoding="utf-8")
        if (source.path / CALIBRATION_FILE).is_file():
            save_calibration(loaded.calibration, partial)
        if (source.path / RUN_CONFIG).is_file():
            shutil.copy(source.path / RUN_CONFIG, partial / RUN_CONFIG)
        for file in partial.glob("*.safetensors"):
            file.chmod(0o644)  # the library makes them readable for their owner only, and servers run as another user
        check_weights(out.name, partial)
