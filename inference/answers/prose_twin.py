"""The blind twin of an answer in prose: the same question with the evidence taken away, to tell what was seen.

A claim of the answer that the model makes again from a blank picture was recalled. Names are masked once, too: what the
model says of "this gene" that contradicts what it says of the symbol is a conflict between picture and memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import nan

import numpy as np

from data_prep.claims import THE_NICHE, THIS_GENE, Claim, resolve
from data_prep.claims.mentions import SlideNames, find_mentions
from data_prep.facts.facts import Facts
from data_prep.facts.shuffling import shuffle_counts
from data_prep.figures.canvas import Canvas
from data_prep.tasks import Question
from data_prep.tasks.question import blank_pictures
from inference.answers.answer import Answer
from inference.answers.blind_twin import NOT_PLACE, RECALLED, SEEN, SHUFFLED_COPIES, BlindTwin, TwinAnswer, blind_twin
from inference.answers.free_question import prose_question
from inference.answers.ledger import check_answer
from inference.answers.routing import Refusal
from inference.answers.statements import contradict
from inference.engine.engine import Engine


def twin_of(engine: Engine, canvas: Canvas, answer: Answer, measure: Callable[[], Facts]) -> BlindTwin:
    """The blind twin of any complete answer: of an interview, or in prose. Arguments as for `prose_twin`."""
    if answer.asked or not engine.writes_prose:
        return blind_twin(engine, canvas, answer)
    return prose_twin(engine, canvas, answer, measure)


def prose_twin(
    engine: Engine, canvas: Canvas, answer: Answer, measure: Callable[[], Facts], seed: int = 0
) -> BlindTwin:
    """Asks a question in people's own words again, without the evidence.

    Args:
        engine: model that gave the answer; it writes prose.
        canvas: draws the slide of the answer, at the engine's image size.
        answer: a complete answer in prose.
        measure: returns the facts of the slide, which tell names from other words.
        seed: of the permutations.

    Returns:
        The twin. Its probabilities are NaN: prose has none.
    """
    asked = prose_question(canvas, answer.question, gene=answer.gene, niche=answer.niche)
    if isinstance(asked, Refusal) or not answer.claims:
        return BlindTwin(())
    facts = measure()

    def claims(question: Question) -> set[Claim]:
        *_, raw = ["", *engine.stream(question)]
        ledger = check_answer(raw, question.names, facts, question.asked)
        return {resolve(entry.claim, question.names) for entry in ledger.entries if not entry.is_denied}

    blank = claims(blank_pictures(asked))
    shuffled = [claims(_redrawn(asked, canvas, seed, copy)) for copy in range(SHUFFLED_COPIES)]
    masked = claims(mask_names(asked, canvas))
    return BlindTwin(
        tuple(
            TwinAnswer(
                claim=claim,
                p_seen=nan,
                p_blank=nan,
                p_shuffled=(nan,) * SHUFFLED_COPIES,
                p_named=None,
                p_recalled=None,
                source=_source(claim, blank, shuffled),
                is_conflict=any(contradict(claim, other) for other in blank | masked),
            )
            for claim in answer.claims
        )
    )


def mask_names(question: Question, canvas: Canvas) -> Question:
    """The same question about "this gene" and "the niche" instead of their names."""
    prompt = question.prompt
    references = {name: reference for reference, name in question.names.genes.items() if reference == THIS_GENE}
    references |= {name: reference for reference, name in question.names.niches.items() if reference == THE_NICHE}
    for mention in reversed(find_mentions(prompt, SlideNames.of(canvas.slide))):
        if mention.name in references:
            prompt = f"{prompt[: mention.start]}{references[mention.name]}{prompt[mention.end :]}"
    return replace(question, prompt=prompt)


def _source(claim: Claim, blank: set[Claim], shuffled: list[set[Claim]]) -> str:
    if claim in blank:
        return RECALLED
    return NOT_PLACE if all(claim in said for said in shuffled) else SEEN


def _redrawn(question: Question, canvas: Canvas, seed: int, copy: int) -> Question:
    """The same question with the counts of the spots permuted over the tissue."""
    slide = shuffle_counts(canvas.slide, np.random.default_rng([seed, copy]))
    return replace(question, images=tuple(Canvas(slide, canvas.size).pictures(list(question.specs))))
