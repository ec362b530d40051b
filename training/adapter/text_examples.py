"""The rows of a text dataset as tokens and labels. Only the answer is learnt, with the end of its turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from data_prep.errors import NicheLensError
from data_prep.gene_text.text_loading import load_text_rows
from data_prep.split_names import TRAIN, VALIDATION
from inference.model.chat_template import completion_text, prompt_text
from training.adapter.training_rows import RowSizes

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PretrainedConfig

NOT_LEARNT = -100
"""Label of a token that has no part in the loss."""


def load_text_splits(source: str) -> tuple[Dataset, Dataset | None]:
    """(training split, validation split or None) of a text dataset.

    Raises:
        NicheLensError: not a text dataset, or no training split.
    """
    train = load_text_rows(source, TRAIN)
    try:
        validation = load_text_rows(source, VALIDATION)
    except NicheLensError:  # the dataset itself could be read, so only the split is missing
        validation = None
    return train, validation


def tokenized(rows: Dataset, processor: Any) -> Dataset:
    """The rows as columns `input_ids` and `labels`, which TRL's trainer takes as they are.

    Question and answer are rendered by the chat template and tokenized apart, as `inference` asks and scores them.

    Args:
        rows: with `question` and `answer`.
        processor: of the model, or a `TextProcessor`.
    """
    from datasets import Dataset

    texts = [
        (prompt_text(processor, question, 0), completion_text(processor, question, 0, answer))
        for question, answer in zip(rows["question"][:], rows["answer"][:], strict=True)
    ]
    asked, said = (
        processor.tokenizer([pair[i] for pair in texts], add_special_tokens=False)["input_ids"] for i in (0, 1)
    )
    return Dataset.from_dict(
        {
            "input_ids": [question + answer for question, answer in zip(asked, said, strict=True)],
            "labels": [[NOT_LEARNT] * len(question) + answer for question, answer in zip(asked, said, strict=True)],
        }
    )


def check_text_rows(rows: Dataset, config: PretrainedConfig, processor: Any, source: str) -> RowSizes:
    """Check that a model can be trained on the rows: each fits whole, and the labels are the answer.

    Args:
        rows: with `question` and `answer`.
        config: of the model.
        processor: of the model.
        source: name of the dataset in errors.

    Raises:
        NicheLensError: a row has no answer or more tokens than the model reads, or the chat template changes it.
    """
    answers = rows["answer"][:]
    for row, answer in enumerate(answers):
        if not answer.strip():
            message = f"{source}: row {row} of split train has an empty answer; make the dataset again"
            raise NicheLensError(message)
    examples = tokenized(rows, processor)
    lengths = [len(ids) for ids in examples["input_ids"][:]]
    longest = max(range(len(lengths)), key=lengths.__getitem__)
    limit = getattr(config.get_text_config(), "max_position_embeddings", None)
    if limit is not None and lengths[longest] > limit:
        message = (
            f"{source}: row {longest} of split train has {lengths[longest]} tokens and the model reads {limit}, so its "
            "answer would be cut; choose a model that reads more"
        )
        raise NicheLensError(message)
    learnt = processor.tokenizer.decode([label for label in examples[longest]["labels"] if label != NOT_LEARNT])
    # A tokenizer without some character replaces it, so the beginning is compared word by word without spaces.
    if not "".join(learnt.split()).startswith("".join(answers[longest].split())[:40]):
        message = f"this model's chat template changes the answer to {learnt[:60]!r}; choose another model"
        raise NicheLensError(message)
    return RowSizes(len(lengths), sum(lengths), lengths[longest], patches=0, most_patches=0)


def text_row_lengths(rows: Dataset, processor: Any) -> list[int]:
    """Tokens of each row."""
    return [len(ids) for ids in tokenized(rows, processor)["input_ids"][:]]
