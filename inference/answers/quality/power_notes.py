"""What the counts of a slide have power for, in words: the marker rule in each niche, and each kind of claim."""

from __future__ import annotations

from collections.abc import Iterator

from data_prep.claims.decidable_claims import DecidableKind
from data_prep.claims.evidence import MORE_COUNTS, MORE_SPOTS
from data_prep.facts.marker_power import NichePower
from data_prep.facts.marker_rule import LOG2FC_MARKER
from inference.answers.quality.quality_note import ACT, FINE, MIND, QualityNote
from inference.answers.quality.quality_words import number_of, share
from inference.answers.quality.slide_check import SlideCheck

MOST, SOME = 0.5, 0.1
"""Shares of the genes that can be told both ways in the middle niche: from half on the counts serve most genes, below a
tenth they serve hardly any."""
FEW_DECIDED = 0.2
"""A kind of claim of which a smaller share can be decided is named as one that the slide is too sparse for."""
FEWEST_CLAIMS = 10
"""A share of fewer claims says nothing about a kind."""
KIND_WORDS = {
    "enriched": "which genes mark a niche",
    "depleted": "which genes are low in a niche",
    "partial": "which genes are in one half of a niche",
    "rim": "which genes are at the rim of a niche",
    "spills_over": "which genes spill over into a neighbour",
    "patterned": "whether a gene has a pattern",
    "highest": "where a gene is highest",
    "gradient": "whether a gene rises in a direction",
    "follows_depth": "whether a pattern follows depth",
    "colocalised": "which genes have the same map",
    "composed_of": "which cell types a niche has",
    "centred": "where a niche is",
    "extent": "how large a niche is",
    "form": "what form a niche has",
    "parts": "in how many pieces a niche is",
    "adjacent": "which niches touch",
    "edge_artefact": "whether the edge lost depth",
    "stripe": "whether a stripe crosses the tissue",
    "bubble": "whether there is a bubble",
}
"""Kind of claim → what it tells, as an end of "too few to tell …"."""


def kind_words(kind: str) -> str:
    """What a kind of claim tells; its own name where nobody wrote words for it."""
    return KIND_WORDS.get(kind, kind.replace("_", " "))


def power_notes(check: SlideCheck) -> Iterator[QualityNote]:
    """The power of the marker rule, and the kinds of claim that the slide is too sparse for."""
    power = check.power
    if power is None:
        n = check.slide.n_spots
        words = f"{number_of(n, 'spot')} are too few to compare parts of the tissue."
        yield QualityNote(
            "Power", ACT, words, "Check a slide with more spots; this one only shows single spots.", rank=9.0
        )
        return
    level = FINE if power.share_decidable >= MOST else MIND if power.share_decidable >= SOME else ACT
    advice = {
        FINE: "",
        MIND: "Ask about the more expressed genes; leave “unclear” as it is. More counts would help.",
        ACT: "Ask about whole programmes of genes or larger niches, or get more counts.",
    }[level]
    yield QualityNote("Power", level, power_sentence(check), advice, rank=8.0)
    weakest = check.weakest
    if weakest is not None and weakest.share_decidable < SOME <= power.share_decidable:
        yield QualityNote(
            "Power",
            MIND,
            f"{weakest.niche} ({number_of(weakest.n_spots, 'spot')}, median {weakest.depth:,.0f} counts) has power for "
            f"{weakest.n_decidable:,} of {weakest.n_genes:,} genes only.",
            f"Expect “unclear” for most genes in {weakest.niche}; merge it with a like niche, or add sections.",
            rank=4.5,
        )
    sparse = too_sparse(check)
    if sparse:
        named = ", ".join(f"{kind_words(kind.kind)} ({_decided(kind)} decided)" for kind in sparse)
        yield QualityNote(
            "Power",
            MIND,
            f"The counts are too few to tell {named}, over genes from rare to common.",
            f"Ask {kind_words(sparse[0].kind)} of well expressed genes only.",
            short=f"The counts are too few to tell {kind_words(sparse[0].kind)}: {sparse[0].n_decided:,} of "
            f"{sparse[0].n_claims:,} such claims can be decided, over genes from rare to common.",
            rank=3.5,
        )
    thin = _undecided(check, MORE_SPOTS)
    if thin:
        named = ", ".join(f"{kind_words(kind.kind)} ({_decided(kind)} decided)" for kind in thin)
        yield QualityNote(
            "Power",
            MIND,
            f"The spots are too few to tell {named}.",
            "More or larger sections would decide them.",
            rank=0.3,
        )


def power_sentence(check: SlideCheck) -> str:
    """How many genes the marker rule can decide, in the middle niche and in the weakest."""
    power, weakest = check.power, check.weakest
    if power is None:
        return ""
    where = (
        f"In {power.niche} ({number_of(power.n_spots, 'spot')}), the median niche,"
        if power.niche
        else f"In a patch of {share(power.n_spots / check.slide.n_spots)} of the tissue "
        f"({number_of(power.n_spots, 'spot')})"
    )
    other = (
        f"; in {weakest.niche} ({number_of(weakest.n_spots, 'spot')}), the weakest, {weakest.n_decidable:,}"
        if weakest is not None and weakest.niche != power.niche
        else ""
    )
    return (
        f"{where} a fourfold marker can be told from an equal gene for {power.n_decidable:,} of {power.n_genes:,} genes"
        f"{other}."
    )


def too_sparse(check: SlideCheck) -> list[DecidableKind]:
    """The kinds of claim that too few counts leave undecided, the least decided first."""
    found = _undecided(check, MORE_COUNTS)
    return sorted(found, key=lambda kind: (kind.share, kind.kind))


def smallest_words(power: NichePower) -> str:
    """The smallest rise of the median gene that can be told, for people: "2.0-fold" or "none"."""
    least = power.median_smallest
    return f"{2.0 ** max(least, LOG2FC_MARKER):.1f}-fold" if least < float("inf") else "none"


def _decided(kind: DecidableKind) -> str:
    return share(kind.share) if kind.n_decided else f"none of {kind.n_claims:,}"


def _undecided(check: SlideCheck, needs: str) -> list[DecidableKind]:
    return [
        kind
        for kind in check.kinds
        if kind.share < FEW_DECIDED and kind.needs == needs and kind.n_claims >= FEWEST_CLAIMS
    ]
