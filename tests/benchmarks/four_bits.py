"""What a decoder in nf4 answers beside one in full precision.

    python -m tests.benchmarks.four_bits [--model nano|0.5b|2b|4b|9b] [--steps 30] [--questions 280] [--out F.json]

Asks the base in nf4 and in full precision. Then it trains an adapter by `training.sft` with `load_in_4bit` on yes/no
questions of every kind of claim, and asks it three times: on the base in nf4, as it was trained; on the full base, as
`load_engine` puts it; and merged by `nichelens export`. An adapter that was trained on full weights is asked on both
bases too. The benchmark compares the yes/no logits and the answers of marker questions about a synthetic slide.
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.sizes import SIZES, figure_size, save_sized
from tests.benchmarks.train import write_rows


def main() -> None:
    """Trains, asks and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="nano", choices=("nano", *SIZES))
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--questions", type=int, default=280)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    results: dict[str, Any] = {"model": given.model, "steps": given.steps}
    with tempfile.TemporaryDirectory() as room:
        measure(given.model, given.steps, given.questions, Path(room), results, given.out)


def measure(size: str, steps: int, n_questions: int, room: Path, results: dict[str, Any], out: Path | None) -> None:
    """Fills `results`, and writes and prints each part of it as soon as it is known."""
    import torch

    from data_prep.tasks import CLAIM_TASKS
    from inference.engine.load_engine import load_engine
    from inference.model.merged_model import write_merged
    from inference.model.model_folder import BUNDLED_BASE
    from training.adapter.settings import SftSettings
    from training.adapter.training_rows import load_splits
    from training.sft import train

    def tell(name: str, value: Any) -> None:
        results[name] = value
        print(f"{name}: {json.dumps(value)}", flush=True)
        if out:
            out.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")

    tell("device", torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU")
    dataset, base = room / "dataset", BUNDLED_BASE
    write_rows(dataset, 32 * 16, figure_size("tiny" if size == "nano" else size), tasks=tuple(CLAIM_TASKS))
    if size != "nano":
        base = room / "base"
        rows = load_splits(str(dataset))[0].select_columns(["prompt", "completion"])[:]
        save_sized(size, rows["prompt"] + rows["completion"], base)
    packed = save_packed(base, room / "packed")
    full = load_engine(base)
    questions = ask_about(full.image_size, n_questions)
    tell("base, nf4 beside full", compare(load_engine(packed), full, questions))
    del full
    for four_bit in (True, False):
        adapter = room / f"adapter-{four_bit}"
        settings = SftSettings(
            model=str(base),
            dataset=str(dataset),
            output_dir=str(adapter),
            batch_size=32,
            per_device_batch_size=8,
            max_steps=steps,
            warmup_steps=2,
            schedule="constant",
            load_in_4bit=four_bit,
            logging_steps=1,
            save_steps=10_000,
        )
        started = time.perf_counter()
        train(settings)
        log = json.loads((adapter / "training_log.json").read_text())
        losses = [entry["loss"] for entry in log if "loss" in entry]
        thirds = [round(float(np.mean(part)), 4) for part in (losses[:3], losses[-3:])]
        seconds = round(time.perf_counter() - started, 1)
        name = "trained in nf4" if four_bit else "trained in full"
        tell(name, {"first 3 losses": thirds[0], "last 3 losses": thirds[1], "seconds": seconds})
    adapter = room / "adapter-False"
    on_packed = load_engine(on_base(adapter, packed, room / "full-on-nf4"))
    tell("adapter of full weights, nf4 base beside full base", compare(on_packed, load_engine(adapter), questions))
    del on_packed
    adapter = room / "adapter-True"
    as_trained = load_engine(on_base(adapter, packed, room / "nf4-on-nf4"))
    on_full = load_engine(adapter)
    tell("adapter of nf4, full base beside nf4 base", compare(on_full, as_trained, questions))
    del as_trained
    write_merged(adapter, room / "merged")
    merged = load_engine(room / "merged")
    tell("adapter of nf4, exported beside full base", compare(merged, on_full, questions))


def save_packed(base: Path, folder: Path) -> Path:
    """Stores a base with its decoder in nf4."""
    from inference.model.loader import load_base

    loaded = load_base(str(base), four_bit=True)
    loaded.model.save_pretrained(folder)
    loaded.processor.save_pretrained(folder)
    return folder


def on_base(adapter: Path, base: Path, folder: Path) -> Path:
    """A copy of an adapter that names another base."""
    shutil.copytree(adapter, folder, ignore=shutil.ignore_patterns("checkpoints"))
    file = folder / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"base_model_name_or_path": str(base)}))
    return folder


def ask_about(image_size: int, n_questions: int) -> list[Any]:
    """Marker questions about a synthetic slide, all of its niches in turn."""
    from data_prep.facts.facts import Facts
    from data_prep.facts.variable_genes import variable_genes
    from data_prep.synth.tissue import make_slide
    from data_prep.tasks import marker_question

    slide = make_slide(3, n_spots=1600, n_niches=7, n_genes=200)
    canvas = Facts.measure(slide, image_size).canvas
    genes = variable_genes(slide, -(-n_questions // len(slide.niches)))
    return [marker_question(canvas, gene, niche) for gene in genes for niche in slide.niches][:n_questions]


def compare(new: Any, old: Any, questions: list[Any]) -> dict[str, Any]:
    """Differences of yes/no logits, and shares of verdicts and of whole answers that are the same."""
    mine, theirs = new.yes_logit(questions), old.yes_logit(questions)
    apart = np.abs(mine - theirs)
    few = questions[:64]
    pairs = zip(new.answer(few, max_new_tokens=32), old.answer(few, max_new_tokens=32), strict=True)
    results = {
        "mean difference": float(apart.mean()),
        "largest": float(apart.max()),
        "spread of the logits": float(theirs.std()),
        "correlation": float(np.corrcoef(mine, theirs)[0, 1]),
        "same side of 0": float(((mine > 0) == (theirs > 0)).mean()),
        "same answers": float(np.mean([a == b for a, b in pairs])),
    }
    return {"questions": len(questions)} | {name: round(value, 4) for name, value in results.items()}


if __name__ == "__main__":
    main()
