"""Finds a base or an adapter, in a folder or on the Hub, and loads it ready to answer.

An adapter brings its own processor, figure contract and calibration; what it lacks comes from its base. Nothing is
loaded that could answer wrongly without a word: weights that are missing, LoRA layers that do not fit, and figures
drawn by other rules than those of the training are errors.
"""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_prep.errors import NicheLensError, first_line
from data_prep.figures.canvas import figure_contract
from data_prep.hub import MODEL_FILES, HubId, fetch
from data_prep.json_files import read_json
from inference.model.calibration import Calibration, read_calibration
from inference.model.families import family_of, measure_figure
from inference.model.precision import multiplies_bf16, to_bf16
from inference.model.weight_files import check_weights

if TYPE_CHECKING:
    import torch

logger = logging.getLogger(__name__)

MODELS = Path(__file__).resolve().parents[2] / "models"
BUNDLED_BASE = MODELS / "nichelens-nano"
BUNDLED_ADAPTER = MODELS / "nichelens-nano-adapter"

CONTRACT_FILE = "figure_contract.json"
RUN_FILE = "run_config.json"

_PROCESSOR_FILES = ("processor_config.json", "preprocessor_config.json")


@dataclass(frozen=True, eq=False)
class Loaded:
    """A model with what it needs to be asked.

    Attributes:
        model: a ``transformers`` image-text-to-text model in evaluation mode, LoRA merged in.
        processor: its processor, padding left.
        name: the folder's name or the Hub id.
        base: folder or Hub id of the base; without an adapter that of the model itself.
        is_adapter: whether an adapter was put on a base.
        contract: the figure contract that the model was trained under; None where it does not say.
        calibration: of the yes/no probabilities; the identity where there is none.
        image_size: edge length of the figures in pixels.
    """

    model: Any
    processor: Any
    name: str
    base: str
    is_adapter: bool
    contract: dict[str, object] | None
    calibration: Calibration
    image_size: int


def load(model: str | Path | None, device: str | None, dtype: str | torch.dtype | None) -> Loaded:
    """Loads a base or an adapter; see ``Engine.load``."""
    import torch

    name, folder = find_model(model)
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    on_cpu = torch.device(device).type == "cpu"
    # On a CPU LoRA is merged in float32 and rounded once, afterwards.
    rounds = dtype is None and on_cpu and multiplies_bf16(device)
    if dtype is None:
        dtype = torch.float32 if on_cpu else torch.bfloat16
    contract = read_contract(name, folder)
    if (folder / "adapter_config.json").is_file():
        loaded = _load_adapter(name, folder, dtype)
        if contract is None:
            logger.warning("%s: no %s: the figures it was trained on are unknown", name, CONTRACT_FILE)
    else:
        loaded = _load_base(name, folder, dtype)
    contract = contract or loaded.contract
    config = loaded.model.config
    size = int(str(contract["size"])) if contract else family_of(config).figure_size(config)
    cost = measure_figure(loaded.processor, config, size)
    logger.info("%s: a figure of %d px is %d image tokens", name, size, cost.tokens)
    calibration = read_calibration(name, folder)
    if rounds and not getattr(loaded.model, "is_quantized", False):
        to_bf16(loaded.model)
    loaded.model.to(device).eval()
    return replace(loaded, contract=contract, calibration=calibration, image_size=size)


def find_model(model: str | Path | None, files: Sequence[str] = MODEL_FILES) -> tuple[str, Path]:
    """(name, folder) of a model, the bundled one where none is asked for; from the Hub only ``files`` are fetched."""
    if model is None:
        if BUNDLED_ADAPTER.is_dir():
            return BUNDLED_ADAPTER.name, BUNDLED_ADAPTER
        if not BUNDLED_BASE.is_dir():
            msg = f"{BUNDLED_BASE}: the bundled model is missing; restore the folder, or name a model with --model"
            raise NicheLensError(msg)
        logger.warning("%s is missing: answering with the base alone", BUNDLED_ADAPTER)
        return BUNDLED_BASE.name, BUNDLED_BASE
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder.resolve().name, folder
    if folder.exists():
        msg = f"{model}: is a file; give the folder of a model or an adapter"
        raise NicheLensError(msg)
    hub_id = HubId.parse(str(model))
    if hub_id is None:
        msg = f"{model}: no such folder; give the folder of a model or an adapter, or a Hub id such as org/name"
        raise NicheLensError(msg)
    return str(model), fetch(hub_id, "model", files)


def _load_base(name: str, folder: Path, dtype: str | torch.dtype) -> Loaded:
    from safetensors import SafetensorError
    from transformers import AutoModelForImageTextToText

    if not (folder / "config.json").is_file():
        msg = f"{name}: holds neither config.json nor adapter_config.json; give the folder of a model or an adapter"
        raise NicheLensError(msg)
    check_weights(name, folder)
    try:
        with _quiet():
            model, report = AutoModelForImageTextToText.from_pretrained(
                folder,
                dtype=dtype,
                use_safetensors=True,
                trust_remote_code=False,
                local_files_only=True,
                output_loading_info=True,
            )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        msg = f"{name}: cannot be loaded as a vision-language model with safetensors weights: {first_line(error)}"
        raise NicheLensError(msg) from error
    if report["missing_keys"]:
        missing = sorted(report["missing_keys"])
        msg = f"{name}: {len(missing)} weights are missing (first '{missing[0]}'); fetch or save the model again"
        raise NicheLensError(msg)
    return Loaded(
        model=model,
        processor=_load_processor(name, folder, model.config),
        name=name,
        base=name if "/" in name else str(folder),
        is_adapter=False,
        contract=read_contract(name, folder),
        calibration=Calibration(),
        image_size=0,
    )


def _load_adapter(name: str, folder: Path, dtype: str | torch.dtype) -> Loaded:
    from peft import PeftModel

    config = read_json(name, folder / "adapter_config.json")
    check_weights(name, folder)
    base = _load_base(*_find_base(name, folder, config), dtype)
    if not (folder / "adapter_model.safetensors").is_file():
        msg = f"{name}: adapter_model.safetensors is missing; save the adapter as safetensors"
        raise NicheLensError(msg)
    try:
        with _quiet():  # what PEFT would warn of is an error, raised below
            adapted = PeftModel.from_pretrained(base.model, str(folder))
    except (ValueError, RuntimeError, TypeError) as error:
        msg = f"{name}: does not fit its base {base.name}: {first_line(error)}"
        raise NicheLensError(msg) from error
    _check_lora_keys(name, folder, adapted)
    if not getattr(base.model, "is_quantized", False):
        adapted = adapted.merge_and_unload()
        if _trained_in_4_bits(name, folder):
            logger.warning(
                "%s: was trained on %s in 4 bits; on the full weights it answers a little differently", name, base.name
            )
    own_processor = any((folder / file).is_file() for file in _PROCESSOR_FILES)
    processor = _load_processor(name, folder, base.model.config) if own_processor else base.processor
    return replace(base, model=adapted, processor=processor, name=name, is_adapter=True)


def _find_base(name: str, folder: Path, config: dict) -> tuple[str, Path]:
    """(name, folder) of an adapter's base.

    A relative path is one from the adapter's folder or from the checkout. The last part of a path that does not exist
    here (an adapter trained elsewhere) is looked for among the bundled models.
    """
    place = str(config.get("base_model_name_or_path") or "")
    if not place:
        msg = f"{name}: adapter_config.json does not name its base (base_model_name_or_path)"
        raise NicheLensError(msg)
    tried = [folder / place, MODELS.parent / place]
    # A bundled model is named by its path from the checkout, which looks like a Hub id.
    hub_id = None if place.startswith(f"{MODELS.name}/") else HubId.parse(place)
    if hub_id is None:
        tried.append(MODELS / Path(place).name)
    for candidate in tried:
        if candidate.is_dir():
            return candidate.resolve().name, candidate.resolve()
    if hub_id is None:
        msg = f"{name}: its base '{place}' is not here; put it there, or name it in adapter_config.json"
        raise NicheLensError(msg)
    hub_id = HubId(hub_id.repository, hub_id.revision or config.get("revision"))
    return str(hub_id), fetch(hub_id, "model", MODEL_FILES)


def _trained_in_4_bits(name: str, folder: Path) -> bool:
    file = folder / RUN_FILE
    return file.is_file() and bool(read_json(name, file).get("settings", {}).get("load_in_4bit"))


def _check_lora_keys(name: str, folder: Path, adapted: Any) -> None:
    """Every LoRA weight of the model is in the file and the other way round: PEFT would only warn, or say nothing."""
    from peft import get_peft_model_state_dict
    from safetensors import safe_open

    with safe_open(folder / "adapter_model.safetensors", framework="pt") as file:
        stored = set(file.keys())
    expected = set(get_peft_model_state_dict(adapted, save_embedding_layers=False))
    for keys, what in ((expected - stored, "missing from its file"), (stored - expected, "unknown to its base")):
        if keys:
            msg = f"{name}: {len(keys)} adapter weights are {what} (first '{min(keys)}'); it belongs to another base"
            raise NicheLensError(msg)


def _load_processor(name: str, folder: Path, config: Any) -> Any:
    """A processor, made ready for figures and for generation by a model of some configuration."""
    from transformers import AutoProcessor

    try:
        processor = AutoProcessor.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        msg = f"{name}: its processor cannot be loaded: {first_line(error)}"
        raise NicheLensError(msg) from error
    if not hasattr(processor, "image_processor"):
        msg = f"{name}: its processor reads no images; give a vision-language model"
        raise NicheLensError(msg)
    # Batched generation continues the right end of each prompt; processors saved by a training run pad on the right.
    processor.tokenizer.padding_side = "left"
    family_of(config).set_budget(processor)
    return processor


def read_contract(name: str, folder: Path) -> dict[str, object] | None:
    """The figure contract in a folder, which must be the one that this code draws by."""
    file = folder / CONTRACT_FILE
    if not file.is_file():
        return None
    theirs = read_json(name, file)
    if not isinstance(theirs.get("size"), int) or "hash" not in theirs:
        msg = f"{name}: {CONTRACT_FILE} has no 'size' or no 'hash'; copy it from the dataset it was trained on"
        raise NicheLensError(msg)
    ours = figure_contract(theirs["size"])
    if theirs["hash"] != ours["hash"]:
        differing = sorted(
            key for key in theirs.keys() | ours.keys() if key != "hash" and theirs.get(key) != ours.get(key)
        )
        msg = (
            f"{name}: trained on figures of contract {_shown(theirs, differing)}, this version draws "
            f"{_shown(ours, differing)}; train it again, or use the version it was made with"
        )
        raise NicheLensError(msg)
    return theirs


def _shown(contract: dict[str, Any], differing: list[str]) -> str:
    """A contract's hash and, shortened, what it says where another one says something else."""
    if not differing:
        return f"{contract['hash']} (nothing else differs)"
    said = [f"{key} {json.dumps(contract[key])[:60] if key in contract else 'absent'}" for key in differing]
    return f"{contract['hash']} ({', '.join(said)})"


@contextmanager
def _quiet() -> Iterator[None]:
    """No warnings and no progress bar for the seconds of loading local files."""
    from transformers.utils import logging as hub_logging

    had_bar, verbosity = hub_logging.is_progress_bar_enabled(), hub_logging.get_verbosity()
    hub_logging.disable_progress_bar()
    hub_logging.set_verbosity_error()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        hub_logging.set_verbosity(verbosity)
        if had_bar:
            hub_logging.enable_progress_bar()
