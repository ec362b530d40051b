"""Loads models: the one place that opens the weights and the processor of a base or an adapter.

    load("ADAPTER", device=None, dtype=None)    # ready to answer: LoRA merged, calibrated
    load_base("BASE", four_bit=True)            # ready to be fine-tuned

Both load language models without pictures too where the caller needs none (``reads_pictures=False``).

An adapter brings its own processor, figure contract and calibration. What it lacks comes from its base. Whatever could
give wrong answers without a warning is an error: missing weights, LoRA layers that do not fit, and figures drawn by
other rules than in training.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_prep.dataset.loading import CONTRACT_FILE
from data_prep.errors import NicheLensError, first_line
from data_prep.json_files import read_json
from inference.model.calibration import Calibration, read_calibration
from inference.model.contract_check import read_contract
from inference.model.families import family_of, measure_figure
from inference.model.four_bit import check_quantised, quantisation_config
from inference.model.model_class import model_class
from inference.model.model_folder import (
    ADAPTER_CONFIG,
    ADAPTER_WEIGHTS,
    RUN_CONFIG,
    ModelFolder,
    find_base,
    find_base_of_adapter,
    find_model,
)
from inference.model.precision import multiplies_bf16, to_bf16
from inference.model.text_processor import TextProcessor
from inference.model.weight_files import check_weights

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, ProcessorMixin

logger = logging.getLogger(__name__)

_PROCESSOR_FILES = ("processor_config.json", "preprocessor_config.json")


@dataclass(frozen=True, eq=False)
class Loaded:
    """A model that is ready to answer.

    Attributes:
        model: a ``transformers`` model in evaluation mode, LoRA merged in.
        processor: its processor, which pads on the left.
        name: name of the folder, or the Hub id.
        base: folder or Hub id of the base; the model itself where it is no adapter.
        is_adapter: whether an adapter was put on a base.
        contract: figure contract of the training; None where the folder has none.
        calibration: of the yes/no probabilities; the identity where the folder has none.
        image_size: side of the figures in pixels; 0 for a language model without pictures.
    """

    model: Any
    processor: Any
    name: str
    base: str
    is_adapter: bool
    contract: dict[str, object] | None
    calibration: Calibration
    image_size: int


@dataclass(frozen=True, eq=False)
class Base:
    """A base that is ready to be fine-tuned.

    Attributes:
        reference: how an adapter names it: a Hub id, a path from the checkout for a bundled model, or a whole path.
        revision: commit that was fetched from the Hub, so that an adapter finds the very weights it was trained on;
            None for a folder.
        model: its model.
        processor: its processor.
    """

    reference: str
    revision: str | None
    model: PreTrainedModel
    processor: ProcessorMixin


def load(
    model: str | Path | None, device: str | None, dtype: str | torch.dtype | None, *, reads_pictures: bool = True
) -> Loaded:
    """Loads a base or an adapter, ready to answer.

    Args:
        model: folder or Hub id; None for the bundled model.
        device: for example ``cpu`` or ``cuda:0``; None takes a GPU where there is one.
        dtype: dtype of the weights; None takes bfloat16 where the device multiplies it quickly, else float32.
        reads_pictures: whether the model must read pictures.

    Raises:
        NicheLensError: see ``load_engine``.
    """
    import torch

    source = find_model(model)
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    on_cpu = torch.device(device).type == "cpu"
    # On a CPU, LoRA is merged in float32 and the sum is rounded once.
    rounds = dtype is None and on_cpu and multiplies_bf16(device)
    if dtype is None:
        dtype = torch.float32 if on_cpu else torch.bfloat16
    contract = read_contract(source)
    if source.is_adapter:
        check_weights(source.name, source.path)
    base = find_base_of_adapter(source) if source.is_adapter else source
    if not (base.path / "config.json").is_file():
        message = (
            f"{base.name}: holds neither config.json nor {ADAPTER_CONFIG}; give the folder of a model or an adapter"
        )
        raise NicheLensError(message)
    weights = _open_weights(base, dtype, reads_pictures=reads_pictures)
    processor = load_processor(base.name, base.path, weights.config, reads_pictures=reads_pictures)
    if source.is_adapter:
        weights = _put_on(source, base, weights)
        if contract is None and not source.is_tuned_on_text:
            logger.warning("%s: no %s: the figures it was trained on are unknown", source.name, CONTRACT_FILE)
        contract = contract or read_contract(base)
        if any((source.path / file).is_file() for file in _PROCESSOR_FILES):
            processor = load_processor(source.name, source.path, weights.config)
    # Batched generation continues the right end of each prompt. Processors saved by a training run pad on the right.
    processor.tokenizer.padding_side = "left"
    size = 0 if isinstance(processor, TextProcessor) else _figure_size(source, contract, processor, weights.config)
    if rounds and not getattr(weights, "is_quantized", False):
        to_bf16(weights)
    return Loaded(
        model=weights.to(device).eval(),
        processor=processor,
        name=source.name,
        base=str(base.hub_id or base.path),
        is_adapter=source.is_adapter,
        contract=contract,
        calibration=read_calibration(source.name, source.path),
        image_size=size,
    )


def load_base(
    model: str | Path | None,
    *,
    four_bit: bool = False,
    dtype: torch.dtype | None = None,
    reads_pictures: bool = True,
) -> Base:
    """Loads a base, ready to be fine-tuned.

    Args:
        model: folder or Hub id (`org/name` or `org/name@revision`); None for the bundled base.
        four_bit: whether to hold the decoder in 4 bits (nf4).
        dtype: dtype of the weights; None takes bfloat16 on a GPU and float32 on a CPU.
        reads_pictures: whether the model must read pictures.

    Raises:
        NicheLensError: there is no such model or no way to it, its files are not whole, or it reads no pictures and
            has to.
    """
    import torch

    source = find_base(model)
    on_gpu = torch.cuda.is_available()
    if dtype is None:
        dtype = torch.bfloat16 if on_gpu else torch.float32
    options: dict[str, Any] = {}
    if four_bit:
        options["quantization_config"] = quantisation_config(
            model_without_weights(source, reads_pictures=reads_pictures), dtype
        )
        options["device_map"] = {"": torch.cuda.current_device() if on_gpu else "cpu"}
    weights = _open_weights(source, dtype, reads_pictures=reads_pictures, **options)
    if four_bit:
        check_quantised(weights)
    processor = load_processor(source.name, source.path, weights.config, reads_pictures=reads_pictures)
    return Base(source.reference, source.revision, weights, processor)


def model_without_weights(source: ModelFolder, *, reads_pictures: bool = True) -> PreTrainedModel:
    """Builds a model without weights from its configuration, on torch's `meta` device.

    Raises:
        NicheLensError: the configuration describes no vision-language model, and one is needed.
    """
    import torch
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(source.path, trust_remote_code=False, local_files_only=True)
        with torch.device("meta"):
            return model_class(config, reads_pictures=reads_pictures).from_config(config)
    except (OSError, ValueError, KeyError) as error:
        message = (
            f"{source.reference}: no vision-language model is described there ({first_line(error)}); "
            "choose another --model"
        )
        raise NicheLensError(message) from error


def load_processor(name: str, folder: Path, config: Any, *, reads_pictures: bool = True) -> Any:
    """Loads a processor and sets the image budget of its model's family.

    The tokenizer of a language model without pictures is wrapped as a processor.

    Args:
        name: what messages call the model.
        folder: folder of the processor.
        config: configuration of the model.
        reads_pictures: whether the model must read pictures.

    Raises:
        NicheLensError: there is no processor, or it reads no images and has to.
    """
    from transformers import AutoProcessor

    try:
        processor = AutoProcessor.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        message = f"{name}: its processor cannot be loaded: {first_line(error)}"
        raise NicheLensError(message) from error
    if not hasattr(processor, "image_processor") and not reads_pictures:
        return TextProcessor(getattr(processor, "tokenizer", processor))
    if not hasattr(processor, "image_processor"):
        message = f"{name}: its processor reads no images; give a vision-language model"
        raise NicheLensError(message)
    family_of(config).set_budget(processor)
    return processor


def _figure_size(source: ModelFolder, contract: dict[str, Any] | None, processor: Any, config: Any) -> int:
    """Side of the figures of a model in pixels, by its contract or its family; logs what one costs."""
    size = int(str(contract["size"])) if contract else family_of(config).figure_size(config)
    cost = measure_figure(processor, config, size)
    logger.info("%s: a figure of %d px is %d image tokens", source.name, size, cost.tokens)
    return size


def _open_weights(source: ModelFolder, dtype: str | torch.dtype, *, reads_pictures: bool, **options: Any) -> Any:
    """The model of a base, in evaluation mode, with every weight from its files."""
    from safetensors import SafetensorError
    from transformers import AutoConfig

    check_weights(source.name, source.path)
    kind = "vision-language model" if reads_pictures else "language model"
    try:
        with _quiet():
            config = AutoConfig.from_pretrained(source.path, trust_remote_code=False, local_files_only=True)
            model, report = model_class(config, reads_pictures=reads_pictures).from_pretrained(
                source.path,
                dtype=dtype,
                use_safetensors=True,
                trust_remote_code=False,
                local_files_only=True,
                output_loading_info=True,
                **options,
            )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        message = f"{source.name}: cannot be loaded as a {kind} with safetensors weights: {first_line(error)}"
        raise NicheLensError(message) from error
    if report["missing_keys"]:
        missing = sorted(report["missing_keys"])
        message = (
            f"{source.name}: {len(missing)} weights are missing (first '{missing[0]}'); fetch or save the model again"
        )
        raise NicheLensError(message)
    return model


def _put_on(adapter: ModelFolder, base: ModelFolder, model: Any) -> Any:
    """A base with an adapter put on it, and merged unless the base is quantised."""
    from peft import PeftModel

    if not (adapter.path / ADAPTER_WEIGHTS).is_file():
        message = f"{adapter.name}: {ADAPTER_WEIGHTS} is missing; save the adapter as safetensors"
        raise NicheLensError(message)
    try:
        with _quiet():  # PEFT warns of keys that do not fit; here they are an error, raised below
            adapted = PeftModel.from_pretrained(model, str(adapter.path))
    except (ValueError, RuntimeError, TypeError) as error:
        message = f"{adapter.name}: does not fit its base {base.name}: {first_line(error)}"
        raise NicheLensError(message) from error
    _check_lora_keys(adapter, adapted)
    if getattr(model, "is_quantized", False):
        return adapted
    if _is_trained_in_4_bits(adapter):
        logger.warning(
            "%s: was trained on %s in 4 bits; on the full weights it answers a little differently",
            adapter.name,
            base.name,
        )
    return adapted.merge_and_unload()


def _is_trained_in_4_bits(adapter: ModelFolder) -> bool:
    file = adapter.path / RUN_CONFIG
    return file.is_file() and bool(read_json(adapter.name, file).get("settings", {}).get("load_in_4bit"))


def _check_lora_keys(adapter: ModelFolder, adapted: Any) -> None:
    """Checks that file and model hold the same LoRA weights; PEFT would only warn, or say nothing."""
    from peft import get_peft_model_state_dict
    from safetensors import safe_open

    with safe_open(adapter.path / ADAPTER_WEIGHTS, framework="pt") as file:
        stored = set(file.keys())
    expected = set(get_peft_model_state_dict(adapted, save_embedding_layers=False))
    for keys, what in ((expected - stored, "missing from its file"), (stored - expected, "unknown to its base")):
        if keys:
            message = (
                f"{adapter.name}: {len(keys)} adapter weights are {what} (first '{min(keys)}'); "
                "it belongs to another base"
            )
            raise NicheLensError(message)


@contextmanager
def _quiet() -> Iterator[None]:
    """Hides the warnings and progress bars of the libraries while they load local files."""
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
