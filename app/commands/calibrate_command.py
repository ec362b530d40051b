"""`nichelens calibrate`: probabilities and confidence thresholds of a model, fitted on held-out questions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app import console


def calibrate(
    dataset: Annotated[
        str, typer.Argument(metavar="DATASET", help="A dataset folder that `nichelens prep` wrote, or a Hub id.")
    ],
    model: Annotated[
        Path,
        typer.Option(
            metavar="FOLDER", help="Folder of an adapter or base. The command writes calibration.json into it."
        ),
    ],
    split: Annotated[
        str, typer.Option(metavar="NAME", help="Split of the dataset to fit on. The model must not have trained on it.")
    ] = "validation",
) -> None:
    """Fit the probabilities and thresholds of a model.

    Afterwards a probability of 0.8 is right in 8 of 10 questions, and the model makes only the kinds of claim that it
    got right often enough. Both are fitted on questions that the model did not train on.
    """
    from inference.engine.confidence import NEVER
    from inference.engine.load_engine import load_engine
    from inference.evaluation.calibration_fit import calibrate as fit
    from inference.model.calibration import save_calibration

    engine = load_engine(model)
    with console.progress("asking") as report:
        calibration = fit(engine, dataset, split, progress=report)
    file = save_calibration(calibration, model)
    typer.echo(f"{file}: written")
    said = [f"{kind} from {least:.2g}" for kind, least in calibration.least_confidence.items() if least < NEVER]
    never = [kind for kind, least in calibration.least_confidence.items() if least >= NEVER]
    typer.echo(f"says, when so sure: {', '.join(said) or 'nothing'}; never says: {', '.join(never) or 'nothing'}")
