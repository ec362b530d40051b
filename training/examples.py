"""Rows of a NicheLens dataset, as TRL's vision collator reads them."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from data_prep.chat import completion_text, prompt_text
from data_prep.dataset import CONTRACT_FILE, find_dataset, load_examples
from data_prep.errors import NicheLensError

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedModel, ProcessorMixin


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
    file = find_dataset(source) / CONTRACT_FILE
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        message = f"{source}: {CONTRACT_FILE} is not readable; make the dataset again with `nichelens prep`"
        raise NicheLensError(message) from error


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


def check_rows(rows: Dataset, model: PreTrainedModel, processor: ProcessorMixin, source: str) -> None:
    """Make sure that a model can be taught the rows: each fits whole, and what is learnt is the completion.

    The longest row of each number of images is put through the collator that training uses.

    Raises:
        NicheLensError: a row has no completion, is longer than the model's positions, or the chat template changes it.
    """
    from trl.trainer.sft_trainer import DataCollatorForVisionLanguageModeling

    collate = DataCollatorForVisionLanguageModeling(processor, completion_only_loss=True)
    longest = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    conversations = as_conversations(rows, processor)
    for place in _longest_rows(rows, processor, source):
        found = collate([conversations[place]])
        n_tokens = found["input_ids"].shape[1]
        if longest is not None and n_tokens > longest:
            message = (
                f"{source}: row {place} of split train has {n_tokens} tokens and the model reads {longest}, so its "
                "completion would be cut; choose a model that reads more"
            )
            raise NicheLensError(message)
        learnt = processor.tokenizer.decode(found["labels"][found["labels"] != -100])
        if not learnt.strip().startswith(rows[place]["completion"].strip()):
            message = f"this model's chat template changes the answer to {learnt[:60]!r}; choose another model"
            raise NicheLensError(message)


def _longest_rows(rows: Dataset, processor: ProcessorMixin, source: str) -> list[int]:
    """Place of the row with most text tokens, for each number of images."""
    texts = rows.select_columns(["prompt", "completion"])[:]
    for place, completion in enumerate(texts["completion"]):
        if not completion.strip():
            message = f"{source}: row {place} of split train has an empty completion; make the dataset again"
            raise NicheLensError(message)
    lengths = [
        len(prompt) + len(completion)
        for prompt, completion in zip(
            *(processor.tokenizer(texts[name])["input_ids"] for name in ("prompt", "completion")), strict=True
        )
    ]
    n_images = [len(json.loads(specs)) for specs in rows.select_columns(["specs"])["specs"][:]]
    longest: dict[int, int] = {}
    for place, (n, length) in enumerate(zip(n_images, lengths, strict=True)):
        if n not in longest or length > lengths[longest[n]]:
            longest[n] = place
    return sorted(longest.values())
