"""BaseTraining: the state of a base training run, its losses and its steps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from training.nano import pretrain_checkpoint
from training.nano.architecture import NanoConfig, build_nano, open_nano
from training.nano.head_outputs import HeadOutput, total_loss
from training.nano.layer_growth import add_layers
from training.nano.lesson_stream import LessonBatch
from training.nano.lessons import template_texts
from training.nano.picture_heads import PictureHeads, picture_maps
from training.nano.pretrain_settings import PretrainSettings
from training.nano.relation_heads import RelationHeads
from training.product_precision import uses_bf16

if TYPE_CHECKING:
    from transformers import Idefics3ForConditionalGeneration, Idefics3Processor

_HEADS_RATE = 0.25
"""Learning rate of the dense heads, relative to that of the model. In each step the output of a linear head moves by
the learning rate times the sum of its inputs, so a full rate makes the outputs too noisy to teach the model."""


class BaseTraining:
    """A run: model, dense heads, optimiser, and the position in the stream of synthetic slides.

    Attributes:
        model: the base, in float32.
        processor: of the model.
        heads: the dense heads, `pictures` and `relations`.
        optimizer: AdamW.
        device: of model and heads.
        bf16: whether matrix products are in bf16.
        image_size: side of a picture in pixels.
        step: optimiser steps taken.
        next_seed: seed of the next synthetic slide.
        checkpoint: folder of the checkpoint.
    """

    model: Idefics3ForConditionalGeneration
    processor: Idefics3Processor

    def __init__(self, settings: PretrainSettings, sizes: NanoConfig) -> None:
        """Builds the model, opens the base to start from, or restores the run's checkpoint.

        Raises:
            NicheLensError: the base to start from cannot be used.
        """
        self._settings = settings
        self.device = settings.device or ("cuda" if torch.cuda.is_available() else "cpu")
        self.bf16 = uses_bf16(settings.precision, self.device)
        if settings.start:
            self.model, self.processor = open_nano(Path(settings.start))
            add_layers(self.model, sizes.text_layers)
        else:
            self.model, self.processor = build_nano(sizes, template_texts(), seed=settings.seed)
        self.image_size = self.model.config.vision_config.image_size
        text, tokens = self.model.config.text_config, self.processor.image_seq_len
        self.heads = nn.ModuleDict(
            {
                "pictures": PictureHeads(self.model.config.vision_config.hidden_size, text.hidden_size, tokens),
                "relations": RelationHeads(text.hidden_size, text.num_hidden_layers, tokens),
            }
        )
        if self.device == "cpu":
            # For so few tokens, plain products are a fifth faster on a CPU than the fused kernel.
            self.model.set_attn_implementation("eager")
        self.model.to(self.device)
        self.heads.to(self.device)
        self.optimizer = self._build_optimizer()
        self.step = 0
        self.next_seed = settings.seed * 10_000_000
        self.checkpoint = Path(settings.output_dir) / "checkpoint"
        if pretrain_checkpoint.exists(self.checkpoint):
            restored = pretrain_checkpoint.restore(self.checkpoint, self.named_parameters, self.optimizer)
            self.step, self.next_seed, self.processor = restored.step, restored.next_seed, restored.processor

    @property
    def named_parameters(self) -> dict[str, nn.Parameter]:
        """All parameters that are trained, by their names in a checkpoint."""
        parts = {"model": self.model, "heads": self.heads}
        return {
            f"{part}.{name}": weight for part, module in parts.items() for name, weight in module.named_parameters()
        }

    @property
    def n_parameters(self) -> int:
        """Parameters of the model, without the dense heads."""
        return sum(weight.numel() for weight in self.model.parameters())

    def take_step(self, single: LessonBatch, several: LessonBatch) -> tuple[float, float, float, float]:
        """One optimiser step on lessons of one picture and lessons of several.

        Returns:
            The losses on words (one picture, several), then the dense losses (likewise).
        """
        self.model.train()
        for group in self.optimizer.param_groups:
            group["lr"] = group["relative_rate"] * self._learning_rate()
        word_losses, dense_losses = [], []
        for batch in (single, several):
            words, dense = self.losses(batch)
            (0.5 * (words + self._dense_weight() * dense)).backward()
            word_losses.append(words.item())
            dense_losses.append(dense.item())
        nn.utils.clip_grad_norm_(list(self.named_parameters.values()), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        return (word_losses[0], word_losses[1], dense_losses[0], dense_losses[1])

    def losses(self, batch: LessonBatch) -> tuple[torch.Tensor, torch.Tensor]:
        """(language-model loss on the answers, dense loss) of a batch."""
        logits, outputs = self.forward(batch)
        labels, weights = batch.labels[:, 1:], batch.weights[:, 1:]
        is_answer = labels != -100
        words = F.cross_entropy(logits, labels[is_answer], reduction="none")
        return torch.sum(words * weights[is_answer]) / weights[is_answer].sum(), total_loss(outputs)

    def forward(self, batch: LessonBatch) -> tuple[torch.Tensor, list[HeadOutput]]:
        """Logits of the answer tokens, (n_tokens, vocabulary) float32, and the outputs of the dense heads."""
        maps = picture_maps(batch.pixels)
        with torch.autocast(self.device.partition(":")[0], torch.bfloat16, enabled=self.bf16):
            patches = self.model.model.vision_model(pixel_values=batch.pixels).last_hidden_state
            tokens = self.model.model.connector(patches)
            read = tokens if self.step >= self._settings.tower_steps else tokens.detach()
            states = decode(self.model, batch.input_ids, batch.attention_mask, read)
            is_answer = batch.labels[:, 1:] != -100
            logits = self.model.lm_head(states[-1][:, :-1][is_answer])
            is_image = batch.input_ids == self.model.config.image_token_id
            prompt_ends = is_answer.int().argmax(dim=1)
            outputs = [
                *self.heads["pictures"].outputs(patches, tokens, maps, batch.targets),
                *self.heads["relations"].outputs(states, is_image, prompt_ends, maps, batch.overlays, batch.relations),
            ]
        return logits.float(), outputs

    def save_checkpoint(self) -> None:
        """Writes weights, optimiser state and position, in place of the last checkpoint."""
        position = pretrain_checkpoint.Position(self.step, self.next_seed, self.processor)
        pretrain_checkpoint.save(self.checkpoint, self.named_parameters, self.optimizer, position)

    def _build_optimizer(self) -> torch.optim.AdamW:
        """AdamW, with weight decay on matrices only and a lower learning rate for the heads."""
        return torch.optim.AdamW(
            [
                {
                    "params": [weight for weight in part.parameters() if (weight.ndim >= 2) == is_matrix],
                    "relative_rate": relative_rate,
                    "weight_decay": decay,
                }
                for part, relative_rate in ((self.model, 1.0), (self.heads, _HEADS_RATE))
                for is_matrix, decay in ((True, self._settings.weight_decay), (False, 0.0))
            ],
            lr=self._settings.learning_rate,
            betas=(0.9, 0.98),
            fused=self.device == "cpu",
        )

    def _learning_rate(self) -> float:
        """Linear warm-up, then a cosine to 2 % of the peak."""
        settings = self._settings
        if self.step < settings.warmup_steps:
            return settings.learning_rate * (self.step + 1) / settings.warmup_steps
        done = (self.step - settings.warmup_steps) / max(1, settings.steps - settings.warmup_steps)
        return settings.learning_rate * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * min(done, 1.0))))

    def _dense_weight(self) -> float:
        """Falls linearly to zero at the last step."""
        return self._settings.dense_weight * max(0.0, 1 - self.step / self._settings.steps)


def decode(
    model: Idefics3ForConditionalGeneration,
    input_ids: torch.Tensor,
    attention_mask: torch.Tensor,
    tokens: torch.Tensor,
) -> tuple[torch.Tensor, ...]:
    """The decoder's embeddings, with image tokens in place of their placeholders, and its states after each layer."""
    embedded = model.get_input_embeddings()(input_ids)
    is_image = (input_ids == model.config.image_token_id).unsqueeze(-1).expand_as(embedded)
    embedded = embedded.masked_scatter(is_image, tokens.to(embedded.dtype))
    decoded = model.model.text_model(inputs_embeds=embedded, attention_mask=attention_mask, output_hidden_states=True)
    return decoded.hidden_states
