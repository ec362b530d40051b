"""Plots of a scorecard, as PNG."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inference.evaluation.scores.condition_names import (
    ARITHMETIC,
    BLANK,
    FOLD_CHANGE,
    FOLD_CHANGE_ERROR,
    MODEL,
    WILCOXON,
)
from inference.evaluation.scores.metrics import Score

if TYPE_CHECKING:
    from inference.evaluation.suites.claim_kinds import KindScores
    from inference.evaluation.suites.depth import DepthLadder
    from inference.evaluation.suites.perception import PerceptionLadder

_COLOURS = {MODEL: "#0b62a4", WILCOXON: "#b3471d", FOLD_CHANGE: "#c9952c", FOLD_CHANGE_ERROR: "#7a9a2e"}
_OTHER = "#5d6472"
_PALE = "#c3c8d0"
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


def plot_kinds(kinds: Mapping[str, KindScores]) -> Plot:
    """Plots the AUROC of each kind: of the model, of arithmetic on the same figures, and with blank pictures."""
    colours = {MODEL: _COLOURS[MODEL], ARITHMETIC: _OTHER, BLANK: _PALE}

    def draw(axes: list[Any]) -> None:
        for offset, (name, colour) in enumerate(colours.items()):
            shown = [(row, s.auroc[name]) for row, s in enumerate(kinds.values()) if name in s.auroc]
            if not shown:
                continue
            rows, scores = [row + (offset - 1) * 0.26 for row, _ in shown], [score for _, score in shown]
            values = [score.value for score in scores]
            axes[0].barh(rows, values, 0.25, color=colour, label=name)
            axes[0].errorbar(values, rows, xerr=_error_bars(scores), fmt="none", ecolor="#1c1f26", capsize=1.5)
        axes[0].set_yticks(range(len(kinds)), list(kinds), fontsize=7)
        axes[0].invert_yaxis()
        _label(axes[0], "AUROC", "", legend=True)
        axes[0].set_xlim(0.3, 1.01)

    height = 1.2 + 0.45 * len(kinds)
    return Plot("kinds", "AUROC of the yes/no questions by kind of claim.", _png(draw, width=6.5, height=height))


def plot_reliability(kinds: Mapping[str, KindScores]) -> Plot:
    """Plots the share of yes against p(yes), a panel for each kind. A dot is as large as its number of questions."""

    def draw(axes: list[Any]) -> None:
        for axis, (kind, scores) in zip(axes, kinds.items(), strict=True):
            axis.plot([0, 1], [0, 1], color=_PALE, linewidth=1)
            p, yes, n = zip(*scores.curves.reliability, strict=True)
            axis.plot(p, yes, color=_COLOURS[MODEL], linewidth=1.2)
            axis.scatter(p, yes, s=[6 + 160 * count / sum(n) for count in n], color=_COLOURS[MODEL], alpha=0.7)
            _label(axis, "p(yes)", "share of yes", title=kind)
            axis.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))

    caption = "Reliability of the answers by kind of claim. On the line, p(yes) equals the share of yes."
    return Plot("reliability", caption, _png(draw, len(kinds)))


def plot_coverage(kinds: Mapping[str, KindScores]) -> Plot:
    """Plots the share of wrong answers against the share answered, the most confident first, by kind."""

    def draw(axes: list[Any]) -> None:
        for axis, (kind, scores) in zip(axes, kinds.items(), strict=True):
            share, wrong = zip(*scores.curves.coverage, strict=True)
            axis.plot(share, wrong, color=_COLOURS[MODEL], linewidth=1.4)
            axis.axhline(0.05, color=_PALE, linewidth=1)
            _label(axis, "share answered, most confident first", "share wrong", title=kind)
            axis.set(xlim=(0, 1.02), ylim=(-0.01, 0.55))

    caption = "Coverage and risk of the answers by kind of claim. The line marks 5 % wrong answers."
    return Plot("coverage", caption, _png(draw, len(kinds)))


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
