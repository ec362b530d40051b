"""The base of a fine-tuning run: finds it in a folder or on the Hub, and loads it with its processor."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_prep.errors import NicheLensError, first_line
from data_prep.hub import MODEL_FILES, HubId, fetch
from inference.model.families import family_of, measure_figure
from inference.model.weight_files import check_weights
from training.adapter.lora_targets import check_quantised, quantisation_config

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedModel, ProcessorMixin

logger = logging.getLogger(__name__)

REPOSITORY = Path(__file__).resolve().parents[2]
BUNDLED_BASE = REPOSITORY / "models" / "nichelens-nano"


@dataclass(frozen=True, eq=False)
class Base:
    """A loaded base.

    Attributes:
        place: how an adapter names it: a path from the checkout for a bundled model, a whole path, or a Hub id.
        revision: the commit that was fetched from the Hub, so that an adapter finds the very weights it was trained on;
            None for a folder.
        model: the model, float32 on a CPU and bfloat16 on a GPU.
        processor: its processor.
    """

    place: str
    revision: str | None
    model: PreTrainedModel
    processor: ProcessorMixin


def load_base(model: str | None, *, four_bit: bool = False) -> Base:
    """Load a base to be adapted.

    Args:
        model: a folder or a Hub id (`org/name` or `org/name@revision`); None for the bundled base.
        four_bit: whether to hold the decoder in 4 bits (nf4).

    Raises:
        NicheLensError: no such folder, no such model on the Hub or no way to it, files that are not whole, not a
            vision-language model.
    """
    import torch
    from transformers import AutoConfig, AutoModelForImageTextToText

    source, place, revision = find_base(model)
    check_weights(place, source)
    on_gpu = torch.cuda.is_available()
    dtype = torch.bfloat16 if on_gpu else torch.float32
    options: dict[str, Any] = {}
    try:
        if four_bit:
            options["quantization_config"] = quantisation_config(AutoConfig.from_pretrained(source), dtype)
            options["device_map"] = {"": torch.cuda.current_device() if on_gpu else "cpu"}
        loaded, report = AutoModelForImageTextToText.from_pretrained(
            source, dtype=dtype, use_safetensors=True, output_loading_info=True, **options
        )
    except (OSError, ValueError) as error:
        message = f"{place}: cannot be loaded as a vision-language model with safetensors weights ({first_line(error)})"
        raise NicheLensError(message) from error
    if report["missing_keys"]:
        missing = sorted(report["missing_keys"])
        message = f"{place}: {len(missing)} weights are missing (first '{missing[0]}'); fetch or save the model again"
        raise NicheLensError(message)
    if four_bit:
        check_quantised(loaded)
    return Base(place, revision, loaded, load_processor(source, place, loaded.config))


def report_figures(base: Base, size: int) -> int:
    """Say what figures of `size` pixels cost a base, and warn when it would read other pixels than were drawn.

    Returns:
        Image tokens of a figure.
    """
    cost = measure_figure(base.processor, base.model.config, size)
    logger.info("%s: a figure of %d px is %d image tokens", base.place, size, cost.tokens)
    native = family_of(base.model.config).figure_size(base.model.config)
    if cost.resampled:
        logger.warning(
            "the figures are %d px and %s reads %d px, so each is resampled; "
            "`nichelens prep --size %d` draws them at its size",
            size,
            base.place,
            native,
            native,
        )
    return cost.tokens


def load_processor(folder: Path, name: str, config: PretrainedConfig) -> ProcessorMixin:
    """The processor of a base, with the image budget of its family.

    Raises:
        NicheLensError: there is none, or it reads no images.
    """
    from transformers import AutoProcessor

    try:
        processor = AutoProcessor.from_pretrained(folder)
    except (OSError, ValueError) as error:
        message = f"{name}: its processor cannot be loaded ({first_line(error)})"
        raise NicheLensError(message) from error
    if not hasattr(processor, "image_processor"):
        message = f"{name}: its processor reads no images; choose a vision-language model"
        raise NicheLensError(message)
    family_of(config).set_budget(processor)
    return processor


def find_base(model: str | None, *, weights: bool = True) -> tuple[Path, str, str | None]:
    """(folder, how an adapter names it, commit on the Hub or None) of a base; see `load_base`.

    Without `weights` only what describes it is fetched from the Hub.
    """
    folder = BUNDLED_BASE if model is None else Path(model).expanduser()
    hub_id = None if folder.exists() or model is None else HubId.parse(model)
    if hub_id is not None:
        wanted = [pattern for pattern in MODEL_FILES if weights or pattern != "*.safetensors"]
        folder = fetch(hub_id, "model", wanted)
    if not folder.exists():
        message = f"{model or BUNDLED_BASE.relative_to(REPOSITORY)}: no such folder; "
        message += "give --model a model folder or a Hub id such as org/name"
        raise NicheLensError(message)
    if (folder / "adapter_config.json").is_file():
        message = f"{model}: is an adapter; give --model the base that is to be adapted"
        raise NicheLensError(message)
    if not (folder / "config.json").is_file():
        message = f"{model}: holds no config.json; give --model a model folder or a Hub id"
        raise NicheLensError(message)
    if hub_id is not None:
        return folder, hub_id.repository, folder.name
    folder = folder.resolve()
    inside = folder.is_relative_to(REPOSITORY)
    return folder, folder.relative_to(REPOSITORY).as_posix() if inside else str(folder), None
