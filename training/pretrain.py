"""Trains the bundled base from scratch on synthetic tissue.

    python -m training.pretrain --config training/recipes/nano_base.yaml --output-dir runs/nano

Two losses on every batch: the language-model loss on the answer, and a dense loss that asks each patch and image
token what its block of the picture shows and all of them together for the numbers behind the answer (log2 fold
changes, places, form, neighbours), once as they leave the tower (`training.nano.picture_heads`) and once inside the
decoder (`training.nano.relation_heads`). The dense heads are thrown away afterwards; they teach the model to see sooner than
words alone do.
Interrupted, it goes on from ``output_dir/checkpoint`` with slides not seen before (the pool of examples at hand is not
kept, so an interrupted run sees others than an uninterrupted one).
"""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from data_prep.dataset.loading import CONTRACT_FILE
from data_prep.figures.canvas import figure_contract
from training.adapter.product_precision import check_precision, uses_bf16
from training.nano.architecture import NanoConfig, build_nano, open_nano, save_nano
from training.nano.head_outputs import Reading, determination, total_loss
from training.nano.layer_growth import deepen
from training.nano.lesson_stream import Batch, Collator, LessonStream
from training.nano.lessons import VALIDATION_SEED, Lesson, LessonConfig, lessons, template_texts
from training.nano.picture_heads import PictureHeads, picture_maps
from training.nano.relation_heads import RelationHeads

if TYPE_CHECKING:
    import torch
    from transformers import Idefics3ForConditionalGeneration

logger = logging.getLogger("pretrain")
_HEADS_PACE = 0.25
"""Learning rate of the dense heads by that of the model: a linear head moves its output by the rate times the sum of
all that it reads per step, and what trembles teaches nothing."""


@dataclass
class PretrainConfig:
    """Settings of a base training run; the recipe explains the values."""

    output_dir: str = field(metadata={"help": "Folder of the finished model and its checkpoint."})
    start: str = field(
        default="",
        metadata={
            "help": "Folder of a base to train on from; only text_layers may be given, and more. Empty: fresh weights."
        },
    )
    steps: int = field(default=5000, metadata={"help": "Optimiser steps."})
    single_batch: int = field(default=48, metadata={"help": "Questions about one picture per step."})
    several_batch: int = field(default=24, metadata={"help": "Questions about two or three pictures per step."})
    learning_rate: float = field(default=1e-3, metadata={"help": "Peak learning rate of AdamW."})
    warmup_steps: int = field(
        default=200, metadata={"help": "Steps of linear warm-up; then a cosine to 2 % of the peak."}
    )
    weight_decay: float = field(default=0.05, metadata={"help": "AdamW weight decay of the matrices."})
    tower_steps: int = field(
        default=0, metadata={"help": "First steps in which the tower learns from the dense targets of pictures alone."}
    )
    dense_weight: float = field(
        default=1.0, metadata={"help": "Weight of the dense loss; it fades to zero at the end."}
    )
    repeats: int = field(default=1, metadata={"help": "How often each drawn example is shown."})
    pool: int = field(default=4000, metadata={"help": "Examples kept at hand and shuffled."})
    workers: int = field(default=1, metadata={"help": "Processes that draw synthetic slides."})
    seed: int = field(default=0, metadata={"help": "Seed of the weights and first seed of the slides."})
    save_every: int = field(default=250, metadata={"help": "Steps between checkpoints."})
    evaluate_every: int = field(default=500, metadata={"help": "Steps between validations on unseen synthetic slides."})
    device: str = field(default="", metadata={"help": "cpu or cuda; empty picks what is there."})
    precision: str = field(
        default="", metadata={"help": "bf16 or fp32 products; empty picks bf16 where the hardware multiplies it."}
    )


def main() -> None:
    """Parses recipe and command line, and trains."""
    from trl import TrlParser

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    config, nano = TrlParser((PretrainConfig, NanoConfig)).parse_args_and_config()
    Pretraining(config, nano).run()


class Pretraining:
    """One run: model, dense heads, optimiser, and the position in the stream of synthetic slides."""

    def __init__(self, config: PretrainConfig, nano: NanoConfig | None = None) -> None:
        """Builds the model (of the bundled size unless told otherwise), or opens the run's start or checkpoint."""
        import torch
        from torch import nn

        self.config = config
        self.device = config.device or ("cuda" if torch.cuda.is_available() else "cpu")
        nano = nano or NanoConfig()
        check_precision(config.precision)
        self.half = uses_bf16(config.precision, self.device)
        if config.start:
            self.model, self.processor = open_nano(Path(config.start))
            deepen(self.model, nano.text_layers)
        else:
            self.model, self.processor = build_nano(nano, template_texts(), seed=config.seed)
        self.image_size = self.model.config.vision_config.image_size
        text, tokens = self.model.config.text_config, self.processor.image_seq_len
        self.heads = nn.ModuleDict(
            {
                "pictures": PictureHeads(self.model.config.vision_config.hidden_size, text.hidden_size, tokens),
                "relations": RelationHeads(text.hidden_size, text.num_hidden_layers, tokens),
            }
        )
        if self.device == "cpu":
            # Over so few tokens plain products are a fifth quicker there, forth and back, than the fused kernel.
            self.model.set_attn_implementation("eager")
        self.model.to(self.device)
        self.heads.to(self.device)
        self.names = [
            *(f"model.{name}" for name, _ in self.model.named_parameters()),
            *(f"heads.{name}" for name, _ in self.heads.named_parameters()),
        ]
        self.parameters = [*self.model.parameters(), *self.heads.parameters()]
        self.optimizer = torch.optim.AdamW(
            [
                {
                    "params": [p for p in part.parameters() if (p.ndim >= 2) == decays],
                    "pace": pace,
                    "weight_decay": decay,
                }
                for part, pace in ((self.model, 1.0), (self.heads, _HEADS_PACE))
                for decays, decay in ((True, config.weight_decay), (False, 0.0))
            ],
            lr=config.learning_rate,
            betas=(0.9, 0.98),
            fused=self.device == "cpu",
        )
        self.step = 0
        self.next_seed = config.seed * 10_000_000
        self.checkpoint = Path(config.output_dir) / "checkpoint"
        if (self.checkpoint / "state.json").exists():
            self._resume()

    def run(self) -> None:
        """Trains to the last step, then saves the model in bf16."""
        import torch

        config = self.config
        collate = Collator(self.processor, self.device)
        stream = LessonStream(self.next_seed, LessonConfig(), config.workers, config.pool, config.repeats, config.seed)
        size = sum(p.numel() for p in self.model.parameters())
        dtype = "bf16" if self.half else "fp32"
        logger.info(
            "%.2f M parameters on %s in %s, step %d of %d", size / 1e6, self.device, dtype, self.step, config.steps
        )
        validation = [lesson for i in range(6) for lesson in lessons(VALIDATION_SEED + i, LessonConfig())]
        started, first, losses = time.monotonic(), self.step, []
        for single, several, next_seed in stream.batches(config.single_batch, config.several_batch):
            if self.step >= config.steps:
                break
            self.model.train()
            for group in self.optimizer.param_groups:
                group["lr"] = group["pace"] * self._learning_rate()
            words, dense = [], []
            for part in (single, several):
                loss_words, loss_dense = self.losses(collate(part))
                (0.5 * (loss_words + self._dense_weight() * loss_dense)).backward()
                words.append(loss_words.item())
                dense.append(loss_dense.item())
            torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
            self.step += 1
            self.next_seed = next_seed
            losses.append((*words, *dense))
            if self.step % 25 == 0:
                seen = (self.step - first) * (config.single_batch + config.several_batch)
                rate = seen / (time.monotonic() - started)
                mean = " ".join(f"{value:.3f}" for value in np.mean(losses[-25:], axis=0))
                logger.info("step %d  loss (words; dense; one, several) %s  %.1f examples/s", self.step, mean, rate)
            if self.step % config.evaluate_every == 0:
                answered, read = self.validate(validation, collate)
                logger.info("step %d  %s  R2 %s", self.step, json.dumps(answered), json.dumps(read))
            if self.step % config.save_every == 0:
                self._save_checkpoint()
        stream.close()
        save_nano(self.model, self.processor, Path(config.output_dir) / "model")
        contract = json.dumps(figure_contract(self.image_size), indent=2)
        (Path(config.output_dir) / "model" / CONTRACT_FILE).write_text(contract + "\n", encoding="utf-8")
        logger.info("saved %s", Path(config.output_dir) / "model")

    def losses(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """(language-model loss on the answers, dense loss on the pictures) of one batch."""
        import torch
        import torch.nn.functional as F

        logits, readings = self._forward(batch)
        labels, weights = batch.labels[:, 1:], batch.weights[:, 1:]
        answer = labels != -100
        words = F.cross_entropy(logits, labels[answer], reduction="none")
        return torch.sum(words * weights[answer]) / weights[answer].sum(), total_loss(readings)

    def _forward(self, batch: Batch) -> tuple[torch.Tensor, list[Reading]]:
        """Logits of the tokens of the answers in float32, (n_tokens, vocabulary), and what the dense heads read."""
        import torch

        maps = picture_maps(batch.pixels)
        with torch.autocast(self.device.partition(":")[0], torch.bfloat16, enabled=self.half):
            patches = self.model.model.vision_model(pixel_values=batch.pixels).last_hidden_state
            tokens = self.model.model.connector(patches)
            read = tokens if self.step >= self.config.tower_steps else tokens.detach()
            states = decode(self.model, batch.input_ids, batch.attention_mask, read)
            answer = batch.labels[:, 1:] != -100
            logits = self.model.lm_head(states[-1][:, :-1][answer])
            is_image = batch.input_ids == self.model.config.image_token_id
            ends = answer.int().argmax(dim=1)
            relations = self.heads["relations"]
            readings = [
                *self.heads["pictures"].readings(patches, tokens, maps, batch.targets),
                *relations.readings(states, is_image, ends, maps, batch.overlays, batch.relations),
            ]
        return logits.float(), readings

    def validate(self, validation: list[Lesson], collate: Collator) -> tuple[dict[str, float], dict[str, float]]:
        """How well it does on lessons that it has not seen.

        Returns:
            By task, AUROC of yes against no, or the share of the answer's tokens that come first given the right ones:
            most are fixed by grammar, so it flatters; it serves to compare runs. And by group of dense targets, the R²
            of what is read, its mean over the numbers of the group: where sight or relation is lost on the way.
        """
        import torch
        from sklearn.metrics import roc_auc_score

        self.model.eval()
        yes, no = (self.processor.tokenizer.convert_tokens_to_ids(word) for word in ("Yes", "No"))
        result, seen = {}, []
        for task in sorted({lesson.task for lesson in validation}):
            asked = [lesson for lesson in validation if lesson.task == task]
            scores: list[float] = []
            right, total = 0, 0
            for start in range(0, len(asked), 32):
                batch = collate(asked[start : start + 32])
                with torch.inference_mode():
                    logits, readings = self._forward(batch)
                seen.append(readings)
                answer = batch.labels[:, 1:] != -100
                right += int((logits.argmax(dim=-1) == batch.labels[:, 1:][answer]).sum())
                total += len(logits)
                first = torch.cumsum(answer.sum(dim=1), 0) - answer.sum(dim=1)
                scores += (logits[first, yes] - logits[first, no]).tolist()
            truth = [lesson.label == "yes" for lesson in asked]
            of_labels = len(set(truth)) == 2
            result[task] = round(float(roc_auc_score(truth, scores)) if of_labels else right / total, 4)
        return result, determination(seen)

    def _learning_rate(self) -> float:
        """Linear warm-up, then cosine to 2 % of the peak."""
        config = self.config
        if self.step < config.warmup_steps:
            return config.learning_rate * (self.step + 1) / config.warmup_steps
        done = (self.step - config.warmup_steps) / max(1, config.steps - config.warmup_steps)
        return config.learning_rate * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * min(done, 1.0))))

    def _dense_weight(self) -> float:
        return self.config.dense_weight * max(0.0, 1 - self.step / self.config.steps)

    def _save_checkpoint(self) -> None:
        """Writes weights, optimiser moments and position beside the last checkpoint, then swaps."""
        import shutil

        from safetensors.torch import save_file

        beside = self.checkpoint.with_name("checkpoint.new")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        tensors: dict[str, Any] = {}
        for name, parameter in zip(self.names, self.parameters, strict=True):
            tensors[name] = parameter.detach().cpu().contiguous().clone()
            for moment in ("exp_avg", "exp_avg_sq", "step"):
                tensors[f"{name}.{moment}"] = self.optimizer.state[parameter][moment].detach().cpu().clone()
        save_file(tensors, beside / "state.safetensors")
        self.processor.save_pretrained(beside)
        (beside / "state.json").write_text(json.dumps({"step": self.step, "next_seed": self.next_seed}))
        shutil.rmtree(self.checkpoint, ignore_errors=True)
        beside.rename(self.checkpoint)

    def _resume(self) -> None:
        import torch
        from safetensors.torch import load_file
        from transformers import AutoProcessor

        state = json.loads((self.checkpoint / "state.json").read_text())
        # The tokenizer that the weights know, whatever this version would learn from its texts.
        self.processor = AutoProcessor.from_pretrained(self.checkpoint)
        tensors = load_file(self.checkpoint / "state.safetensors")
        with torch.no_grad():
            for name, parameter in zip(self.names, self.parameters, strict=True):
                parameter.copy_(tensors[name])
                self.optimizer.state[parameter] = {
                    moment: tensors[f"{name}.{moment}"].to(parameter.device if moment != "step" else "cpu")
                    for moment in ("exp_avg", "exp_avg_sq", "step")
                }
        self.step, self.next_seed = state["step"], state["next_seed"]


def decode(
    model: Idefics3ForConditionalGeneration,
    input_ids: torch.Tensor,
    attention_mask: torch.Tensor,
    tokens: torch.Tensor,
) -> tuple[torch.Tensor, ...]:
    """The decoder's embeddings, image tokens put in place of their placeholders, and its states after each layer."""
    embedded = model.get_input_embeddings()(input_ids)
    here = (input_ids == model.config.image_token_id).unsqueeze(-1).expand_as(embedded)
    embedded = embedded.masked_scatter(here, tokens.to(embedded.dtype))
    decoded = model.model.text_model(inputs_embeds=embedded, attention_mask=attention_mask, output_hidden_states=True)
    return decoded.hidden_states


if __name__ == "__main__":
    main()
