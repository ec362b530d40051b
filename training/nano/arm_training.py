"""ArmTraining: one model of a base training run, with its dense heads, optimiser and losses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import nn

from data_prep.errors import NicheLensError
from training.nano.architecture import build_nano
from training.nano.arms import Arm
from training.nano.dense_heads import DenseHeads, TargetScale
from training.nano.lesson_pool import LessonBatch
from training.nano.lesson_prompts import NO_LABEL, asked_kinds, build_prompt_table, template_texts, topics
from training.nano.picture_targets import BLOCKS, GRID, PictureTargets
from training.nano.pretrain_settings import PretrainSettings
from training.nano.starting_weights import load_start
from training.product_precision import uses_bf16

if TYPE_CHECKING:
    from transformers import Idefics3ForConditionalGeneration, Idefics3Processor

_LATER_WEIGHT = 0.2
"""Weight of the mean loss of an answer's later tokens. The first token holds the verdict and has weight 1."""
_HEADS_RATE = 0.25
"""Learning rate of the dense heads, relative to that of the model. In each step the output of a linear head moves by
the learning rate times the sum of its inputs, so a full rate makes the outputs too noisy to teach the model."""
_CLIP_NORM = 1.0


@dataclass(frozen=True, eq=False)
class Read:
    """What a model reads in some lessons.

    Attributes:
        patches: (n, patches, patch_width) states of the tower.
        tokens: (n, tokens, width) image tokens.
        states: (n, answer_length, width) last states of the decoder, from the end of the prompt on.
    """

    patches: torch.Tensor
    tokens: torch.Tensor
    states: torch.Tensor


class ArmTraining:
    """Trains one model.

    Attributes:
        arm: its sizes and switches.
        model: in float32.
        processor: of the model.
        heads: the dense heads; None where the arm has none.
        optimizer: AdamW.
    """

    model: Idefics3ForConditionalGeneration
    processor: Idefics3Processor

    def __init__(self, arm: Arm, settings: PretrainSettings, device: str) -> None:
        """Builds the heads, and the model with random weights of the run's seed or those of `settings.start_from`.

        Args:
            arm: its sizes and switches.
            settings: of the run.
            device: of the model.

        Raises:
            NicheLensError: the dense heads cannot read a model of such sizes, or the model to start from has others.
        """
        self.arm = arm
        self._device, self._bf16 = device, uses_bf16(settings.precision, device)
        self._rate = settings.learning_rate * arm.rate
        if settings.start_from:
            self.model, self.processor = load_start(settings.start_from, arm.sizes)
        else:
            self.model, self.processor = build_nano(arm.sizes, template_texts(), seed=settings.seed)
        if device == "cpu":
            # For so few tokens, plain products are a fifth faster on a CPU than the fused kernel.
            self.model.set_attn_implementation("eager")
        self.model.to(device)
        self.heads = self._build_heads(settings.seed).to(device) if arm.dense else None
        table = build_prompt_table(self.processor, in_words=arm.in_words)
        self._ids, self._ends, self._labels = (
            torch.from_numpy(array).to(device) for array in (table.ids, table.ends, table.labels)
        )
        self._topics = torch.tensor(topics(), device=device)
        self._kind_weights = torch.tensor([arm.kind_weights.get(kind, 1.0) for kind in asked_kinds()], device=device)
        self._image_start = table.image_start
        self._yes_no = [self.processor.tokenizer.convert_tokens_to_ids(word) for word in ("Yes", "No")]
        self.optimizer = self._build_optimizer(settings.weight_decay)

    def prepare(self, scale: TargetScale, *, compiled: bool) -> None:
        """Gets ready for the first step.

        Args:
            scale: of the dense targets.
            compiled: whether to compile the losses.
        """
        if self.heads is not None:
            self.heads.use_scale(scale)
        if compiled:
            self._losses = torch.compile(self._losses, dynamic=False)  # type: ignore[method-assign]

    @property
    def n_parameters(self) -> int:
        """Parameters of the model, without the dense heads."""
        return sum(weight.numel() for weight in self.model.parameters())

    def named_parameters(self) -> Iterator[tuple[str, nn.Parameter]]:
        """All parameters that are trained, by their names in a checkpoint."""
        for part, module in (("model", self.model), ("heads", self.heads)):
            if module is not None:
                yield from ((f"{part}.{name}", weight) for name, weight in module.named_parameters())

    @property
    def has_diverged(self) -> bool:
        """Whether a weight is infinite or not a number."""
        return not torch.stack([weight.isfinite().all() for _, weight in self.named_parameters()]).all()

    def take_step(
        self, batch: LessonBatch, targets: PictureTargets, relative_rate: float, dense_weight: float
    ) -> torch.Tensor:
        """One optimiser step.

        Args:
            batch: the lessons.
            targets: the dense targets of their pictures.
            relative_rate: learning rate as a share of its peak.
            dense_weight: weight of the dense loss.

        Returns:
            (loss on the answers, dense loss) on the device, so that nothing waits for it.
        """
        self.model.train()
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate * group["relative_rate"] * relative_rate
        answer, dense = self._losses(batch, targets)
        (answer + dense_weight * dense).backward()
        nn.utils.clip_grad_norm_([weight for _, weight in self.named_parameters()], _CLIP_NORM)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return torch.stack([answer.detach(), dense.detach()])

    @torch.inference_mode()
    def yes_logits(self, batch: LessonBatch) -> torch.Tensor:
        """Logit of Yes minus that of No for each lesson, (n,) float32, and the model in evaluation mode."""
        self.model.eval()
        with self._products():
            logits = self.model.lm_head(self._read(batch).states[:, 0]).float()
        yes, no = self._yes_no
        return logits[:, yes] - logits[:, no]

    @torch.inference_mode()
    def dense_errors(self, batch: LessonBatch, targets: PictureTargets) -> list[tuple[str, torch.Tensor, torch.Tensor]]:
        """(group, prediction, scaled target) of the dense heads; empty where there are none."""
        if self.heads is None:
            return []
        self.model.eval()
        with self._products():
            read = self._read(batch)
            return list(
                self.heads.errors(
                    read.patches, read.tokens, read.states[:, 0], targets, batch, self._topics[batch.prompts]
                )
            )

    def _losses(self, batch: LessonBatch, targets: PictureTargets) -> tuple[torch.Tensor, torch.Tensor]:
        with self._products():
            read = self._read(batch)
            logits = self.model.lm_head(read.states).float()
            labels = self._labels[batch.prompts, batch.answers]
            each = F.cross_entropy(logits.transpose(1, 2), labels, ignore_index=NO_LABEL, reduction="none")
            later = each[:, 1:].sum() / (labels[:, 1:] != NO_LABEL).sum()
            weights = self._kind_weights[batch.kinds]
            answer = (weights * each[:, 0]).sum() / weights.sum() + _LATER_WEIGHT * later
            if self.heads is None:
                return answer, torch.zeros_like(answer)
            dense = self.heads.loss(
                read.patches, read.tokens, read.states[:, 0], targets, batch, self._topics[batch.prompts]
            )
        return answer, dense

    def _read(self, batch: LessonBatch) -> Read:
        """The states of tower and decoder. Padding stands on the right, so causal attention needs no mask."""
        pixels = batch.pictures.permute(0, 3, 1, 2).float() / 127.5 - 1.0
        patches = see(self.model, pixels)
        tokens = self.model.model.connector(patches)
        embedded = self.model.get_input_embeddings()(self._ids[batch.prompts, batch.answers])
        start, end = self._image_start, self._image_start + tokens.shape[1]
        embedded = torch.cat([embedded[:, :start], tokens.to(embedded.dtype), embedded[:, end:]], dim=1)
        decoded = self.model.model.text_model(inputs_embeds=embedded, use_cache=False).last_hidden_state
        places = self._ends[batch.prompts][:, None] + torch.arange(self._labels.shape[2], device=decoded.device)
        states = decoded.gather(1, places[:, :, None].expand(-1, -1, decoded.shape[2]))
        return Read(patches, tokens, states)

    def _products(self) -> torch.autocast:
        return torch.autocast(self._device.partition(":")[0], torch.bfloat16, enabled=self._bf16)

    def _build_heads(self, seed: int) -> DenseHeads:
        sizes = self.arm.sizes
        if sizes.image_tokens != BLOCKS**2 or GRID % sizes.patches_per_side:
            message = (
                f"{self.arm.name}: {sizes.image_tokens} image tokens of {sizes.patches_per_side} patches a side; dense "
                f"targets need {BLOCKS**2} tokens and a number of patches that divides {GRID}"
            )
            raise NicheLensError(message)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return DenseHeads(
                sizes.vision_hidden,
                sizes.patches_per_side**2,
                sizes.text_hidden,
                sizes.image_tokens,
                len(set(topics())),
            )

    def _build_optimizer(self, decay: float) -> torch.optim.AdamW:
        """AdamW, with weight decay on matrices only and a lower learning rate for the heads."""
        return torch.optim.AdamW(
            [
                {
                    "params": [weight for weight in part.parameters() if (weight.ndim >= 2) == is_matrix],
                    "relative_rate": relative_rate,
                    "weight_decay": decay if is_matrix else 0.0,
                }
                for part, relative_rate in ((self.model, 1.0), (self.heads, _HEADS_RATE))
                if part is not None
                for is_matrix in (True, False)
            ],
            lr=self._rate,
            betas=(0.9, 0.98),
            fused=True,
        )


def see(model: Idefics3ForConditionalGeneration, pixels: torch.Tensor) -> torch.Tensor:
    """The tower's states of whole square pictures: (n, patches, width).

    The same as the tower's own forward pass, without its masks and positions for pictures of other shapes.

    Args:
        model: with the tower.
        pixels: (n, 3, size, size) in -1..1.
    """
    tower = model.model.vision_model
    patches = tower.embeddings.patch_embedding(pixels).flatten(2).transpose(1, 2)
    embedded = patches + tower.embeddings.position_embedding.weight
    encoded = tower.encoder(inputs_embeds=embedded, attention_mask=None)
    return tower.post_layernorm(encoded.last_hidden_state)
