"""Choices about preprocessing on a quality page: curves with error bars, the choice, and the reason."""

from __future__ import annotations

from markupsafe import Markup

from data_prep.facts.choices.choice_record import Choice, Choices

CHOICE_HEAD = ("Preprocessing", "Chosen", "Best", "Why")
"""Columns of the table of choices."""
_WIDTH, _HEIGHT, _BASE, _LEFT = 300, 120, 92, 24
"""Size of a curve, where its axis stands, and its margin, in units of the SVG."""


def choice_rows(choices: Choices) -> list[list[str]]:
    """Cells of the table of `CHOICE_HEAD`, a row for each question."""
    return [
        [
            choice.question,
            "not decided" if choice.chosen is None else str(choice.chosen),
            str(choice.best.value) if choice.candidates else "",
            choice.reason,
        ]
        for choice in choices.choices
    ]


def choice_figures(choices: Choices) -> list[tuple[str, Markup, str]]:
    """(question and answer, curve, reason) of each question that has several candidates."""
    return [
        (f"{row[0]}, {row[1]}", choice_curve(choice), choice.reason)
        for choice, row in zip(choices.choices, choice_rows(choices), strict=True)
        if len(choice.candidates) > 1
    ]


def choice_curve(choice: Choice) -> Markup:
    """Scores of the candidates as SVG: points with bars, a ring around the choice.

    A bar is the error of the difference to the best candidate. Scores below that of the mean of the tissue lie on the
    axis.
    """
    candidates = choice.candidates
    low = max(min(c.score - c.behind_error for c in candidates), 0.0)
    high = max(*(c.score + c.behind_error for c in candidates), low + 1e-9)
    step = (_WIDTH - 2 * _LEFT) / max(len(candidates) - 1, 1)
    shown = []

    def height(score: float) -> float:
        return _BASE - 6 - (min(max(score, low), high) - low) / (high - low) * (_BASE - 32)

    for place, one in enumerate(candidates):
        x = _LEFT + place * step
        top, bottom = height(one.score + one.behind_error), height(one.score - one.behind_error)
        shown.append(Markup('<line x1="{0:.1f}" x2="{0:.1f}" y1="{1:.1f}" y2="{2:.1f}"/>').format(x, top, bottom))
        shown.append(Markup('<circle cx="{:.1f}" cy="{:.1f}" r="3"/>').format(x, height(one.score)))
        if one.value == choice.chosen:
            ring = Markup('<circle class="chosen" cx="{:.1f}" cy="{:.1f}" r="6"/>')
            shown.append(ring.format(x, height(one.score)))
        shown.append(Markup('<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(x, _BASE + 14, one.value))
    # An axis that does not begin at 0 says where it does.
    ends = Markup('<text x="{}" y="10" text-anchor="start">{}{:.1%}</text>').format(
        _LEFT, f"{low:.1%} to " if low else "", high
    )
    scores = ", ".join(f"{one.value} {one.score:.2%}" for one in candidates)
    return Markup(
        '<svg class="choice" viewBox="-2 -2 {} {}" role="img" aria-label="{}">'
        '<line class="axis" x1="0" x2="{}" y1="{}" y2="{}"/>{}{}</svg>'
    ).format(
        _WIDTH + 4, _HEIGHT, f"Scores: {scores}", _WIDTH, _BASE, _BASE, ends, Markup("").join(shown)
    )  # fmt: skip
