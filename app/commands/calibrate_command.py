"""`nichelens calibrate`: probabilities and thresholds of a model, fitted on held-out questions."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from app import console
from app.commands.shared_options import Seed


def calibrate(
    dataset: Annotated[
        str, typer.Argument(metavar="DATASET", help="A dataset folder that `nichelens prep` wrote, or a Hub id.")
    ],
    *,
    model: Annotated[
        Path,
        typer.Option(
            metavar="FOLDER", help="Folder of an adapter or base. The command writes calibration.json into it."
        ),
    ],
    split: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Split to fit on: validation, unless named. May be repeated. The model must not have trained on it.",
        ),
    ] = None,
    skip_donor: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Donor of the dataset to leave out. May be repeated."),
    ] = None,
    fallback: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DATASET",
            help="Another dataset for kinds of claim of which the first has too few questions. May be repeated.",
        ),
    ] = None,
    precision: Annotated[
        float,
        typer.Option(
            metavar="SHARE", min=0.5, max=0.999, help="Share of the claims said that should be right, on new slides."
        ),
    ] = 0.95,
    seed: Seed = 0,
) -> None:
    """Fit the probabilities and thresholds of a model.

    Afterwards a probability of 0.8 is right in 8 of 10 questions, and each kind of claim is said only where it is right
    often enough. Both are fitted on questions that the model did not train on.
    """
    from data_prep.split_names import VALIDATION
    from inference.engine.load_engine import load_engine
    from inference.evaluation.calibration_fit import calibrate as fit_model
    from inference.model.calibration import save_calibration

    engine = load_engine(model)
    with console.steps() as report:
        fit = fit_model(
            engine,
            dataset,
            tuple(split or (VALIDATION,)),
            skip_donors=tuple(skip_donor or ()),
            fallbacks=tuple(fallback or ()),
            precision=precision,
            seed=seed,
            progress=report,
        )
    file = save_calibration(fit.calibration, model)
    typer.echo(f"{file}: thresholds for a precision of {precision:g}")
    for kind, found in fit.kinds.items():
        said, denied = found.calibration.yes_from, found.calibration.no_up_to
        typer.echo(
            f"{kind}: said {f'from p {said:.3f}' if math.isfinite(said) else 'never'}, "
            f"denied {f'up to p {denied:.3f}' if math.isfinite(denied) else 'never'} "
            f"(AUROC {found.auroc:.3f}, {found.n} questions on {found.n_slides} slides; "
            f"{found.n_interview} of interviews, {found.interview_base_rate:.0%} yes)"
        )
