"""The model card of an adapter: what it is, what it learnt from, how to ask it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def adapter_card(run: Mapping[str, Any]) -> str:
    """Markdown with the YAML head that the Hub reads.

    Args:
        run: content of run_config.json.
    """
    base, data, result, settings = run["base"], run["dataset"], run["result"], run["settings"]
    head = ["library_name: peft", "pipeline_tag: image-text-to-text"]
    if base["on_hub"]:
        head.append(f"base_model: {base['name']}")
    head += ["tags:", "  - lora", "  - spatial-transcriptomics", "  - nichelens"]
    bits = " with its decoder in 4 bits (nf4); on the full-precision base its answers differ slightly"
    validation = f"- Loss per answer token: {result['train_loss']:.4f} over the last steps of training, " + (
        f"{result['eval_loss']:.4f} on validation." if "eval_loss" in result else "no validation split."
    )
    return f"""---
{chr(10).join(head)}
---

# {run["name"]}

A LoRA adapter that reads NicheLens figures of spatial-transcriptomics slides: it says whether a gene marks a niche and
describes niches. It belongs to `{base["name"]}`{bits if settings["load_in_4bit"] else ""}.

    nichelens ask SLIDE.h5ad --niche-key region --niche "Layer 3" --gene GFAP --model ADAPTER_FOLDER

Its sentences are claims of a small vocabulary; NicheLens checks each against the counts and says which are
contradicted. Read them with that ledger, and not as a diagnosis.

## Training

- Dataset: {data["name"]}, {data["train"]} examples, {data["validation"]} for validation.
- Figure contract: `{run["contract"]}`. Ask with figures drawn under the same contract; NicheLens refuses others.
- {_adapted(settings)}
- {result["steps"]} steps of {settings["batch_size"]} examples; peak learning rate {settings["learning_rate"]:g}.
{validation}

`run_config.json` holds every setting, `training_log.json` the losses.
`nichelens evaluate DATASET --model ADAPTER_FOLDER` measures it beside its base and the controls.
"""


def _adapted(settings: Mapping[str, Any]) -> str:
    """What was trained, in one sentence."""
    layers = "decoder and of the vision tower" if settings["lora_vision"] else "decoder"
    also = "; the projector's weights were trained too" if settings["train_projector"] else ", nowhere else"
    kind = "Rank-stabilised LoRA" if settings["use_rslora"] else "LoRA"
    return f"{kind} of rank {settings['lora_rank']} on every linear layer of the {layers}{also}."
