"""The Python API of the quality page: `nichelens.check`, and what it returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.across_results import Pages
from app.notebook import Slides

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData


@dataclass(frozen=True, eq=False)
class CheckedSlides(Pages):
    """The quality of all slices of a source. ``str()`` gives the verdicts, and a notebook shows the page.

    Attributes:
        findings: one row for each finding: "slice", "topic" ("Verdict" for the sentences of the verdict), "level"
            ("fine", "mind" or "act"), "finding" and "advice".
        records: one for each slice, with every number, as in the JSON of `nichelens check`.
    """

    findings: pd.DataFrame
    records: tuple[dict[str, Any], ...]


def check(
    slide: Slides | str | Path | AnnData,
    *,
    preprocessing: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> CheckedSlides:
    """Says whether a slide is good enough, and for what, as `nichelens check` does. No model is asked.

    Args:
        slide: of `read`; or a path or an AnnData object, whose niches are then not looked at.
        preprocessing: also compare ways to prepare the counts before niches are found; takes some ten seconds a slice.
        progress: called with (slices checked so far, all slices).

    Raises:
        NicheLensError: the source cannot be read as a slide.
    """
    from data_prep.read.options import ReadOptions
    from inference.answers.quality import quality_page, quality_text
    from inference.answers.quality.load_for_check import label_hint, load_for_check
    from inference.answers.quality.quality_report import QualityReport

    if isinstance(slide, Slides):
        slices, hint, title = list(slide.slices), "", ", ".join(slide.names)
    else:
        source = Path(slide) if isinstance(slide, str) else slide
        slices, hint = load_for_check(source, ReadOptions()), label_hint(source, ReadOptions())
        title = source.name if isinstance(source, Path) else "adata"
    reports = []
    for part in slices:
        reports.append(QualityReport.of(part, preprocessing=preprocessing))
        if progress:
            progress(len(reports), len(slices))
    table = quality_text.to_table(reports)
    return CheckedSlides(
        text="\n".join(f"{report.name}: {' '.join(report.verdict)}" for report in reports),
        writers={
            ".html": quality_page.to_html(reports, hint=hint),
            ".md": quality_text.to_markdown(reports, title),
            ".json": quality_text.to_json(reports),
            ".csv": table.to_csv(index=False),
        },
        findings=table,
        records=tuple(quality_text.to_record(report) for report in reports),
    )
