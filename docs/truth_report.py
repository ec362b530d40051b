"""Measure how far the marker rule can be trusted, and write the tables of docs/truth.md.

    python docs/truth_report.py SLIDE.h5ad... [--niche-key region] [--page docs/truth.md]

The report sets the rule (`data_prep.facts.marker_rule`) beside the field's usual test: Wilcoxon's rank sums of each
niche against the rest on log-normalised counts, at equal depth. It asks whether markers replicate in other sections of
a donor and in other donors, whether textbook markers are found, how many are found in niches that do not exist, and how
many genes each label gets.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from pathlib import Path

import numpy as np

from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.marker_rule import MARKER, NOT_MARKER, UNCLEAR, MarkerTable, measure_markers
from data_prep.facts.thinning import thin
from data_prep.facts.wilcoxon import rank_genes
from data_prep.read.options import ReadOptions
from data_prep.read.slide_reader import read_slides
from data_prep.slide import MIN_NICHE_SPOTS, Slide
from data_prep.slide_loading import slide_label
from inference.answers.across.markdown_parts import table

PAGE = Path(__file__).with_name("truth.md")
BEGIN, END = "<!-- tables: written by docs/truth_report.py -->", "<!-- end of tables -->"
RULES = ("rule", "Wilcoxon")
FEWEST_GENES = 100
"""Sections of different donors are compared if they share this many genes and two niches."""
PATCH_SPOTS, PATCHES = 12, 4
"""Spots of a made-up patch, and number of patches in a niche."""
LAYERS_HALVED = 3
"""Number of niches, the largest first, that are cut into made-up niches."""
REPLICATION = (
    "markers of",
    "looked up in",
    "markers",
    "also markers there",
    '"not" there',
    '"not" here, marker there, in 100,000',
)
MADE_UP = ("slide", "labels permuted", "deepest third of a niche", "halves of a niche", "patches of a dozen spots")
LABELS = ("slide", "niche", "spots", "depth", "markers", "not", "unclear", "Wilcoxon: markers", "not", "between")
TEXTBOOK = {
    # Human dorsolateral prefrontal cortex: Maynard et al., Nature Neuroscience 2021; Zeng et al., Cell 2012.
    "cortex": {
        "MBP": ("WM",),
        "PLP1": ("WM",),
        "MOBP": ("WM",),
        "AQP4": ("L1", "WM"),
        "GFAP": ("L1", "WM"),
        "RELN": ("L1",),
        "HPCAL1": ("L2",),
        "CUX2": ("L2", "L3"),
        "LAMP5": ("L2", "L3"),
        "CARTPT": ("L3",),
        "RORB": ("L4",),
        "PCP4": ("L5",),
        "FEZF2": ("L5",),
        "TRABD2A": ("L5",),
        "NTNG2": ("L6",),
        "KRT17": ("L6",),
    },
    # Mouse olfactory bulb: Ståhl et al., Science 2016.
    "olfactory bulb": {
        "Penk": ("1: Granular Cell Layer",),
        "Doc2g": ("2: Mitral Cell Layer", "3: Outer Plexiform Layer", "4: Glomerular Layer"),
        "Kctd12": ("5: Olfactory Nerve Layer",),
    },
}
"""Tissue → gene → niches in which the literature names it as a marker. Used for slides that have these niches."""


@dataclass(frozen=True)
class Section:
    """A slide with its labels, (n_genes, n_niches), by the rule and by Wilcoxon's test."""

    slide: Slide
    markers: MarkerTable
    labels: dict[str, np.ndarray]


def main() -> None:
    """Measures the slides, prints the tables and writes them into the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("slides", type=Path, nargs="+")
    parser.add_argument("--niche-key", nargs="+", default=["region", "cell_type"])
    parser.add_argument("--page", type=Path, default=PAGE)
    options = parser.parse_args()
    reading = ReadOptions(tuple(options.niche_key), drop_small_niches=True)
    sections = [_measure(slide) for path in options.slides for slide in read_slides(path, reading)]
    tables = "\n\n".join(report(sections))
    print(tables)
    page = options.page.read_text(encoding="utf-8")
    options.page.write_text(insert_tables(page, tables), encoding="utf-8")


def report(sections: Sequence[Section]) -> Iterator[str]:
    """The parts of the report as Markdown."""
    same = [pair for pair in permutations(sections, 2) if pair[0].slide.meta.donor == pair[1].slide.meta.donor]
    others = [pair for pair in permutations(sections, 2) if pair[0].slide.meta.donor != pair[1].slide.meta.donor]
    for title, pairs in (("sections of one donor", same), ("donors", others)):
        rows = [row for one, other in pairs if (row := replication_row(one, other))]
        if rows:
            yield f"### Replication over {title}"
            yield "\n".join(table(REPLICATION, rows))
    rows = [row for section in sections for row in textbook_rows(section)]
    if rows:
        yield "### Textbook markers"
        yield "\n".join(
            table(("slide", "rule", "found", "unclear", "missed", "not measured", "missed or unclear"), rows)
        )
    yield "### Niches that do not exist"
    yield "\n".join(table(MADE_UP, [made_up_row(section.slide) for section in sections]))
    yield "### Genes with each label"
    yield "<details><summary>Every niche</summary>"
    yield "\n".join(table(LABELS, [row for section in sections for row in label_rows(section)]))
    yield "</details>"


def wilcoxon_labels(tissue: LabelledTissue) -> np.ndarray:
    """Labels by Wilcoxon's test, (n_genes, n_niches): what a careful user of the usual tools would call.

    A niche whose median depth differs from the rest by more than a factor 1.25 is compared at equal depth: the deeper
    side is thinned binomially. Marker: log2 fold change ≥ 1, q < 0.01, detected in ≥ 10 % of the niche. Not: log2 fold
    change < 0.5 or q > 0.05.
    """
    from scipy.stats import false_discovery_control

    counts, depth, niche = tissue.counts(slice(None)), tissue.depth, tissue.niche
    log2fc, p_value = rank_genes(counts, depth, niche, tissue.n_niches)
    detected = np.zeros(log2fc.shape)
    for code in np.unique(niche):
        inside = niche == code
        detected[:, code] = np.asarray((counts[inside] > 0).mean(axis=0)).ravel()
        medians = np.median(depth[inside]), np.median(depth[~inside])
        if max(medians) > 1.25 * min(medians):
            keep = np.minimum(1.0, min(medians) / depth)
            fold, p = rank_genes(thin(counts, keep, int(code)), depth * keep, inside.astype(np.int32), 2)
            log2fc[:, code], p_value[:, code] = fold[:, 1], p[:, 1]
    q_value = false_discovery_control(p_value, axis=0)
    label = np.full(log2fc.shape, UNCLEAR, np.int8)
    label[(log2fc < 0.5) | (q_value > 0.05)] = NOT_MARKER
    label[(log2fc >= 1) & (q_value < 0.01) & (detected >= 0.1)] = MARKER
    return label


def _measure(slide: Slide) -> Section:
    tissue = LabelledTissue.of(slide)
    markers = measure_markers(tissue)
    return Section(slide, markers, dict(zip(RULES, (markers.label, wilcoxon_labels(tissue)), strict=True)))


def replication_row(one: Section, other: Section) -> list[str]:
    """What becomes of one section's labels in another section; empty if they share too little."""
    genes = sorted(set(one.slide.genes) & set(other.slide.genes))
    niches = [name for name in one.slide.niches if name in other.slide.niches]
    if len(genes) < FEWEST_GENES or len(niches) < 2:
        return []
    by_rule = []
    for rule in RULES:
        here, there = (
            section.labels[rule][
                np.ix_(
                    [section.slide.gene_index(gene) for gene in genes],
                    [section.slide.niche_index(niche) for niche in niches],
                )
            ]
            for section in (one, other)
        )
        marker, refused = here == MARKER, here == NOT_MARKER
        by_rule.append(
            (
                str(np.count_nonzero(marker)),
                _percent(there[marker] == MARKER),
                _percent(there[marker] == NOT_MARKER),
                f"{1e5 * np.mean(there[refused] == MARKER):.0f}" if refused.any() else "–",
            )
        )
    cells = [f"{ours} ({wilcoxons})" for ours, wilcoxons in zip(*by_rule, strict=True)]
    return [slide_label(one.slide), slide_label(other.slide), *cells]


def textbook_rows(section: Section) -> Iterator[list[str]]:
    """How many textbook markers each rule finds in a niche that the literature names."""
    slide = section.slide
    for expected in TEXTBOOK.values():
        if not {niche for niches in expected.values() for niche in niches} <= set(slide.niches):
            continue
        measured = [gene for gene in expected if gene in slide.genes]
        for rule in RULES:
            verdicts = {}
            for gene in measured:
                labels = section.labels[rule][slide.gene_index(gene)]
                named = {int(labels[slide.niche_index(niche)]) for niche in expected[gene]}
                verdicts[gene] = next(label for label in (MARKER, UNCLEAR, NOT_MARKER) if label in named)
            counts = [list(verdicts.values()).count(label) for label in (MARKER, UNCLEAR, NOT_MARKER)]
            others = ", ".join(gene for gene, label in verdicts.items() if label != MARKER)
            name = slide_label(slide)
            yield [name, rule, *map(str, counts), str(len(expected) - len(measured)), others or "none"]


def made_up_row(slide: Slide) -> list[str]:
    """Markers of niches that do not exist, by the rule and, in brackets, by Wilcoxon's test."""
    rng = np.random.default_rng(0)
    permuted = slide.niche.copy()
    permuted[slide.niche >= 0] = rng.permutation(permuted[slide.niche >= 0])
    thirds, halves, patches = [], [], []
    for code in np.argsort(-np.bincount(slide.niche[slide.niche >= 0]), kind="stable")[:LAYERS_HALVED]:
        inside = slide.niche == code
        if inside.sum() < 6 * MIN_NICHE_SPOTS:
            continue
        deep = slide.depth >= np.quantile(slide.depth[inside], 2 / 3)
        thirds.append(np.where(inside, deep, -1))
        halves += [np.where(inside, axis > np.median(axis[inside]), -1) for axis in slide.xy.T]
        for middle in slide.xy[rng.choice(np.flatnonzero(inside), PATCHES, replace=False)]:
            far = np.where(inside, ((slide.xy - middle) ** 2).sum(axis=1), np.inf)
            near = np.isin(np.arange(slide.n_spots), np.argsort(far, kind="stable")[:PATCH_SPOTS])
            patches.append(np.where(inside, near, -1))
    cells = []
    for niches in ([permuted], thirds, halves, patches):
        found = np.zeros(3, int)
        for niche in niches:
            names = slide.niches if niche is permuted else ("one", "two")
            section = _measure(replace(slide, niche=niche.astype(np.int32), niches=names))
            labels = section.labels.values()
            found += np.array([*(np.count_nonzero(label == MARKER) for label in labels), section.markers.label.size])
        cells.append(f"{found[0]} ({found[1]}) of {found[2]:,}" if niches else "")
    return [slide_label(slide), *cells]


def label_rows(section: Section) -> Iterator[list[str]]:
    """Number of genes with each label in each niche."""
    slide = section.slide
    for code, niche in enumerate(slide.niches):
        counts = [
            str(np.count_nonzero(section.labels[rule][:, code] == label))
            for rule in RULES
            for label in (MARKER, NOT_MARKER, UNCLEAR)
        ]
        depth = f"{section.markers.depth_ratio[code]:.2f}"
        yield [slide_label(slide), niche, str((slide.niche == code).sum()), depth, *counts]


def insert_tables(page: str, tables: str) -> str:
    """The page with other tables between its two comments."""
    return re.sub(f"(?s){BEGIN}.*{END}", lambda _: f"{BEGIN}\n\n{tables}\n\n{END}", page)


def _percent(holds: np.ndarray) -> str:
    return f"{100 * holds.mean():.1f} %" if holds.size else "–"


if __name__ == "__main__":
    main()
