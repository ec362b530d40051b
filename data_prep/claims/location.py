"""Claims on where a gene or niche lies and what a niche looks like: located, extent, form, parts, adjacent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from data_prep.claims.claim import CONTRADICTED, SUPPORTED, Claim
from data_prep.claims.claim_question import ClaimQuestion
from data_prep.claims.claim_type import Checked, ClaimType
from data_prep.facts import niche_shapes
from data_prep.facts.facts import Facts
from data_prep.slide import Slide

PLACE_SLACK = 0.04
"""Tolerance of the check of a place: the centroid can move by this share of the tissue's extent."""
BAND_SLACK = 0.15
"""Tolerance of the check of an extent: relative error of the area fraction."""
PIECE_SLACK = 0.04
"""Tolerance of the check of a number of pieces: ``niche_shapes.PIECE`` can change by this."""
ADJACENT_SPOKEN = 0.15
"""A niche borders another one if at least this share of the edges that leave the niche end there."""
ADJACENT_CHECKED = 0.08
"""The claim that a niche borders another one is contradicted below this share."""

PLACES = tuple(word for row in niche_shapes.COMPASS for word in row)
EXTENTS = (*(words for _, words in niche_shapes.EXTENT_BANDS), niche_shapes.EXTENT_MOST)
PARTS = ("one piece", "two pieces", "several pieces")
_PLACE_WORDS = {place: f"{'at' if place in ('top', 'bottom') else 'in'} the {place}" for place in PLACES}
_FORM_WORDS = {"compact": "compact", "band": "a band", "ring": "a ring", "scattered": "scattered"}


def located(facts: Facts, gene: str) -> Claim:
    """Claim on the place where a gene is highest."""
    return Claim("located", gene=gene, value=niche_shapes.compass(*facts.gene_centroids([gene])[0]))


def niche_claims(facts: Facts, niche: str) -> list[Claim]:
    """Claims on place, extent, form, pieces and coloured neighbours of a niche.

    A scattered niche gives no claim on pieces and neighbours.
    """
    measured = facts.shapes[niche]
    claims = [
        Claim("located", niche=niche, value=niche_shapes.compass(*measured.centroid)),
        Claim("extent", niche=niche, value=niche_shapes.extent_band(measured.area_fraction)),
        Claim("form", niche=niche, value=measured.form),
    ]
    if measured.form != "scattered":
        claims.append(Claim("parts", niche=niche, value=_number_of_pieces(measured, niche_shapes.PIECE)))
        coloured = facts.canvas.niche_colours()
        neighbours = [name for name in coloured if measured.contacts.get(name, 0) >= ADJACENT_SPOKEN]
        claims += [Claim("adjacent", niche=niche, other=name) for name in neighbours]
    return claims


def _number_of_pieces(measured: niche_shapes.NicheShape, least: float) -> str:
    n = sum(part >= least for part in measured.pieces)
    return PARTS[min(max(n, 1), 3) - 1]


def _check_located(claim: Claim, facts: Facts) -> Checked:
    x, y = facts.gene_centroids([claim.gene])[0] if claim.gene else facts.shapes[claim.niche].centroid
    around = {
        niche_shapes.compass(x + dx, y + dy) for dx in (-PLACE_SLACK, PLACE_SLACK) for dy in (-PLACE_SLACK, PLACE_SLACK)
    }
    return (SUPPORTED if claim.value in around else CONTRADICTED), f"{x:.2f}, {y:.2f}"


def _check_extent(claim: Claim, facts: Facts) -> Checked:
    fraction = facts.shapes[claim.niche].area_fraction
    bands = {niche_shapes.extent_band(fraction * factor) for factor in (1 - BAND_SLACK, 1.0, 1 + BAND_SLACK)}
    return (SUPPORTED if claim.value in bands else CONTRADICTED), f"{fraction:.1%}"


def _check_form(claim: Claim, facts: Facts) -> Checked:
    measured = facts.shapes[claim.niche]
    value = (
        f"{measured.form}: {measured.homophily:.0%} like neighbours, surrounds {measured.coverage:.0%} of its centre, "
        f"length²/area {measured.aspect:.1f}"
    )
    return (SUPPORTED if claim.value == measured.form else CONTRADICTED), value


def _check_parts(claim: Claim, facts: Facts) -> Checked:
    measured = facts.shapes[claim.niche]
    right = {_number_of_pieces(measured, niche_shapes.PIECE + change) for change in (-PIECE_SLACK, 0.0, PIECE_SLACK)}
    value = ", ".join(f"{part:.0%}" for part in measured.pieces[:5]) or "no piece"
    return (SUPPORTED if claim.value in right else CONTRADICTED), value


def _check_adjacent(claim: Claim, facts: Facts) -> Checked:
    share = facts.shapes[claim.niche].contacts.get(claim.other, 0.0)
    return (SUPPORTED if share >= ADJACENT_CHECKED else CONTRADICTED), f"{share:.0%}"


def _adjacent_candidates(slide: Slide, genes: Sequence[str], niches: Sequence[str]) -> Iterator[Claim]:
    for niche in niches:
        for other in niches:
            if other != niche:
                yield Claim("adjacent", niche=niche, other=other)


TYPES = (
    ClaimType(
        kind="located",
        sentences=(
            "{gene} is highest {value} of the tissue.",
            "{niche} lies {value} of the tissue.",
            "{gene} peaks {value} of the tissue.",
            "{niche} is found {value} of the tissue.",
        ),
        values=_PLACE_WORDS,
        statistic="centre (x, y)",
        check=_check_located,
    ),
    ClaimType(
        kind="extent",
        sentences=("{niche} covers {value} of the tissue.", "{niche} takes up {value} of the tissue."),
        values={words: words for words in EXTENTS},
        statistic="share of the tissue",
        check=_check_extent,
    ),
    ClaimType(
        kind="form",
        sentences=("{niche} is {value}.", "The form of {niche} is {value}."),
        values=_FORM_WORDS,
        statistic="form of the spot graph",
        check=_check_form,
    ),
    ClaimType(
        kind="parts",
        sentences=("{niche} is in {value}.", "{niche} consists of {value}."),
        values={words: words for words in PARTS},
        statistic="shares of its connected pieces",
        check=_check_parts,
    ),
    ClaimType(
        kind="adjacent",
        sentences=("{niche} borders {other}.", "{niche} touches {other}."),
        joined=(
            ("{niche} borders {others}.", "{niche} borders {others}."),
            ("{niche} touches {others}.", "{niche} touches {others}."),
        ),
        statistic="share of the niche's border",
        check=_check_adjacent,
        question=ClaimQuestion(
            figure="pair",
            wordings=("Does the niche touch the other niche?",),
            candidates=_adjacent_candidates,
        ),
    ),
)
