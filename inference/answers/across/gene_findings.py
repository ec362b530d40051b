"""Findings on genes: markers gained, lost, stronger and weaker, or higher in one of two niches of a slide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from data_prep.claims import CONTRADICTED, SUPPORTED, UNCLEAR
from data_prep.claims.claim_type import enumerate_words
from data_prep.claims.evidence import in_words
from data_prep.claims.kinds.enriched import fold_change
from data_prep.facts.marker_rule import DETECTED_MIN, LOG2FC_MARKER, MARKER, NOT_ERRORS, NOT_MARKER, Q_MARKER
from data_prep.facts.niche_differences import NicheDifferences
from inference.answers.across.findings import Finding, all_of
from inference.answers.across.sides import Pair, Side
from inference.answers.candidate_claims import candidate_genes
from inference.answers.readable import q_value

GAINED, LOST, STRONGER, WEAKER, HIGHER, LOWER, SAME = (
    "gained",
    "lost",
    "stronger",
    "weaker",
    "higher",
    "lower",
    "same",
)
"""Changes of a gene from the first side to the second. `HIGHER` and `LOWER` are those of two niches of one slide."""
THRESHOLD = (
    f"{2**LOG2FC_MARKER:g}-fold or more, q < {Q_MARKER:g}, in {DETECTED_MIN:.0%} of the spots or more; not if "
    f"certainly below {2**LOG2FC_MARKER:g}-fold"
)
"""The limits of a difference for people: those of the marker rule."""
_LABELS = {MARKER: "marker", NOT_MARKER: "no marker"}
_OPPOSITE = {GAINED: LOST, LOST: GAINED, STRONGER: WEAKER, WEAKER: STRONGER, HIGHER: LOWER, LOWER: HIGHER}


class GeneFindings:
    """Checks what is said of genes in two niches.

    Args:
        pair: the two sides.
    """

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        a, b = pair.a, pair.b
        if pair.is_one_slide:
            self.differences = NicheDifferences.of_niches(a.facts, a.niche, b.niche)
        else:
            self.differences = NicheDifferences.of_slides(a.facts, a.niche, b.facts, b.niche)

    @property
    def genes(self) -> list[str]:
        """The genes that can be compared."""
        return self.differences.genes.tolist()

    def candidates(self, n: int) -> list[str]:
        """Genes to ask about on both sides, the same ones.

        A third at most are those that differ most by the counts, and certainly. The others are those of the two
        interviews: likely markers of the niches, and likely markers of other niches. So neither "changed" nor "the
        same" is right by itself. Genes that only seem to differ are not sought out: their pictures differ by noise.

        Args:
            n: number of genes; fewer come back if fewer can be compared.
        """
        chosen = dict.fromkeys(self.differences.genes[self._certain_rows()[: n // 3]].tolist())
        known = set(self.genes)
        interviews = [candidate_genes(side.facts, side.niche, n) for side in (self.pair.a, self.pair.b)]
        for gene in (gene for genes in zip(*interviews, strict=False) for gene in genes):
            if len(chosen) < n and gene in known:
                chosen.setdefault(gene)
        return list(chosen)

    def check(self, gene: str, change: str) -> Finding:
        """Checks a statement on a gene.

        Args:
            gene: one of `genes`.
            change: what is said of it.
        """
        row = self.differences.row(gene)
        label_a, label_b = (self._label(side, gene) for side in (self.pair.a, self.pair.b))
        higher, lower = (_is(int(labels[row])) for labels in (self.differences.higher, self.differences.lower))
        parts = {
            GAINED: (_is_not(label_a), _is(label_b), higher),
            LOST: (_is(label_a), _is_not(label_b), lower),
            STRONGER: (_is(label_a), _is(label_b), higher),
            WEAKER: (_is(label_a), _is(label_b), lower),
            HIGHER: (higher,),
            LOWER: (lower,),
            SAME: (_is(label_a), _is(label_b)),
        }[change]
        verdict, difference = all_of(parts), self.differences.of(gene)
        q = float(self.differences.q_value[row])
        return Finding(
            topic="gene",
            change=change,
            sentence=gene_sentence(self.pair, [gene], change),
            about=gene,
            verdict=verdict,
            statistic="log2 ratio of the two niches" if self.pair.is_one_slide else "difference of log2 fold changes",
            on_a=self._words(self.pair.a, gene),
            on_b=self._words(self.pair.b, gene),
            difference=f"{in_words(difference)}, {q_words(q)}",
            threshold=THRESHOLD if change != SAME else "a marker on both sides by the marker rule",
            number=difference.value,
            error=difference.error,
            q_value=q,
            needs=self._needs(gene) if verdict == UNCLEAR else "",
        )

    def changed(self) -> Iterator[Finding]:
        """Every change of a gene that the counts support, the most certain first."""
        by_counts = self.differences
        ups = (HIGHER,) if self.pair.is_one_slide else (GAINED, STRONGER)
        for row in self._certain_rows():
            gene = str(by_counts.genes[row])
            for change in ups if by_counts.higher[row] == MARKER else [_OPPOSITE[up] for up in ups]:
                finding = self.check(gene, change)
                if finding.verdict == SUPPORTED:
                    yield finding
                    break

    def _certain_rows(self) -> np.ndarray:
        """The genes that certainly differ, those first whose difference less its errors is largest."""
        by_counts = self.differences
        certain = np.abs(by_counts.value) - NOT_ERRORS * by_counts.error
        rows = np.flatnonzero((by_counts.higher == MARKER) | (by_counts.lower == MARKER))
        return rows[np.argsort(-certain[rows], kind="stable")]

    def _needs(self, gene: str) -> str:
        """What would decide an unclear statement on a gene."""
        unclear = [side.name for side in (self.pair.a, self.pair.b) if self._label(side, gene) not in _LABELS]
        if unclear and not self.pair.is_one_slide:
            return f"more counts or spots on {' and '.join(unclear)}"
        return "more counts or spots"

    def _words(self, side: Side, gene: str) -> str:
        label = _LABELS.get(self._label(side, gene), "unclear")
        return f"{in_words(fold_change(side.facts, gene, side.niche))}, {label}"

    def _label(self, side: Side, gene: str) -> int:
        slide = side.facts.slide
        return int(side.facts.markers.label[slide.gene_index(gene), slide.niche_index(side.niche)])


def gene_sentence(pair: Pair, genes: Sequence[str], change: str) -> str:
    """One sentence that says the same change of one or more genes."""
    a, b, names = pair.a, pair.b, enumerate_words(list(genes))
    be, mark, do = ("is", "marks", "does") if len(genes) == 1 else ("are", "mark", "do")
    if pair.is_one_slide:
        return {
            HIGHER: f"{names} {be} higher in {b.niche} than in {a.niche}.",
            LOWER: f"{names} {be} higher in {a.niche} than in {b.niche}.",
            SAME: f"{names} {mark} both {a.niche} and {b.niche}.",
        }[change]
    on_a, on_b = f"{a.niche} on {a.name}", f"{b.niche} on {b.name}"
    both = f"{a.niche} on both slides" if a.niche == b.niche else f"{on_a} and {on_b}"
    return {
        GAINED: f"{names} {mark} {on_b}, and {do} not mark {on_a}.",
        LOST: f"{names} {mark} {on_a}, and {do} not mark {on_b}.",
        STRONGER: f"{names} {mark} {both}, more strongly on {b.name}.",
        WEAKER: f"{names} {mark} {both}, more strongly on {a.name}.",
        SAME: f"{names} {mark} {both}.",
    }[change]


def q_words(q: float) -> str:
    """An adjusted p for people: "q 0.03", "q 2e-9", "q >0.99"."""
    return "q unknown" if q != q else f"q {q_value(q)}"


_SAYS = {MARKER: SUPPORTED, NOT_MARKER: CONTRADICTED}


def _is(label: int) -> str:
    return _SAYS.get(label, UNCLEAR)


def _is_not(label: int) -> str:
    return {MARKER: CONTRADICTED, NOT_MARKER: SUPPORTED}.get(label, UNCLEAR)
