"""Fine-tune a model with LoRA on a NicheLens dataset: a vision-language model, or any language model on text rows.

    accelerate launch -m training.sft --config training/recipes/nano.yaml --dataset DATASET --output-dir ADAPTER

One process or several, on CPUs or GPUs, give the same adapter: the examples of each step and their weights in the loss
do not depend on the number of processes. After an interruption, the same command with `--resume-from-checkpoint auto`
continues from the newest complete checkpoint and gives the same adapter as an unbroken run.

Bad input ends with one line and exit code 2. `accelerate launch` adds its own traceback and exits with 1; for one
process, `python -m training.sft` does the same work without it.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Sequence

from data_prep.errors import NicheLensError
from inference.model.loader import load_base
from training.adapter.lora_targets import check_adapted, lora_config
from training.adapter.resource_estimate import decide_checkpointing
from training.adapter.run_data import open_run_data
from training.adapter.run_folder import RunFolder
from training.adapter.run_record import adapter_files, describe_run, measure_result
from training.adapter.settings import SftSettings
from training.adapter.step_sampler import StepSampler
from training.adapter.trained_weights import collect_trained_weights
from training.adapter.trainer import build_trainer, trainer_config
from training.adapter.training_rows import fill_last_batch
from training.adapter.vision_cache import cache_vision
from training.command_line import CommandLine, build

logger = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None, command: str = "python -m training.sft") -> int:
    """Run the command.

    Args:
        arguments: of the command, without its name; None for those of this process.
        command: how people call it, for its help and its errors.

    Returns:
        0 when the adapter is written; 2 after one line about what is wrong with the input.
    """
    is_first = os.environ.get("RANK", "0") == "0"
    logging.basicConfig(level=logging.INFO if is_first else logging.ERROR, format="%(message)s")
    try:
        values = CommandLine(command, __doc__ or "", SftSettings).read(arguments)
        train(build(SftSettings, values))
    except NicheLensError as error:
        if is_first:
            print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def train(settings: SftSettings) -> None:
    """Fine-tune, and write the adapter to `settings.output_dir`.

    Raises:
        NicheLensError: the dataset, the base or the output folder cannot be used, or the batch cannot be split evenly.
    """
    from accelerate import PartialState

    # Look at the output folder before anything is loaded.
    folder = RunFolder(settings.output_dir)
    split = settings.split_batch(processes=int(os.environ.get("WORLD_SIZE", "1")))
    start = folder.find_start(settings)

    # Load the dataset and the base.
    data = open_run_data(settings.dataset)
    if not data.has_pictures and (settings.lora_vision or settings.train_projector):
        message = f"{settings.dataset}: shows no pictures to learn from; leave out lora_vision and train_projector"
        raise NicheLensError(message)
    base = load_base(settings.model, four_bit=settings.load_in_4bit, reads_pictures=data.has_pictures)
    row_sizes = data.check(base)
    recompute = decide_checkpointing(settings, base.model, row_sizes, split)
    workers = data.choose_workers(settings.loader_workers, base)
    config = trainer_config(
        settings, folder.checkpoints, split, recompute=recompute, workers=workers, validates=data.validation is not None
    )

    # Lock the output folder. No process may write into it before all have looked at it.
    state = PartialState()
    state.wait_for_everyone()
    if state.is_main_process:
        folder.lock(settings)
    state.wait_for_everyone()

    # Build the trainer.
    may_cache = data.has_pictures and _can_cache_vision(settings)
    cache = cache_vision(base.model, int(settings.vision_cache_gib * 2**30)) if may_cache else None
    filled_rows = fill_last_batch(data.train, settings.batch_size, settings.seed)
    trainer = build_trainer(
        config,
        base.model,
        data.processing_class(base),
        data.rendered(filled_rows, base),
        data.rendered(data.validation, base) if data.validation is not None else None,
        lora_config(
            base.model,
            settings.lora_rank,
            settings.lora_alpha,
            vision=settings.lora_vision,
            projector=settings.train_projector,
            rank_stabilised=settings.use_rslora,
        ),
        StepSampler(data.lengths(filled_rows, base), settings.batch_size, settings.seed),
        cache,
        settings.patience,
    )
    check_adapted(trainer.model, vision=settings.lora_vision, projector=settings.train_projector)
    if trainer.accelerator.num_processes != split.processes:
        message = f"{split.processes} processes were launched and {trainer.accelerator.num_processes} take part"
        raise AssertionError(message)

    # Train.
    logger.info(
        "%s: %d examples, %d per step = %d process(es) x %d held x %d accumulated%s",
        base.reference,
        len(data.train),
        settings.batch_size,
        split.processes,
        split.held,
        split.accumulation,
        f"; going on from {start.name}" if start else "",
    )
    started = time.monotonic()
    trainer.train(resume_from_checkpoint=str(start) if start else None)
    result = measure_result(trainer, cache, seconds=time.monotonic() - started)

    # Save. Each process may hold a part of the weights, so all of them collect.
    model = trainer.accelerator.unwrap_model(trainer.model)
    weights = collect_trained_weights(model)
    if state.is_main_process:
        n_rows = {"train": len(data.train), "validation": len(data.validation or ())}
        run = describe_run(settings, base, data.contract, result, n_rows)
        files = adapter_files(run, data.contract, trainer.state.log_history)
        folder.finish(model, weights, base.processor, base.reference, files, base.revision)
        logger.info("wrote %s", folder.path)
    state.wait_for_everyone()


def _can_cache_vision(settings: SftSettings) -> bool:
    """Whether a picture always becomes the same image tokens, and each process may skip the vision tower."""
    # All processes gather sharded weights together, so none may skip the tower on its own.
    is_sharded = any(os.environ.get(f"ACCELERATE_USE_{name}") == "true" for name in ("FSDP", "DEEPSPEED"))
    return not (settings.lora_vision or settings.train_projector or is_sharded)


if __name__ == "__main__":
    sys.exit(main())
