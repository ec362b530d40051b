"""The Python API of the choices about preprocessing: `nichelens.choose`, and what it returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.notebook import Slides

if TYPE_CHECKING:
    import pandas as pd

    from data_prep.niche_options import NicheOptions


@dataclass(frozen=True, eq=False)
class ChosenPreparation:
    """How to prepare the counts of a source before niches are found. ``str()`` gives the choices and their reasons.

    Attributes:
        text: one line for each question.
        niches: the choices for ``nichelens.read(source, find_niches=True, niches=...)``.
        scores: one row for each candidate: "question", "candidate", "score" (share of the held-out deviance that is
            explained), "error", "behind" (the best), "behind_error" and "chosen".
        record: everything in plain types; "repeat" holds the options of a command that repeat the choices.
    """

    text: str
    niches: NicheOptions
    scores: pd.DataFrame
    record: dict[str, Any]

    def __str__(self) -> str:
        return self.text


def choose(slide: Slides, *, progress: Callable[[float, str], None] | None = None) -> ChosenPreparation:
    """Chooses normalisation, components, genes and number of niches by count splitting, as `--auto` does.

    Args:
        slide: of `read`, with or without niches; the choices are common to all its slices.
        progress: called with (share that is done, what comes next).

    Raises:
        NicheLensError: a slice has too few spots.
    """
    import pandas as pd

    from data_prep.facts.choices.preparation_choice import choose_preparation
    from data_prep.niche_options import NicheOptions

    choices = choose_preparation(slide.slices, progress=progress)
    rows = [
        (choice.question, c.value, c.score, c.error, c.behind, c.behind_error, c.value == choice.chosen)
        for choice in choices.choices
        for c in choice.candidates
    ]
    columns = ["question", "candidate", "score", "error", "behind", "behind_error", "chosen"]
    return ChosenPreparation(
        text="\n".join([*choices.sentences, *choices.notes]),
        niches=choices.applied_to(NicheOptions(auto=True)),
        scores=pd.DataFrame(rows, columns=columns),
        record=choices.to_json(),
    )
