"""The notes of a quality page: one finding each, with its number, how serious it is, and what to do."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from data_prep.facts.choices.choice_record import Choices
from data_prep.facts.gene_families import CONTROLS, HAEMOGLOBIN, MITOCHONDRIAL, RIBOSOMAL, GeneFamily
from data_prep.facts.marker_rule import UNEVEN_DEPTH
from data_prep.facts.niche_finding import FOUND_NOTE
from data_prep.facts.slide_quality import RARE_SPOTS, SHALLOW, SlideQuality
from data_prep.facts.spot_spacing import SCATTERED
from inference.answers.quality.artefact_notes import artefact_notes
from inference.answers.quality.power_notes import power_notes
from inference.answers.quality.quality_note import ACT, FINE, MIND, QualityNote
from inference.answers.quality.quality_words import niche_list, number_of, share, times
from inference.answers.quality.slide_check import SlideCheck, UnevenNiche

MANY = 0.01
"""A hundredth of the spots is enough to be told of first."""
MADS = 3.0
"""Median absolute deviations above the median from which a spot's share of a family stands out; the usual cut for cells
(McCarthy et al., Bioinformatics 2017, doi:10.1093/bioinformatics/btw777)."""
_SPECIES = {
    "human": ("human", "homo sapiens", "9606"),
    "mouse": ("mouse", "mus musculus", "10090"),
    "rat": ("rat", "rattus norvegicus", "10116"),
}
"""Species → its names, and its number in the NCBI taxonomy."""
_WRITTEN_AS = {"human": "human", "mouse": "mouse", "rat": "mouse"}
"""Species → whose case its symbols have."""
LARGE_SHARE = 0.3
"""Mitochondrial genes with a larger median share than this leave few counts for all others."""
LEAST_SHARE = 0.1
"""A smaller mitochondrial share never stands out: it takes too few counts from other genes to matter."""
BLOOD = 0.1
"""A spot with a larger share of haemoglobin holds much blood."""


def quality_notes(check: SlideCheck) -> list[QualityNote]:
    """All findings of a slide, by topic."""
    quality = check.quality
    return [
        *_counts(check),
        *_depth(quality),
        *_niches(check),
        *artefact_notes(check),
        *_genes(quality),
        *_families(quality),
        *_coordinates(quality),
        *power_notes(check),
    ]


def _counts(check: SlideCheck) -> Iterator[QualityNote]:
    quality, slide = check.quality, check.slide
    chosen = () if slide.meta.choices is None else Choices.from_json(slide.meta.choices).all_notes
    # Niches and preprocessing have their own findings.
    read = [note for note in slide.meta.notes if note not in chosen and not _is_of_finding(note)]
    notes = [_sentence(note) for note in read]
    if not any("fractions" in note for note in notes):
        largest = float(quality.slide.counts.data.max(initial=0.0))
        yield QualityNote("Counts", FINE, f"The matrix holds raw counts: whole numbers up to {largest:,.0f}.")
    for note in notes:
        yield QualityNote("Counts", MIND, note, rank=2.0 if "fractions" in note else 0.5)


def _depth(quality: SlideQuality) -> Iterator[QualityNote]:
    n, shallow = quality.slide.n_spots, quality.n_shallow
    low, high = np.quantile(quality.depth, [0.05, 0.95])
    yield QualityNote(
        "Depth",
        FINE,
        f"Median {quality.median_depth:,.0f} counts from {quality.median_genes:,.0f} genes in a spot; nine of ten "
        f"spots have {low:,.0f} to {high:,.0f} counts.",
    )
    words = (
        f"{number_of(shallow, 'spot')} of {n:,} ({share(shallow / n)}) {'has' if shallow == 1 else 'have'} less than "
        f"{SHALLOW:.0%} of the median counts."
        if shallow
        else f"No spot of {n:,} has less than {SHALLOW:.0%} of the median counts."
    )
    many = shallow > MANY * n
    advice = (
        f"Look at where the {shallow:,} nearly empty spots lie; set them aside if they are holes, folds or an edge."
        if many
        else ""
    )
    yield QualityNote("Nearly empty spots", MIND if many else FINE, words, advice, rank=3.0)
    uneven = quality.patch_ratio >= 2
    yield QualityNote(
        "Depth",
        MIND if uneven else FINE,
        f"Over the tissue, the deepest tenth of the patches has {times(quality.patch_ratio)} the counts of the "
        "shallowest tenth.",
        "Compare rates, not counts: a gene without a pattern follows this map." if uneven else "",
        rank=1.0,
    )


def _niches(check: SlideCheck) -> Iterator[QualityNote]:
    depths = check.quality.niche_depths
    if not depths:
        yield QualityNote("Niches", FINE, "No niches were read: what follows speaks of the whole tissue.")
        return
    for note in filter(_is_of_finding, check.slide.meta.notes):
        yield QualityNote("Niches", FINE, _sentence(note))
    unlabelled = int((check.slide.niche < 0).sum())
    if unlabelled:
        told = "has no niche and is not" if unlabelled == 1 else "have no niche and are not"
        words = f"{number_of(unlabelled, 'spot')} of {check.slide.n_spots:,} {told} compared."
        yield QualityNote("Niches", FINE, words)
    if check.uneven:
        yield _uneven_note(check.uneven)
        return
    ratios = [depth for depth in depths if not 1 / UNEVEN_DEPTH < depth.ratio < UNEVEN_DEPTH]
    if ratios:
        named = niche_list([(depth.niche, depth.ratio) for depth in ratios])
        yield QualityNote(
            "Niches",
            FINE,
            f"Depth differs between niches, less than twofold: {named}. Fold changes take it into account.",
        )
    else:
        yield QualityNote(
            "Niches", FINE, f"The {len(depths)} niches are about equally deep (within {UNEVEN_DEPTH:g}-fold)."
        )


def _uneven_note(uneven: tuple[UnevenNiche, ...]) -> QualityNote:
    first = uneven[0]
    deep = first.ratio > 1
    named = niche_list([(niche.niche, niche.ratio) for niche in uneven])
    most = max(uneven, key=lambda niche: abs(niche.n_without_depth - niche.n_markers))
    change = (
        f" For {most.niche}, a rule that compares counts would call {number_of(most.n_without_depth, 'gene')} markers; "
        f"with depth as exposure {'it is' if most.n_markers == 1 else 'they are'} {most.n_markers:,}."
        if most.n_without_depth != most.n_markers
        else ""
    )
    worse = "a detected gene may be detected because the spots are deep" if deep else "a gene may be missed there"
    return QualityNote(
        "Depth",
        MIND,
        f"Depth differs between niches, in counts of a spot over the rest: {named}.{change}",
        f"Trust fold changes, which take depth as exposure. Mind claims about detection in {first.niche}: {worse}. "
        "Check “follows depth” for every pattern.",
        short=f"{first.niche} has {times(first.ratio)} the counts of the rest in a spot.{change}",
        rank=5.0,
    )


def _genes(quality: SlideQuality) -> Iterator[QualityNote]:
    slide, n = quality.slide, quality.slide.n_genes
    if not quality.has_symbols:
        yield QualityNote(
            "Genes",
            ACT,
            f"The {n:,} genes have Ensembl ids and no symbols, so nothing is known of families of genes.",
            "Name a table of ids and symbols with --gene-table.",
            rank=3.0,
        )
    elif slide.meta.genes_from not in ("", "symbols"):
        yield QualityNote("Genes", MIND, f"Names of the genes: {slide.meta.genes_from}.", rank=0.5)
    silent, rare = quality.n_silent_genes, quality.n_rare_genes
    if silent or rare:
        words = f"{n:,} genes; without a count here: {silent:,}; seen in fewer than {RARE_SPOTS} spots: {rare:,}."
        yield QualityNote("Genes", FINE, words)
    else:
        yield QualityNote("Genes", FINE, f"All {n:,} genes have counts in {RARE_SPOTS} or more spots.")
    told, seen = slide.meta.organism, quality.organism_by_symbols
    known = _species(told)
    written = _WRITTEN_AS.get(known, "")
    if written and seen and written != seen:
        yield QualityNote(
            "Genes",
            ACT,
            f"The file says {told}, but the symbols of its {n:,} genes are written as those of a {seen}.",
            "Find out which is right before you compare with lists of genes.",
            rank=2.0,
        )
    elif not told and not seen and quality.has_symbols:
        yield QualityNote(
            "Genes", MIND, f"Neither the file nor the case of the {n:,} symbols tells the organism.", rank=0.2
        )
    elif told:
        agrees = " and the case of the symbols" if known == seen else ""
        other = f"; its symbols are written as those of a {seen}" if seen and not agrees else ""
        yield QualityNote("Genes", FINE, f"Organism: {known or told}, by the file{agrees}{other}.")
    else:
        yield QualityNote(
            "Genes", FINE, f"Organism: {seen}, by the case of the symbols." if seen else "Organism: unknown."
        )


def _species(told: str) -> str:
    """The species that a file names in one of several ways; "" for one that is not known here."""
    name = told.casefold().replace("_", " ").rpartition("ncbitaxon")[2].strip(": ")
    return next((species for species, names in _SPECIES.items() if name in names), "")


def _is_of_finding(note: str) -> bool:
    """Whether a note of a slide says that its niches were found."""
    return note.startswith(FOUND_NOTE.partition(" (")[0])


def _sentence(note: str) -> str:
    return f"{note[:1].upper()}{note[1:].removesuffix('.')}."


def _families(quality: SlideQuality) -> Iterator[QualityNote]:
    if not quality.has_symbols:
        return
    families = quality.families
    if MITOCHONDRIAL in families:
        yield _mitochondrial(families[MITOCHONDRIAL])
    elif quality.is_panel:
        words = (
            f"No mitochondrial gene among the {quality.slide.n_genes:,} chosen ones: they cannot tell damaged cells."
        )
        yield QualityNote("Gene families", FINE, words)
    else:
        yield QualityNote(
            "Gene families",
            MIND,
            f"No mitochondrial gene among {quality.slide.n_genes:,}: they were removed, or had no place on the array. "
            "Damaged tissue cannot be told by them.",
            short=f"No mitochondrial gene is among {quality.slide.n_genes:,}, so they cannot tell damaged tissue.",
            rank=0.4,
        )
    if HAEMOGLOBIN in families:
        blood = families[HAEMOGLOBIN]
        n = blood.above(BLOOD)
        where = number_of(n, "spot") if n else "no spot"
        own = number_of(len(blood.genes), "gene")
        words = f"Haemoglobin ({own}) has more than {BLOOD:.0%} of the counts in {where}"
        many = n > MANY * len(blood.share)
        yield QualityNote(
            "Gene families",
            MIND if many else FINE,
            f"{words}.",
            f"Do not read the {n:,} spots with blood as tissue." if many else "",
            rank=1.5,
        )
    if RIBOSOMAL in families:
        ribosomal = families[RIBOSOMAL]
        own = number_of(len(ribosomal.genes), "gene")
        words = f"Ribosomal proteins ({own}) have a median of {share(ribosomal.median)} of the counts."
        yield QualityNote("Gene families", FINE, words)
    if CONTROLS in families:
        controls = families[CONTROLS]
        total = float((controls.share * quality.depth).sum() / quality.depth.sum())
        yield QualityNote(
            "Gene families",
            ACT,
            f"{number_of(len(controls.genes), 'control probe')} without a target stand among the genes, with "
            f"{share(total)} of all counts.",
            "Drop them before you look for markers: they are not genes.",
            rank=2.5,
        )


def _mitochondrial(family: GeneFamily) -> QualityNote:
    spread = 1.4826 * float(np.median(np.abs(family.share - family.median)))
    limit = float(np.clip(family.median + MADS * spread, LEAST_SHARE, 1.0))
    n, n_spots = family.above(limit), len(family.share)
    is_high, many = family.median > LARGE_SHARE, n > MANY * n_spots
    words = (
        f"Mitochondrial genes ({len(family.genes)}) have a median of {share(family.median)} of the counts; "
        f"{number_of(n, 'spot')} ({share(n / n_spots)}) {'has' if n == 1 else 'have'} more than {share(limit)}."
    )
    advice = ""
    if is_high:
        advice = f"Find out whether damage or the tissue explains a mitochondrial share of {share(family.median)}."
    elif many:
        advice = (
            f"Look at where the {n:,} spots rich in mitochondrial genes lie; damaged tissue loses its other RNA first."
        )
    return QualityNote("Gene families", MIND if is_high or many else FINE, words, advice, rank=4.0 if is_high else 2.0)


def _coordinates(quality: SlideQuality) -> Iterator[QualityNote]:
    meta, spacing = quality.slide.meta, quality.spacing
    grid = "scattered" if spacing.grid == SCATTERED else f"on a grid of {spacing.grid}"
    distance = f"{spacing.nearest:,.4g}"
    if meta.unit:
        yield QualityNote(
            "Coordinates",
            FINE,
            f"Coordinates are in {meta.unit}s; the spots are {grid}, the nearest ones {distance} {meta.unit}s apart.",
        )
    else:
        yield QualityNote(
            "Coordinates",
            MIND,
            f"The file does not say the unit of its coordinates. The spots are {grid}, the nearest ones {distance} "
            f"apart: this {spacing.guess}.",
            "Pass --unit pixel or --unit micron if you know it; only scale bars depend on it.",
            short=f"The unit of the coordinates is not given; a distance of {distance} between spots {spacing.guess}.",
            rank=0.1,
        )
    if meta.y_axis.startswith("assumed"):
        yield QualityNote(
            "Coordinates",
            MIND,
            "The file does not say where y points; down is assumed. The counts cannot tell whether the map is upside "
            "down.",
            "Compare the map with a picture of the tissue; pass --y-axis up if it is upside down.",
            rank=0.0,
        )
    if spacing.n_shared:
        yield QualityNote(
            "Coordinates",
            MIND,
            f"{number_of(spacing.n_shared, 'spot')} share a position with another one.",
            "Check that the coordinates were not rounded, and that sections are told apart (--slice-key).",
            rank=1.2,
        )
