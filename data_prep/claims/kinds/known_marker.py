"""Known marker: the lists of the user name a gene as a marker of a cell type, or do not.

The counts have no part in it. What is known is kept apart from what is seen.
"""

from __future__ import annotations

from math import nan

from data_prep.claims.claim import CONTRADICTED, SUPPORTED, UNCHECKABLE, Claim
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.evidence import Evidence, not_asked
from data_prep.claims.samples import Sample
from data_prep.facts.facts import Facts
from data_prep.knowledge.citation import Citation

_OPPOSITE = {SUPPORTED: CONTRADICTED, CONTRADICTED: SUPPORTED, UNCHECKABLE: UNCHECKABLE}


def known_citations(facts: Facts, gene: str, cell_type: str) -> tuple[Citation, ...]:
    """The lines of the lists of a cell type, or of a list by its label, that name a gene of the slide."""
    known = facts.slide.knowledge
    if known is None:
        return ()
    at = known.types.index(cell_type)
    lists = [known.lists[cell_type]] if cell_type in known.lists else [] if at is None else known.types.lists[at]
    return tuple(mapped.of_list.citation(mapped.genes[gene]) for mapped in lists if gene in mapped.genes)


def _check(claim: Claim, facts: Facts) -> Evidence:
    known = facts.slide.knowledge
    if known is None:
        return not_asked("no marker lists were given")
    if claim.other not in known.lists and known.types.index(claim.other) is None:
        return not_asked("no marker list has this name")
    lines = known_citations(facts, claim.gene, claim.other)
    verdict = SUPPORTED if lines else CONTRADICTED
    if claim.kind == "not_known_marker":
        verdict = _OPPOSITE[verdict]
    n = len(lines)
    words = f"named in {n} of its lists" if n else "named in none of its lists"
    return Evidence(verdict, float(n), nan, words, float(n) or -1.0, sources=lines)


def _threshold(claim: Claim) -> str:
    return (
        "yes where 0 of its lists name it" if claim.kind == "not_known_marker" else "yes where 1 of its lists names it"
    )


def _sample(claim: Claim, facts: Facts) -> Sample:
    """No spots: the files decide."""
    return Sample()


TYPES = (
    ClaimType(
        kind="known_marker",
        sentences=("{gene} is a known marker of {other}.", "Marker lists name {gene} for {other}."),
        other="known name",
        statistic="marker lists",
        check=_check,
        threshold=_threshold,
        sample=_sample,
        needs_knowledge=True,
    ),
    ClaimType(
        kind="not_known_marker",
        sentences=("{gene} is not a known marker of {other}.", "No marker list names {gene} for {other}."),
        other="known name",
        statistic="marker lists",
        check=_check,
        threshold=_threshold,
        sample=_sample,
        excludes={"known_marker": lambda a, b: (a.gene, a.other) == (b.gene, b.other)},
        needs_knowledge=True,
    ),
)
