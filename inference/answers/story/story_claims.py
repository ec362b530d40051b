"""Chooses the claims of a story: those that the counts support, the clearest first, and none twice in other words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from data_prep.claims import SUPPORTED, Claim, Entry, check
from data_prep.claims.evidence import ERRORS
from data_prep.claims.kinds.looks_like import named_type
from data_prep.claims.kinds.programme import FEWEST_HITS, LOG2_ODDS, Q_PROGRAMME
from data_prep.claims.kinds.signals_to import Q_SIGNAL
from data_prep.facts.facts import Facts
from data_prep.facts.known.known_facts import KnownFacts, complex_name
from data_prep.facts.known.seen_known import SeenAgainstKnown
from data_prep.facts.marker_rule import MARKER
from data_prep.knowledge.gene_list import GENE_SET

MOST_PROGRAMMES, MOST_SIGNATURES, MOST_SIGNALS, MOST_MARKERS = 5, 3, 6, 5
"""Claims of each kind, at most."""
SAME_GENES = 0.5
"""Two sets whose genes agree by this Jaccard index say the same; the clearer one is told."""
FEWEST_OF_SET = 8
"""A gene set with fewer genes on the slide is no signature of a story: three genes carry the name of many a process."""
TRIED = 30
"""Gene sets that are measured as signatures: those whose genes are raised most, by a quick sum."""


def likeness_entry(facts: Facts, niche: str) -> tuple[Entry | None, str]:
    """The claim on what a niche looks like, or None and a remark that says why there is none."""
    name = named_type(facts, niche)
    if name:
        return check(Claim("looks_like", niche=niche, other=name), facts), ""
    if facts.known is None or not facts.known.types.types.names:
        return None, f"No marker lists were given, so nothing says which cell type {niche} looks like."
    found = facts.known.types.looks_like(facts.slide.niche_index(niche))
    if found.best is None:
        return None, f"Too few genes of the marker lists are on the slide to say which cell type {niche} looks like."
    first = f"{found.best.name} come first with a score of {found.best.score:+.1f}"
    first += f", {found.best.lift:.1f} standard deviations above random genes"
    beside = f", and {found.next.name} follow with {found.next.score:+.1f}" if found.next else ""
    return None, f"None of the {len(facts.known.types.types.names)} cell types fits {niche}: {first}{beside}."


def known_marker_entries(facts: Facts, markers: SeenAgainstKnown) -> list[Entry]:
    """Claims on the strongest markers that the lists of a type name."""
    genes = [marker.gene for marker in markers.known[:MOST_MARKERS]]
    return [check(Claim("known_marker", gene, other=markers.cell_type), facts) for gene in genes]


def programme_entries(facts: Facts, niche: str) -> list[Entry]:
    """The gene sets that are over-represented among the markers of a niche."""
    known = facts.known
    if known is None or not known.programmes.labels:
        return []
    column = facts.slide.niche_index(niche)
    table = known.programmes
    likely = [
        label
        for label, at in table.labels.items()
        if table.q_value[at, column] < Q_PROGRAMME and table.n_hits[at, column] >= FEWEST_HITS
    ]
    strength = {}
    for label in likely:
        odds = table.of(label, column).log2_odds
        if odds.value >= LOG2_ODDS:
            strength[label] = odds.value - ERRORS * odds.error
    is_marker = facts.markers.label[:, column] == MARKER
    genes = {label: set(_codes(known, label)[is_marker[_codes(known, label)]].tolist()) for label in strength}
    chosen = _distinct(sorted(strength, key=lambda label: -strength[label]), genes, MOST_PROGRAMMES)
    return _supported(facts, (Claim("programme", niche=niche, other=label) for label in chosen))


def signature_entries(facts: Facts, niche: str) -> list[Entry]:
    """The gene sets whose genes are raised in a niche, taken together."""
    known = facts.known
    if known is None:
        return []
    column = facts.slide.niche_index(niche)
    z = np.clip(facts.markers.log2fc[:, column] / facts.markers.error[:, column], -ERRORS, 4 * ERRORS)
    sets = {
        label: codes
        for label, mapped in known.knowledge.lists.items()
        if mapped.of_list.kind == GENE_SET
        and (codes := mapped.codes[known.has_counts[mapped.codes]]).size >= FEWEST_OF_SET
    }
    quick = {label: float(z[codes].sum() / np.sqrt(codes.size)) for label, codes in sets.items()}
    tried = sorted(quick, key=lambda label: -quick[label])[:TRIED]
    entries = _supported(facts, (Claim("signature", niche=niche, other=label) for label in tried))
    entries.sort(key=lambda entry: ERRORS * entry.error - entry.number)
    genes = {entry.claim.other: set(sets[entry.claim.other].tolist()) for entry in entries}
    kept = _distinct([entry.claim.other for entry in entries], genes, MOST_SIGNATURES)
    return [entry for entry in entries if entry.claim.other in kept]


def signal_entries(facts: Facts, niche: str) -> list[Entry]:
    """Ligands and receptors between a niche and those that it borders, to it and from it."""
    known = facts.known
    if known is None or not known.knowledge.pairs:
        return []
    column, signals = facts.slide.niche_index(niche), known.signals
    claims = []
    for border, (sender, receiver) in enumerate(signals.borders):
        if column in (sender, receiver):
            for at in np.flatnonzero(signals.q_value[:, border] < Q_SIGNAL):
                pair = known.knowledge.pairs[at]
                names = facts.slide.niches[sender], facts.slide.niches[receiver]
                claims.append(
                    Claim("signals_to", complex_name(pair.ligand), names[0], names[1], complex_name(pair.receptor))
                )
    entries = _supported(facts, claims)
    entries.sort(key=lambda entry: ERRORS * entry.error - entry.number)
    return entries[:MOST_SIGNALS]


def _codes(known: KnownFacts, label: str) -> np.ndarray:
    return known.knowledge.lists[label].codes


def _distinct(labels: Sequence[str], genes: dict[str, set[int]], most: int) -> list[str]:
    """The first labels whose genes are not those of an earlier one."""
    kept: list[str] = []
    for label in labels:
        if len(kept) == most:
            break
        if all(_jaccard(genes[label], genes[other]) < SAME_GENES for other in kept):
            kept.append(label)
    return kept


def _jaccard(a: set[int], b: set[int]) -> float:
    return len(a & b) / max(len(a | b), 1)


def _supported(facts: Facts, claims: Iterable[Claim]) -> list[Entry]:
    return [entry for entry in (check(claim, facts) for claim in claims) if entry.verdict == SUPPORTED]
