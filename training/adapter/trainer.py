"""TRL's trainer, fed so that the device neither waits nor computes twice."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from training.adapter.step_sampler import StepSampler
from training.adapter.vision_cache import PICTURES, FrozenVision, NamedPictures

if TYPE_CHECKING:
    from trl import SFTTrainer


def make_trainer(order: StepSampler, vision: FrozenVision | None, **options: Any) -> SFTTrainer:
    """An `SFTTrainer` that reads the rows in an order of ours.

    Its `waited` counts the seconds that it spent on getting rows.

    Args:
        order: of the training rows.
        vision: what is told, before each forward pass, which pictures are coming; None where the vision tower learns.
        options: of `SFTTrainer`.
    """
    from trl import SFTTrainer

    class FedTrainer(SFTTrainer):
        waited = 0.0

        def _get_train_sampler(self, train_dataset: Any = None) -> StepSampler:
            return order

        def _run_epoch(self, *arguments: Any, epoch: int, **named: Any) -> Any:
            # accelerate's own `set_epoch` does not reach the sampler of a run that is shared out and goes on from
            # within an epoch: it would read the first epoch's order again.
            order.set_epoch(epoch)
            return super()._run_epoch(*arguments, epoch=epoch, **named)

        def get_batch_samples(self, *arguments: Any, **named: Any) -> Any:
            started = time.perf_counter()
            found = super().get_batch_samples(*arguments, **named)
            self.waited += time.perf_counter() - started
            return found

        def compute_loss(self, model: Any, inputs: dict[str, Any], *arguments: Any, **named: Any) -> Any:
            names = inputs.pop(PICTURES, ())
            if vision is not None:
                vision.coming = names
            return super().compute_loss(model, inputs, *arguments, **named)

    trainer = FedTrainer(**options)
    if vision is not None:
        trainer.data_collator = NamedPictures(trainer.data_collator)
    return trainer
