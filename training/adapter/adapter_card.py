"""The model card of an adapter: what it is for, what it learnt from, how good it is beside controls, and its limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_LIMITS = """\
- **Not for clinical use**, and not a diagnosis: it was made to explore research data, and was never tested on patients.
- A model that reads pictures does not beat arithmetic where counts are deep: a fold change is the better detector of
  markers. What it adds is words, which can be checked.
- It learnt from the tissues and technologies of its dataset; on others its answers are guesses until they are measured.
- Its sentences can be wrong. NicheLens checks each against the counts and marks what they contradict: read that ledger.
- It reads figures of its own contract only. Symbols of genes and names of niches are put back by NicheLens; asked by
  name, it may answer from what its base has read instead of from the picture."""
_UNMEASURED = "Not measured yet. `nichelens evaluate DATASET --model {place}` sets it beside its base and the controls."


def adapter_card(
    run: Mapping[str, Any], evaluation: Mapping[str, Any] | None = None, hub_id: str = "", dataset: str = ""
) -> str:
    """Markdown with the YAML head that the Hub reads.

    Args:
        run: content of run_config.json.
        evaluation: what `nichelens evaluate` wrote as JSON; None where the adapter was not evaluated.
        hub_id: where the adapter is published; "" for one in a folder.
        dataset: Hub id of its dataset; "" where that is not published with it.
    """
    base, data, result, settings = run["base"], run["dataset"], run["result"], run["settings"]
    head = ["library_name: peft", "pipeline_tag: image-text-to-text"]
    if base["on_hub"]:
        head.append(f"base_model: {base['name']}")
    if dataset:
        head += ["datasets:", f"  - {dataset}"]
    head += ["tags:", "  - lora", "  - spatial-transcriptomics", "  - nichelens"]
    bits = " with its decoder in 4 bits (nf4); on the full-precision base its answers differ slightly"
    at = f" (commit `{base['revision']}`)" if base.get("revision") else ""
    validation = f"- Loss per answer token: {result['train_loss']:.4f} over the last steps of training, " + (
        f"{result['eval_loss']:.4f} on validation." if "eval_loss" in result else "no validation split."
    )
    place = hub_id or "ADAPTER_FOLDER"
    return f"""---
{chr(10).join(head)}
---

# {hub_id.rpartition("/")[2] or run["name"]}

A LoRA adapter that reads NicheLens figures of spatial-transcriptomics slides: it says whether a gene marks a niche and
describes niches. It belongs to `{base["name"]}`{at}{bits if settings["load_in_4bit"] else ""}.

## Intended use

For researchers who explore spatial-transcriptomics slides: to ask of a gene whether it marks a niche, and to describe
niches, with each claim checked against the counts.

    nichelens ask SLIDE.h5ad --niche-key region --niche "Layer 3" --gene GFAP --model {place}

## Limits

{_LIMITS}

## Training

- Dataset: {data["name"]}, {data["train"]} examples, {data["validation"]} for validation.
- Figure contract: `{run["contract"]}`. Ask with figures drawn under the same contract; NicheLens refuses others.
- {_adapted(settings)}
- {result["steps"]} steps of {settings["batch_size"]} examples; peak learning rate {settings["learning_rate"]:g}.
{validation}

`run_config.json` holds every setting, `training_log.json` the losses.

## How good it is, and whether it is the picture

{_scores(evaluation) if evaluation else _UNMEASURED.format(place=place)}
"""


def _adapted(settings: Mapping[str, Any]) -> str:
    """What was trained, in one sentence."""
    layers = "decoder and of the vision tower" if settings.get("lora_vision") else "decoder"
    also = "; the projector's weights were trained too" if settings.get("train_projector") else ", nowhere else"
    kind = "Rank-stabilised LoRA" if settings.get("use_rslora") else "LoRA"
    return f"{kind} of rank {settings['lora_rank']} on every linear layer of the {layers}{also}."


def _scores(evaluation: Mapping[str, Any]) -> str:
    """Tables of an evaluation: yes/no questions under every condition, and the claims of written answers."""
    limit = f", at most {evaluation['limit']} questions of each part" if evaluation.get("limit") else ""
    place = f"`{evaluation['dataset']}`, split `{evaluation['split']}`" if evaluation["dataset"] else "synthetic tissue"
    parts = [
        f"Measured by `nichelens evaluate` on {place}{limit}, with 95 % bootstrap intervals; `evaluation.json` holds\n"
        "all numbers. Under the model itself stand the controls: with a blank picture or shuffled spots nothing is\n"
        "left to see, so a model that reads its pictures falls to an AUROC of 0.5 there."
    ]
    for task, scores in evaluation["yes_no"].items():
        rows = [
            f"| {name} | {found['n']} | {_score(found['auroc'])} | {_score(found['balanced_accuracy'])} "
            f"| {_score(found['f1'])} | {_score(found['ece'])} |"
            for name, found in scores["conditions"].items()
        ]
        head = (
            f"| {task} (yes/no) | n | AUROC | balanced accuracy | F1 | calibration error |\n|---|---|---|---|---|---|"
        )
        parts.append("\n".join([head, *rows]))
    written = [
        f"| {task}, {name} | {found['n']} | {_score(found['ledger'])} | {_score(found['precision'])} "
        f"| {_score(found['recall'])} |"
        for task, conditions in ((evaluation.get("written") or {}).get("tasks") or {}).items()
        for name, found in conditions.items()
    ]
    if written:
        head = (
            "| written answers | n | supported by the counts | claim precision | claim recall |\n|---|---|---|---|---|"
        )
        parts.append("\n".join([head, *written]))
    return "\n\n".join(parts)


def _score(score: Mapping[str, float | None] | None) -> str:
    if score is None or score["value"] is None:
        return "-"
    return f"{score['value']:.3f} ({score['low']:.3f}-{score['high']:.3f})"
