"""Programme: the genes of a set are over-represented among the markers of a niche."""

from __future__ import annotations

from data_prep.claims.candidates import of_known_lists
from data_prep.claims.claim import CONTRADICTED, SUPPORTED, UNCLEAR, Claim
from data_prep.claims.claim_question import ClaimQuestion
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.evidence import ERRORS, MORE_COUNTS, Evidence, in_words, not_asked
from data_prep.claims.samples import of_niche
from data_prep.facts.facts import Facts
from data_prep.facts.known.programmes import FEWEST_SEEN, MOST_SEEN
from data_prep.knowledge.gene_list import GENE_SET

LOG2_ODDS = 1.0
"""Least log2 odds ratio: the odds of being in the set are at least twice those of other genes."""
Q_PROGRAMME = 0.01
FEWEST_HITS = 3
"""Two genes of a set mark many a niche by chance."""


def _check(claim: Claim, facts: Facts) -> Evidence:
    if facts.known is None or facts.slide.knowledge is None:
        return not_asked("no gene sets were given")
    if claim.other not in facts.known.programmes.labels:
        return not_asked("no gene set has this name")
    found = facts.known.programmes.of(claim.other, facts.slide.niche_index(claim.niche))
    if not found.is_tested:
        return not_asked(f"{found.n_seen} genes of the set could be seen; the test takes {FEWEST_SEEN} to {MOST_SEEN}")
    odds = found.log2_odds
    if odds.value >= LOG2_ODDS and found.q_value < Q_PROGRAMME and found.n_hits >= FEWEST_HITS:
        verdict = SUPPORTED
    else:
        verdict = CONTRADICTED if odds.value + ERRORS * odds.error < LOG2_ODDS else UNCLEAR
    words = (
        f"{in_words(odds)}, q = {found.q_value:.2g}: {found.n_hits} of the {found.n_seen} genes that could be seen are "
        f"markers, {found.n_expected:.1f} expected; the set has {found.n_genes} genes"
    )
    source = facts.slide.knowledge.lists[claim.other].of_list.first_citation
    needs = MORE_COUNTS if verdict == UNCLEAR else ""
    return Evidence(verdict, odds.value, odds.error, words, odds.value - LOG2_ODDS, needs, (source,))


def _threshold(claim: Claim) -> str:
    yes = f"yes from {LOG2_ODDS:+g}, q < {Q_PROGRAMME:g} and {FEWEST_HITS} markers"
    return f"{yes}; no below {LOG2_ODDS:+g} with {ERRORS:g} errors added"


TYPES = (
    ClaimType(
        kind="programme",
        sentences=(
            "The genes of {other} are over-represented among the markers of {niche}.",
            "Many markers of {niche} belong to {other}.",
        ),
        other="known name",
        statistic="log2 odds ratio",
        check=_check,
        threshold=_threshold,
        sample=of_niche,
        question=ClaimQuestion(
            figure="signature",
            wordings=("Are many genes of this list markers of the niche in colour?",),
            candidates=of_known_lists("programme", (GENE_SET,)),
        ),
        needs_knowledge=True,
    ),
)
