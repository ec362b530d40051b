"""Numbers that others published for the tasks of docs/field_tasks.md. Other data, other rules: no cell can be compared.

The numbers of Li et al. are medians and means over their data sets, computed from the result files that the authors
published with their paper (github.com/QuKunLab/SpatialBenchmarking, commit 3586b9d, folders FigureData/Figure2/Metrics
and FigureData/Figure4/32SimulationData). For left-out genes: for each of 45 pairs of a spatial data set and a
single-cell reference the median over genes, then the median over the pairs that a method has results for. For
proportions: for each of 32 simulated data sets the mean over cell types, then the mean over the data sets.
"""

from __future__ import annotations

from dataclasses import dataclass

LI = "Li et al., Nature Methods 2022, doi:10.1038/s41592-022-01480-9"
SPOTLESS = "Sang-aram et al., eLife 2024, doi:10.7554/eLife.88431"
STAMAPPER = "STAMapper, Genome Biology 2025, doi:10.1186/s13059-025-03773-6"
NICHEFORMER = "Nicheformer, Nature Methods 2025, doi:10.1038/s41592-025-02814-z"


@dataclass(frozen=True)
class Published:
    """A published number, or a published statement where no number can be quoted.

    Attributes:
        task: "annotation", "genes" or "deconvolution".
        way: name of the method, or what the statement is about.
        scores: the numbers as text; empty for a statement.
        said: on what data, or the statement.
        source: reference with DOI.
    """

    task: str
    way: str
    scores: str
    said: str
    source: str


PAIRS = "left-out genes of {} pairs of spatial and single-cell data"
SIMULATED = "32 simulated data sets"
PUBLISHED = (
    Published("genes", "Tangram", "PCC .577, SSIM .463", PAIRS.format(45), LI),
    Published("genes", "gimVI", "PCC .555, SSIM .448", PAIRS.format(40), LI),
    Published("genes", "SpaGE", "PCC .546, SSIM .294", PAIRS.format(44), LI),
    Published("genes", "Seurat", "PCC .359, SSIM .239", PAIRS.format(45), LI),
    Published("genes", "novoSpaRc", "PCC .275, SSIM .143", PAIRS.format(45), LI),
    Published("deconvolution", "Cell2location", "PCC .836, RMSE .083", SIMULATED, LI),
    Published("deconvolution", "RCTD", "PCC .811, RMSE .096", SIMULATED, LI),
    Published("deconvolution", "SpatialDWLS", "PCC .787, RMSE .101", SIMULATED, LI),
    Published("deconvolution", "Tangram", "PCC .779, RMSE .121", SIMULATED, LI),
    Published("deconvolution", "SPOTlight", "PCC .770, RMSE .117", SIMULATED, LI),
    Published("deconvolution", "Stereoscope", "PCC .703, RMSE .122", SIMULATED, LI),
    Published(
        "deconvolution",
        "NNLS",
        "",
        '"a simple regression model outperforms almost half of the dedicated spatial deconvolution methods"',
        SPOTLESS,
    ),
    Published(
        "annotation", "STAMapper", "", "most accurate on 75 of 81 data sets; labels come from single cells", STAMAPPER
    ),
    Published("annotation", "Nicheformer", "", "macro F1 of niches and regions is shown in a figure only", NICHEFORMER),
)


def beside(task: str) -> str:
    """The first score of the three best published methods of a task, in one cell."""
    numbers = [f"{one.way} {one.scores.partition(',')[0]}" for one in PUBLISHED if one.task == task and one.scores]
    return "; ".join(numbers[:3]) or "none found"
