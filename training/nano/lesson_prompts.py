"""Every prompt of the claim questions, with its two answers, as token ids of one fixed length.

Batches of one length keep the memory of a run flat: on a CPU, each new length compiles new kernels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from data_prep import tasks
from data_prep.claims import (
    CLAIM_TYPES,
    FIRST_GENE,
    SECOND_GENE,
    THE_NICHE,
    THE_OTHER_NICHE,
    THIS_CELL_TYPE,
    THIS_GENE,
    Claim,
    ClaimType,
)

if TYPE_CHECKING:
    from transformers import Idefics3Processor

NO_LABEL = -100
"""Label of positions that are not part of an answer, as in ``torch.nn.functional.cross_entropy``."""


@lru_cache(maxsize=1)
def asked_kinds() -> tuple[str, ...]:
    """Kinds of claims that are asked as yes/no questions, in the order of their numbers in a lesson.

    Lessons are drawn of synthetic slides without files of knowledge, so kinds that need them are not among these.
    """
    return tuple(sorted(kind for kind, own in CLAIM_TYPES.items() if own.question and not own.needs_knowledge))


@lru_cache(maxsize=1)
def prompt_numbers() -> Mapping[tuple[str, str, int], int]:
    """(kind, value, wording) → number of the prompt in a lesson."""
    return {
        (kind, value, wording): number
        for number, (kind, value, wording) in enumerate(
            (kind, value, wording)
            for kind in asked_kinds()
            for value in _values(CLAIM_TYPES[kind])
            for wording in range(len(CLAIM_TYPES[kind].question.wordings))  # type: ignore[union-attr]
        )
    }


@lru_cache(maxsize=1)
def topics() -> tuple[int, ...]:
    """Number of the kind and value of each prompt: what is asked, in whatever words."""
    known: dict[tuple[str, str], int] = {}
    return tuple(known.setdefault((kind, value), len(known)) for kind, value, _ in prompt_numbers())


def prompts() -> list[str]:
    """The text of each prompt, by its number."""
    return [
        CLAIM_TYPES[kind].question.prompt(Claim(kind, value=value), CLAIM_TYPES[kind].values, wording)  # type: ignore[union-attr]
        for kind, value, wording in prompt_numbers()
    ]


def template_texts(repeats: int = 20) -> Iterator[str]:
    """Prompts of all tasks and sentences of claims, from which the tokenizer learns its words.

    Claims about what is known are left out: no lesson asks about them, and their words would take room from others.

    Args:
        repeats: how often each text occurs, so that each word becomes one token.
    """
    for _ in range(repeats):
        yield from prompts()
        yield from tasks.PROMPTS
        for claim_type in CLAIM_TYPES.values():
            if not claim_type.needs_knowledge:
                yield from claim_type.sentences
                yield from claim_type.values.values()


@dataclass(frozen=True, eq=False)
class PromptTable:
    """Token ids of each prompt with each answer, padded on the right to one length.

    Attributes:
        ids: (n_prompts, 2, length) int64: the prompt with its image tokens, then the answer No (0) or Yes (1).
        ends: (n_prompts,) index of the last token before the answer.
        labels: (n_prompts, 2, answer_length) int64, the tokens of the answer; ``NO_LABEL`` behind its end.
        image_start: index of the first image token, the same in every prompt.
    """

    ids: np.ndarray
    ends: np.ndarray
    labels: np.ndarray
    image_start: int


def build_prompt_table(processor: Idefics3Processor, *, in_words: bool = False) -> PromptTable:
    """Encode every prompt with both of its answers, as the chat template writes them.

    Args:
        processor: of the model.
        in_words: whether the answer Yes repeats the claim in words. Otherwise answers are "Yes." and "No.".
    """
    tokenizer = processor.tokenizer
    rows: list[tuple[list[int], tuple[list[int], list[int]]]] = []
    for (kind, value, _), prompt in zip(prompt_numbers(), prompts(), strict=True):
        content = [{"type": "image"}, {"type": "text", "text": prompt}]
        text = processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True)
        size = processor.image_processor.size["longest_edge"]
        blank = np.zeros((size, size, 3), np.uint8)
        question = processor(text=text, images=[blank])["input_ids"][0]
        said = f" {_sentence(CLAIM_TYPES[kind], value)}" if in_words else ""
        answers = tokenizer(["No.", f"Yes.{said}"])["input_ids"]
        rows.append((list(question), tuple([*answer, tokenizer.eos_token_id] for answer in answers)))  # type: ignore[arg-type]
    longest_answer = max(len(answer) for _, answers in rows for answer in answers)
    length = max(len(question) for question, _ in rows) + longest_answer
    ids = np.full((len(rows), 2, length), tokenizer.pad_token_id, np.int64)
    labels = np.full((len(rows), 2, longest_answer), NO_LABEL, np.int64)
    for row, (question, answers) in enumerate(rows):
        for yes, answer in enumerate(answers):
            ids[row, yes, : len(question) + len(answer)] = [*question, *answer]
            labels[row, yes, : len(answer)] = answer
    ends = np.array([len(question) - 1 for question, _ in rows])
    image = tokenizer.convert_tokens_to_ids("<image>")
    return PromptTable(ids, ends, labels, rows[0][0].index(image))


def _values(claim_type: ClaimType) -> tuple[str, ...]:
    """The values that a question of this kind can ask about; one empty value where it asks about none."""
    asks_value = claim_type.question is not None and any("{value}" in words for words in claim_type.question.wordings)
    return tuple(claim_type.values) if asks_value else ("",)


def _sentence(claim_type: ClaimType, value: str) -> str:
    """The claim in words, in references."""
    other = {"niche": THE_OTHER_NICHE, "gene": SECOND_GENE, "cell type": THIS_CELL_TYPE}[claim_type.other]
    gene = FIRST_GENE if claim_type.other == "gene" else THIS_GENE
    return claim_type.say(claim_type.sentences[0], Claim(claim_type.kind, gene, THE_NICHE, value, other))
