"""Fine-tune a vision-language model with LoRA on a NicheLens dataset.

    accelerate launch -m training.sft --config training/recipes/nano.yaml --dataset DATASET --output_dir ADAPTER

One process or several, on CPUs or GPUs, give the same adapter: the examples of each step and their weights in the loss
do not depend on how many processes share them. Killed, the same command with `--resume_from_checkpoint auto` goes on
from the newest complete checkpoint and ends where the run would have ended.

Bad input is one line and exit code 2. `accelerate launch` adds a traceback of its own and exits 1; for one process,
`python -m training.sft` does the same without it.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_prep.dataset.loading import CONTRACT_FILE
from data_prep.errors import NicheLensError
from training.adapter.adapter_card import adapter_card
from training.adapter.base import Base, load_base, report_figures
from training.adapter.gathered_weights import learnt_weights
from training.adapter.loader_workers import plan_workers
from training.adapter.lora_targets import check_adapted, lora_config
from training.adapter.product_precision import uses_bf16
from training.adapter.resource_estimate import Held, choose_checkpointing, device_memory, measure
from training.adapter.run_folder import RUN_CONFIG, RunFolder, mark_complete
from training.adapter.settings import SftSettings, read_settings
from training.adapter.step_sampler import StepSampler
from training.adapter.trainer import make_trainer
from training.adapter.training_rows import (
    as_conversations,
    check_rows,
    fill_last_batch,
    load_contract,
    load_splits,
    row_lengths,
)
from training.adapter.vision_cache import FrozenVision, freeze_vision

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import TrainerCallback
    from trl import SFTConfig, SFTTrainer

logger = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 when the adapter is written, 2 after one line about what was wrong with the input."""
    is_first = os.environ.get("RANK", "0") == "0"
    logging.basicConfig(level=logging.INFO if is_first else logging.ERROR, format="%(message)s")
    try:
        train(read_settings(arguments))
    except NicheLensError as error:
        if is_first:
            print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def train(settings: SftSettings) -> None:
    """Fine-tune, and write the adapter to `settings.output_dir`.

    Raises:
        NicheLensError: the dataset, the base or the output folder cannot be used, or the batch cannot be shared out.
    """
    from accelerate import PartialState

    folder = RunFolder(settings.output_dir)
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    held, accumulation = settings.accumulation(processes)
    start = folder.find_start(settings)
    train_rows, validation_rows = load_splits(settings.dataset)
    contract = load_contract(settings.dataset)
    base = load_base(settings.model, four_bit=settings.load_in_4bit)
    figure_tokens = report_figures(base, int(contract["size"]))
    sizes = check_rows(train_rows, base.model.config, base.processor, settings.dataset)
    again = _recomputes(settings, base, Held(held, sizes.longest, sizes.most_patches), processes)
    workers = plan_workers(settings.loader_workers, as_conversations(train_rows, base.processor), base.processor)

    config = _trainer_config(
        settings, folder, held, accumulation, again, workers, has_validation=validation_rows is not None
    )
    state = PartialState()
    state.wait_for_everyone()  # nobody may write into the folder before everybody has looked at it
    if state.is_main_process:
        folder.claim(settings)
    state.wait_for_everyone()
    vision = _freeze_vision(settings, base)
    trainer = _make_trainer(settings, config, base, train_rows, validation_rows, figure_tokens, vision)
    if trainer.accelerator.num_processes != processes:
        message = f"{processes} processes were launched and {trainer.accelerator.num_processes} take part"
        raise AssertionError(message)
    logger.info(
        "%s: %d examples, %d per step = %d process(es) x %d held x %d accumulated%s",
        base.place,
        len(train_rows),
        settings.batch_size,
        processes,
        held,
        accumulation,
        f"; going on from {start.name}" if start else "",
    )
    started = time.monotonic()
    trainer.train(resume_from_checkpoint=str(start) if start else None)
    result = _measure(trainer, vision, seconds=time.monotonic() - started)
    adapted = trainer.accelerator.unwrap_model(trainer.model)
    weights = learnt_weights(adapted)  # in every process: each may hold a part
    if state.is_main_process:
        run = _describe_run(settings, base, contract, result, {"train": train_rows, "validation": validation_rows})
        files = {
            CONTRACT_FILE: _json(contract),
            RUN_CONFIG: _json(run),
            "training_log.json": _json(trainer.state.log_history),
            "README.md": adapter_card(run),
        }
        folder.finish(adapted, weights, base.processor, base.place, files, base.revision)
        logger.info("wrote %s", folder.path)
    state.wait_for_everyone()


def _recomputes(settings: SftSettings, base: Base, held: Held, processes: int) -> bool:
    """Whether activations are computed again in the backward pass: as told, else where they would not fit."""
    if settings.activation_checkpointing != "auto":
        return settings.activation_checkpointing == "always"
    if settings.lora_vision:
        logger.info("activation checkpointing is on: what a vision tower with LoRA keeps is not estimated")
        return True
    import torch

    on_gpu = torch.cuda.is_available()
    held = replace(
        held,
        on_gpu=on_gpu,
        bf16=uses_bf16(settings.precision, "cuda" if on_gpu else "cpu"),
        four_bit=settings.load_in_4bit,
        rank=settings.lora_rank,
    )
    again, reason = choose_checkpointing(measure(base.model), held, device_memory(processes))
    logger.info("activation checkpointing is %s: %s", "on" if again else "off", reason)
    return again


def _freeze_vision(settings: SftSettings, base: Base) -> FrozenVision | None:
    """Has pictures read once, where what they become can't change."""
    # Weights that are shared out are gathered by all processes at once, so none may leave out the tower by itself.
    shared_out = any(os.environ.get(f"ACCELERATE_USE_{name}") == "true" for name in ("FSDP", "DEEPSPEED"))
    if settings.lora_vision or settings.train_projector or shared_out:
        return None
    return freeze_vision(base.model, int(settings.vision_cache_gib * 2**30))


def _trainer_config(
    settings: SftSettings,
    folder: RunFolder,
    held: int,
    accumulation: int,
    again: bool,
    workers: int,
    *,
    has_validation: bool,
) -> SFTConfig:
    """Our settings in TRL's words, with the defaults that would do harm here turned round."""
    import torch
    from trl import SFTConfig

    on_gpu = torch.cuda.is_available()
    stops_early = has_validation and settings.patience > 0
    return SFTConfig(
        output_dir=str(folder.checkpoints),
        use_cpu=not on_gpu,
        bf16=uses_bf16(settings.precision, "cuda" if on_gpu else "cpu"),
        per_device_train_batch_size=held,
        per_device_eval_batch_size=held,
        gradient_accumulation_steps=accumulation,
        dataloader_num_workers=workers,
        dataloader_persistent_workers=workers > 0,
        num_train_epochs=settings.epochs,
        max_steps=settings.max_steps or -1,
        learning_rate=settings.learning_rate,
        warmup_steps=settings.warmup_steps,
        lr_scheduler_type=settings.schedule if settings.schedule != "constant" else "constant_with_warmup",
        weight_decay=settings.weight_decay,
        max_grad_norm=settings.max_grad_norm,
        activation_checkpointing=again,
        gradient_checkpointing=again,
        logging_steps=settings.logging_steps,
        eval_strategy="steps" if has_validation else "no",
        eval_steps=settings.eval_steps,
        save_strategy="steps",
        save_steps=settings.save_steps,
        save_total_limit=2,  # the newest may be the one that a kill leaves half-written
        load_best_model_at_end=stops_early,
        metric_for_best_model="eval_loss" if stops_early else None,
        seed=settings.seed,
        data_seed=settings.seed,
        max_length=None,  # the default cuts long rows, and a cut completion trains at loss 0 without a word
        completion_only_loss=True,
        remove_unused_columns=False,  # rows are rendered from columns that the model does not know
        average_tokens_across_devices=True,
        ddp_find_unused_parameters=False,
        report_to="none",
    )


def _make_trainer(
    settings: SftSettings,
    config: SFTConfig,
    base: Base,
    train_rows: Dataset,
    validation_rows: Dataset | None,
    figure_tokens: int,
    vision: FrozenVision | None,
) -> SFTTrainer:
    """The trainer, its LoRA layers checked."""
    filled = fill_last_batch(train_rows, settings.batch_size, settings.seed)
    lengths = row_lengths(filled, base.processor, settings.dataset, figure_tokens)
    trainer = make_trainer(
        StepSampler(lengths, settings.batch_size, settings.seed),
        vision,
        model=base.model,
        args=config,
        processing_class=base.processor,
        train_dataset=as_conversations(filled, base.processor),
        eval_dataset=as_conversations(validation_rows, base.processor) if validation_rows is not None else None,
        peft_config=lora_config(
            base.model,
            settings.lora_rank,
            settings.lora_alpha,
            vision=settings.lora_vision,
            projector=settings.train_projector,
            rank_stabilised=settings.use_rslora,
        ),
        callbacks=[mark_complete(), *_early_stopping(config, settings.patience)],
    )
    check_adapted(trainer.model, vision=settings.lora_vision, projector=settings.train_projector)
    return trainer


def _early_stopping(config: SFTConfig, patience: int) -> list[TrainerCallback]:
    from transformers import EarlyStoppingCallback

    return [EarlyStoppingCallback(patience)] if config.load_best_model_at_end else []


def _measure(trainer: SFTTrainer, vision: FrozenVision | None, seconds: float) -> dict[str, Any]:
    """Losses at the end, in nats per answer token. Times and pictures are counted from the last start of the run."""
    history = trainer.state.log_history
    # A run shorter than `logging_steps` reports no loss on its way, only the mean at its end.
    losses = [entry["loss"] for entry in history if "loss" in entry] or [history[-1]["train_loss"]]
    result = {
        "steps": trainer.state.global_step,
        "train_loss": losses[-1],
        "seconds": round(seconds, 1),
        "waited_for_rows": round(trainer.waited / seconds, 3),
    }
    logger.info("%.1f s, of which %.1f %% went into getting rows", seconds, 100 * trainer.waited / seconds)
    if vision is not None and vision.asked:
        result["pictures_kept"] = round(vision.found / vision.asked, 3)
        logger.info(
            "%d pictures were read, %d of them from the %.0f MiB that were kept of earlier ones",
            vision.asked,
            vision.found,
            vision.held_bytes / 2**20,
        )
    if trainer.eval_dataset is not None:
        result["eval_loss"] = trainer.evaluate()["eval_loss"]
    return result


def _describe_run(
    settings: SftSettings,
    base: Base,
    contract: dict[str, Any],
    result: dict[str, Any],
    splits: dict[str, Dataset | None],
) -> dict[str, Any]:
    """Content of run_config.json: all that decides the adapter, and no path of the machine it was made on."""
    places = {"dataset": _public_name(settings.dataset), "model": _public_name(base.place)}
    kept = asdict(settings) | places
    del kept["output_dir"], kept["resume_from_checkpoint"]
    return {
        "name": Path(settings.output_dir).resolve().name,
        "base": {"name": places["model"], "on_hub": base.revision is not None, "revision": base.revision},
        "dataset": {"name": places["dataset"], **{split: len(rows or ()) for split, rows in splits.items()}},
        "contract": contract["hash"],
        "settings": kept,
        "result": result,
        "versions": {name: version(name) for name in ("torch", "transformers", "trl", "peft", "accelerate")},
    }


def _public_name(place: str) -> str:
    """A folder's own name, without the path of the machine it lies on; a Hub id as it is."""
    return Path(place).resolve().name if Path(place).exists() else place


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main())
