"""What a frozen vision tower makes of a picture, computed once and kept.

Where neither the vision tower nor the projector learns, a picture always becomes the same image tokens, and the same
pictures come again: in every epoch, in every validation, in several questions about one figure. `FrozenVision` takes
the place of a model's `get_image_features`, keeps what the projector gave, and runs the tower for new pictures only,
never with gradients. (Activation checkpointing as TRL and transformers set it up would go back through the frozen
tower.)
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from inference.model.families import FAMILIES

if TYPE_CHECKING:
    import torch
    from torch import nn

PICTURES = "pictures"
"""Key of a batch under which the names of its pictures travel, in the order in which the model reads them."""


class NamedPictures:
    """A collator that adds the names of a batch's pictures; it may run in a process that loads ahead."""

    def __init__(self, collate: Callable[[list[dict[str, Any]]], dict[str, Any]]) -> None:
        """Wraps the collator that makes the tensors."""
        self.collate = collate

    def __call__(self, examples: list[dict[str, Any]]) -> dict[str, Any]:
        """The tensors of some examples, and `PICTURES`: 64 bits of a hash of each picture's pixels."""
        names = [_name(image) for example in examples for image in example["images"]]
        return {**self.collate(examples), PICTURES: names}


def _name(image: Any) -> int:
    digest = hashlib.blake2b(image.tobytes(), digest_size=8, key=repr(image.size).encode())
    return int.from_bytes(digest.digest())


class FrozenVision:
    """Stands for `get_image_features` of a model.

    Attributes:
        coming: names of the pictures of the next call; a call without them is passed through.
        asked: pictures asked for by name so far.
        found: those of them that were kept.
        held_bytes: what is kept.
    """

    def __init__(self, live: Callable[..., Any], limit: int) -> None:
        """Takes the method of the model, and how many bytes may be kept; pictures beyond that are read each time."""
        self._live = live
        self._names = list(inspect.signature(live).parameters)
        # A family that reads a picture in another way when it is alone in its question has no one answer to keep.
        self._limit = 0 if "batch_num_images" in self._names else limit
        self._kept: dict[int, tuple[torch.Tensor, ...]] = {}
        self._kind: type = dict
        self._stacked = False
        self.coming: Sequence[int] = ()
        self.asked = self.found = self.held_bytes = 0

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """What the model's own method would return, of it as much as the model goes on to use."""
        import torch

        names, self.coming = self.coming, ()
        given = dict(zip(self._names, arguments, strict=False)) | options
        with torch.no_grad():
            if not names or not self._limit or _count(given) != len(names):
                return self._live(**given)
            device = given["pixel_values"].device
            new = {name: place for place, name in enumerate(names) if name not in self._kept}
            self.asked, self.found = self.asked + len(names), self.found + len(names) - len(new)
            parts: dict[int, tuple[torch.Tensor, ...]] = {}
            if new:
                output = self._live(**_select(given, list(new.values()), len(names)))
                self._kind, self._stacked = type(output), isinstance(output.pooler_output, torch.Tensor)
                parts = dict(zip(new, _split(output, len(new)), strict=True))
            for name in names:
                if name not in parts:
                    parts[name] = tuple(part.to(device) for part in self._kept[name])
            for name in new:
                self._keep(name, parts[name])
            return self._join([parts[name] for name in names])

    def _keep(self, name: int, parts: tuple[torch.Tensor, ...]) -> None:
        size = sum(part.numel() * part.element_size() for part in parts)
        if self.held_bytes + size <= self._limit:
            self._kept[name] = tuple(part.detach().to("cpu", copy=True) for part in parts)
            self.held_bytes += size

    def _join(self, pictures: list[tuple[torch.Tensor, ...]]) -> Any:
        import torch

        pooled, *deep = ([picture[i] for picture in pictures] for i in range(len(pictures[0])))
        values: dict[str, Any] = {"pooler_output": torch.stack(pooled) if self._stacked else pooled}
        if deep:
            values["deepstack_features"] = deep
        return self._kind(**values)


def freeze_vision(model: nn.Module, limit: int) -> FrozenVision | None:
    """Puts a `FrozenVision` in the place of a model's `get_image_features`; None for a family that is not known.

    Args:
        model: a vision-language model, without PEFT's wrapper, whose tower and projector are not to learn.
        limit: bytes that may be kept in the memory of this process.
    """
    if model.config.model_type not in FAMILIES:
        return None
    trunk = getattr(model, model.base_model_prefix)
    trunk.get_image_features = FrozenVision(trunk.get_image_features, limit)
    return trunk.get_image_features


def _count(given: dict[str, Any]) -> int:
    """How many pictures the tower is given: more than were named where a processor cuts them into tiles."""
    pixels, grid = given["pixel_values"], given.get("image_grid_thw")
    if grid is not None:
        return len(grid)
    return int(_real(pixels).sum()) if pixels.ndim == 5 else len(pixels)


def _real(pixels: torch.Tensor) -> torch.Tensor:
    """Idefics3: which of (rows, pictures of a row) are pictures; rows with fewer are filled up with zeros."""
    return (pixels != 0).flatten(2).any(-1)


def _select(given: dict[str, Any], places: list[int], count: int) -> dict[str, Any]:
    """The arguments of some of `count` pictures."""
    import torch

    if len(places) == count:
        return given
    pixels, grid = given["pixel_values"], given.get("image_grid_thw")
    if grid is not None:  # Qwen: the patches of all pictures after each other
        patches = pixels.split(grid.prod(-1).tolist())
        return given | {"pixel_values": torch.cat([patches[i] for i in places]), "image_grid_thw": grid[places]}
    tensors = {name: value for name, value in given.items() if isinstance(value, torch.Tensor)}
    if pixels.ndim == 5:
        real = _real(pixels)
        return given | {name: value[real][places][None] for name, value in tensors.items()}
    return given | {name: value[places] for name, value in tensors.items()}


def _split(output: Any, count: int) -> list[tuple[torch.Tensor, ...]]:
    """What of an output belongs to each picture: its image tokens, and what goes to deeper layers of the decoder."""
    import torch

    pooled = output.pooler_output
    if len(pooled) != count:  # Idefics3 gives the tokens of a row together
        pooled = torch.cat(list(pooled)).unflatten(0, (count, -1))
    return list(zip(pooled, *(getattr(output, "deepstack_features", None) or ()), strict=True))
