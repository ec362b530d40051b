"""Which kinds of claim a slide has the counts and spots for: the ledger itself, tried on a sample of genes.

Every claim of each kind that could be made about the sampled genes is checked. The genes are evenly spaced from the
least to the most expressed, so that the share that is decided speaks for the slide and not for its best genes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from data_prep.claims.claim import DECIDED, UNCHECKABLE, Claim
from data_prep.claims.evidence import BETWEEN, MORE_COUNTS, MORE_SPOTS
from data_prep.claims.vocabulary import ASKED_KINDS, CLAIM_TYPES
from data_prep.facts.facts import Facts

SAMPLED_GENES = 40
"""The error of a share of 40 genes is 8 percentage points at most: enough to tell "most", "half" and "few"."""
_MOST_SPOTS_AND_GENES = 6_000_000
"""Spots × genes that are looked at, at most: half a million cells get twelve genes."""
FEWEST_SAMPLED = 12
MOST_CLAIMS = 600
"""Claims of a kind that are checked, at most; evenly spaced among all of them."""


@dataclass(frozen=True)
class DecidableKind:
    """How many claims of one kind the counts can decide.

    Attributes:
        kind: for example "gradient".
        n_claims: claims that were checked and that make sense on the slide.
        n_decided: how many of them the counts support or contradict.
        n_counts: how many need more counts.
        n_spots: how many need more spots.
        n_between: how many lie between the limits, where more data would not decide.
    """

    kind: str
    n_claims: int
    n_decided: int
    n_counts: int
    n_spots: int
    n_between: int

    @property
    def share(self) -> float:
        """Share of the claims that are decided, 0..1; those that lie truly between the limits do not count."""
        return self.n_decided / max(self.n_claims - self.n_between, 1)

    @property
    def needs(self) -> str:
        """What most of the undecided claims need: "more counts" or "more spots"; "" where none is undecided."""
        if not self.n_counts and not self.n_spots:
            return ""
        return MORE_COUNTS if self.n_counts >= self.n_spots else MORE_SPOTS


def decidable_kinds(facts: Facts, *, has_niches: bool) -> list[DecidableKind]:
    """Tries every kind of claim on a slide, in the vocabulary's order; kinds without a claim are left out.

    Args:
        facts: of the slide.
        has_niches: whether the niches are real. Claims about stand-ins would say nothing, so kinds that name a niche
            are left out. So are those about the slide: stand-ins would explain its depth.
    """
    genes = sampled_genes(facts)
    facts.gene_maps.prefetch(genes)
    facts.gene_maps.prefetch_pairs(genes)
    found = []
    for kind in ASKED_KINDS:
        claim_type = CLAIM_TYPES[kind]
        if (claim_type.is_about_niches or claim_type.is_about_slide) and not has_niches:
            continue
        claims = _claims(facts, kind, genes)
        evidence = [claim_type.check(claim, facts) for claim in claims]
        evidence = [part for part in evidence if part.verdict != UNCHECKABLE]
        if evidence:
            needs = [part.needs for part in evidence]
            n_decided = sum(part.verdict in DECIDED for part in evidence)
            counts = (needs.count(need) for need in (MORE_COUNTS, MORE_SPOTS, BETWEEN))
            found.append(DecidableKind(kind, len(evidence), n_decided, *counts))
    return found


def sampled_genes(facts: Facts) -> list[str]:
    """Genes that have counts, evenly spaced from the least to the most expressed; the same for any order of spots."""
    slide, tissue = facts.slide, facts.tissue
    kept = np.zeros(slide.n_spots)
    kept[tissue.spots] = 1.0
    totals = np.asarray(slide.counts.T @ kept).ravel()
    names = np.asarray(slide.genes, dtype=str)
    order = np.lexsort((names, totals))
    order = order[totals[order] > 0]
    wanted = int(np.clip(_MOST_SPOTS_AND_GENES // max(len(tissue), 1), FEWEST_SAMPLED, SAMPLED_GENES))
    if len(order) > wanted:
        order = order[np.rint(np.linspace(0, len(order) - 1, wanted)).astype(int)]
    return [str(name) for name in names[order]]


def _claims(facts: Facts, kind: str, genes: Sequence[str]) -> list[Claim]:
    question = CLAIM_TYPES[kind].question
    if question is None:
        return []
    claims = list(islice(question.candidates(facts.slide, genes, list(facts.shapes)), 200 * MOST_CLAIMS))
    if len(claims) <= MOST_CLAIMS:
        return claims
    return [claims[i] for i in np.rint(np.linspace(0, len(claims) - 1, MOST_CLAIMS)).astype(int)]
