"""Speed of fine-tuning: `training.sft` beside TRL's stock script for vision-language models, on the same rows.

    python -m tests.benchmarks.train [--model nano|tiny|0.5b|2b|4b|9b|FOLDER|ORG/NAME] [--load-in-4bit] [--out F.json]

The rows are questions about synthetic slides. They are stored as figure specs, so `training.sft` draws figures while
it trains; the stock script reads the same pictures as PNG. Each run has its own process, the ways take turns, and the
benchmark compares the median of each. It does not time the first steps. Named sizes have random weights
(`tests.benchmarks.sizes`).

What is printed:

- samples/s and tokens/s, padding not counted. Tokens are those of our own chat text for all ways. Processor seconds are
  per sample and of the training process: where others use the same cores, they compare better than the clock.
- MFU, as the share of the device's peak that the operations a step *needs* make up (Chowdhery et al. 2022, PaLM,
  arXiv 2204.02311, appendix B), whatever else is computed (recomputed activations, padding). Per row:

      tokens x (4 N_decoder + 6 N_lora) + taught x 4 N_head + patches x 2 N_tower + image_tokens x 2 N_projector

  N are weights of linear layers. Two operations for a weight and token forward, two more for the gradient of what
  enters it (Kaplan et al. 2020, arXiv 2001.08361, section 2.1), two more for its own gradient, which only LoRA's
  weights need; the frozen tower and projector run forward only, and the head is needed where a word is taught. Products
  of attention itself and short convolutions are left out. The peak is the data sheet's for dense bf16, or
  --peak-tflops. A picture that is read from memory still counts, so a run that keeps pictures can look better than its
  device.
- Peak memory: allocated on the GPU, or resident of the process on a CPU.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
import tempfile
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.benchmarks.sizes import SIZES, figure_size, save_sized
from tests.benchmarks.train_ways import OURS, WAYS, Job, Measured, run_way, write_messages

PEAK_TFLOPS = {
    "H100 PCIe": 756,
    "H100": 989,
    "H200": 989,
    "A100": 312,
    "A10G": 70,
    "L40S": 362,
    "L4": 121,
    "B200": 2250,
}
"""Dense bf16 by the vendor's data sheets; the first name that a device's name holds."""


@dataclass(frozen=True)
class RowCost:
    """Means over the rows: tokens, and operations that a step needs for one row."""

    tokens: float
    operations: float


@dataclass(frozen=True)
class Result:
    """One way, as printed: rates per second, processor seconds per sample, and MFU where the device's peak is known."""

    way: str
    samples: float
    processor_seconds: float
    tokens: float
    mfu: float | None
    peak_gib: float
    last_loss: float


def main() -> None:
    """Measures every way and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="nano")
    parser.add_argument("--load-in-4bit", action="store_true")
    parser.add_argument("--rows", type=int, default=384)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--held", type=int, default=16, help="examples a process holds at once")
    parser.add_argument("--warmup", type=int, default=2, help="first steps, not timed")
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--peak-tflops", type=float)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    if given.batch_size % given.held or given.rows % given.batch_size or given.rows < given.batch_size:
        parser.error("--rows must be a multiple of --batch-size, and that of --held")
    if not 0 < given.warmup < given.epochs * given.rows // given.batch_size:
        parser.error("--warmup leaves no step to be timed")
    with tempfile.TemporaryDirectory() as room:
        dataset, messages, model = Path(room) / "dataset", Path(room) / "messages.parquet", given.model
        apart(write_rows, dataset, given.rows, figure_size(model))
        if model in SIZES:
            model = str(Path(room) / "base")
            apart(save_base, given.model, dataset, Path(model))
        elif model == "nano":
            from inference.model.model_folder import BUNDLED_BASE

            model = str(BUNDLED_BASE)
        cost, device = apart(measure_rows, dataset, model)
        apart(write_messages, dataset, messages)
        found: dict[str, list[Measured]] = {way: [] for way in WAYS}
        for turn in range(given.repeats):
            for way in WAYS[:: 1 if turn % 2 == 0 else -1]:
                job = Job(
                    way,
                    model,
                    str(dataset),
                    str(messages),
                    given.batch_size,
                    given.held,
                    given.epochs,
                    given.warmup,
                    given.load_in_4bit,
                )
                found[way].append(apart(run_way, job))
                print(_tell(found[way][-1], given.batch_size), flush=True)  # a run that is stopped loses no number
    peak = given.peak_tflops or peak_of(device)
    results = [summarise(runs, given.batch_size, cost, peak) for runs in found.values()]
    _print(results, device, given, cost)
    if given.out:
        about = {name: value for name, value in vars(given).items() if name != "out"}
        report = {"device": device, "asked": about, "row": asdict(cost), "ways": [asdict(result) for result in results]}
        given.out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def peak_of(device: str) -> float | None:
    """Dense bf16 TFLOP/s of a device by its name; None for an unknown one."""
    return next((tflops for name, tflops in PEAK_TFLOPS.items() if name in device), None)


def summarise(runs: list[Measured], batch_size: int, cost: RowCost, peak_tflops: float | None) -> Result:
    """Medians over the runs of one way."""
    samples = statistics.median(run.steps * batch_size / run.seconds for run in runs)
    mfu = samples * cost.operations / (peak_tflops * 1e12) if peak_tflops else None
    peak_gib = statistics.median(run.peak_bytes for run in runs) / 2**30
    busy = statistics.median(run.processor_seconds / (run.steps * batch_size) for run in runs)
    return Result(runs[0].way, samples, busy, samples * cost.tokens, mfu, peak_gib, runs[-1].last_loss)


def write_rows(folder: Path, n_rows: int, size: int, tasks: Sequence[str] = ()) -> None:
    """Writes a dataset of figure specs with a training split of so many rows, and no other split.

    By default, the tasks are those of large models: all prose tasks, and the yes/no question that screens ask.
    """
    from datasets import Dataset, concatenate_datasets

    from data_prep.dataset.builder import build_dataset
    from data_prep.dataset.prep_config import PrepConfig
    from data_prep.synth.tissue import make_slide
    from data_prep.tasks import PROSE_TASKS

    slides = [make_slide(seed, n_spots=900, n_niches=5, n_genes=200) for seed in (1, 2)]
    config = PrepConfig(
        tasks=tuple(tasks) or ("enriched", *PROSE_TASKS),
        store="specs",
        size=size,
        test_donors=(),
        markers_per_slide=200,
        others_per_slide=40,
        descriptions_per_niche=4,
    )
    build_dataset(slides, folder, config)
    file = folder / "data" / "train.parquet"
    rows = Dataset.from_parquet(str(file), keep_in_memory=True).shuffle(seed=0)
    times = -(-n_rows // len(rows))
    rows = concatenate_datasets([rows] * times).select(range(n_rows))
    for other in (folder / "data").iterdir():
        other.unlink()
    rows.to_parquet(file)


def measure_rows(dataset: Path, model: str) -> tuple[RowCost, str]:
    """(means over the rows, name of the device)."""
    import torch
    from transformers import AutoConfig, AutoModelForImageTextToText, AutoProcessor
    from trl.trainer.sft_trainer import DataCollatorForVisionLanguageModeling

    from inference.model.decoder import decoder_linears
    from inference.model.families import family_of
    from training.adapter.lora_targets import projector_names, vision_linears
    from training.adapter.training_rows import check_rows, load_splits, with_rendering

    config, processor = AutoConfig.from_pretrained(model), AutoProcessor.from_pretrained(model)
    family_of(config).set_budget(processor)
    with torch.device("meta"):
        hollow = AutoModelForImageTextToText.from_config(config)
    decoder = _weights(hollow, decoder_linears(hollow))
    lora = sum(16 * sum(hollow.get_submodule(name).weight.shape) for name in decoder_linears(hollow))
    tower = _weights(hollow, vision_linears(hollow))
    projector = sum(
        sum(weight.numel() for weight in hollow.get_submodule(name).parameters() if weight.ndim == 2)
        for name in projector_names(hollow)
    )
    head = hollow.get_output_embeddings().weight.numel()
    rows = load_splits(str(dataset))[0]
    sizes = check_rows(rows, config, processor, str(dataset))
    conversations = with_rendering(rows, processor)
    collate = DataCollatorForVisionLanguageModeling(processor, completion_only_loss=True)
    tried = [collate([conversations[place]]) for place in range(min(len(rows), 64))]
    taught = statistics.mean(int((batch["labels"] != -100).sum()) for batch in tried)
    seen = statistics.mean(int((batch["input_ids"] == config.image_token_id).sum()) for batch in tried)
    tokens, patches = sizes.tokens / sizes.n, sizes.patches / sizes.n
    operations = tokens * (4 * decoder + 6 * lora) + 4 * taught * head + 2 * patches * tower + 2 * seen * projector
    device = (
        torch.cuda.get_device_name() if torch.cuda.is_available() else f"CPU, {len(os.sched_getaffinity(0))} core(s)"
    )
    return RowCost(tokens, operations), device


def _weights(model: object, names: list[str]) -> int:
    return sum(model.get_submodule(name).weight.numel() for name in names)  # type: ignore[attr-defined]


def save_base(size: str, dataset: Path, folder: Path) -> None:
    """Saves a model of a named size with random weights, whose tokenizer is learnt from a dataset."""
    from training.adapter.training_rows import load_splits

    rows = load_splits(str(dataset))[0].select_columns(["prompt", "completion"])[:]
    save_sized(size, rows["prompt"] + rows["completion"], folder)


def apart(function: Callable[..., Any], *arguments: Any, limit: float | None = None) -> Any:
    """Calls in a fresh process: it leaves no memory, no thread and no CUDA context behind.

    A worker of `multiprocessing.Pool` would not do: it may not start the processes that draw figures ahead on a GPU.

    Args:
        function: importable by its name.
        arguments: of the function.
        limit: seconds after which the process is killed.

    Raises:
        TimeoutError: the process was killed.
        RuntimeError: the function raised an error, whose traceback is printed.
    """
    context = multiprocessing.get_context("spawn")
    result, sent = context.Pipe(duplex=False)
    process = context.Process(target=_call, args=(sent, function, arguments))
    process.start()
    sent.close()  # so that a process that dies ends the wait
    try:
        if not result.poll(limit):
            raise TimeoutError
        value, error = result.recv()
    except EOFError:
        value, error = None, "the process has died"
    finally:
        if limit is not None:
            process.kill()
        process.join()
    if error:
        raise RuntimeError(error)
    return value


def _call(sent: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    try:
        sent.send((function(*arguments), ""))
    except Exception as error:
        traceback.print_exc()
        sent.send((None, f"{type(error).__name__}: {error}"))


def _tell(run: Measured, batch_size: int) -> str:
    samples, gib = run.steps * batch_size / run.seconds, run.peak_bytes / 2**30
    return f"{run.way}: {samples:.2f} samples/s, {gib:.2f} GiB, last loss {run.last_loss:.3f}, {run.steps} steps"


def _print(results: list[Result], device: str, given: argparse.Namespace, cost: RowCost) -> None:
    four_bit = " in 4 bits" if given.load_in_4bit else ""
    print(f"{given.model}{four_bit} on {device}; {given.rows} rows, {given.epochs} times")
    print(f"steps of {given.batch_size}, {given.held} held")
    print(f"a row needs {cost.tokens:.0f} tokens and {cost.operations / 1e9:.3g} GFLOP")
    head = ("samples/s", "tokens/s", "MFU", "processor s", "peak GiB", "last loss", "ours over it", "by processor")
    print(f"{'way':<22}" + "".join(f"{name:>13}" for name in head))
    ours = next(result for result in results if result.way == OURS)
    for result in results:
        cells = (
            f"{result.samples:.2f}",
            f"{result.tokens:.0f}",
            f"{result.mfu:.1%}" if result.mfu is not None else "—",
            f"{result.processor_seconds:.3f}",
            f"{result.peak_gib:.2f}",
            f"{result.last_loss:.3f}",
            f"{ours.samples / result.samples:.2f}",
            f"{result.processor_seconds / ours.processor_seconds:.2f}",
        )
        print(f"{result.way:<22}" + "".join(f"{cell:>13}" for cell in cells))


if __name__ == "__main__":
    main()
