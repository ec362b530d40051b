"""Writes the model card of an adapter: its use, its training data, its scores beside the controls, and its limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inference.evaluation.scores.condition_names import ARITHMETIC, BASE, BLANK, MODEL, SHUFFLED

_LIMITS = """\
- **Not for clinical use**, and not for diagnosis. It is made to explore research data and was never tested on patients.
- Where counts are deep, a fold change detects markers better than a model that reads pictures. The model adds words,
  which can be checked.
- It was trained on the tissues and technologies of its dataset. Measure it before you trust it on others.
- Its sentences can be wrong. NicheLens checks each claim against the counts and marks those that they contradict: read
  that ledger.
- It reads only figures of its own contract. NicheLens inserts gene symbols and niche names into the answers. If a
  question names the gene, the model may answer from the texts that its base has read instead of from the picture."""
_UNMEASURED = (
    "Not measured yet. `nichelens evaluate DATASET --model {model}` compares it with its base and the controls."
)


def adapter_card(
    run: Mapping[str, Any], evaluation: Mapping[str, Any] | None = None, hub_id: str = "", dataset: str = ""
) -> str:
    """Markdown with the YAML head that the Hub reads.

    Args:
        run: content of run_config.json.
        evaluation: JSON that `nichelens evaluate` wrote; None if the adapter was not evaluated.
        hub_id: Hub id of the adapter; "" for one in a folder.
        dataset: Hub id of its dataset; "" if the dataset is not published.
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
    model = hub_id or "ADAPTER_FOLDER"
    return f"""---
{chr(10).join(head)}
---

# {hub_id.rpartition("/")[2] or run["name"]}

A LoRA adapter that reads NicheLens figures of spatial-transcriptomics slides. It says whether a gene is a marker of a
niche, and describes niches. Its base is `{base["name"]}`{at}{bits if settings["load_in_4bit"] else ""}.

## Intended use

For researchers who explore spatial-transcriptomics slides: to ask whether a gene is a marker of a niche, and to
describe niches. NicheLens checks each claim against the counts.

    nichelens ask SLIDE.h5ad --niche-key region --niche "Layer 3" --gene GFAP --model {model}

## Limits

{_LIMITS}

## Training

- Dataset: {data["name"]}, {data["train"]} examples, {data["validation"]} for validation.
- Figure contract: `{run["contract"]}`. Ask with figures drawn under the same contract; NicheLens refuses others.
- {_adapted(settings)}
- {result["steps"]} steps of {settings["batch_size"]} examples; peak learning rate {settings["learning_rate"]:g}.
{validation}

`run_config.json` holds every setting, `training_log.json` the losses.

## Scores, and whether they come from the picture

{_scores(evaluation) if evaluation else _UNMEASURED.format(model=model)}
"""


def _adapted(settings: Mapping[str, Any]) -> str:
    """One sentence on the trained weights."""
    layers = "decoder and of the vision tower" if settings.get("lora_vision") else "decoder"
    also = "; the projector's weights were trained too" if settings.get("train_projector") else ", nowhere else"
    kind = "Rank-stabilised LoRA" if settings.get("use_rslora") else "LoRA"
    return f"{kind} of rank {settings['lora_rank']} on every linear layer of the {layers}{also}."


def _scores(evaluation: Mapping[str, Any]) -> str:
    """Tables of an evaluation: every kind of claim beside its controls, and the claims of answers in prose."""
    limit = f", at most {evaluation['limit']} questions of each part" if evaluation.get("limit") else ""
    source = (
        f"`{evaluation['dataset']}`, split `{evaluation['split']}`" if evaluation["dataset"] else "synthetic tissue"
    )
    parts = [
        f"Measured by `nichelens evaluate` on {source}{limit}, with 95 % bootstrap intervals; `evaluation.json` holds\n"
        "all numbers. The columns beside the model are controls. A blank picture or shuffled spots show nothing, so\n"
        "the AUROC of a model that reads its pictures falls to 0.5 there. Arithmetic is a regression on the same\n"
        "pixels. Precision and recall are those of what the model says at its thresholds."
    ]
    rows = [
        f"| {kind} | {scores['n']} | {_score(scores['auroc'].get(MODEL))} | {_score(scores['auroc'].get(BASE))} "
        f"| {_score(scores['auroc'].get(BLANK))} | {_score(scores['auroc'].get(SHUFFLED))} "
        f"| {_score(scores['auroc'].get(ARITHMETIC))} | {_score(scores['threshold']['precision'])} "
        f"| {_score(scores['threshold']['recall'])} |"
        for kind, scores in evaluation["kinds"].items()
    ]
    if rows:
        head = (
            "| kind of claim | n | AUROC | base | blank picture | shuffled spots | arithmetic | precision | recall |\n"
            "|---|---|---|---|---|---|---|---|---|"
        )
        parts.append("\n".join([head, *rows]))
    written = [
        f"| {task}, {name} | {row['n']} | {_score(row['ledger'])} | {_score(row['precision'])} "
        f"| {_score(row['recall'])} |"
        for task, conditions in (evaluation.get("written") or {}).items()
        for name, row in conditions.items()
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
