"""Train the bundled base from scratch on synthetic tissue.

    python -m training.pretrain --config training/recipes/nano_base.yaml --output-dir runs/nano

Each step has two losses. One is the language-model loss on the answers. The other is a dense loss: throw-away heads
read numbers off the patches and image tokens (`training.nano.picture_heads`) and off the decoder's states
(`training.nano.relation_heads`), such as what each block of a picture shows, or the log2 fold changes behind an answer.
The dense loss makes the model see sooner than words alone do.

After an interruption, the same command continues from OUTPUT_DIR/checkpoint with slides that were not seen before. Bad
input ends with one line and exit code 2.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from data_prep.dataset.loading import CONTRACT_FILE
from data_prep.errors import NicheLensError
from data_prep.figures.contract import figure_contract
from training.command_line import CommandLine, build
from training.nano.architecture import NanoConfig, save_nano
from training.nano.pretrain_settings import PretrainSettings

logger = logging.getLogger(__name__)
_REPORT_EVERY = 25
_VALIDATION_SLIDES = 6


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


def pretrain(settings: PretrainSettings, sizes: NanoConfig) -> None:
    """Train a base, and write it to the folder `model` in `settings.output_dir`, in bf16.

    Args:
        settings: of the run.
        sizes: of the model.

    Raises:
        NicheLensError: the base to start from cannot be used.
    """
    import numpy as np

    from training.nano.base_training import BaseTraining
    from training.nano.lesson_stream import LessonCollator, LessonStream
    from training.nano.lesson_validation import validate
    from training.nano.lessons import VALIDATION_SEED, LessonConfig, make_lessons

    # Load the model, or the checkpoint of an interrupted run.
    run = BaseTraining(settings, sizes)
    logger.info(
        "%.2f M parameters on %s in %s, step %d of %d",
        run.n_parameters / 1e6,
        run.device,
        "bf16" if run.bf16 else "fp32",
        run.step,
        settings.steps,
    )

    # Draw lessons ahead, and those of the validation.
    collate = LessonCollator(run.processor, run.device)
    lessons = LessonConfig()
    stream = LessonStream(run.next_seed, lessons, settings.workers, settings.pool, settings.repeats, settings.seed)
    validation = [lesson for i in range(_VALIDATION_SLIDES) for lesson in make_lessons(VALIDATION_SEED + i, lessons)]

    # Train.
    started, first_step, losses = time.monotonic(), run.step, []
    for single, several, next_seed in stream.batches(settings.single_batch, settings.several_batch):
        if run.step >= settings.steps:
            break
        losses.append(run.take_step(collate(single), collate(several)))
        run.next_seed = next_seed
        if run.step % _REPORT_EVERY == 0:
            seen = (run.step - first_step) * (settings.single_batch + settings.several_batch)
            rate = seen / (time.monotonic() - started)
            mean = " ".join(f"{value:.3f}" for value in np.mean(losses[-_REPORT_EVERY:], axis=0))
            logger.info("step %d  loss (words; dense; one, several) %s  %.1f examples/s", run.step, mean, rate)
        if run.step % settings.evaluate_every == 0:
            scores = validate(run, validation, collate)
            logger.info("step %d  %s  R2 %s", run.step, json.dumps(scores.answers), json.dumps(scores.heads))
        if run.step % settings.save_every == 0:
            run.save_checkpoint()
    stream.close()

    # Save.
    folder = Path(settings.output_dir) / "model"
    save_nano(run.model, run.processor, folder)
    contract = json.dumps(figure_contract(run.image_size), indent=2)
    (folder / CONTRACT_FILE).write_text(contract + "\n", encoding="utf-8")
    logger.info("saved %s", folder)


if __name__ == "__main__":
    sys.exit(main())
