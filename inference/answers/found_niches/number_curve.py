"""The curve over the numbers of niches as SVG, in the colours of the page that shows it."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from data_prep.facts.niche_consensus import NumberScore

_LEFT, _RIGHT, _TOP, _BOTTOM = 26, 8, 10, 34
_WIDTH, _HEIGHT = 340, 190
"""Size of the drawing and its margins, in units of the SVG."""


def number_curve(curve: Sequence[NumberScore], chosen: int) -> Markup:
    """Explained variance and stability over the number of niches, with the chosen number marked.

    Args:
        curve: scores of rising numbers, at least two.
        chosen: the number that was chosen.
    """
    first, last = curve[0].n_niches, curve[-1].n_niches
    wide, high = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM

    def x(number: int) -> float:
        return _LEFT + (number - first) / max(last - first, 1) * wide

    def y(value: float) -> float:
        return _TOP + (1 - min(max(value, 0.0), 1.0)) * high

    grid = "".join(
        f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y(v):.1f}" y2="{y(v):.1f}"/>'
        f'<text x="{_LEFT - 4}" y="{y(v) + 4:.1f}" text-anchor="end">{v:g}</text>'
        for v in (0, 0.5, 1)
    )
    numbers = "".join(
        f'<text class="{"chosen" if score.n_niches == chosen else ""}" x="{x(score.n_niches):.1f}" '
        f'y="{_HEIGHT - _BOTTOM + 14}" text-anchor="middle">{score.n_niches}</text>'
        for score in curve
    )
    mark = f'<line class="mark" x1="{x(chosen):.1f}" x2="{x(chosen):.1f}" y1="{_TOP}" y2="{_HEIGHT - _BOTTOM}"/>'
    lines = "".join(
        f'<g class="{name}"><polyline points="{" ".join(f"{x(n):.1f},{y(v):.1f}" for n, v in points)}"/>'
        + "".join(f'<circle cx="{x(n):.1f}" cy="{y(v):.1f}" r="{4 if n == chosen else 2.2}"/>' for n, v in points)
        + "</g>"
        for name, points in (
            ("explained", [(score.n_niches, score.explained) for score in curve]),
            ("stability", [(score.n_niches, score.stability) for score in curve]),
        )
    )
    words = f"Explained variance and stability of {first} to {last} niches; {chosen} were chosen"
    return Markup(
        f'<svg class="curve" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{words}">'
        f"{grid}{mark}{lines}{numbers}"
        f'<text x="{_LEFT + wide / 2}" y="{_HEIGHT - 4}" text-anchor="middle">number of niches</text></svg>'
    )
