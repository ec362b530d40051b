"""Writes the model card of an adapter that was tuned on questions about genes in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def text_adapter_card(run: Mapping[str, Any]) -> str:
    """Markdown with the YAML head that the Hub reads.

    Args:
        run: content of run_config.json.
    """
    base, data, result, settings = run["base"], run["dataset"], run["result"], run["settings"]
    head = ["library_name: peft", "pipeline_tag: text-generation"]
    if base["on_hub"]:
        head.append(f"base_model: {base['name']}")
    head += ["tags:", "  - lora", "  - genes", "  - nichelens"]
    validation = f"{result['eval_loss']:.4f} on validation" if "eval_loss" in result else "no validation split"
    return f"""---
{chr(10).join(head)}
---

# {run["name"]}

A LoRA adapter that answers questions about genes in the words of RefSeq summaries. Its base is `{base["name"]}`.

## Limits

- It learnt how such answers are worded, not what every gene does. What it says of a gene can be wrong: check each
  sentence against the summary. `nichelens evaluate DATASET --model ADAPTER --split test` measures how many sentences
  have support, on genes of families that it was not tuned on.
- The answers that NicheLens draws from the summaries themselves need no model and have a citation for each sentence.
- **Not for clinical use.**

## Training

- Dataset: {data["name"]}, {data["train"]} rows, {data["validation"]} for validation.
- LoRA of rank {settings["lora_rank"]} on every linear layer of the decoder, nowhere else.
- {result["steps"]} steps of {settings["batch_size"]} rows; peak learning rate {settings["learning_rate"]:g}.
- Loss per answer token: {result["train_loss"]:.4f} over the last steps of training, {validation}.

`run_config.json` holds every setting, `training_log.json` the losses.
"""
