"""Which claims of one kind to ask about a slide: as many true ones as false ones for every value word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from data_prep.claims import CONTRADICTED, SUPPORTED, Claim, ClaimType
from data_prep.claims.prerequisites import DETECTED
from data_prep.facts.facts import Facts

NEAR_MISSES = 0.5
"""Share of the false claims that are the nearest to their threshold. The others are any."""
NO_PER_YES = 4
"""False claims among which a near miss is chosen."""
SAMPLED = 256
"""Least number of genes that are searched for claims."""
SAMPLED_PER_QUESTION = 4
"""Likewise for each question: claims such as rim are true of few genes."""
MOST_ENTRIES = 2**26
"""Most spots × genes that are searched: the maps of more genes of a very large slide would take minutes."""
MARKERS = 0.5
"""Share of these genes that mark a niche, if there are so many. Other genes seldom have a pattern."""
NICHES_PER_GENE = 4
"""Niches in which each gene is searched: those with the highest fold changes, and one at random."""
_GENES_OF_PAIRS = 12


@dataclass(frozen=True, eq=False)
class WeighedClaims:
    """Candidates of one kind with their verdicts.

    Attributes:
        true: value → supported claims.
        false: value → contradicted claims with their margins (`data_prep.claims.evidence.Evidence`).
        unclear: claims that were measured and lie between the thresholds.
    """

    true: dict[str, list[Claim]] = field(default_factory=lambda: defaultdict(list))
    false: dict[str, list[tuple[float, Claim]]] = field(default_factory=lambda: defaultdict(list))
    unclear: list[Claim] = field(default_factory=list)

    def add(self, claim: Claim, claim_type: ClaimType, facts: Facts) -> None:
        """Check a claim and sort it in."""
        evidence = claim_type.check(claim, facts)
        if evidence.verdict == SUPPORTED:
            self.true[claim.value].append(claim)
        elif evidence.verdict == CONTRADICTED:
            self.false[claim.value].append((evidence.margin, claim))
        elif np.isfinite(evidence.value):
            self.unclear.append(claim)

    def suffices(self, values: Sequence[str], count: int) -> bool:
        """Whether there are enough claims for ``count`` questions, equally many of each value."""
        each = -(-count // (2 * len(values)))
        return all(len(self.true[v]) >= each and len(self.false[v]) >= NO_PER_YES * each for v in values)


def weigh_candidates(
    facts: Facts, claim_type: ClaimType, rng: np.random.Generator, count: int, genes: Sequence[int] | None
) -> WeighedClaims:
    """Check candidates of a kind until there are enough for ``count`` questions, or no more.

    Args:
        facts: of the slide.
        claim_type: a kind with a question.
        rng: draws the order of the search.
        count: number of questions.
        genes: indices of the genes that may be asked; None for all genes.
    """
    weighed = WeighedClaims()
    values = claim_type.asked_values
    for claims in _candidates(facts, claim_type, rng, count, genes):
        for claim in claims:
            weighed.add(claim, claim_type, facts)
        if weighed.suffices(values, count):
            break
    return weighed


def balanced_pairs(weighed: WeighedClaims, rng: np.random.Generator, n_pairs: int) -> Iterator[tuple[Claim, Claim]]:
    """Pairs of a true and a false claim with the same value word, in turn for each word.

    Half of the false claims are near misses. A false claim about the same gene or niche as the true one comes first.
    """
    true = {value: [claims[i] for i in rng.permutation(len(claims))] for value, claims in weighed.true.items()}
    false = {value: sorted(claims, key=lambda item: -item[0]) for value, claims in weighed.false.items()}
    n_made = 0
    while n_made < n_pairs:
        usable = sorted(value for value in true if true[value] and false.get(value))
        if not usable:
            return
        for position in rng.permutation(len(usable))[: n_pairs - n_made]:
            value = usable[position]
            claim = true[value].pop()
            yield claim, _take_false(false[value], claim, rng)
            n_made += 1


def _take_false(claims: list[tuple[float, Claim]], true: Claim, rng: np.random.Generator) -> Claim:
    """Remove a false claim from a list that is sorted by margin, the nearest miss first."""
    related = [
        position
        for position, (_, claim) in enumerate(claims)
        if (true.gene and claim.gene == true.gene) or (true.niche and claim.niche == true.niche)
    ]
    choices = related or range(len(claims))
    near = rng.random() < NEAR_MISSES
    return claims.pop(choices[0] if near else choices[int(rng.integers(len(choices)))])[1]


def _candidates(
    facts: Facts, claim_type: ClaimType, rng: np.random.Generator, count: int, genes: Sequence[int] | None
) -> Iterator[Iterator[Claim]]:
    """Candidates of a kind in portions."""
    question = claim_type.question
    slide = facts.slide
    if question is None:
        return
    if not claim_type.is_about_genes:
        yield question.candidates(slide, (), tuple(facts.shapes))
        return
    n_genes = min(max(SAMPLED, SAMPLED_PER_QUESTION * count), MOST_ENTRIES // slide.n_spots + 1)
    sample = sample_genes(facts, rng, n_genes, genes)
    names = [str(slide.genes[gene]) for gene in sample]
    facts.gene_maps.prefetch(names)
    best = np.argsort(-facts.markers.log2fc[sample], axis=1, kind="stable")
    if claim_type.other == "gene":
        # Genes of one niche are often alike, genes in a random order seldom: true and false claims in turn.
        orders = np.argsort(best[:, 0], kind="stable"), np.arange(len(names))
        seen: set[frozenset[str]] = set()
        for start in range(0, len(names), _GENES_OF_PAIRS):
            for order in orders:
                together = [names[i] for i in order[start : start + _GENES_OF_PAIRS]]
                facts.gene_maps.prefetch_pairs(together)
                pairs = {
                    frozenset((claim.gene, claim.other)): claim for claim in question.candidates(slide, together, ())
                }
                yield iter([claim for pair, claim in pairs.items() if pair not in seen])
                seen.update(pairs)
    elif not claim_type.is_about_niches:
        for name in names:
            yield question.candidates(slide, (name,), ())
    else:
        for name, ranked in zip(names, best, strict=True):
            chosen = [*ranked[: NICHES_PER_GENE - 1], rng.choice(ranked)]
            yield question.candidates(slide, (name,), tuple(dict.fromkeys(slide.niches[code] for code in chosen)))


def sample_genes(facts: Facts, rng: np.random.Generator, count: int, genes: Sequence[int] | None = None) -> np.ndarray:
    """Indices of genes in a random order: detected ones, half of them markers of a niche if there are so many."""
    allowed = np.arange(facts.slide.n_genes) if genes is None else np.asarray(list(genes), dtype=np.int64)
    allowed = allowed[facts.markers.frac_in[allowed].max(axis=1, initial=0.0) >= DETECTED]
    if len(allowed) <= count:
        return rng.permutation(allowed)
    marks = (facts.markers.label[allowed] == 1).any(axis=1)
    markers, others = rng.permutation(allowed[marks]), rng.permutation(allowed[~marks])
    n_markers = max(min(round(MARKERS * count), len(markers)), count - len(others))
    return rng.permutation(np.concatenate([markers[:n_markers], others[: count - n_markers]]))
