"""What is true of a gene and of a niche, and whether a claim holds, each decided by a number from ``Facts``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from data_prep import palette, shape, truth
from data_prep.claims import THE_NICHE, THIS_GENE, Claim, sentence
from data_prep.facts import Facts

PLACE_SLACK = 0.04
"""A place is right if the centroid, moved by this share of the tissue's extent, falls there: borders are not sharp."""
BAND_SLACK = 0.15
"""An extent is right if the area fraction, up to this relative error, falls in the claimed band."""
STRENGTH_SLACK = 0.25
"""log2 fold change by which "strongly" and "moderately" may miss their limit."""
ADJACENT_SPOKEN = 0.15
"""A niche borders another when at least this share of the edges that leave it end there."""
ADJACENT_CHECKED = 0.08
"""... and a spoken neighbour is contradicted only below this share; between the two it is a matter of taste."""

SUPPORTED, CONTRADICTED, UNCHECKABLE = "supported", "contradicted", "uncheckable"


@dataclass(frozen=True)
class Entry:
    """One line of the ledger: a claim, what became of it, and the number that decided.

    Attributes:
        claim: the claim with real names.
        verdict: supported, contradicted or uncheckable.
        statistic: what was measured, in words.
        value: its value, formatted.
        sentence: the claim as a sentence with real names.
    """

    claim: Claim
    verdict: str
    statistic: str
    value: str
    sentence: str


def marker_claims(facts: Facts, gene: str, niche: str, place: tuple[float, float]) -> list[Claim]:
    """What is true of a gene in a niche, by reference: enrichment with its strength, and where the gene is highest.

    Args:
        facts: the slide's facts.
        gene: symbol; its label must not be ambiguous.
        niche: name.
        place: the gene's centroid, from ``Facts.gene_centroids``.
    """
    row, column = facts.slide.gene_index(gene), facts.slide.niche_index(niche)
    log2fc, q = facts.markers.log2fc[row, column], facts.markers.q_value[row, column]
    located = Claim("located", gene=THIS_GENE, value=shape.compass(*place))
    if facts.markers.label[row, column] == 1:
        strength = "strongly" if log2fc >= truth.LOG2FC_STRONG else "moderately"
        return [Claim("enriched", THIS_GENE, THE_NICHE, strength), located]
    kind = "depleted" if log2fc <= -truth.LOG2FC_MARKER and q < truth.Q_MARKER else "not_enriched"
    return [Claim(kind, THIS_GENE, THE_NICHE), located]


def niche_claims(facts: Facts, niche: str, panels: dict[str, str]) -> list[Claim]:
    """What is true of a niche, by reference: place, extent, form, neighbours, and which panels are its markers.

    Args:
        facts: the slide's facts.
        niche: name.
        panels: panel letter → gene symbol; none may be ambiguous in this niche.
    """
    measured = facts.shapes[niche]
    claims = [
        Claim("located", niche=THE_NICHE, value=shape.compass(*measured.centroid)),
        Claim("extent", niche=THE_NICHE, value=shape.extent_band(measured.area_fraction)),
        Claim("form", niche=THE_NICHE, value=measured.form),
    ]
    if measured.form != "scattered":  # A scattered niche touches everything, which says nothing.
        colours = facts.canvas.niche_colours()
        share = {colours[name]: part for name, part in measured.contacts.items() if name in colours}
        near = sorted((c for c in share if share[c] >= ADJACENT_SPOKEN), key=list(palette.NICHE_COLOURS).index)
        claims += [Claim("adjacent", niche=THE_NICHE, other=colour) for colour in near]
    column = facts.slide.niche_index(niche)
    marker = {letter: facts.markers.label[facts.slide.gene_index(gene), column] == 1 for letter, gene in panels.items()}
    claims += [Claim("enriched", letter, THE_NICHE) for letter in panels if marker[letter]]
    claims += [Claim("not_enriched", letter, THE_NICHE) for letter in panels if not marker[letter]]
    return claims


def check(claim: Claim, facts: Facts) -> Entry:
    """Checks a resolved claim against the facts of its slide."""
    slide = facts.slide
    known_gene = not claim.gene or bool((slide.genes == claim.gene).any())
    known_niches = all(not name or name in facts.shapes for name in (claim.niche, claim.other))
    if not (known_gene and known_niches):
        return Entry(claim, UNCHECKABLE, "names something that is not on the slide", "", sentence(claim))
    verdict, statistic, value = _CHECKERS[claim.kind](claim, facts)
    return Entry(claim, verdict, statistic, value, sentence(claim))


_Checked = tuple[str, str, str]
"""verdict, statistic, value."""


def _enrichment(claim: Claim, facts: Facts) -> _Checked:
    """enriched, not_enriched and depleted: the marker rule; between its thresholds nothing can be said."""
    row, column = facts.slide.gene_index(claim.gene), facts.slide.niche_index(claim.niche)
    log2fc, q = float(facts.markers.log2fc[row, column]), float(facts.markers.q_value[row, column])
    label = int(facts.markers.label[row, column])
    # Beyond single precision a q underflows to zero; no test gives certainty, so it is told as a bound.
    q_words = f"q = {q:.2g}" if q > 0 else "q < 1e-45"
    value = f"{log2fc:+.2f}, {q_words}, detected in {facts.markers.frac_in[row, column]:.0%}"
    statistic = "log2 fold change"
    if claim.kind == "depleted":
        low = log2fc <= -truth.LOG2FC_MARKER + STRENGTH_SLACK and q < truth.Q_NOT
        return (SUPPORTED if low else CONTRADICTED), statistic, value
    if label == -1:
        return UNCHECKABLE, statistic + " (between the thresholds)", value
    if claim.kind == "not_enriched":
        return (SUPPORTED if label == 0 else CONTRADICTED), statistic, value
    right = label == 1
    if claim.value == "strongly":
        right &= log2fc >= truth.LOG2FC_STRONG - STRENGTH_SLACK
    elif claim.value == "moderately":
        right &= log2fc < truth.LOG2FC_STRONG + STRENGTH_SLACK
    return (SUPPORTED if right else CONTRADICTED), statistic, value


def _located(claim: Claim, facts: Facts) -> _Checked:
    if claim.gene:
        (x, y), statistic = facts.gene_centroids([claim.gene])[0], "centre of expression (x, y)"
    else:
        (x, y), statistic = facts.shapes[claim.niche].centroid, "centre of the niche (x, y)"
    around = {shape.compass(x + dx, y + dy) for dx in (-PLACE_SLACK, PLACE_SLACK) for dy in (-PLACE_SLACK, PLACE_SLACK)}
    return (SUPPORTED if claim.value in around else CONTRADICTED), statistic, f"{x:.2f}, {y:.2f}"


def _extent(claim: Claim, facts: Facts) -> _Checked:
    fraction = facts.shapes[claim.niche].area_fraction
    bands = {shape.extent_band(fraction * factor) for factor in (1 - BAND_SLACK, 1.0, 1 + BAND_SLACK)}
    return (SUPPORTED if claim.value in bands else CONTRADICTED), "share of the tissue", f"{fraction:.1%}"


def _form(claim: Claim, facts: Facts) -> _Checked:
    measured = facts.shapes[claim.niche]
    value = (
        f"{measured.form}: {measured.homophily:.0%} like neighbours, surrounds {measured.coverage:.0%} of its centre, "
        f"length²/area {measured.aspect:.1f}"
    )
    return (SUPPORTED if claim.value == measured.form else CONTRADICTED), "form of the spot graph", value


def _adjacent(claim: Claim, facts: Facts) -> _Checked:
    share = facts.shapes[claim.niche].contacts.get(claim.other, 0.0)
    return (SUPPORTED if share >= ADJACENT_CHECKED else CONTRADICTED), "share of the niche's border", f"{share:.0%}"


_CHECKERS: dict[str, Callable[[Claim, Facts], _Checked]] = {
    "enriched": _enrichment,
    "not_enriched": _enrichment,
    "depleted": _enrichment,
    "located": _located,
    "extent": _extent,
    "form": _form,
    "adjacent": _adjacent,
}
