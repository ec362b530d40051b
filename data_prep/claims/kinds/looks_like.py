"""Looks like: of all cell types whose marker lists were given, a niche looks most like one."""

from __future__ import annotations

from math import isinf, nan

from data_prep.claims.candidates import of_known_types
from data_prep.claims.claim import CONTRADICTED, SUPPORTED, UNCLEAR, Claim
from data_prep.claims.claim_question import ClaimQuestion
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.conflicts import same_niche
from data_prep.claims.evidence import BETWEEN, Evidence, not_asked
from data_prep.claims.samples import of_niche
from data_prep.facts.facts import Facts
from data_prep.facts.known.type_scores import FEWEST_GENES

FITS, FITS_NOT = 5.0, 2.0
"""Scores (`data_prep.facts.known.type_scores`) from which on a type may fit, and up to which it does not."""
LEAD = 1.75
"""Score by which a type must lead the next one that is no kind of it, or is led. `docs/known.md` has the shares of
names that are right, and of niches of shuffled spots that get a name."""


def named_type(facts: Facts, niche: str) -> str:
    """The cell type that a niche looks like; "" where none fits, two fit alike, or no lists were given."""
    if facts.known is None:
        return ""
    found = facts.known.types.looks_like(facts.slide.niche_index(niche))
    if found.best is None or found.best.score < FITS or found.margin < LEAD:
        return ""
    return found.best.name


def _check(claim: Claim, facts: Facts) -> Evidence:
    if facts.known is None:
        return not_asked("no marker lists were given")
    scores, known, niche = facts.known.types, facts.slide.knowledge, facts.slide.niche_index(claim.niche)
    at = scores.types.index(claim.other)
    if at is None or known is None:
        return not_asked("no marker list has this name")
    own = scores.likeness(at, niche)
    if isinf(own.score):
        return not_asked(f"fewer than {FEWEST_GENES} genes of its lists are on the slide")
    found = scores.looks_like(niche)
    is_named = found.best is not None and named_type(facts, claim.niche) == own.name
    # A wider type is named for the score of its kind.
    score = found.best.score if is_named and found.best else own.score
    margin = found.margin if is_named else scores.margin_of(at, niche)
    is_wrong = score <= FITS_NOT or margin <= -LEAD
    verdict = SUPPORTED if is_named else CONTRADICTED if is_wrong else UNCLEAR
    leader = found.next if found.best is None or is_named or found.best.name == own.name else found.best
    beside = f"; {leader.name} {leader.score:+.1f}" if leader else ""
    words = f"{score:+.1f}{beside}; {own.n_markers} of {own.n_genes} genes of its lists are markers"
    sources = tuple(mapped.of_list.first_citation for mapped in scores.types.lists[at])
    needs = BETWEEN if verdict == UNCLEAR else ""
    return Evidence(verdict, score, nan, words, min(score - FITS, margin - LEAD), needs, sources)


def _threshold(claim: Claim) -> str:
    return f"yes from {FITS:+g} and {LEAD:g} above the next type, no up to {FITS_NOT:+g} or {LEAD:g} below another"


TYPES = (
    ClaimType(
        kind="looks_like",
        sentences=("{niche} looks like {other}.", "By marker lists, {niche} is most like {other}."),
        other="known name",
        statistic="score of the marker lists",
        check=_check,
        threshold=_threshold,
        sample=of_niche,
        question=ClaimQuestion(
            figure="signature",
            wordings=("Does the niche in colour look like the cell type of this list?",),
            candidates=of_known_types("looks_like"),
        ),
        excludes={"looks_like": lambda a, b: same_niche(a, b) and a.other != b.other},
        needs_knowledge=True,
    ),
)
