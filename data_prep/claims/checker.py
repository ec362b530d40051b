"""The checker: compares a claim with the facts of its slide."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan

from data_prep.claims.claim import SUPPORTED, UNCHECKABLE, Claim
from data_prep.claims.evidence import BETWEEN
from data_prep.claims.samples import Sample
from data_prep.claims.speaker import sentence
from data_prep.claims.vocabulary import CLAIM_TYPES
from data_prep.facts.facts import Facts
from data_prep.knowledge.citation import Citation


@dataclass(frozen=True)
class Entry:
    """One line of the ledger: a claim and the result of its check.

    Attributes:
        claim: the claim with real names.
        verdict: supported, contradicted, unclear or uncheckable.
        statistic: name of the statistic that decided.
        value: the measured value, formatted.
        sentence: the claim as a sentence with real names.
        number: the measured value; NaN where there is none.
        error: its standard error; NaN where there is none.
        threshold: the limits that decide, in words; "" where nothing was measured.
        n_spots: spots on which the value was measured; 0 for none.
        depth: median counts of those spots; NaN for none.
        pooled: spots that are summed at each position of the map behind the value; 1 where it is not pooled.
        needs: what would decide an unclear claim, for example "more spots"; "" for every other verdict.
        sources: lines of the user's files that the claim rests on.
    """

    claim: Claim
    verdict: str
    statistic: str
    value: str
    sentence: str
    number: float = nan
    error: float = nan
    threshold: str = ""
    n_spots: int = 0
    depth: float = nan
    pooled: int = 1
    needs: str = ""
    sources: tuple[Citation, ...] = ()


def check(claim: Claim, facts: Facts) -> Entry:
    """Check a claim with real names against the facts of its slide."""
    claim_type, words = CLAIM_TYPES[claim.kind], sentence(claim, real_names=True)
    if not _is_on_slide(claim, facts):
        return Entry(claim, UNCHECKABLE, "names something that is not on the slide", "", words)
    evidence = claim_type.check(claim, facts)
    is_measured = evidence.verdict != UNCHECKABLE
    sample = claim_type.sample(claim, facts) if is_measured else Sample()
    return Entry(
        claim=claim,
        verdict=evidence.verdict,
        statistic=claim_type.statistic,
        value=evidence.words,
        sentence=words,
        number=evidence.value,
        error=evidence.error,
        threshold=claim_type.threshold(claim) if is_measured else "",
        n_spots=sample.n_spots,
        depth=sample.depth,
        pooled=sample.pooled,
        needs=evidence.needs,
        sources=evidence.sources,
    )


def holds(claim: Claim, facts: Facts) -> bool:
    """Whether the counts support a claim with real names of the slide."""
    return CLAIM_TYPES[claim.kind].check(claim, facts).verdict == SUPPORTED


def measured_words(entry: Entry) -> str:
    """The statistic and its value, for people: "log2 fold change +2.63 ± 0.21", "form of the spot graph: band".

    Where nobody could check the claim, only the reason.
    """
    if not entry.value:
        return entry.statistic
    if entry.verdict == UNCHECKABLE:
        return entry.value
    return f"{entry.statistic}{': ' if entry.value[0].isalpha() else ' '}{entry.value}"


def evidence_line(entry: Entry, *, is_named: bool = False) -> str:
    """What stands behind a verdict, for people, on one line.

    For example "+2.63 ± 0.21; moderately is +1 to +2. Measured on 512 spots with a median of 3,412 counts. Needs more
    spots."

    Args:
        entry: the line of the ledger.
        is_named: whether the name of the statistic stands before its value.
    """
    value, beside = measured_words(entry) if is_named else entry.value, evidence_beside(entry)
    if value and beside:
        return f"{value}{'; ' if entry.threshold else '. '}{beside}"
    return beside or (f"{value}." if value else "")


def evidence_beside(entry: Entry) -> str:
    """What stands beside the value of an entry, for people: the limits that decide, the spots, and what is needed."""
    parts = [entry.threshold]
    if entry.n_spots:
        spots = f"Measured on {entry.n_spots:,} {'spot' if entry.n_spots == 1 else 'spots'}"
        if not isnan(entry.depth):
            spots += f" with a median of {entry.depth:,.0f} counts"
        if entry.pooled > 1:
            spots += f", pooled over {entry.pooled}"
        parts.append(spots)
    if entry.needs == BETWEEN:
        parts.append(f"It lies {entry.needs}")
    elif entry.needs:
        parts.append(f"Needs {entry.needs}")
    if entry.sources:
        parts.append(f"Source: {'; '.join(map(str, entry.sources))}")
    return "".join(f"{part}. " for part in parts if part).rstrip()


def evidence_fields(entry: Entry) -> dict[str, str | int | float | None]:
    """What stands behind a verdict, for JSON and tables: threshold, n_spots, depth (None for none), pooled, needs.

    A claim that rests on files of the user also has their lines as ``source``.
    """
    source = {"source": "; ".join(map(str, entry.sources))} if entry.sources else {}
    return {
        "threshold": entry.threshold,
        "n_spots": entry.n_spots,
        "depth": None if isnan(entry.depth) else entry.depth,
        "pooled": entry.pooled,
        "needs": entry.needs,
        **source,
    }


def _is_on_slide(claim: Claim, facts: Facts) -> bool:
    """Whether the slide has the genes and niches that a claim names."""
    other = CLAIM_TYPES[claim.kind].other
    has_gene = facts.slide.has_gene
    named = [claim.gene, claim.other if other == "gene" else ""]
    # A complex is written as its genes, joined by "+".
    genes = [part for name in named for part in ([name] if has_gene(name) else name.split("+"))]
    niches = [claim.niche, claim.other if other == "niche" else ""]
    return all(not name or has_gene(name) for name in genes) and all(
        not name or name in facts.shapes for name in niches
    )
