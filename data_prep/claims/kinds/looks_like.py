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

FITS, FITS_NOT = 6.0, 2.0
"""Scores (`data_prep.facts.known.type_scores`) from which on a type may fit, and up to which it does not."""
LIFT = 2.5
"""Least lift of the type's genes above random genes of the niche. Without it a third of the niches of synthetic slides
get a name where every list is made of random genes; with it 3 % (`python -m tests.benchmarks.known_claims`)."""
LEAD, BEHIND = 0.5, 1.75
"""Score by which a type must lead the next one that is no kind of it, and by which it is surely behind another. With
these limits, `docs/known.md` has the shares of names that are right, and of niches of shuffled spots that get one."""


def named_type(facts: Facts, niche: str) -> str:
    """The cell type that a niche looks like; "" where none fits, two fit alike, or no lists were given."""
    if facts.known is None:
        return ""
    found = facts.known.types.looks_like(facts.slide.niche_index(niche))
    fits = found.best is not None and found.best.score >= FITS and found.best.lift >= LIFT and found.margin >= LEAD
    return found.best.name if fits and found.best else ""


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
    is_wrong = score <= FITS_NOT or margin <= -BEHIND
    verdict = SUPPORTED if is_named else CONTRADICTED if is_wrong else UNCLEAR
    leader = found.next if found.best is None or is_named or found.best.name == own.name else found.best
    beside = f"; {leader.name} {leader.score:+.1f}" if leader else ""
    lift = found.best.lift if is_named and found.best else own.lift
    listed = f"{own.n_markers} of {own.n_genes} genes of its lists are markers"
    words = f"{score:+.1f}{beside}; {lift:.1f} above random genes; {listed}"
    sources = tuple(mapped.of_list.first_citation for mapped in scores.types.lists[at])
    needs = BETWEEN if verdict == UNCLEAR else ""
    return Evidence(verdict, score, nan, words, min(score - FITS, margin - LEAD, lift - LIFT), needs, sources)


def _threshold(claim: Claim) -> str:
    yes = f"yes from {FITS:+g}, {LIFT:g} above random genes and {LEAD:g} above the next type"
    return f"{yes}; no up to {FITS_NOT:+g} or {BEHIND:g} below another"


TYPES = (
    ClaimType(
        kind="looks_like",
        sentences=("By marker lists, {niche} looks most like {other}.", "{niche} looks like {other}."),
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
