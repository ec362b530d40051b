"""TRL's trainer with our settings, our order of rows and the vision cache."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.adapter.run_folder import mark_complete
from training.adapter.settings import BatchSplit, SftSettings
from training.adapter.step_sampler import StepSampler
from training.adapter.vision_cache import PICTURE_HASHES, PictureHashingCollator, VisionCache
from training.product_precision import uses_bf16

if TYPE_CHECKING:
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import PreTrainedModel, PreTrainedTokenizerBase, ProcessorMixin
    from trl import SFTConfig, SFTTrainer


def trainer_config(
    settings: SftSettings, checkpoints: Path, split: BatchSplit, *, recompute: bool, workers: int, validates: bool
) -> SFTConfig:
    """TRL's configuration of a run. It replaces those of TRL's defaults that would do harm here.

    Args:
        settings: of the run.
        checkpoints: folder of the checkpoints.
        split: how the batch is split.
        recompute: whether activations are recomputed in the backward pass.
        workers: processes that load ahead.
        validates: whether there is a validation split.
    """
    import torch
    from trl import SFTConfig

    on_gpu = torch.cuda.is_available()
    stops_early = validates and settings.patience > 0
    return SFTConfig(
        output_dir=str(checkpoints),
        use_cpu=not on_gpu,
        bf16=uses_bf16(settings.precision, "cuda" if on_gpu else "cpu"),
        per_device_train_batch_size=split.held,
        per_device_eval_batch_size=split.held,
        gradient_accumulation_steps=split.accumulation,
        dataloader_num_workers=workers,
        dataloader_persistent_workers=workers > 0,
        num_train_epochs=settings.epochs,
        max_steps=settings.max_steps or -1,
        learning_rate=settings.learning_rate,
        warmup_steps=settings.warmup_steps,
        lr_scheduler_type=settings.schedule if settings.schedule != "constant" else "constant_with_warmup",
        weight_decay=settings.weight_decay,
        max_grad_norm=settings.max_grad_norm,
        activation_checkpointing=recompute,
        logging_steps=settings.logging_steps,
        eval_strategy="steps" if validates else "no",
        eval_steps=settings.eval_steps,
        save_strategy="steps",
        save_steps=settings.save_steps,
        save_total_limit=2,  # an interrupted run may leave the newest one incomplete
        load_best_model_at_end=stops_early,
        metric_for_best_model="eval_loss" if stops_early else None,
        seed=settings.seed,
        data_seed=settings.seed,
        max_length=None,  # the default truncates long rows, and a truncated completion trains at loss 0
        completion_only_loss=True,
        remove_unused_columns=False,  # rows are rendered from columns that the model does not know
        average_tokens_across_devices=True,
        ddp_find_unused_parameters=False,
        report_to="none",
    )


def build_trainer(
    config: SFTConfig,
    model: PreTrainedModel,
    processor: ProcessorMixin | PreTrainedTokenizerBase,
    train_rows: Dataset,
    validation_rows: Dataset | None,
    lora: LoraConfig,
    order: StepSampler,
    cache: VisionCache | None,
    patience: int = 0,
) -> SFTTrainer:
    """An `SFTTrainer` that reads the rows in our order. Its `seconds_waiting` is the time spent on getting rows.

    Args:
        config: of `trainer_config`.
        model: the base, without LoRA.
        processor: of the base; its tokenizer for rows without pictures.
        train_rows: rendered when they are read.
        validation_rows: likewise; None where there are none.
        lora: where LoRA goes.
        order: of the training rows.
        cache: the model's vision cache, told the pictures of each batch; None where the vision tower is trained.
        patience: validation losses without improvement after which the run stops; only where `config` keeps the best.
    """
    from transformers import EarlyStoppingCallback
    from trl import SFTTrainer

    class NicheLensTrainer(SFTTrainer):
        seconds_waiting = 0.0

        def _get_train_sampler(self, train_dataset: Any = None) -> StepSampler:
            return order

        def _run_epoch(self, *arguments: Any, epoch: int, **named: Any) -> Any:
            # accelerate's own `set_epoch` does not reach our sampler when a run of several processes resumes within an
            # epoch. Without this line it would read the order of the first epoch again.
            order.set_epoch(epoch)
            return super()._run_epoch(*arguments, epoch=epoch, **named)

        def get_batch_samples(self, *arguments: Any, **named: Any) -> Any:
            started = time.perf_counter()
            samples = super().get_batch_samples(*arguments, **named)
            self.seconds_waiting += time.perf_counter() - started
            return samples

        def compute_loss(self, model: Any, inputs: dict[str, Any], *arguments: Any, **named: Any) -> Any:
            hashes = inputs.pop(PICTURE_HASHES, ())
            if cache is not None:
                cache.next_pictures = hashes
            return super().compute_loss(model, inputs, *arguments, **named)

    trainer = NicheLensTrainer(
        model=model,
        args=config,
        processing_class=processor,
        train_dataset=train_rows,
        eval_dataset=validation_rows,
        peft_config=lora,
        callbacks=[mark_complete(), *([EarlyStoppingCallback(patience)] if config.load_best_model_at_end else [])],
    )
    if cache is not None:
        trainer.data_collator = PictureHashingCollator(trainer.data_collator)
    return trainer
