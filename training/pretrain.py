"""Train the bundled base from scratch on synthetic tissue.

    python -m training.pretrain --config training/recipes/nano_base.yaml --output-dir runs/nano

Processes draw synthetic slides and ask yes/no questions about them, each about one picture. The model learns the
answers, and at first also what each part of a picture shows (`training.nano.dense_heads`). Several models can learn
side by side from the same lessons (`--arms`).

A run ends after --steps or --minutes. After an interruption, the same command continues from OUTPUT_DIR/checkpoint with
slides that were not seen before. Bad input ends with one line and exit code 2.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from data_prep.errors import NicheLensError
from training.command_line import CommandLine, build
from training.nano.architecture import NanoConfig
from training.nano.pretrain_settings import PretrainSettings

if TYPE_CHECKING:
    from training.nano.lesson_workers import MakeLessons

logger = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None, command: str = "python -m training.pretrain") -> int:
    """Run the command.

    Args:
        arguments: of the command, without its name; None for those of this process.
        command: how people call it, for its help and its errors.

    Returns:
        0 when the model is written; 2 after one line about what is wrong with the input.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        values = CommandLine(command, __doc__ or "", PretrainSettings, NanoConfig).read(arguments)
        pretrain(build(PretrainSettings, values), build(NanoConfig, values))
    except NicheLensError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def pretrain(settings: PretrainSettings, sizes: NanoConfig, make: MakeLessons | None = None) -> None:
    """Train one model or several, and write each to a folder of its name in `settings.output_dir`, in bf16.

    Args:
        settings: of the run.
        sizes: of the models, where the file of arms does not say otherwise.
        make: draws the lessons of a slide; None for the lessons of `training.nano.lessons`.

    Raises:
        NicheLensError: the file of arms cannot be used, no lessons can be drawn, the time is up before the first step,
            or all models diverge.
    """
    started = time.monotonic()
    import torch

    from training.nano.arm_training import ArmTraining
    from training.nano.arms import read_arms
    from training.nano.dense_heads import TargetScale
    from training.nano.lesson_prompts import asked_kinds
    from training.nano.lesson_stream import LessonStream
    from training.nano.lesson_validation import count_by_kind
    from training.nano.lessons import LessonConfig, make_lessons
    from training.nano.picture_targets import picture_targets
    from training.nano.pretrain_checkpoint import restore_checkpoint
    from training.nano.pretrain_output import PretrainOutput
    from training.nano.schedule import Interval, Schedule

    # Build the models, or restore those of an interrupted run.
    device = settings.device or ("cuda" if torch.cuda.is_available() else "cpu")
    arms = [ArmTraining(arm, settings, device) for arm in read_arms(settings.arms, sizes)]
    output = PretrainOutput(Path(settings.output_dir))
    position, arms = restore_checkpoint(output.checkpoint, arms, settings.seed)

    # Draw the lessons of the validation. Their spread scales the dense targets.
    make = make or partial(make_lessons, config=LessonConfig(artefact_slides=settings.artefact_slides))
    stream = LessonStream(settings, sizes.image_size, device, position.next_seed, make)
    validation = stream.validation()
    logger.info("validation lessons %s", json.dumps(count_by_kind(validation)))
    scale = TargetScale.measure(validation, len(asked_kinds()))
    for arm in arms:
        arm.prepare(scale, compiled=settings.compile)
        logger.info("%s: %.2f M parameters on %s", arm.arm.name, arm.n_parameters / 1e6, device)

    # Train. An arm that diverges is left out, and the others go on.
    step = position.step
    schedule = Schedule(settings, started - position.seconds)
    report, evaluate, save = map(Interval, (settings.report_seconds, settings.evaluate_seconds, settings.save_seconds))
    while (progress := schedule.progress(step)) < 1 and arms:
        batch = stream.next_batch()
        if batch is None:
            continue
        targets = picture_targets(batch.pictures)
        rate, dense_weight = schedule.relative_rate(step), settings.dense_weight * (1 - progress)
        losses = [arm.take_step(batch, targets, rate, dense_weight) for arm in arms]
        step += 1
        if report.is_due():
            arms = output.report(arms, losses, step, step * settings.batch, stream.n_drawn, schedule.elapsed)
        if evaluate.is_due():
            output.evaluate(arms, validation, step, step * settings.batch, schedule.elapsed)
        if save.is_due():
            arms = output.save(arms, step, stream.next_seed, schedule.elapsed)
    stream.close()
    if step == 0:
        message = f"{settings.minutes:g} minutes ended before the first step; give more --minutes or more --workers"
        raise NicheLensError(message)

    # Save and score.
    arms = output.save(arms, step, stream.next_seed, schedule.elapsed)
    if not arms:
        message = f"all models have diverged by step {step}; lower --learning-rate and give another --output-dir"
        raise NicheLensError(message)
    output.evaluate(arms, validation, step, step * settings.batch, schedule.elapsed)
    logger.info("saved %s", settings.output_dir)


if __name__ == "__main__":
    sys.exit(main())
