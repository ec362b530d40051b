"""Signals to: a ligand is raised in a niche and its receptor in one that borders it, so that the two could signal."""

from __future__ import annotations

from math import nan

from data_prep.claims.candidates import of_known_pairs
from data_prep.claims.claim import CONTRADICTED, SUPPORTED, UNCLEAR, Claim
from data_prep.claims.claim_question import ClaimQuestion
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.evidence import (
    BETWEEN,
    ERRORS,
    Evidence,
    in_percent,
    in_words,
    not_asked,
    verdict_of,
    what_decides,
)
from data_prep.claims.samples import Sample
from data_prep.facts.facts import Facts
from data_prep.facts.marker_rule import DETECTED_MIN

SIGNAL, NO_SIGNAL = 0.75, 0.25
"""Mean of the log2 fold changes of ligand and receptor. A marker on one side and a gene that is raised by 1.4 on the
other reach 0.75."""
ONE_SIDE = 0.5
"""Least log2 fold change of either: 1.4-fold, as above. Without it, a ligand that is raised by two and a receptor that
hardly is (+0.2) make a mean of more than 0.75."""
Q_SIGNAL = 0.01


def _check(claim: Claim, facts: Facts) -> Evidence:
    if facts.known is None or facts.slide.knowledge is None:
        return not_asked("no ligands and receptors were given")
    pair = facts.known.pair_numbers.get((claim.gene, claim.other))
    if pair is None:
        return not_asked("the files have no such ligand and receptor")
    if claim.value not in facts.shapes or claim.value == claim.niche:
        return not_asked("the receiving niche is not on the slide, or is the sending one")
    codes = facts.slide.niche_index(claim.niche), facts.slide.niche_index(claim.value)
    found = facts.known.signals.of(pair, *codes)
    if found is None:
        return not_asked("the niches do not border")
    verdict = verdict_of(found.log2_fold, SIGNAL, NO_SIGNAL)
    sides = (found.ligand, found.receptor)
    weaker = min(sides, key=lambda part: part.value)
    one_is_flat = any(part.value < ONE_SIDE or part.value - ERRORS * part.error <= 0 for part in sides)
    if verdict == SUPPORTED and (one_is_flat or found.detected < DETECTED_MIN or found.q_value >= Q_SIGNAL):
        verdict = UNCLEAR
    if any(part.value + ERRORS * part.error <= 0 for part in sides):
        verdict = CONTRADICTED
    words = (
        f"{in_words(found.log2_fold)}: ligand {found.ligand.value:+.2f}, receptor {found.receptor.value:+.2f}, q = "
        f"{found.q_value:.2g}, each in {in_percent(found.detected)} of the spots or more"
    )
    needs = ""
    if verdict == UNCLEAR:
        is_weak = weaker.value + ERRORS * weaker.error < ONE_SIDE  # and more data would not change that
        needs = BETWEEN if is_weak else what_decides(found.log2_fold, SIGNAL, NO_SIGNAL)
    source = facts.slide.knowledge.pairs[pair].interaction.citation
    margin = min(found.log2_fold.value - (SIGNAL + NO_SIGNAL) / 2, weaker.value)
    return Evidence(verdict, found.log2_fold.value, found.log2_fold.error, words, margin, needs, (source,))


def _sample(claim: Claim, facts: Facts) -> Sample:
    """The spots of both niches."""
    codes = [facts.slide.niche_index(name) for name in (claim.niche, claim.value)]
    return Sample(int(facts.tissue.niche_sizes[codes].sum()), nan)


def _threshold(claim: Claim) -> str:
    each = f"each from {ONE_SIDE:+g}, {ERRORS:g} errors above 0 and in {DETECTED_MIN:.0%} of the spots"
    return f"yes from {SIGNAL:+g}, {each}, q < {Q_SIGNAL:g}; no up to {NO_SIGNAL:+g}, or where one is lowered"


TYPES = (
    ClaimType(
        kind="signals_to",
        sentences=(
            "The ligand {gene} is raised in {niche}, and its receptor {other} in the bordering {value}.",
            "{gene} of {niche} may signal to {other} of {value}.",
        ),
        other="gene",
        statistic="mean log2 fold change of ligand and receptor",
        check=_check,
        threshold=_threshold,
        sample=_sample,
        question=ClaimQuestion(
            figure="twin",
            wordings=("Do the two genes lie on two sides of a border?",),
            candidates=of_known_pairs("signals_to"),
        ),
        needs_knowledge=True,
    ),
)
