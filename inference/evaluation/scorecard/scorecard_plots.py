"""Plots of a scorecard, as PNG."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inference.evaluation.scores.condition_names import FOLD_CHANGE, MODEL, WILCOXON
from inference.evaluation.scores.metrics import Score

if TYPE_CHECKING:
    from inference.evaluation.scores.curves import Curves
    from inference.evaluation.suites.answers_yes_no import YesNoTaskScores
    from inference.evaluation.suites.depth import DepthLadder
    from inference.evaluation.suites.perception import PerceptionLadder

_COLOURS = {MODEL: "#0b62a4", WILCOXON: "#b3471d", FOLD_CHANGE: "#c9952c"}
_OTHER = "#5d6472"
_WIDTH, _HEIGHT, _DPI = 4.4, 3.4, 110


@dataclass(frozen=True)
class Plot:
    """A plot as a PNG file.

    Attributes:
        name: of its file, without extension.
        caption: what it shows.
        png: content of the file.
    """

    name: str
    caption: str
    png: bytes


def plot_reliability(task: str, curves: Mapping[str, Curves]) -> Plot:
    """Plots the share of yes against p(yes). The size of a dot shows the number of questions."""

    def draw(axes: list[Any]) -> None:
        axes[0].plot([0, 1], [0, 1], color="#c3c8d0", linewidth=1)
        for name, curve in curves.items():
            p, yes, n = zip(*curve.reliability, strict=True)
            total = sum(n)
            colour = _COLOURS.get(name, _OTHER)
            axes[0].plot(p, yes, color=colour, linewidth=1.2, label=name)
            axes[0].scatter(p, yes, s=[6 + 160 * count / total for count in n], color=colour, alpha=0.7)
        _label(axes[0], "p(yes)", "share of yes", legend=True)
        axes[0].set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))

    return Plot(
        f"reliability-{task}",
        f"Reliability of the {task} answers. On the line, p(yes) equals the share of yes.",
        _png(draw),
    )


def plot_coverage(task: str, curves: Mapping[str, Curves]) -> Plot:
    """Plots the share of wrong answers against the share answered, the most confident first."""

    def draw(axes: list[Any]) -> None:
        for name, curve in curves.items():
            share, wrong = zip(*curve.coverage, strict=True)
            axes[0].plot(share, wrong, color=_COLOURS.get(name, _OTHER), linewidth=1.4, label=name)
        axes[0].axhline(0.05, color="#c3c8d0", linewidth=1)
        _label(axes[0], "share answered, most confident first", "share wrong", legend=True)
        axes[0].set(xlim=(0, 1.02), ylim=(-0.01, 0.55))

    return Plot(
        f"coverage-{task}", f"Coverage and risk of the {task} answers. The line marks 5 % wrong answers.", _png(draw)
    )


def plot_slides(task: str, scores: YesNoTaskScores) -> Plot:
    """Plots the AUROC of the model and of arithmetic by slide."""
    slides = scores.slides
    names = list(next(iter(slides.values())))

    def draw(axes: list[Any]) -> None:
        for offset, name in enumerate(names):
            aurocs = [slides[slide][name].auroc for slide in slides]
            heights = [row + (offset - (len(names) - 1) / 2) * 0.36 for row in range(len(slides))]
            values = [auroc.value for auroc in aurocs]
            colour = _COLOURS.get(name, _OTHER)
            axes[0].barh(heights, values, 0.34, color=colour, alpha=0.85, label=name)
            axes[0].errorbar(values, heights, xerr=_error_bars(aurocs), fmt="none", ecolor="#1c1f26", capsize=2)
        axes[0].set_yticks(range(len(slides)), list(slides), fontsize=7)
        axes[0].invert_yaxis()
        _label(axes[0], "AUROC", "", legend=True)
        axes[0].set_xlim(0, 1.02)

    height = 1.2 + 0.55 * len(slides)
    return Plot(f"slides-{task}", f"AUROC of the {task} questions by slide.", _png(draw, width=6.5, height=height))


def plot_depth(ladder: DepthLadder) -> Plot:
    """Plots the AUROC by share of the counts, pooled and by slide."""
    panels = {"all slides": ladder.pooled, **ladder.slides}

    def draw(axes: list[Any]) -> None:
        for axis, (slide, rungs) in zip(axes, panels.items(), strict=True):
            _draw_rungs(axis, rungs)
            _label(axis, "share of the counts kept", "AUROC", title=slide, legend=slide == "all slides")
            axis.set_xscale("log")
            axis.set_xticks(list(rungs), [f"{share:.0%}" for share in rungs], fontsize=7)
            axis.minorticks_off()

    return Plot(
        "depth",
        "AUROC of the marker questions on fewer and fewer counts, against labels at full depth.",
        _png(draw, len(panels)),
    )


def plot_perception(ladder: PerceptionLadder) -> Plot:
    """Plots the AUROC by factor."""

    def draw(axes: list[Any]) -> None:
        for panel, (axis, (factor, rungs)) in enumerate(zip(axes, ladder.ladders.items(), strict=True)):
            _draw_rungs(axis, rungs)
            _label(axis, factor, "AUROC", legend=panel == 0)
            axis.set_xscale("log")
            axis.set_xticks(list(rungs), [f"{rung:g}" for rung in rungs], fontsize=7)
            axis.minorticks_off()

    return Plot("perception", "AUROC by planted effect, on synthetic tissue.", _png(draw, len(ladder.ladders)))


def _draw_rungs(axis: Any, rungs: Mapping[float, Mapping[str, Score]]) -> None:
    for name in next(iter(rungs.values())):
        scores = [rungs[rung][name] for rung in rungs]
        axis.errorbar(
            list(rungs),
            [s.value for s in scores],
            yerr=_error_bars(scores),
            color=_COLOURS.get(name, _OTHER),
            marker="o",
            markersize=3,
            linewidth=1.3,
            capsize=2,
            label=name,
        )
    axis.axhline(0.5, color="#c3c8d0", linewidth=1)
    axis.set_ylim(0.38, 1.02)


def _error_bars(scores: list[Score]) -> list[list[float]]:
    """Lengths of the intervals below and above the scores; 0 where a score is not defined."""
    ends = [(s.value - s.low, s.high - s.value) for s in scores]
    return [[0.0 if math.isnan(pair[side]) else max(pair[side], 0.0) for pair in ends] for side in (0, 1)]


def _label(axis: Any, x: str, y: str, *, title: str = "", legend: bool = False) -> None:
    axis.set_xlabel(x, fontsize=8)
    axis.set_ylabel(y, fontsize=8)
    axis.set_title(title, fontsize=8)
    axis.tick_params(labelsize=7)
    axis.spines[["top", "right"]].set_visible(False)
    if legend:
        axis.legend(fontsize=7, frameon=False, loc="best")


def _png(draw: Callable[[list[Any]], None], n: int = 1, width: float = _WIDTH, height: float = _HEIGHT) -> bytes:
    """Draws ``n`` panels, at most three in a row. The same numbers give the same bytes."""
    from matplotlib.figure import Figure

    columns = min(n, 3)
    rows = -(-n // columns)
    size = (width * (1 if columns == 1 else 0.8 * columns), height * (1 if rows == 1 else 0.85 * rows))
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel().tolist()
    for spare in axes[n:]:
        spare.set_visible(False)
    draw(axes[:n])
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=_DPI, metadata={"Software": None})
    return file.getvalue()
