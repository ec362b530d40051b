"""Finds the folder of a model: a bundled model, a folder on this machine, or a model on the Hub."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from data_prep.errors import NicheLensError
from data_prep.gene_text.text_loading import GENE_TEXT
from data_prep.hub import MODEL_FILES, HubId, fetch
from data_prep.json_files import read_json

CHECKOUT = Path(__file__).resolve().parents[2]
"""Folder that holds the bundled models; an adapter names a bundled base by its path from here."""
MODELS = CHECKOUT / "models"
BUNDLED_BASE = MODELS / "nichelens-nano"

ADAPTER_CONFIG = "adapter_config.json"
"""A folder with this file is an adapter."""
ADAPTER_WEIGHTS = "adapter_model.safetensors"
RUN_CONFIG = "run_config.json"
"""Settings and data of the training run that made an adapter."""


@dataclass(frozen=True)
class ModelFolder:
    """Where the files of a model or an adapter are.

    Attributes:
        name: what messages call it: the name of the folder, or the Hub id.
        path: the folder.
        hub_id: id on the Hub; None for a folder of this machine.
    """

    name: str
    path: Path
    hub_id: HubId | None = None

    @property
    def is_adapter(self) -> bool:
        """Whether the folder holds an adapter rather than a base."""
        return (self.path / ADAPTER_CONFIG).is_file()

    @property
    def is_tuned_on_text(self) -> bool:
        """Whether the folder holds an adapter that was tuned on questions without pictures."""
        file = self.path / RUN_CONFIG
        return file.is_file() and read_json(self.name, file).get("dataset", {}).get("kind") == GENE_TEXT

    @property
    def reference(self) -> str:
        """Name of it as a base in an adapter: a Hub id, a path from the checkout (bundled models), or a whole path."""
        if self.hub_id is not None:
            return self.hub_id.repository
        path = self.path.resolve()
        return path.relative_to(CHECKOUT).as_posix() if path.is_relative_to(CHECKOUT) else str(path)

    @property
    def revision(self) -> str | None:
        """Commit that was fetched from the Hub; None for a folder of this machine."""
        return None if self.hub_id is None else self.path.name


def find_model(model: str | Path | None, files: Sequence[str] = MODEL_FILES) -> ModelFolder:
    """Finds the folder of a base or an adapter.

    Args:
        model: a folder or a Hub id (`org/name` or `org/name@revision`). None means the bundled base.
        files: patterns of the files to fetch from the Hub.

    Raises:
        NicheLensError: there is no such folder and no such model on the Hub, or the Hub cannot be reached.
    """
    if model is None:
        if not BUNDLED_BASE.is_dir():
            message = f"{BUNDLED_BASE}: the bundled model is missing; restore the folder, or name a model with --model"
            raise NicheLensError(message)
        return ModelFolder(BUNDLED_BASE.name, BUNDLED_BASE)
    folder = Path(model).expanduser()
    if folder.is_dir():
        return ModelFolder(folder.resolve().name, folder)
    if folder.exists():
        message = f"{model}: is a file; give the folder of a model or an adapter"
        raise NicheLensError(message)
    hub_id = HubId.parse(str(model))
    if hub_id is None:
        message = f"{model}: no such folder; give the folder of a model or an adapter, or a Hub id such as org/name"
        raise NicheLensError(message)
    return ModelFolder(str(hub_id), fetch(hub_id, "model", files), hub_id)


def find_base(model: str | Path | None, *, weights: bool = True) -> ModelFolder:
    """Finds the folder of a base that is to be fine-tuned.

    Args:
        model: a folder or a Hub id; None means the bundled base.
        weights: whether to fetch the weights from the Hub too.

    Raises:
        NicheLensError: there is no such model, it is an adapter, or the folder holds no model.
    """
    wanted = [pattern for pattern in MODEL_FILES if weights or pattern != "*.safetensors"]
    base = find_model(BUNDLED_BASE if model is None else model, wanted)
    if base.is_adapter:
        message = f"{model}: is an adapter; give --model the base that is to be adapted"
        raise NicheLensError(message)
    if not (base.path / "config.json").is_file():
        message = f"{model or base.name}: holds no config.json; give --model a model folder or a Hub id"
        raise NicheLensError(message)
    return base


def find_base_of_adapter(adapter: ModelFolder) -> ModelFolder:
    """Finds the base that an adapter names in its configuration.

    A relative path starts at the adapter's folder or at the checkout. Where a path does not exist on this machine (the
    adapter was trained elsewhere), its last part is looked up among the bundled models.

    Raises:
        NicheLensError: the adapter names no base, or its base is not here and not on the Hub.
    """
    config = read_json(adapter.name, adapter.path / ADAPTER_CONFIG)
    reference = str(config.get("base_model_name_or_path") or "")
    if not reference:
        message = f"{adapter.name}: {ADAPTER_CONFIG} does not name its base (base_model_name_or_path)"
        raise NicheLensError(message)
    candidates = [adapter.path / reference, CHECKOUT / reference]
    # The path of a bundled model from the checkout looks like a Hub id.
    hub_id = None if reference.startswith(f"{MODELS.name}/") else HubId.parse(reference)
    if hub_id is None:
        candidates.append(MODELS / Path(reference).name)
    for folder in candidates:
        if folder.is_dir():
            return ModelFolder(folder.resolve().name, folder.resolve())
    if hub_id is None:
        message = f"{adapter.name}: its base '{reference}' is not here; put it there, or name it in {ADAPTER_CONFIG}"
        raise NicheLensError(message)
    hub_id = HubId(hub_id.repository, hub_id.revision or config.get("revision"))
    return ModelFolder(str(hub_id), fetch(hub_id, "model", MODEL_FILES), hub_id)
