"""What differs from one family of vision-language models to the next: one small table, and nothing else knows it.

    family = family_of(model.config)
    family.set_budget(processor)                        # no tiles, no resampling of figures of the native size
    size = family.figure_size(model.config)             # pixels at which figures are to be drawn
    measure_figure(processor, model.config, size)       # what one figure costs, tried out

Left alone, several processors cut a figure into tiles, or enlarge it and shrink it again. `docs/models.md` has the
families with their Hub ids, figure sizes and costs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from inference.model.chat_template import prompt_text

ANY_SIZE = 448
"""Side in pixels for models that read any size: 196 image tokens in the Qwen-VL family."""


@dataclass(frozen=True)
class Family:
    """One family.

    Attributes:
        side: side of a figure in pixels; 0 where the configuration of the vision tower names it.
        image_budget: attributes to set on the image processor.
        projector: names, below the model's trunk, of what turns the tower's features into image tokens.
    """

    side: int = 0
    image_budget: Mapping[str, Any] = field(default_factory=dict)
    projector: tuple[str, ...] = ()

    def figure_size(self, config: Any) -> int:
        """Side in pixels at which figures are to be drawn for a model of this configuration."""
        native = getattr(getattr(config, "vision_config", None), "image_size", None)
        if isinstance(native, (list, tuple)):
            native = native[0]
        return self.side or native or ANY_SIZE

    def set_budget(self, processor: Any) -> None:
        """Makes a processor give one picture per figure and leave figures of the native size as they are drawn."""
        for name, value in self.image_budget.items():
            setattr(processor.image_processor, name, value)


# Idefics3's processor squares a picture to the tower's size in any case; resizing before that would enlarge it to four
# times the size first.
_IDEFICS3 = Family(image_budget={"do_image_splitting": False, "do_resize": False}, projector=("connector",))
# Sizes are numbers of pixels: any multiple of 32 up to 1,024 a side is read as it is.
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
"""By `model_type` of the configuration. Each is held to the same tests, in `tests/families`."""


def family_of(config: Any) -> Family:
    """The family of a configuration; for one that is not in the table, a family that leaves the processor alone."""
    return FAMILIES.get(config.model_type, Family())


@dataclass(frozen=True)
class FigureCost:
    """What becomes of one figure.

    Attributes:
        tokens: image tokens that stand for it.
        resampled: whether the model sees other pixels than were drawn.
    """

    tokens: int
    resampled: bool


def measure_figure(processor: Any, config: Any, size: int) -> FigureCost:
    """Tries out what a processor makes of a figure.

    Args:
        processor: of the model, its budget set.
        config: of the model.
        size: side of the figure in pixels.

    Raises:
        NicheLensError: the processor has no chat template.
    """
    from PIL import Image

    # Of a picture in black and white nothing but two values per channel is left, and padding, unless it was resampled.
    dots = np.random.default_rng(0).integers(0, 2, (size, size, 1), dtype=np.uint8) * np.uint8(255)
    picture = Image.fromarray(np.repeat(dots, 3, axis=2))
    text = prompt_text(processor, "?", 1)
    found = processor(text=[text], images=[[picture]], add_special_tokens=False, return_tensors="pt")
    tokens = int((found["input_ids"] == getattr(config, "image_token_id", -1)).sum())
    return FigureCost(tokens, resampled=len(np.unique(found["pixel_values"].numpy())) > 2 * 3 + 1)
