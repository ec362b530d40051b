"""Caches what a frozen vision tower makes of each picture.

Where neither the vision tower nor the projector is trained, a picture always becomes the same image tokens. The same
pictures are read again in every epoch, in every validation, and in several questions about one figure. `VisionCache`
replaces a model's `get_image_features`. It keeps the output of the projector and runs the tower only for new pictures,
without gradients. (Activation checkpointing as TRL and transformers set it up would otherwise go back through the
frozen tower.)
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

PICTURE_HASHES = "picture_hashes"
"""Key of a batch that holds the hashes of its pictures, in the order in which the model reads them."""


class PictureHashingCollator:
    """A collator that adds the hashes of a batch's pictures; it may run in a worker process."""

    def __init__(self, collate: Callable[[list[dict[str, Any]]], dict[str, Any]]) -> None:
        """Wraps the collator that makes the tensors."""
        self.collate = collate

    def __call__(self, examples: list[dict[str, Any]]) -> dict[str, Any]:
        """The tensors of some examples, and under `PICTURE_HASHES` a 64-bit hash of each picture's pixels."""
        hashes = [_hash(image) for example in examples for image in example["images"]]
        return {**self.collate(examples), PICTURE_HASHES: hashes}


def _hash(image: Any) -> int:
    digest = hashlib.blake2b(image.tobytes(), digest_size=8, key=repr(image.size).encode())
    return int.from_bytes(digest.digest())


class VisionCache:
    """Replaces `get_image_features` of a model.

    Attributes:
        next_pictures: hashes of the pictures of the next call; a call without hashes is not cached.
        requested: pictures that were asked for by hash so far.
        reused: those of them that the cache supplied.
        held_bytes: size of the cache.
    """

    def __init__(self, get_image_features: Callable[..., Any], limit: int) -> None:
        """Wraps the model's method. Pictures beyond `limit` bytes are read each time."""
        self._get_image_features = get_image_features
        self._names = list(inspect.signature(get_image_features).parameters)
        # Some families read a picture differently when it is alone in its question, so there is no one output to keep.
        self._limit = 0 if "batch_num_images" in self._names else limit
        self._kept: dict[int, tuple[torch.Tensor, ...]] = {}
        self._output_type: type = dict
        self._is_stacked = False
        self.next_pictures: Sequence[int] = ()
        self.requested = self.reused = self.held_bytes = 0

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """The part of the method's output that the model goes on to use."""
        import torch

        hashes, self.next_pictures = self.next_pictures, ()
        given = dict(zip(self._names, arguments, strict=False)) | options
        with torch.no_grad():
            if not hashes or not self._limit or _count_pictures(given) != len(hashes):
                return self._get_image_features(**given)
            device = given["pixel_values"].device
            new = {name: index for index, name in enumerate(hashes) if name not in self._kept}
            self.requested, self.reused = self.requested + len(hashes), self.reused + len(hashes) - len(new)
            parts: dict[int, tuple[torch.Tensor, ...]] = {}
            if new:
                output = self._get_image_features(**_select_pictures(given, list(new.values()), len(hashes)))
                self._output_type = type(output)
                self._is_stacked = isinstance(output.pooler_output, torch.Tensor)
                parts = dict(zip(new, _split_by_picture(output, len(new)), strict=True))
            for name in hashes:
                if name not in parts:
                    parts[name] = tuple(part.to(device) for part in self._kept[name])
            for name in new:
                self._keep(name, parts[name])
            return self._join([parts[name] for name in hashes])

    def _keep(self, name: int, parts: tuple[torch.Tensor, ...]) -> None:
        size = sum(part.numel() * part.element_size() for part in parts)
        if self.held_bytes + size <= self._limit:
            self._kept[name] = tuple(part.detach().to("cpu", copy=True) for part in parts)
            self.held_bytes += size

    def _join(self, pictures: list[tuple[torch.Tensor, ...]]) -> Any:
        import torch

        pooled, *deep = ([picture[i] for picture in pictures] for i in range(len(pictures[0])))
        values: dict[str, Any] = {"pooler_output": torch.stack(pooled) if self._is_stacked else pooled}
        if deep:
            values["deepstack_features"] = deep
        return self._output_type(**values)


def cache_vision(model: nn.Module, limit: int) -> VisionCache | None:
    """Puts a `VisionCache` in place of a model's `get_image_features`; None for an unknown family.

    Args:
        model: a vision-language model without PEFT's wrapper, whose tower and projector stay frozen.
        limit: bytes that the cache may hold in the memory of this process.
    """
    if model.config.model_type not in FAMILIES:
        return None
    trunk = getattr(model, model.base_model_prefix)
    trunk.get_image_features = VisionCache(trunk.get_image_features, limit)
    return trunk.get_image_features


def _count_pictures(given: dict[str, Any]) -> int:
    """Pictures that the tower is given. Where a processor cuts pictures into tiles, this counts the tiles."""
    pixels, grid = given["pixel_values"], given.get("image_grid_thw")
    if grid is not None:
        return len(grid)
    return int(_is_picture(pixels).sum()) if pixels.ndim == 5 else len(pixels)


def _is_picture(pixels: torch.Tensor) -> torch.Tensor:
    """Idefics3: which of (rows, pictures of a row) are pictures; rows with fewer pictures are padded with zeros."""
    return (pixels != 0).flatten(2).any(-1)


def _select_pictures(given: dict[str, Any], indices: list[int], count: int) -> dict[str, Any]:
    """The arguments of some of `count` pictures."""
    import torch

    if len(indices) == count:
        return given
    pixels, grid = given["pixel_values"], given.get("image_grid_thw")
    if grid is not None:  # Qwen: the patches of all pictures in one row
        patches = pixels.split(grid.prod(-1).tolist())
        return given | {"pixel_values": torch.cat([patches[i] for i in indices]), "image_grid_thw": grid[indices]}
    tensors = {name: value for name, value in given.items() if isinstance(value, torch.Tensor)}
    if pixels.ndim == 5:
        is_picture = _is_picture(pixels)
        return given | {name: value[is_picture][indices][None] for name, value in tensors.items()}
    return given | {name: value[indices] for name, value in tensors.items()}


def _split_by_picture(output: Any, count: int) -> list[tuple[torch.Tensor, ...]]:
    """What an output holds for each picture: its image tokens, and the features for deeper layers of the decoder."""
    import torch

    pooled = output.pooler_output
    if len(pooled) != count:  # Idefics3 gives the tokens of a row together
        pooled = torch.cat(list(pooled)).unflatten(0, (count, -1))
    return list(zip(pooled, *(getattr(output, "deepstack_features", None) or ()), strict=True))
