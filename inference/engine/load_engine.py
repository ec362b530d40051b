"""Makes the engine that asks a model: in this process, or on a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from data_prep.errors import NicheLensError
from inference.engine.engine import Engine

if TYPE_CHECKING:
    import torch


def load_engine(
    model: str | Path | None = None,
    *,
    device: str | None = None,
    dtype: str | torch.dtype | None = None,
    endpoint: str | None = None,
    served_name: str | None = None,
    reads_pictures: bool = True,
) -> Engine:
    """Loads a base or an adapter, or connects to the server that has it.

    Args:
        model: folder or Hub id (``org/name`` or ``org/name@revision``) of a base or of an adapter; None for the
            bundled model. With an endpoint, the name of the model there, see ``RemoteEngine.connect``.
        device: for example ``cpu`` or ``cuda:0``; None takes a GPU where there is one.
        dtype: dtype of the weights; None takes bfloat16 on a GPU and on a CPU that multiplies it, else float32.
        endpoint: address of an OpenAI-compatible server; None loads the model into this process.
        served_name: name of the model on the server, where it differs from ``model``.
        reads_pictures: whether the model must read pictures; False also loads language models without pictures.

    Raises:
        NicheLensError: there is no such model or no such server, it is not a vision-language model, weights are
            missing, an adapter does not fit its base, or the model was trained on figures of another contract.
    """
    if endpoint:
        from inference.engine.remote import RemoteEngine

        return RemoteEngine.connect(endpoint, model, served_name)
    if served_name:
        message = f"--served-name {served_name}: names a model of a server; give its address with --endpoint"
        raise NicheLensError(message)
    from inference.engine.local import LocalEngine
    from inference.model.loader import load

    return LocalEngine(load(model, device, dtype, reads_pictures=reads_pictures))
