"""Families of vision-language models: everything that differs between them is in one small table here.

    family = family_of(model.config)
    family.set_budget(processor)                        # no tiles, no resampling of figures of the native size
    size = family.figure_size(model.config)             # side of the figures in pixels
    measure_figure(processor, model.config, size)       # cost of one figure, measured

By default several processors cut a figure into tiles, or enlarge it and shrink it again. `docs/models.md` lists the
families with their Hub ids, figure sizes and costs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from inference.model.chat_template import prompt_text

ANY_SIZE = 448
"""Side in pixels for models that read any size: gives 196 image tokens in the Qwen-VL family."""


@dataclass(frozen=True)
class Family:
    """One family.

    Attributes:
        side: side of a figure in pixels; 0 where the configuration of the vision tower gives it.
        image_budget: attributes to set on the image processor.
        projector: names, below the model's trunk, of the modules that turn features of the tower into image tokens.
    """

    side: int = 0
    image_budget: Mapping[str, Any] = field(default_factory=dict)
    projector: tuple[str, ...] = ()

    def figure_size(self, config: Any) -> int:
        """Side in pixels of the figures for a model of this configuration."""
        native = getattr(getattr(config, "vision_config", None), "image_size", None)
        if isinstance(native, (list, tuple)):
            native = native[0]
        return self.side or native or ANY_SIZE

    def set_budget(self, processor: Any) -> None:
        """Sets a processor to give one picture per figure and to keep the pixels of figures of the native size."""
        for name, value in self.image_budget.items():
            setattr(processor.image_processor, name, value)


# Idefics3's processor always scales a picture to the size of the tower. With `do_resize` it would first enlarge it to
# four times that size.
_IDEFICS3 = Family(image_budget={"do_image_splitting": False, "do_resize": False}, projector=("connector",))
# Sizes are numbers of pixels. Sides that are multiples of 32, up to 1,024, are read without resampling.
_QWEN_BUDGET = {"size": {"shortest_edge": 32 * 32, "longest_edge": 1024 * 1024}}

FAMILIES = {
    "qwen3_5": Family(ANY_SIZE, _QWEN_BUDGET, ("visual.merger",)),
    "qwen3_vl": Family(ANY_SIZE, _QWEN_BUDGET, ("visual.merger", "visual.deepstack_merger_list")),
    "smolvlm": _IDEFICS3,
    "idefics3": _IDEFICS3,
    "gemma3": Family(projector=("multi_modal_projector",)),
    # 140 tokens allow 33 x 33 patches of 16 px, pooled three by three.
    "gemma4": Family(528, {"max_soft_tokens": 140}, ("embed_vision",)),
    "llava_onevision": Family(projector=("multi_modal_projector",)),
    "internvl": Family(image_budget={"max_patches": 1}, projector=("multi_modal_projector",)),
    "lfm2_vl": Family(512, {"do_image_splitting": False}, ("multi_modal_projector",)),
}
"""By `model_type` of the configuration. `tests/families` puts each through the same tests."""


def family_of(config: Any) -> Family:
    """The family of a configuration; one that is not in the table leaves the processor unchanged."""
    return FAMILIES.get(config.model_type, Family())


@dataclass(frozen=True)
class FigureCost:
    """Cost of one figure.

    Attributes:
        tokens: its image tokens.
        resampled: whether the model sees other pixels than those of the figure.
    """

    tokens: int
    resampled: bool


def measure_figure(processor: Any, config: Any, size: int) -> FigureCost:
    """Measures the cost of a figure by giving one to a processor.

    Args:
        processor: processor of the model, with its image budget set.
        config: configuration of the model.
        size: side of the figure in pixels.

    Raises:
        NicheLensError: the processor has no chat template.
    """
    from PIL import Image

    # A black-and-white picture keeps two values per channel, plus the padding, unless it is resampled.
    dots = np.random.default_rng(0).integers(0, 2, (size, size, 1), dtype=np.uint8) * np.uint8(255)
    picture = Image.fromarray(np.repeat(dots, 3, axis=2))
    text = prompt_text(processor, "?", 1)
    inputs = processor(text=[text], images=[[picture]], add_special_tokens=False, return_tensors="pt")
    tokens = int((inputs["input_ids"] == getattr(config, "image_token_id", -1)).sum())
    return FigureCost(tokens, resampled=len(np.unique(inputs["pixel_values"].numpy())) > 2 * 3 + 1)
