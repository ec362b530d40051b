"""Interview suite: what the model says of each niche when it is asked claim by claim, against the counts.

* Precision: share of the claims said that the counts support, among those that the counts can decide.
* Recall: share of the claims that it was asked about and that the counts support, which it says.
* A blank picture: claims are said by the words of their question alone, as many as give the same recall.
* Neighbours: both for claims on adjacent niches.
* Place words: places, halves and directions that are said must turn when the tissue is mirrored. Only those that the
  counts decide are scored: near the border of two ninths no word is certain.
* Niches of a gene: the set of niches that a gene marks, from one question for each niche.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from data_prep.claims import CLAIM_TYPES, DECIDED, SUPPORTED, Claim, check
from data_prep.figures.canvas import Canvas
from data_prep.tasks import claim_question
from inference.answers.candidate_claims import candidate_genes
from inference.answers.claim_answers import ask_claims
from inference.answers.interview import Interview
from inference.engine.engine import Engine
from inference.evaluation.baselines.figure_statistics import PLACE_VECTORS
from inference.evaluation.questions.altered_slides import LEFT_RIGHT, UP_DOWN, AlterableSlide, Turn
from inference.evaluation.questions.control_questions import blank_logits
from inference.evaluation.questions.evaluation_inputs import EvaluationInputs
from inference.evaluation.questions.interview_questions import interviewed_niches
from inference.evaluation.scores.metrics import Score, score_mean
from inference.evaluation.suites.skipped import NEEDS_SLIDES, Skipped

MAX_SLIDES = 24
MAX_GENES_OF_SLIDE = 40
"""Genes of a slide whose set of niches is asked for."""


@dataclass(frozen=True)
class TurnScores:
    """How the place words that are said change when the tissue is mirrored.

    Attributes:
        n: decided statements with a place word that the mirror changes, and of which some value is said afterwards too.
        turned: share of these statements whose word changes with the tissue.
        stayed: share whose word stays.
        silenced: share of the statements before of which nothing is said afterwards.
    """

    n: int
    turned: Score
    stayed: Score
    silenced: Score


@dataclass(frozen=True)
class InterviewKindScores:
    """Scores of the claims of one kind.

    Attributes:
        n_said: claims said that the counts can decide.
        n_right: claims asked about that the counts support.
        precision: of the claims said.
        recall: of the claims asked about.
    """

    n_said: int
    n_right: int
    precision: Score
    recall: Score


@dataclass(frozen=True)
class InterviewScores:
    """Scores of the interviews about the niches of a split.

    Attributes:
        n_niches: number of interviews.
        n_questions: mean number of questions of an interview.
        n_said: mean number of claims said in an interview.
        n_uncheckable: mean number of these that the counts cannot decide: the unclear and the uncheckable ones.
        precision: of all claims said.
        recall: of all claims asked about.
        blank_precision: precision with blank pictures at the same recall.
        kinds: kind of claim → its scores.
        slides: slide → (precision, recall, claims said that the counts can decide).
        turns: mirror → how place words change.
        niches_f1: mean over genes of the F1 of the set of niches said at even odds.
        niches_f1_sure: the same for the niches said at the model's threshold.
        n_genes: number of these genes.
    """

    n_niches: int
    n_questions: float
    n_said: float
    n_uncheckable: float
    precision: Score
    recall: Score
    blank_precision: float
    kinds: dict[str, InterviewKindScores]
    slides: dict[str, tuple[float, float, int]]
    turns: dict[str, TurnScores]
    niches_f1: Score
    niches_f1_sure: Score
    n_genes: int


@dataclass(frozen=True)
class _Decided:
    """One claim that was asked or said, and whether the counts support it."""

    kind: str
    slide: str
    group: str
    is_right: bool
    is_said: bool
    blank: float


def run_interviews(inputs: EvaluationInputs) -> InterviewScores | Skipped:
    """Interviews the model about the niches of the slides of a split."""
    if not inputs.slides:
        return Skipped(NEEDS_SLIDES)
    names = sorted(set(inputs.rows["slide"]))
    names = [names[i] for i in inputs.draw(range(len(names)), MAX_SLIDES, "interview")]
    report = inputs.step("interviews")
    said: list[_Decided] = []
    asked: list[_Decided] = []
    turns: dict[str, list[tuple[str, str]]] = defaultdict(list)
    sets: list[tuple[float, float, str]] = []
    n_questions: list[int] = []
    n_said: list[int] = []
    n_uncheckable: list[int] = []
    for done, name in enumerate(names, start=1):
        slide = inputs.slides[name]
        statements: list[Claim] = []
        for niche in interviewed_niches(slide.facts, inputs.rng("niches", name)):
            interview = Interview(inputs.engine, slide.canvas, slide.facts)
            for _ in interview.about_niche(niche, candidate_genes(slide.facts, niche)):
                pass
            claims = [statement.claim for statement in interview.said]
            statements += claims
            decided = _decide(claims, slide, name, niche, set(claims), {})
            said += decided
            blank = _blank_scores(inputs.engine, slide.canvas, list(interview.answers))
            asked += _decide(list(interview.answers), slide, name, niche, set(claims), blank)
            n_questions.append(len(interview.answers))
            n_said.append(len(claims))
            n_uncheckable.append(len(claims) - len(decided))
        for turn in (LEFT_RIGHT, UP_DOWN):
            checkable = [c for c in statements if check(c, slide.facts).verdict in DECIDED]
            turns[turn.name] += _ask_turned(inputs.engine, slide, checkable, turn)
        sets += _score_niche_sets(inputs, name, slide)
        report(done, len(names))
    if not asked:
        return Skipped("the model is asked about no kind of claim that the counts can decide")
    precision, recall = _precision(said, inputs.seed), _recall(asked, inputs.seed)
    genes = [f"{name} {i}" for i, (_, _, name) in enumerate(sets)]
    return InterviewScores(
        n_niches=len(n_questions),
        n_questions=float(np.mean(n_questions)),
        n_said=float(np.mean(n_said)),
        n_uncheckable=float(np.mean(n_uncheckable)),
        precision=precision,
        recall=recall,
        blank_precision=_precision_at_recall(asked, recall.value),
        kinds=_by_kind(said, asked, inputs.seed),
        slides=_by_slide(said, asked),
        turns={name: _score_turns(pairs, inputs.seed) for name, pairs in turns.items()},
        niches_f1=score_mean(np.array([even for even, _, _ in sets]), groups=genes, seed=inputs.seed),
        niches_f1_sure=score_mean(np.array([sure for _, sure, _ in sets]), groups=genes, seed=inputs.seed),
        n_genes=len(sets),
    )


def _decide(
    claims: Sequence[Claim],
    slide: AlterableSlide,
    name: str,
    niche: str,
    said: set[Claim],
    blank: dict[Claim, float],
) -> list[_Decided]:
    """The claims that the counts can decide."""
    decided = []
    for claim in dict.fromkeys(claims):
        verdict = check(claim, slide.facts).verdict
        if verdict in DECIDED:
            group = f"{name}\t{claim.gene or niche}"
            is_right = verdict == SUPPORTED
            decided.append(_Decided(claim.kind, name, group, is_right, claim in said, blank.get(claim, 0.0)))
    return decided


def _blank_scores(engine: Engine, canvas: Canvas, claims: Sequence[Claim]) -> dict[Claim, float]:
    """Calibrated log-odds of each claim with a blank picture."""
    empty = np.zeros((canvas.size, canvas.size, 3), np.uint8)
    questions = [claim_question(canvas, claim, image=empty) for claim in claims]
    p_yes = engine.calibration.probability(blank_logits(engine, questions), [claim.kind for claim in claims])
    odds = np.log(np.clip(p_yes, 1e-9, 1) / np.clip(1 - p_yes, 1e-9, 1))
    return dict(zip(claims, odds.tolist(), strict=True))


def _precision(said: Sequence[_Decided], seed: int) -> Score:
    if not said:
        return Score.undefined()
    return score_mean(np.array([float(d.is_right) for d in said]), groups=[d.group for d in said], seed=seed)


def _recall(asked: Sequence[_Decided], seed: int) -> Score:
    right = [d for d in asked if d.is_right]
    if not right:
        return Score.undefined()
    return score_mean(np.array([float(d.is_said) for d in right]), groups=[d.group for d in right], seed=seed)


def _precision_at_recall(asked: Sequence[_Decided], recall: float) -> float:
    """Precision of the claims with the highest blank scores, as many as reach a recall; ties in proportion."""
    right = np.array([d.is_right for d in asked])
    score = np.array([d.blank for d in asked])
    wanted = recall * right.sum()
    n_said = n_right = 0.0
    for value in np.unique(score)[::-1]:
        tied = score == value
        taken = min(1.0, (wanted - n_right) / max(float(right[tied].sum()), 1e-9))
        n_said, n_right = n_said + taken * tied.sum(), n_right + taken * right[tied].sum()
        if n_right >= wanted - 1e-9:
            break
    return float(n_right / n_said) if n_said else float("nan")


def _by_kind(said: Sequence[_Decided], asked: Sequence[_Decided], seed: int) -> dict[str, InterviewKindScores]:
    scores = {}
    for kind in (kind for kind in CLAIM_TYPES if any(d.kind == kind for d in (*said, *asked))):
        said_here, asked_here = ([d for d in part if d.kind == kind] for part in (said, asked))
        scores[kind] = InterviewKindScores(
            n_said=len(said_here),
            n_right=sum(d.is_right for d in asked_here),
            precision=_precision(said_here, seed),
            recall=_recall(asked_here, seed),
        )
    return scores


def _by_slide(said: Sequence[_Decided], asked: Sequence[_Decided]) -> dict[str, tuple[float, float, int]]:
    scores = {}
    for name in dict.fromkeys(d.slide for d in asked):
        right_said = [d.is_right for d in said if d.slide == name]
        said_right = [d.is_said for d in asked if d.slide == name and d.is_right]
        precision = float(np.mean(right_said)) if right_said else float("nan")
        recall = float(np.mean(said_right)) if said_right else float("nan")
        scores[name] = precision, recall, len(right_said)
    return scores


def _ask_turned(
    engine: Engine, slide: AlterableSlide, statements: Sequence[Claim], turn: Turn
) -> list[tuple[str, str]]:
    """(expected word, word said afterwards or "") for each statement whose place word the turn changes."""
    pairs = []
    expected = {}
    for claim in dict.fromkeys(statements):
        word = turned_word(claim, turn)
        if word and word != claim.value:
            expected[claim] = word
    asked = [replace(claim, value=value) for claim in expected for value in CLAIM_TYPES[claim.kind].asked_values]
    if not asked:
        return []
    p_yes = {a.claim: a.p_yes for a in ask_claims(engine, slide.turned_canvas(turn), asked)}
    for claim, word in expected.items():
        said = _said_values(claim, p_yes, engine.calibration.of(claim.kind).yes_from)
        # A kind that is not exclusive may say other words too, such as "left" beside "upper".
        after = word if word in said else claim.value if claim.value in said else next(iter(said), "")
        pairs.append((f"{claim.value}>{word}", after))
    return pairs


def _said_values(claim: Claim, p_yes: Mapping[Claim, float], least: float) -> list[str]:
    """The values that are said of what a claim is about, the surest first; only the surest of exclusive values."""
    claim_type = CLAIM_TYPES[claim.kind]
    p_of = {value: p_yes[replace(claim, value=value)] for value in claim_type.asked_values}
    said = sorted((value for value, p in p_of.items() if p >= least), key=lambda value: -p_of[value])
    return said[:1] if claim_type.question and claim_type.question.exclusive else said


def turned_word(claim: Claim, turn: Turn) -> str:
    """The place word that replaces a claim's word on the turned tissue; "" for a claim without a place word."""
    if claim.value not in PLACE_VECTORS:
        return ""
    vector = turn.vector(*PLACE_VECTORS[claim.value])
    return next((word for word in CLAIM_TYPES[claim.kind].asked_values if PLACE_VECTORS.get(word) == vector), "")


def _score_turns(pairs: Sequence[tuple[str, str]], seed: int) -> TurnScores:
    answered = [(before.split(">"), after) for before, after in pairs if after]
    turned = np.array([float(after == word) for (_, word), after in answered])
    stayed = np.array([float(after == word) for (word, _), after in answered])
    silenced = np.array([float(not after) for _, after in pairs])
    scores = (score_mean(part, seed=seed) if len(part) else Score.undefined() for part in (turned, stayed, silenced))
    return TurnScores(len(answered), *scores)


def _score_niche_sets(inputs: EvaluationInputs, name: str, slide: AlterableSlide) -> list[tuple[float, float, str]]:
    """(F1 at even odds, F1 at the threshold, slide) of the set of niches of some genes that mark a niche."""
    label = slide.facts.markers.label
    genes = inputs.draw(np.flatnonzero((label == 1).any(axis=1)).tolist(), MAX_GENES_OF_SLIDE, "niches of", name)
    pairs = [(gene, niche) for gene in genes for niche in np.flatnonzero(label[gene] >= 0).tolist()]
    symbols, niches = slide.slide.genes, slide.slide.niches
    claims = [Claim("enriched", str(symbols[gene]), niches[niche]) for gene, niche in pairs]
    p_yes = [answer.p_yes for answer in ask_claims(inputs.engine, slide.canvas, claims)]
    least = inputs.engine.calibration.of("enriched").yes_from
    scores = []
    for gene in genes:
        own = [(label[g, niche] == 1, p) for (g, niche), p in zip(pairs, p_yes, strict=True) if g == gene]
        scores.append((_f1(own, 0.5), _f1(own, least), name))
    return scores


def _f1(pairs: Sequence[tuple[bool, float]], least: float) -> float:
    both = sum(is_right and p >= least for is_right, p in pairs)
    total = sum(is_right for is_right, _ in pairs) + sum(p >= least for _, p in pairs)
    return 2 * both / total
