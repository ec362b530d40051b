"""Rows of a NicheLens dataset, as TRL's vision collator reads them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from data_prep.dataset.loading import CONTRACT_FILE, find_dataset, load_examples
from data_prep.errors import NicheLensError
from data_prep.files import read_json
from inference.model.chat_template import completion_text, prompt_text

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PretrainedConfig, ProcessorMixin


@dataclass(frozen=True)
class RowSizes:
    """Sizes of a training split, as a model reads it.

    Attributes:
        n: examples.
        tokens: of all of them, image tokens included.
        longest: tokens of the longest.
        patches: of all pictures.
        most_patches: of the pictures of one example.
    """

    n: int
    tokens: int
    longest: int
    patches: int
    most_patches: int


def load_splits(source: str) -> tuple[Dataset, Dataset | None]:
    """(training split, validation split or None) of a dataset, each row with `images`, `prompt` and `completion`.

    Raises:
        NicheLensError: not a NicheLens dataset, or no training split.
    """
    train = load_examples(source, "train")
    try:
        validation = load_examples(source, "validation")
    except NicheLensError:  # the source is sound, so all that can be missing is the split
        validation = None
    return train, validation


def load_contract(source: str) -> dict[str, Any]:
    """The figure contract of a dataset, from its folder or the Hub.

    Raises:
        NicheLensError: there is none.
    """
    return read_json(source, find_dataset(source) / CONTRACT_FILE)


def render(
    rows: dict[str, list], processor: ProcessorMixin, draw: Callable[[dict[str, list]], dict[str, list]] | None = None
) -> dict[str, list]:
    """Turn a batch of rows into pictures and texts; a pure function of the rows, so that it may run at any time.

    The texts are those that `inference` asks with: left to apply the template itself, TRL would teach some models an
    answer that begins elsewhere than a generated one.
    """
    rows = draw(rows) if draw else rows
    images = [[image.convert("RGB") for image in images] for images in rows["images"]]
    turns = list(zip(rows["prompt"], map(len, images), rows["completion"], strict=True))
    return {
        "images": images,
        "prompt": [prompt_text(processor, prompt, n_images) for prompt, n_images, _ in turns],
        "completion": [completion_text(processor, *turn) for turn in turns],
    }


def as_conversations(rows: Dataset, processor: ProcessorMixin) -> Dataset:
    """The rows, rendered when they are read, by the chat template of a processor."""
    # Of a dataset of recipes the pictures are drawn here, from two further columns.
    draw = rows.format.get("format_kwargs", {}).get("transform")
    kept = ["prompt", "completion", *(["slide", "specs"] if draw else ["images"])]
    return rows.select_columns(kept).with_transform(partial(render, processor=processor, draw=draw))


def fill_last_batch(rows: Dataset, batch_size: int, seed: int) -> Dataset:
    """Repeat some rows, drawn by `seed`, so that every batch of an epoch is full.

    A short last batch would be shared out differently by one process and by two, and would weigh its rows more.
    """
    short = -len(rows) % batch_size
    if not short:
        return rows
    again = np.random.default_rng(seed).choice(len(rows), size=short, replace=short > len(rows))
    return rows.select(np.concatenate([np.arange(len(rows)), again]))


def check_rows(rows: Dataset, config: PretrainedConfig, processor: ProcessorMixin, source: str) -> RowSizes:
    """Make sure that a model can be taught the rows: each fits whole, and what is learnt is the completion.

    The longest row of each number of images is put through the collator that training uses; that tells, too, how many
    tokens and patches the rows of this number have beside their text.

    Args:
        rows: with `images`, `prompt` and `completion`.
        config: of the model.
        processor: of the model.
        source: what errors call the dataset.

    Raises:
        NicheLensError: a row has no completion, is longer than the model's positions, or the chat template changes it.
    """
    from trl.trainer.sft_trainer import DataCollatorForVisionLanguageModeling

    collate = DataCollatorForVisionLanguageModeling(processor, completion_only_loss=True)
    limit = getattr(config.get_text_config(), "max_position_embeddings", None)
    conversations = as_conversations(rows, processor)
    lengths, n_images = _text_sizes(rows, processor, source)
    tokens = patches = longest = most_patches = 0
    for n in sorted(set(n_images)):
        alike = [place for place, found in enumerate(n_images) if found == n]
        place = max(alike, key=lambda place: lengths[place])
        found = collate([conversations[place]])
        n_tokens = found["input_ids"].shape[1]
        if limit is not None and n_tokens > limit:
            message = (
                f"{source}: row {place} of split train has {n_tokens} tokens and the model reads {limit}, so its "
                "completion would be cut; choose a model that reads more"
            )
            raise NicheLensError(message)
        learnt = processor.tokenizer.decode(found["labels"][found["labels"] != -100])
        if not learnt.strip().startswith(rows[place]["completion"].strip()):
            message = f"this model's chat template changes the answer to {learnt[:60]!r}; choose another model"
            raise NicheLensError(message)
        seen = _count_patches(found, config)
        tokens += sum(lengths[place] for place in alike) + len(alike) * (n_tokens - lengths[place])
        patches += len(alike) * seen
        longest, most_patches = max(longest, n_tokens), max(most_patches, seen)
    return RowSizes(len(lengths), tokens, longest, patches, most_patches)


def row_lengths(rows: Dataset, processor: ProcessorMixin, source: str, figure_tokens: int) -> list[int]:
    """Tokens of each row, to within the few that the chat template adds.

    Args:
        rows: with `prompt`, `completion` and `specs`.
        processor: of the model.
        source: what errors call the dataset.
        figure_tokens: image tokens of a figure.

    Raises:
        NicheLensError: a row has no completion.
    """
    lengths, n_images = _text_sizes(rows, processor, source)
    return [length + n * figure_tokens for length, n in zip(lengths, n_images, strict=True)]


def _text_sizes(rows: Dataset, processor: ProcessorMixin, source: str) -> tuple[list[int], list[int]]:
    """(text tokens, number of images) of each row."""
    texts = rows.select_columns(["prompt", "completion"])[:]
    for place, completion in enumerate(texts["completion"]):
        if not completion.strip():
            message = f"{source}: row {place} of split train has an empty completion; make the dataset again"
            raise NicheLensError(message)
    prompts, completions = (processor.tokenizer(texts[name])["input_ids"] for name in ("prompt", "completion"))
    lengths = [len(prompt) + len(completion) for prompt, completion in zip(prompts, completions, strict=True)]
    return lengths, [len(json.loads(specs)) for specs in rows.select_columns(["specs"])["specs"][:]]


def _count_patches(found: Mapping[str, Any], config: PretrainedConfig) -> int:
    """Patches that a vision tower cuts the pictures of one row into."""
    pixels, patch = found.get("pixel_values"), getattr(getattr(config, "vision_config", None), "patch_size", None)
    if pixels is None:
        return 0
    if pixels.ndim == 2 or not isinstance(patch, int):  # the Qwen processors give patches, not pictures
        return int(pixels.shape[0])
    height, width = pixels.shape[-2:]
    return int(pixels[..., 0, 0, 0].numel()) * (height // patch) * (width // patch)
