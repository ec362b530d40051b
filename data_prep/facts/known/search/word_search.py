"""From words to tissue: finds the niches that a sentence describes.

The words are matched with the names of marker lists and gene sets and with what gene tables say (`word_index`), and
what they mean is looked up in the counts (`concepts`). No language model takes part, and nothing leaves the computer.
It is the way back of QuST-LLM (Huang 2024), which tells a region in words, with the text as prior knowledge as in
GenePT (Chen and Zou 2024).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from data_prep.errors import NicheLensError
from data_prep.facts.known.search.gene_ranking import FittingGene, rank_fitting_genes
from data_prep.facts.known.search.search_sentences import why
from data_prep.facts.known.search.slide_search import RAISED, SHOWN, NotUnderstoodError, SlideSearch, search_slide

if TYPE_CHECKING:
    from data_prep.facts.facts import Facts
    from data_prep.facts.known.search.text_vectors import TextVectors

LONGEST_PHRASE = 500
"""Characters of a phrase. A longer text is no search."""


@dataclass(frozen=True)
class FoundNiche:
    """A niche in the ranking.

    Attributes:
        rank: from 1 on.
        slice: name of its slide, with the slice where a file has several: "file:slice".
        niche: its name.
        score: mean evidence of the words plus what the place is worth; see `slide_search`.
        why: one sentence.
    """

    rank: int
    slice: str
    niche: str
    score: float
    why: str


@dataclass(frozen=True)
class WordSearch:
    """What a phrase found.

    Attributes:
        phrase: as it was given.
        niches: the niches of all slides, the best first; empty if no niche shows what the words name.
        genes: genes of the first slide with the best niche that fit the words; not empty where there is a refusal, so
            that people see what was looked for.
        refusal: why nothing is ranked; "" where something is.
        unknown: words that no text has.
        is_weak: whether the best niche shows the words weakly: shuffled niches often reach as much. So is what a phrase
            finds that names cells of other organs.
        notes: what else people should know, one sentence each.
    """

    phrase: str
    niches: tuple[FoundNiche, ...]
    genes: tuple[FittingGene, ...]
    refusal: str
    unknown: tuple[str, ...]
    is_weak: bool
    notes: tuple[str, ...] = ()


def find_niches_by_words(facts: Sequence[Facts], phrase: str, vectors: TextVectors | None = None) -> WordSearch:
    """Ranks the niches of slides by how well they fit a phrase.

    Args:
        facts: of one or more slides with knowledge.
        phrase: English words: cells, tissues, processes, genes, and places such as "outermost" or "beside the tumour".
        vectors: compares texts by a sentence model instead of TF-IDF; None for TF-IDF.

    Raises:
        NicheLensError: no slide is given or one has no knowledge, or the phrase is empty, too long, or understood on no
            slide. A slide that does not understand it is left out.
    """
    searches = _search_all(facts, phrase, vectors)
    rows = [
        (float(search.score[at]), search, at)
        for search in searches
        for at in range(len(search.score))
        if np.isfinite(search.score[at])
    ]
    rows.sort(key=lambda row: -row[0])
    strongest = max(search.strongest for search in searches)
    names_concepts = any(search.names_concepts for search in searches)
    best = rows[0][1] if rows else searches[0]
    unknown = tuple(dict.fromkeys(word for part in best.understood for word in part.unknown))
    foreign = [concept.name for part in best.concepts for concept in part if concept.is_of_other_organs]
    least = RAISED if foreign else SHOWN
    refusal = _refusal(best, phrase, strongest, least) if names_concepts and strongest < least else ""
    ranked = tuple(
        FoundNiche(rank, search.facts.slide.name, search.facts.slide.niches[at], score, why(search, at))
        for rank, (score, search, at) in enumerate([] if refusal else rows, 1)
    )
    notes = tuple(f"{name} is a list of other organs, and it is not compared with this tissue." for name in foreign)
    is_weak = names_concepts and (strongest < RAISED or bool(foreign))
    return WordSearch(phrase, ranked, rank_fitting_genes(best), refusal, unknown, is_weak, notes)


def rank_genes(facts: Sequence[Facts], phrase: str, vectors: TextVectors | None = None) -> tuple[FittingGene, ...]:
    """The genes of each slide that fit a phrase, and where they are raised; the best of each slide first.

    Args:
        facts: of one or more slides with knowledge.
        phrase: as for `find_niches_by_words`.
        vectors: likewise.

    Raises:
        NicheLensError: as for `find_niches_by_words`.
    """
    return tuple(gene for search in _search_all(facts, phrase, vectors) for gene in rank_fitting_genes(search))


def _search_all(facts: Sequence[Facts], phrase: str, vectors: TextVectors | None) -> list[SlideSearch]:
    if not facts:
        message = "no slide to look in; give at least one"
        raise NicheLensError(message)
    if not phrase.strip():
        message = "the phrase is empty; write what a niche holds, for example 'oligodendrocytes' or 'hypoxia'"
        raise NicheLensError(message)
    if len(phrase) > LONGEST_PHRASE:
        message = f"the phrase has {len(phrase):,} characters; write at most {LONGEST_PHRASE}"
        raise NicheLensError(message)
    searches, failures = [], []
    for of_slide in facts:
        try:
            searches.append(search_slide(of_slide, phrase, vectors))
        except NotUnderstoodError as error:  # the genes of another slide may have the words
            failures.append(error)
    if not searches:
        raise failures[0]
    return searches


def _refusal(search: SlideSearch, phrase: str, strongest: float, least: float) -> str:
    concepts = sorted((concept for part in search.concepts for concept in part), key=lambda one: -one.weight)
    named = ", ".join(dict.fromkeys(concept.name for concept in concepts if concept.name))
    meant = f" They may mean {named[:200]}." if named else ""
    return (
        f"The words of '{phrase}' are known, but no niche shows what they name (evidence {strongest:.2f}, "
        f"at least {least} is asked).{meant}"
    )
