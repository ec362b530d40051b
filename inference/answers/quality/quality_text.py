"""Quality reports as JSON, Markdown, a table, and a few lines for the terminal."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from data_prep.facts.artefacts import Artefacts, Bubble, Stripe
from data_prep.facts.marker_power import FOLDS, NichePower
from inference.answers.across.markdown_parts import escaped, table
from inference.answers.quality.choice_section import CHOICE_HEAD, choice_rows
from inference.answers.quality.power_notes import kind_words, smallest_words
from inference.answers.quality.quality_note import LEVEL_MARKS
from inference.answers.quality.quality_report import QualityReport
from inference.answers.quality.quality_words import share

if TYPE_CHECKING:
    import pandas as pd

POWER_HEAD = (
    *("Niche", "Spots", "Median counts", "Told both ways"),
    *(f"{fold}-fold marker" for fold in FOLDS),
    "Smallest marker",
)
"""Columns of the table of what the marker rule can decide."""
FOUND_HEAD = ("Markers", "Not", "Unclear")
"""Columns of what it decides on this slide, where there are niches."""
KIND_HEAD = ("To tell", "Claims", "Decided", "Need counts", "Need spots", "Between")
"""Columns of the table of what each kind of claim can decide."""


def to_record(report: QualityReport) -> dict[str, Any]:
    """A report in plain types: numbers, text, lists and objects. What could not be measured is None."""
    check, quality = report.check, report.check.quality
    slide, spacing = check.slide, quality.spacing
    low, high = np.quantile(quality.depth, [0.05, 0.95])
    return {
        "slice": report.name,
        "verdict": report.verdict,
        "findings": [
            {"topic": note.topic, "level": note.level, "finding": note.words, "advice": note.advice}
            for note in report.notes
        ],
        "spots": slide.n_spots,
        "genes": slide.n_genes,
        "depth": {
            "median": quality.median_depth,
            "p5": float(low),
            "p95": float(high),
            "spots_below_a_tenth_of_the_median": quality.n_shallow,
            "deepest_over_shallowest_patches": quality.patch_ratio,
        },
        "genes_per_spot": {"median": quality.median_genes},
        "genes_without_counts": quality.n_silent_genes,
        "families": {
            name: {
                "genes": len(family.genes),
                "median_share": family.median,
                "p95_share": float(np.quantile(family.share, 0.95)),
            }
            for name, family in quality.families.items()
        },
        "coordinates": {
            "unit": slide.meta.unit,
            "y_axis": slide.meta.y_axis,
            "nearest": spacing.nearest,
            "grid": spacing.grid,
            "spots_at_shared_positions": spacing.n_shared,
        },
        "organism": {"file": slide.meta.organism, "symbols": quality.organism_by_symbols},
        "niches": [
            {"niche": depth.niche, "spots": depth.n_spots, "median_depth": depth.median, "depth_ratio": depth.ratio}
            for depth in quality.niche_depths
        ],
        "artefacts": _artefacts(check.artefacts),
        "power": [_power(power) for power in check.powers],
        "claims": [
            {
                "kind": kind.kind,
                "claims": kind.n_claims,
                "decided": kind.n_decided,
                "need_counts": kind.n_counts,
                "need_spots": kind.n_spots,
                "between": kind.n_between,
            }
            for kind in check.kinds
        ],
        **({} if report.choices is None else {"preprocessing": report.choices.to_json()}),
    }


def to_json(reports: Sequence[QualityReport]) -> str:
    """All reports for other programs."""
    return json.dumps({"slices": [to_record(report) for report in reports]}, indent=2, ensure_ascii=False) + "\n"


def to_table(reports: Sequence[QualityReport]) -> pd.DataFrame:
    """One row for each finding: slice, topic, level, finding, advice. The verdict's sentences come first."""
    import pandas as pd

    rows = []
    for report in reports:
        rows += [(report.name, "Verdict", "", sentence, "") for sentence in report.verdict]
        rows += [(report.name, note.topic, note.level, note.words, note.advice) for note in report.notes]
    return pd.DataFrame(rows, columns=["slice", "topic", "level", "finding", "advice"])


def to_markdown(reports: Sequence[QualityReport], title: str) -> str:
    """All reports for people who read Markdown."""
    lines = [f"# Quality of {escaped(title)}"]
    for report in reports:
        lines += ["", f"## {escaped(report.name)}", ""]
        lines += [f"- {escaped(sentence)}" for sentence in report.verdict]
        findings = (
            (LEVEL_MARKS[note.level], note.topic, escaped(note.words), escaped(note.advice)) for note in report.notes
        )
        lines += ["", *table(("", "Topic", "Finding", "What to do"), findings)]
        for head, rows in ((power_head(report), power_rows(report)), (KIND_HEAD, kind_rows(report))):
            if rows:
                lines += ["", *table(head, [[escaped(cell) for cell in row] for row in rows])]
        if report.choices is not None:
            lines += ["", *table(CHOICE_HEAD, [[escaped(cell) for cell in row] for row in choice_rows(report.choices)])]
            lines += ["", f"Repeat with `--find-niches {report.choices.flags}`."]
    return "\n".join([*lines, "", "Research software. Not for clinical use.", ""])


def power_head(report: QualityReport) -> tuple[str, ...]:
    """Columns of the table of what the marker rule can decide, and does decide where there are niches."""
    return (*POWER_HEAD, *FOUND_HEAD) if report.check.quality.niche_depths else POWER_HEAD


def power_rows(report: QualityReport) -> list[list[str]]:
    """Cells of the table of `power_head`, a row for each niche."""
    rows = []
    for power in report.check.powers:
        found: list[int] = []
        if power.n_marker is not None and power.n_not is not None:
            found = [power.n_marker, power.n_not, power.n_genes - power.n_marker - power.n_not]
        rows.append(
            [
                power.niche or "a patch of the tissue",
                f"{power.n_spots:,}",
                f"{power.depth:,.0f}",
                f"{power.n_decidable:,} of {power.n_genes:,}",
                *(f"{power.n_markers_from(fold):,}" for fold in FOLDS),
                smallest_words(power),
                *(f"{n:,}" for n in found),
            ]
        )
    return rows


def kind_rows(report: QualityReport) -> list[list[str]]:
    """Cells of the table of `KIND_HEAD`, a row for each kind of claim."""
    return [
        [
            kind_words(kind.kind),
            f"{kind.n_claims:,}",
            share(kind.share),
            *(f"{n:,}" if n else "" for n in (kind.n_counts, kind.n_spots, kind.n_between)),
        ]
        for kind in report.check.kinds
    ]


def _artefacts(found: Artefacts) -> dict[str, Any]:
    edge, measured = found.edge, math.isfinite(found.edge.value)
    patches: list[Stripe | Bubble] = [*found.stripes, *found.bubbles]
    described = [{"spots": int(patch.spots.sum()), "log2_ratio": patch.ratio.value} for patch in patches]
    return {
        "flags": list(found.flags),
        "edge": {"spots": int(found.edge_spots.sum()), "log2_ratio": edge.value, "error": edge.error}
        if measured
        else None,
        "stripes": described[: len(found.stripes)],
        "bubbles": described[len(found.stripes) :],
        "spots_that_stand_out": int(found.outliers.sum()),
    }


def _power(power: NichePower) -> dict[str, Any]:
    least = power.median_smallest
    return {
        "niche": power.niche,
        "spots": power.n_spots,
        "median_depth": power.depth,
        "genes": power.n_genes,
        "told_both_ways": power.n_decidable,
        "told_equal": int(power.told_equal.sum()),
        **{f"markers_from_{fold}_fold": power.n_markers_from(fold) for fold in FOLDS},
        "smallest_log2fc_of_median_gene": least if math.isfinite(least) else None,
        "markers": power.n_marker,
        "not_markers": power.n_not,
    }
