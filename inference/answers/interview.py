"""The interview: asks a model one yes/no question per claim, and says what it answers surely, sentence by sentence.

    interview = Interview(engine, canvas, facts)
    for saying in interview.about_niche("WM", candidate_genes(facts, "WM")):
        print(saying.words)

The questions come in stages, and later ones depend on earlier answers: inside a niche only genes that the model found
enriched are asked about, and spill-over only into niches that it found adjacent. Each stage is answered in batches, and
its sentences come before the next stage is asked. Only pictures decide what is said. The facts of the slide choose the
questions: what the counts could not check is not asked. They also order the words: the genes with the largest effect
come first. The genes that were found not enriched in a niche are counted in one sentence at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import islice

from data_prep.claims import Claim
from data_prep.facts.facts import Facts
from data_prep.figures.canvas import Canvas
from inference.answers import candidate_claims as candidates
from inference.answers.claim_answers import ClaimAnswer, ask_claims, asked_kinds
from inference.answers.composing import Saying, compose, compose_denials
from inference.answers.statements import Statement, contradict, settle, subject_of, sure_statements
from inference.engine.engine import Engine

MOST_QUESTIONS = 140
"""Questions of a niche's interview with `candidate_claims.N_GENES` genes. Each further gene may add one. They are asked
in small batches of several kinds, and so take about as long as 150 questions of a screen."""
ENRICHED, DEPLETED, ADJACENT = "enriched", "depleted", "adjacent"
"""Kinds of claim on which later questions depend."""
NOT_ENRICHED = "not_enriched"
"""What a sure "No" to the question about enrichment makes."""
PATTERNED = "patterned"
"""The interview of a niche leaves it out: a gene that is enriched in a niche has a pattern."""
NEED_INSIDE = ("rim", "spills_over")
"""Kinds of claim that are not asked of niches found scattered: all their spots lie at the border."""


class Interview:
    """One interview about a niche or a gene.

    Args:
        engine: model to ask.
        canvas: draws the slide, at the engine's image size.
        facts: facts of the slide, which leave out questions that the counts cannot answer. Without them, and about one
            gene, everything is asked.

    Attributes:
        answers: claim → its answer, in the order of the questions so far.
        said: every statement so far, in the order of the sentences.
        sayings: the sentences so far.
    """

    def __init__(self, engine: Engine, canvas: Canvas, facts: Facts | None = None) -> None:
        self.answers: dict[Claim, ClaimAnswer] = {}
        self.said: list[Statement] = []
        self.sayings: list[Saying] = []
        self._enriched: list[str] = []
        self._denials: list[Statement] = []
        self._engine = engine
        self._canvas = canvas
        self._facts = facts
        self._kinds = asked_kinds(engine)

    def about_niche(self, niche: str, genes: Sequence[str]) -> Iterator[Saying]:
        """Interviews the model about a niche: its shape and place, its neighbours, and genes in it.

        Args:
            niche: name.
            genes: candidate genes.

        Yields:
            The sentences, as soon as the questions behind them are answered.
        """
        slide = self._canvas.slide
        most = MOST_QUESTIONS + max(0, len(genes) - candidates.N_GENES)
        neighbours = candidates.nearest_niches(slide, niche)
        yield from self._say(
            self._ask(self._answerable(candidates.niche_claims(self._kinds, slide, niche, neighbours)))
        )
        if ENRICHED in self._kinds:
            yield from self._say(self._ask_enrichment(genes, niche), of_niche=niche)
        details = [claim for gene in self._enriched for claim in self._details(gene, niche)]
        over_tissue = [kind for kind in self._kinds if kind != PATTERNED]
        details += [claim for gene in self._enriched for claim in candidates.gene_claims(over_tissue, slide, gene)]
        yield from self._say(self._ask(self._affordable(self._answerable(details), most)), of_niche=niche)
        names_genes = any(statement.claim.gene for statement in self.said)
        for saying in compose_denials(self._denials, niche, are_others=names_genes):
            self.said += saying.statements
            self.sayings.append(saying)
            yield saying

    def about_gene(self, gene: str, niche: str, others: Sequence[str] = ()) -> Iterator[Saying]:
        """Interviews the model about a gene in a niche, over the tissue, and beside other genes.

        Where the model is not sure whether the gene is enriched, it says nothing that would exclude it: one score
        decides. About a gene without counts nothing else is asked.

        Args:
            gene: symbol.
            niche: name.
            others: genes that it is compared with.

        Yields:
            The sentences, as soon as the questions behind them are answered.
        """
        slide = self._canvas.slide
        asked = Claim(ENRICHED, gene, niche)
        answers = self._ask_enrichment([gene], niche)
        open_claim = asked if self._verdict(self.answers[asked]) == "abstain" else None
        yield from self._say(answers, open_claim=open_claim)
        if not candidates.has_counts(slide, gene):
            return
        if self._enriched:
            if ADJACENT in self._kinds:
                neighbours = candidates.nearest_niches(slide, niche)
                self._ask(candidates.niche_claims([ADJACENT], slide, niche, neighbours))
            yield from self._say(self._ask(self._details(gene, niche)))
        over_tissue = self._ask(candidates.gene_claims(self._kinds, slide, gene))
        yield from self._say(over_tissue, open_claim=open_claim)
        seen = [other for other in others if candidates.has_counts(slide, other)]
        yield from self._say(self._ask(candidates.pair_claims(self._kinds, slide, gene, seen)))

    def about_claims(self, claims: Sequence[Claim], *, is_open: bool = False) -> Iterator[Saying]:
        """Asks about some claims and no others.

        Args:
            claims: with real names, of kinds that the model is asked about.
            is_open: say what is not so ("A is not enriched in B") only where nothing is found to be so.

        Yields:
            The sentences.
        """
        answers = self._ask(claims)
        if is_open:
            sure = [answer for answer in answers if self._is_sure(answer)]
            answers = sure or answers
        yield from self._say(answers)

    def probability(self, claim: Claim) -> float:
        """Calibrated probability of "Yes" to the question whether a claim is right, 0..1."""
        return self._ask([claim])[0].p_yes

    def _ask(self, claims: Iterable[Claim]) -> list[ClaimAnswer]:
        """The answers about some claims. No claim is asked about twice.

        A gene without counts is enriched and depleted nowhere, as in a screen: there is no picture to ask about.
        """
        claims = list(claims)
        for claim in claims:
            if claim.gene and not candidates.has_counts(self._canvas.slide, claim.gene):
                self.answers.setdefault(claim, ClaimAnswer(claim, 0.0))
        new = [claim for claim in claims if claim not in self.answers]
        self.answers |= {answer.claim: answer for answer in ask_claims(self._engine, self._canvas, new)}
        return [self.answers[claim] for claim in claims]

    def _answerable(self, claims: Iterable[Claim]) -> Iterator[Claim]:
        """The claims of which the counts know the right answer; all without facts."""
        return iter(claims) if self._facts is None else candidates.answerable(claims, self._facts)

    def _ask_enrichment(self, genes: Sequence[str], niche: str) -> list[ClaimAnswer]:
        """Asks whether genes are enriched in the niche, and of those that are not sure to be, whether depleted."""
        answers = self._ask(self._answerable([Claim(ENRICHED, gene, niche) for gene in genes]))
        if DEPLETED in self._kinds:
            rest = [answer.claim.gene for answer in answers if not self._is_sure(answer)]
            depleted = self._answerable([Claim(DEPLETED, gene, niche) for gene in rest])
            answers = [*answers, *self._ask(depleted)]
        return answers

    def _say(
        self, answers: Sequence[ClaimAnswer], *, of_niche: str = "", open_claim: Claim | None = None
    ) -> Iterator[Saying]:
        """The sentences that new answers make. Sentences that were said before stand.

        Args:
            answers: new ones.
            of_niche: niche whose markers come first, the strongest first; its denials are kept for the end.
            open_claim: claim that the model is not sure of; nothing is said that excludes it.
        """
        statements = settle(sure_statements(answers, self._engine.calibration), [*self.said, *self._denials])
        statements = [s for s in statements if open_claim is None or not contradict(s.claim, open_claim)]
        self._enriched += [statement.claim.gene for statement in statements if statement.claim.kind == ENRICHED]
        if of_niche:
            self._denials += [statement for statement in statements if statement.claim.kind == NOT_ENRICHED]
            statements = [statement for statement in statements if statement.claim.kind != NOT_ENRICHED]
        for saying in compose(statements, partial(self._place, of_niche)):
            self.said += saying.statements
            self.sayings.append(saying)
            yield saying

    def _place(self, niche: str, claim: Claim) -> tuple[bool, float]:
        """The place of a claim in the text: markers first, and genes with the largest effect in a niche first."""
        if self._facts is None or not niche or not claim.gene:
            return claim.kind != ENRICHED, 0.0
        effect = candidates.vouched_effect(self._facts, claim.gene, niche, is_lowered=claim.kind == DEPLETED)
        return claim.kind != ENRICHED, -effect

    def _details(self, gene: str, niche: str) -> list[Claim]:
        """The claims that are only asked of a gene found enriched; those on two niches are on niches found adjacent."""
        is_scattered = any(said.claim == Claim("form", niche=niche, value="scattered") for said in self.said)
        left_out = (ENRICHED, DEPLETED, *(NEED_INSIDE if is_scattered else ()))
        kinds = [kind for kind in self._kinds if kind not in left_out]
        touching = [a.claim.other for a in self.answers.values() if a.claim.kind == ADJACENT and self._is_sure(a)]
        return candidates.gene_in_niche_claims(kinds, self._canvas.slide, gene, niche, touching)

    def _is_sure(self, answer: ClaimAnswer) -> bool:
        return self._verdict(answer) == "yes"

    def _verdict(self, answer: ClaimAnswer) -> str:
        return self._engine.calibration.of(answer.claim.kind).verdict(answer.p_yes)

    def _affordable(self, claims: Iterable[Claim], most: int) -> list[Claim]:
        """The first claims, as many as the interview may still ask, without a part of the values of one subject."""
        n = max(0, most - len(self.answers))
        first = list(islice(claims, n + 1))
        subjects = [subject_of(claim) for claim in first]
        n = min(n, len(first))
        while 0 < n < len(first) and subjects[n] == subjects[n - 1]:
            n -= 1
        return first[:n]
