"""The rows of a NicheLens dataset, in the form that TRL's vision collator reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from data_prep.dataset.loading import CONTRACT_FILE, find_dataset, load_examples
from data_prep.errors import NicheLensError
from data_prep.json_files import read_json
from inference.model.chat_template import completion_text, prompt_text

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PretrainedConfig, ProcessorMixin


@dataclass(frozen=True)
class RowSizes:
    """Sizes of a training split, as a model reads it.

    Attributes:
        n: number of examples.
        tokens: tokens of all examples, image tokens included.
        longest: tokens of the longest example.
        patches: patches of all pictures.
        most_patches: most patches of the pictures of one example.
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
    except NicheLensError:  # the dataset itself could be read, so only the split is missing
        validation = None
    return train, validation


def load_contract(source: str) -> dict[str, Any]:
    """The figure contract of a dataset, from its folder or the Hub.

    Raises:
        NicheLensError: there is none.
    """
    return read_json(source, find_dataset(source) / CONTRACT_FILE)


def render_rows(
    rows: dict[str, list], processor: ProcessorMixin, draw: Callable[[dict[str, list]], dict[str, list]] | None = None
) -> dict[str, list]:
    """Turn a batch of rows into pictures and texts. The result depends on the rows alone.

    The texts are those that `inference` asks with. If TRL applied the template itself, some models would be taught an
    answer that begins at another token than a generated one.

    Args:
        rows: columns `images`, `prompt` and `completion`, or those that `draw` needs.
        processor: of the model.
        draw: adds the column `images` to the rows of a dataset that stores no pictures.
    """
    rows = draw(rows) if draw else rows
    images = [[image.convert("RGB") for image in images] for images in rows["images"]]
    turns = list(zip(rows["prompt"], map(len, images), rows["completion"], strict=True))
    return {
        "images": images,
        "prompt": [prompt_text(processor, prompt, n_images) for prompt, n_images, _ in turns],
        "completion": [completion_text(processor, *turn) for turn in turns],
    }


def with_rendering(rows: Dataset, processor: ProcessorMixin) -> Dataset:
    """The rows, rendered by the chat template of a processor when they are read."""
    # A dataset that stores no pictures draws them here, from the columns `slide` and `specs`.
    draw = rows.format.get("format_kwargs", {}).get("transform")
    kept = ["prompt", "completion", *(["slide", "specs"] if draw else ["images"])]
    return rows.select_columns(kept).with_transform(partial(render_rows, processor=processor, draw=draw))


def fill_last_batch(rows: Dataset, batch_size: int, seed: int) -> Dataset:
    """Repeat some rows, drawn with `seed`, so that every batch of an epoch is full.

    One process and two would split a short last batch differently, and its rows would weigh more.
    """
    missing = -len(rows) % batch_size
    if not missing:
        return rows
    repeated = np.random.default_rng(seed).choice(len(rows), size=missing, replace=missing > len(rows))
    return rows.select(np.concatenate([np.arange(len(rows)), repeated]))


def check_rows(rows: Dataset, config: PretrainedConfig, processor: ProcessorMixin, source: str) -> RowSizes:
    """Check that a model can be trained on the rows: each fits whole, and the labels are the completion.

    For each number of images, the longest row goes through the collator that training uses. This also tells how many
    tokens and patches rows with this number of images have besides their text.

    Args:
        rows: with `images`, `prompt` and `completion`.
        config: of the model.
        processor: of the model.
        source: name of the dataset in errors.

    Raises:
        NicheLensError: a row has no completion or more tokens than the model reads, or the chat template changes it.
    """
    from trl.trainer.sft_trainer import DataCollatorForVisionLanguageModeling

    collate = DataCollatorForVisionLanguageModeling(processor, completion_only_loss=True)
    limit = getattr(config.get_text_config(), "max_position_embeddings", None)
    conversations = with_rendering(rows, processor)
    lengths, n_images = _text_sizes(rows, processor, source)
    tokens = patches = longest = most_patches = 0
    for n in sorted(set(n_images)):
        alike = [row for row, count in enumerate(n_images) if count == n]
        row = max(alike, key=lambda row: lengths[row])
        batch = collate([conversations[row]])
        n_tokens = batch["input_ids"].shape[1]
        if limit is not None and n_tokens > limit:
            message = (
                f"{source}: row {row} of split train has {n_tokens} tokens and the model reads {limit}, so its "
                "completion would be cut; choose a model that reads more"
            )
            raise NicheLensError(message)
        trained_text = processor.tokenizer.decode(batch["labels"][batch["labels"] != -100])
        if not trained_text.strip().startswith(rows[row]["completion"].strip()):
            message = f"this model's chat template changes the answer to {trained_text[:60]!r}; choose another model"
            raise NicheLensError(message)
        n_patches = _count_patches(batch, config)
        tokens += sum(lengths[row] for row in alike) + len(alike) * (n_tokens - lengths[row])
        patches += len(alike) * n_patches
        longest, most_patches = max(longest, n_tokens), max(most_patches, n_patches)
    return RowSizes(len(lengths), tokens, longest, patches, most_patches)


def row_lengths(rows: Dataset, processor: ProcessorMixin, source: str, figure_tokens: int) -> list[int]:
    """Tokens of each row, without the few that the chat template adds.

    Args:
        rows: with `prompt`, `completion` and `specs`.
        processor: of the model.
        source: name of the dataset in errors.
        figure_tokens: image tokens of a figure.

    Raises:
        NicheLensError: a row has no completion.
    """
    lengths, n_images = _text_sizes(rows, processor, source)
    return [length + n * figure_tokens for length, n in zip(lengths, n_images, strict=True)]


def _text_sizes(rows: Dataset, processor: ProcessorMixin, source: str) -> tuple[list[int], list[int]]:
    """(text tokens, number of images) of each row."""
    texts = rows.select_columns(["prompt", "completion"])[:]
    for row, completion in enumerate(texts["completion"]):
        if not completion.strip():
            message = f"{source}: row {row} of split train has an empty completion; make the dataset again"
            raise NicheLensError(message)
    prompts, completions = (processor.tokenizer(texts[name])["input_ids"] for name in ("prompt", "completion"))
    lengths = [len(prompt) + len(completion) for prompt, completion in zip(prompts, completions, strict=True)]
    return lengths, [len(json.loads(specs)) for specs in rows.select_columns(["specs"])["specs"][:]]


def _count_patches(batch: Mapping[str, Any], config: PretrainedConfig) -> int:
    """Patches into which a vision tower cuts the pictures of one row."""
    pixels, patch = batch.get("pixel_values"), getattr(getattr(config, "vision_config", None), "patch_size", None)
    if pixels is None:
        return 0
    if pixels.ndim == 2 or not isinstance(patch, int):  # Qwen's processors return patches, not pictures
        return int(pixels.shape[0])
    height, width = pixels.shape[-2:]
    return int(pixels[..., 0, 0, 0].numel()) * (height // patch) * (width // patch)
