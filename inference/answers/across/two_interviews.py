"""Two interviews with the same questions: what the model says of each side, and where its answers differ surely.

An answer is sure by the threshold of its kind (`inference.model.calibration`), and of answers that exclude each other
only the surest counts, as in every interview. A change needs more than "sure here and not sure there": the model must
say yes on one side and no on the other, and the probability that it is right about both must reach `CHANGE_SURE`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from data_prep.claims import CLAIM_TYPES, Claim
from inference.answers.across.findings import Finding
from inference.answers.across.gene_findings import HIGHER, LOWER, GeneFindings
from inference.answers.across.shape_findings import GAINED, GREW, LOST, SAME, SHRANK, ShapeFindings
from inference.answers.across.sides import Pair
from inference.answers.candidate_claims import nearest_niches, niche_claims
from inference.answers.claim_answers import ask_claims, asked_kinds
from inference.answers.interview import ADJACENT, ENRICHED
from inference.answers.statements import settle, sure_statements
from inference.engine.engine import Engine, Progress

CHANGE_SURE = 0.98
"""Least probability that the model is right about both sides. The thresholds of a kind hold for claims that are as
often right as wrong. A change is rare, so that less sure answers would make most of the changes: of 2,501 questions on
two halves of the counts of one section, 6 give a change at 0.98, and the counts tick none (`docs/across.md`)."""


@dataclass(frozen=True)
class Topic:
    """One question to both sides.

    Attributes:
        a: the claim about the first side.
        b: the claim about the second side that says the same.
    """

    a: Claim
    b: Claim


class TwoInterviews:
    """Asks the same questions about both sides of a pair.

    Args:
        engine: model to ask.
        pair: the two sides, with canvases of the engine's image size.
        genes: genes to ask about.

    Attributes:
        topics: what is asked.
    """

    def __init__(self, engine: Engine, pair: Pair, genes: Sequence[str]) -> None:
        self.topics = list(_topics(engine, pair, genes))
        self._engine = engine
        self._pair = pair
        self._p_yes: dict[str, dict[Claim, float]] = {}
        self._said: dict[str, set[Claim]] = {}

    def ask(self, progress: Progress | None = None) -> None:
        """Asks all questions.

        Args:
            progress: called with (questions answered so far, all questions).
        """
        n = len(self.topics)
        for number, (name, side) in enumerate((("a", self._pair.a), ("b", self._pair.b))):
            claims = [getattr(topic, name) for topic in self.topics]
            report = None if progress is None else _shifted(progress, number * n, 2 * n)
            answers = ask_claims(self._engine, side.facts.canvas, claims, report)
            self._p_yes[name] = {answer.claim: answer.p_yes for answer in answers}
            statements = settle(sure_statements(answers, self._engine.calibration))
            self._said[name] = {statement.claim for statement in statements}

    def p_yes(self, topic: Topic) -> tuple[float, float]:
        """The probabilities of "Yes" on the first and on the second side."""
        return self._p_yes["a"][topic.a], self._p_yes["b"][topic.b]

    def agreement(self) -> tuple[int, int]:
        """Questions with a sure answer, yes or no, on both sides; and of these, those with the same answer."""
        sure = [answers for answers in map(self._answers, self.topics) if "abstain" not in answers]
        return len(sure), sum(one == other for one, other in sure)

    def changes(self, genes: GeneFindings, shapes: ShapeFindings) -> Iterator[Finding]:
        """The statements on differences that the answers make, each checked."""
        gained, lost = (HIGHER, LOWER) if self._pair.is_one_slide else (GAINED, LOST)
        for topic in self.topics:
            p_gained, p_lost = self._p_change(topic)
            if topic.a.kind == ENRICHED:
                if p_gained >= CHANGE_SURE:
                    yield self._told(genes.check(topic.a.gene, gained), p_gained)
                if p_lost >= CHANGE_SURE:
                    yield self._told(genes.check(topic.a.gene, lost), p_lost)
            elif topic.a.kind == ADJACENT and not self._pair.are_each_other(topic.a.other):
                if p_gained >= CHANGE_SURE:
                    yield self._told(shapes.check_neighbour(GAINED, topic.a.other, topic.b.other), p_gained)
                if p_lost >= CHANGE_SURE:
                    yield self._told(shapes.check_neighbour(LOST, topic.a.other, topic.b.other), p_lost)
        for one, other, p in self._other_values():
            if one.a.kind == "extent":
                values = list(CLAIM_TYPES["extent"].asked_values)
                grew = values.index(other.b.value) > values.index(one.a.value)
                yield self._told(shapes.check_share(GREW if grew else SHRANK), p)
            else:
                yield self._told(shapes.check(one.a, other.b), p)

    def kept(self, genes: GeneFindings, shapes: ShapeFindings) -> Iterator[Finding]:
        """What the answers say of both sides alike, each checked."""
        for topic in self.topics:
            if topic.a in self._said["a"] and topic.b in self._said["b"]:
                p = min(self.p_yes(topic))
                is_gene = topic.a.kind == ENRICHED
                checked = genes.check(topic.a.gene, SAME) if is_gene else shapes.check_same(topic.a, topic.b)
                yield self._told(checked, p)

    def _answers(self, topic: Topic) -> tuple[str, str]:
        of_kind = self._engine.calibration.of(topic.a.kind)
        first, second = (of_kind.verdict(p) for p in self.p_yes(topic))
        return first, second

    def _p_change(self, topic: Topic) -> tuple[float, float]:
        """Probabilities of "no here, yes there" and "yes here, no there"; 0 where the answers are not sure."""
        p_a, p_b = self.p_yes(topic)
        answer_a, answer_b = self._answers(topic)
        gained = topic.b in self._said["b"] and answer_a == "no"
        lost = topic.a in self._said["a"] and answer_b == "no"
        return (1 - p_a) * p_b if gained else 0.0, p_a * (1 - p_b) if lost else 0.0

    def _other_values(self) -> Iterator[tuple[Topic, Topic, float]]:
        """Topics of one kind of which the first is said of the first side and the second of the second side."""
        valued = [topic for topic in self.topics if topic.a.value]
        for one in (topic for topic in valued if topic.a in self._said["a"]):
            for other in (topic for topic in valued if topic.b in self._said["b"]):
                alike = (one.a.kind, one.a.other) == (other.a.kind, other.a.other)
                if alike and one.a.value != other.a.value:
                    (p_a, p_not), (q_not, q_b) = self.p_yes(one), self.p_yes(other)
                    p = min(p_a * (1 - p_not), q_b * (1 - q_not))
                    if p >= CHANGE_SURE:
                        yield one, other, p

    def _told(self, finding: Finding, p: float) -> Finding:
        return finding.said(p if self._engine.gives_probability else None)


def _topics(engine: Engine, pair: Pair, genes: Sequence[str]) -> Iterator[Topic]:
    """The questions, those of one kind together."""
    kinds, a, b = asked_kinds(engine), pair.a, pair.b
    slide_a, slide_b = a.facts.slide, b.facts.slide
    nearest_a = [name for name in nearest_niches(slide_a, a.niche) if name in pair.partners]
    back = {other: name for name, other in pair.partners.items()}
    nearest_b = [back[name] for name in nearest_niches(slide_b, b.niche) if name in back]
    neighbours = list(dict.fromkeys([*nearest_a, *nearest_b]))
    for claim in niche_claims(kinds, slide_a, a.niche, neighbours):
        other = pair.partners.get(claim.other, "") if claim.kind == ADJACENT else claim.other
        if claim.kind == "composed_of" and claim.other not in slide_b.cell_types:
            continue
        yield Topic(claim, Claim(claim.kind, niche=b.niche, value=claim.value, other=other))
    if ENRICHED in kinds:
        for gene in genes:
            yield Topic(Claim(ENRICHED, gene, a.niche), Claim(ENRICHED, gene, b.niche))


def _shifted(progress: Progress, done_before: int, total: int) -> Progress:
    return lambda done, _: progress(done_before + done, total)
