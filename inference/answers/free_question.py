"""Answers a question in people's own words, or says why not.

    for answer in answer_question(engine, canvas, "Is COL1A1 a marker of the stroma?", measure):
        print(answer.text)

The router turns the question into claims (`inference.answers.routing`). A model that answers yes/no questions is asked
about each of them. What it says surely becomes a sentence, and "not sure" is said too. The text states each claim in
full, so that a negation in the question turns nothing round. A model that writes prose gets the question as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from data_prep.claims import (
    ASKED_KINDS,
    CLAIM_TYPES,
    CONTRADICTED,
    SUPPORTED,
    THE_NICHE,
    THIS_GENE,
    UNCHECKABLE,
    Claim,
    check,
    measured_words,
    restore_names,
    sentence,
)
from data_prep.claims.asked_by import denial, open_words
from data_prep.facts.facts import Facts
from data_prep.figures.canvas import Canvas
from data_prep.tasks import Question, claim_question
from inference.answers.answer import Answer, checked, grow
from inference.answers.candidate_claims import candidate_genes
from inference.answers.claim_answers import ClaimAnswer, asked_kinds
from inference.answers.composing import Saying
from inference.answers.interview import ENRICHED, Interview
from inference.answers.ledger import CheckedSentence, Ledger, check_answer, check_denial, check_sayings
from inference.answers.named_claims import ANY
from inference.answers.open_claims import matching_claims
from inference.answers.readings import DESCRIBE, INTERVIEW
from inference.answers.routing import Refusal, Route, named, route
from inference.engine.engine import Engine

MOST_CHECKED = 12
"""Claims of an open question that the counts answer in place of the model: nine places, and a little more."""
_YES_NO = re.compile(r"\W*(?:is|are|does|do|did|was|were|has|have)\b", re.IGNORECASE)
"""How a question begins that "Yes." and "No." answer."""
_AGREEMENT = {SUPPORTED: "The counts support it", CONTRADICTED: "The counts contradict it"}


def answer_question(
    engine: Engine,
    canvas: Canvas,
    question: str,
    measure: Callable[[], Facts],
    *,
    gene: str = "",
    niche: str = "",
) -> Iterator[Answer]:
    """Answers or refuses a question in people's own words.

    Args:
        engine: model to ask.
        canvas: draws the slide, at the engine's image size.
        question: in English.
        measure: returns the facts of the slide.
        gene: what "this gene" stands for; "" for none. A question that names another gene is about that one.
        niche: likewise.

    Yields:
        First an answer without text, with the probability if the question is whether one gene marks one niche. Then the
        answer so far. The last one has claims and a ledger too. A refusal is the only answer, without claims.

    Raises:
        NicheLensError: the pictures have another size than the model reads.
    """
    engine.check_canvas(canvas)
    if engine.writes_prose:
        yield from _in_prose(engine, canvas, question.strip(), measure, gene, niche)
        return
    found = route(question, canvas.slide, gene=gene, niche=niche)
    if isinstance(found, Refusal):
        yield Answer(found.text, question.strip(), refusal=found)
    else:
        yield from _by_interview(engine, canvas, found, measure)


def _by_interview(engine: Engine, canvas: Canvas, found: Route, measure: Callable[[], Facts]) -> Iterator[Answer]:
    claim = found.claims[0]
    gene, niche = (_only({getattr(c, field) for c in found.claims}) for field in ("gene", "niche"))
    answer = Answer("", found.restated, gene=gene, niche=niche)
    if found.intent == DESCRIBE:
        yield answer
        facts = measure()
        interview = Interview(engine, canvas, facts)
        sayings = interview.about_niche(claim.niche, candidate_genes(facts, claim.niche))
        yield from grow(engine, answer, interview, sayings, lambda: facts)
        return
    interview = Interview(engine, canvas)
    is_marker_question = found.intent == INTERVIEW or len(found.claims) == 1
    if is_marker_question and claim.kind == ENRICHED and ANY not in (claim.gene, claim.niche):
        answer = replace(answer, probability=interview.probability(claim))
    yield answer
    if found.intent == INTERVIEW:
        yield from grow(engine, answer, interview, interview.about_gene(claim.gene, claim.niche), measure)
        return
    yield from _about_claims(engine, canvas, found, interview, answer, measure)


def _about_claims(
    engine: Engine,
    canvas: Canvas,
    found: Route,
    interview: Interview,
    answer: Answer,
    measure: Callable[[], Facts],
) -> Iterator[Answer]:
    """Asks about the claims of a route, one after the other, and says what came of each."""
    parts: list[Saying | ClaimAnswer | str] = []
    kinds = asked_kinds(engine)
    for asked in found.claims:
        concrete = list(matching_claims(asked, canvas.slide, measure))
        is_open = ANY in (asked.gene, asked.niche, asked.value, asked.other)
        new = [claim for claim in concrete if claim.kind in kinds]
        sayings = list(interview.about_claims(new, is_open=is_open))
        if is_open:
            beside = _left_open(engine, interview, asked, concrete, is_said=bool(sayings), facts=measure)
        else:
            beside = [] if sayings else _not_said(engine, interview, asked, measure)
        parts += [*sayings, *beside]
        answer = replace(answer, text=" ".join(map(_words, parts)))
        yield answer
    if found.note:
        parts.append(found.note)
    facts = measure()
    sentences = [sentence for part in parts for sentence in _sentences(part, facts, is_known=engine.gives_probability)]
    answer = replace(answer, text=" ".join(map(_words, parts)), asked=tuple(interview.answers.values()))
    yield checked(answer, Ledger(tuple(sentences)))


def _words(part: Saying | ClaimAnswer | str) -> str:
    """The words of a sentence, of the denial of an answered claim, or of a remark."""
    if isinstance(part, ClaimAnswer):
        return denial(part.claim)
    return part.words if isinstance(part, Saying) else part


def _sentences(part: Saying | ClaimAnswer | str, facts: Facts, *, is_known: bool) -> Sequence[CheckedSentence]:
    """Likewise, checked."""
    if isinstance(part, ClaimAnswer):
        return [check_denial(part.claim, facts, 1 - part.p_yes if is_known else None)]
    if isinstance(part, Saying):
        return check_sayings([part], facts, is_known=is_known).sentences
    return [CheckedSentence(part, is_remark=True)]


def _not_said(
    engine: Engine, interview: Interview, claim: Claim, facts: Callable[[], Facts]
) -> list[ClaimAnswer | str]:
    """What is said of a claim of which the interview says nothing: a denial, or that the model is not sure."""
    given = interview.answers.get(claim)
    question = CLAIM_TYPES[claim.kind].question
    has_denial = (
        question is not None and question.denial
    )  # The interview would have said it, if nothing contradicts it.
    if given is not None and not has_denial and engine.calibration.of(claim.kind).verdict(given.p_yes) == "no":
        return [given]
    attitude = "not sure whether" if given is not None else "not asked whether"
    entry = check(claim, facts())
    counts = f"{_AGREEMENT.get(entry.verdict, 'The counts cannot tell')}: {measured_words(entry)}."
    if entry.verdict == UNCHECKABLE:
        counts = f"Nobody can check it: {measured_words(entry)}."
    return [f"The model is {attitude} {sentence(claim, real_names=True).rstrip('.')}.", counts]


def _left_open(
    engine: Engine,
    interview: Interview,
    asked: Claim,
    claims: Sequence[Claim],
    *,
    is_said: bool,
    facts: Callable[[], Facts],
) -> list[ClaimAnswer | str]:
    """What is said of an open question beside the sentences of the interview."""
    clause = open_words(asked, ANY)
    if not claims:
        return [f"Nobody can ask {clause} on this slide."]
    given = [interview.answers[claim] for claim in claims if claim in interview.answers]
    unsure = [a.claim for a in given if engine.calibration.of(a.claim.kind).verdict(a.p_yes) == "abstain"]
    differ_in_value = len({replace(claim, value="") for claim in claims}) == 1
    if is_said:
        return [] if differ_in_value or not unsure else [f"The model is not sure about {len(unsure)} of {len(given)}."]
    if not given:
        said = f"The model is not asked {clause}."
    elif unsure:
        said = f"The model is not sure {clause}."
    else:
        said = f"Asked {clause}, the model says no to all {len(given)}."
    return [said, *_by_counts(claims, facts)]


def _by_counts(claims: Sequence[Claim], facts: Callable[[], Facts]) -> list[str]:
    """What the counts support, where few claims are to check."""
    if len(claims) > MOST_CHECKED:
        return []
    supported = [entry for entry in (check(claim, facts()) for claim in claims) if entry.verdict == SUPPORTED]
    return [f"By the counts: {entry.sentence.rstrip('.')} ({entry.value})." for entry in supported]


def _only(names: set[str]) -> str:
    """The one name; "" for several."""
    known = names - {"", ANY}
    return known.pop() if len(known) == 1 and ANY not in names else ""


def _in_prose(
    engine: Engine,
    canvas: Canvas,
    question: str,
    measure: Callable[[], Facts],
    gene: str,
    niche: str,
) -> Iterator[Answer]:
    """The model's own words, from the picture of what the question names, else of what is selected."""
    asked = prose_question(canvas, question, gene=gene, niche=niche)
    if isinstance(asked, Refusal):
        yield Answer(asked.text, question, refusal=asked)
        return
    names = asked.names
    answer = Answer("", question, gene=names.genes.get(THIS_GENE, ""), niche=names.niches.get(THE_NICHE, ""))
    yield answer
    raw = ""
    for raw in engine.stream(asked):
        answer = replace(answer, text=restore_names(raw, names))
        yield answer
    yield checked(answer, check_answer(raw, names, measure(), asked.asked))


def prose_question(canvas: Canvas, question: str, *, gene: str = "", niche: str = "") -> Question | Refusal:
    """A question in people's own words as a model that writes prose gets it: with the picture of what it names.

    Args:
        canvas: draws the slide.
        question: in English.
        gene: what "this gene" stands for; "" for none.
        niche: likewise.
    """
    found = route(question, canvas.slide, gene=gene, niche=niche)
    about = named(question, canvas.slide, gene=gene, niche=niche)
    if isinstance(about, Refusal):
        return about
    claim = _shown(found, *about)
    if claim is None:
        return Refusal("The question names no gene and no niche of this slide.", (), ())
    return replace(claim_question(canvas, claim), prompt=question, kind="", asked=_asked(found))


def _asked(found: Route | Refusal) -> Claim | None:
    """The claim that "Yes." stands for; None where the question is not whether one claim is right."""
    if isinstance(found, Refusal) or found.intent or found.is_negated or found.note or len(found.claims) > 1:
        return None
    if not _YES_NO.match(found.question):
        return None
    (claim,) = found.claims
    return None if ANY in (claim.gene, claim.niche, claim.value, claim.other) else claim


def _shown(found: Route | Refusal, gene: str, niche: str) -> Claim | None:
    """A claim whose picture shows what a question is about."""
    if isinstance(found, Route):
        claim = found.claims[0]
        if claim.kind in ASKED_KINDS and not claim.gene and ANY not in (claim.niche, claim.other):
            return claim
    if gene and niche:
        return Claim(ENRICHED, gene, niche)
    if niche:
        return Claim("centred", niche=niche)
    return Claim("patterned", gene) if gene else None
