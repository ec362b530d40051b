"""Leak linter of text datasets: held-out genes that a model could have learned of, and questions that tell answers.

    report = lint_text(rows)
    report.raise_if_leaking()

`nichelens prep-text` runs it on what it has made, and writes nothing if it finds a leak.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from data_prep.errors import NicheLensError
from data_prep.gene_text.near_duplicates import near_duplicate_pairs
from data_prep.gene_text.question_wordings import WORDS_OF_QUESTIONS
from data_prep.gene_text.text_row import TextRow

_LEAST_LETTERS = 3
"""Letters of a word that may tell an answer."""


@dataclass(frozen=True)
class TextLeaks:
    """The result of the linter.

    Attributes:
        n: number of rows that were looked at.
        problems: one message for each kind of leak, with its number and an example.
    """

    n: int
    problems: tuple[str, ...]

    def raise_if_leaking(self) -> None:
        """Raise an error if there is a leak.

        Raises:
            NicheLensError: the first leak.
        """
        if self.problems:
            raise NicheLensError(self.problems[0])


def lint_text(rows: Sequence[TextRow]) -> TextLeaks:
    """Search the rows of all splits for leaks."""
    names = {(word.upper(), row.split) for row in rows for word in (row.gene, *row.synonyms)}
    kinds = (
        ("gene", _on_both_sides((row.gene.upper(), row.split) for row in rows)),
        ("gene id", _on_both_sides((row.gene_id, row.split) for row in rows if row.gene_id)),
        ("symbol or synonym", _on_both_sides(names)),
        ("family", _on_both_sides((row.family, row.split) for row in rows)),
    )
    problems = [
        f"{kind} '{shared[0]}' stands in two splits ({len(shared)} such); a split must not hold another's genes"
        for kind, shared in kinds
        if shared
    ]
    if pair := next(iter(shared_answers(rows)), None):
        first, second = (rows[index] for index in pair)
        problems.append(
            f"the answers about {first.gene} ({first.split}) and {second.gene} ({second.split}) say nearly the same: "
            f"'{first.answer[:60]}'; leave one of them out"
        )
    told = [(row, words) for row in rows if (words := words_told(row.question, row.answer, row.gene))]
    if told:
        row, words = told[0]
        problems.append(
            f"the question '{row.question[:80]}' holds words of its answer ({', '.join(words[:3])}; {len(told)} such); "
            "ask in other words"
        )
    return TextLeaks(len(rows), tuple(problems))


def shared_answers(rows: Sequence[TextRow]) -> Iterator[tuple[int, int]]:
    """Index pairs of rows in different splits whose answers say nearly the same, own symbols left out.

    The row of the split that was named first in ``rows`` comes first.
    """
    by_split: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        by_split[row.split].append(index)
    texts = [re.sub(rf"\b{re.escape(row.gene)}\b", "GENE", row.answer) for row in rows]
    splits = list(by_split.values())
    for place, own in enumerate(splits):
        for others in splits[place + 1 :]:
            pairs = near_duplicate_pairs([texts[i] for i in others], [texts[i] for i in own])
            for other, mine in pairs:
                yield own[mine], others[other]


def words_told(question: str, answer: str, gene: str) -> tuple[str, ...]:
    """Words of an answer that its question gives away, apart from the gene's symbol and the words of every question.

    They are the content words that both have, or the whole answer where the question holds it.
    """
    asked, said = (re.findall(r"\w+", text.replace(gene, " ").lower()) for text in (question, answer))
    plain = ENGLISH_STOP_WORDS | WORDS_OF_QUESTIONS
    shared = {word for word in asked if len(word) >= _LEAST_LETTERS and word not in plain} & set(said)
    is_held = bool(said) and f" {' '.join(said)} " in f" {' '.join(asked)} "
    return (*sorted(shared), *([" ".join(said)] if is_held else []))


def _on_both_sides(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Names that occur with more than one split, sorted."""
    splits: dict[str, set[str]] = defaultdict(set)
    for name, split in pairs:
        splits[name].add(split)
    return sorted(name for name, its in splits.items() if len(its) > 1)
