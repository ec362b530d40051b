"""The ways of training that `tests.benchmarks.train` compares; each runs in a fresh process and times its own steps."""

from __future__ import annotations

import faulthandler
import logging
import os
import resource
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OURS, STOCK, STOCK_KEPT = "training.sft", "TRL sft_vlm", "TRL, checkpointing off"
WAYS = (OURS, STOCK, STOCK_KEPT)
_TRACE_SECONDS = 5


@dataclass(frozen=True)
class Job:
    """One run.

    Attributes:
        way: one of `WAYS`.
        model: folder or Hub id of the base.
        dataset: folder of a dataset of figure specs whose training split fills every batch.
        messages: the same rows as TRL's script reads them, a Parquet file.
        batch_size: examples per optimiser step.
        held: examples a process holds at once.
        epochs: passes over the rows.
        steps: after which the run ends; 0 for no limit.
        warmup: first steps, which are not timed.
        four_bit: whether the frozen weights are held in nf4.
        trace: whether to print stacks during the first step, see `trace_first_step`.
    """

    way: str
    model: str
    dataset: str
    messages: str
    batch_size: int
    held: int
    epochs: int
    warmup: int
    four_bit: bool
    steps: int = 0
    trace: bool = False


@dataclass(frozen=True)
class Measured:
    """What one run took.

    Attributes:
        way: one of `WAYS`.
        seconds: on the clock, of the timed steps.
        processor_seconds: of the process in the same time; on a CPU that others use too, they compare better.
        steps: timed.
        peak_bytes: of the process, or allocated on the GPU.
        last_loss: of the last step.
        first_rows_seconds: from the start of training until the rows of the first step were there.
        first_step_seconds: of the first step after that.
    """

    way: str
    seconds: float
    processor_seconds: float
    steps: int
    peak_bytes: int
    last_loss: float
    first_rows_seconds: float
    first_step_seconds: float


def run_way(job: Job) -> Measured:
    """Trains one way; called in a process that has done nothing else, because peak memory is counted from its start."""
    import torch
    from transformers import trainer

    logging.basicConfig(level=logging.WARNING)
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    clock = make_clock()
    trainer.DEFAULT_CALLBACKS.append(clock)
    with tempfile.TemporaryDirectory() as room, trace_first_step(clock) if job.trace else nullcontext():
        (_train_ours if job.way == OURS else _train_stock)(job, Path(room))
    started, ended = clock.step_ends[job.warmup - 1], clock.step_ends[-1]
    if torch.cuda.is_available():
        peak = torch.cuda.max_memory_allocated()
    else:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    steps = len(clock.step_ends) - job.warmup
    return Measured(
        way=job.way,
        seconds=ended[0] - started[0],
        processor_seconds=ended[1] - started[1],
        steps=steps,
        peak_bytes=peak,
        last_loss=clock.last_loss,
        first_rows_seconds=clock.first_rows - clock.began,
        first_step_seconds=clock.step_ends[0][0] - clock.first_rows,
    )


def make_clock() -> Any:
    """A callback that notes when training and each step begin and end; `Trainer` adds the class to all it makes."""
    import torch
    from transformers import TrainerCallback

    class Clock(TrainerCallback):
        step_ends: list[tuple[float, float]] = []  # noqa: RUF012 - one run per process
        last_loss = float("nan")
        began = first_rows = 0.0

        def on_train_begin(self, *args: Any, **kwargs: Any) -> None:
            Clock.began = time.perf_counter()

        def on_step_begin(self, *args: Any, **kwargs: Any) -> None:
            Clock.first_rows = Clock.first_rows or time.perf_counter()

        def on_step_end(self, *args: Any, **kwargs: Any) -> None:
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            self.step_ends.append((time.perf_counter(), time.process_time()))

        def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float], **kwargs: Any) -> None:
            Clock.last_loss = logs.get("loss", Clock.last_loss)

    return Clock


@contextmanager
def trace_first_step(clock: Any) -> Iterator[None]:
    """Prints the stacks of all threads and of two worker processes every few seconds of the first step."""
    import multiprocessing

    faulthandler.register(signal.SIGUSR1, file=sys.__stderr__)  # inherited by the processes that draw ahead
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(_TRACE_SECONDS) and not clock.step_ends:
            print(
                f"--- {time.perf_counter() - clock.began:.0f} s after the start of training",
                file=sys.stderr,
                flush=True,
            )
            faulthandler.dump_traceback(file=sys.__stderr__)
            for worker in multiprocessing.active_children()[:2]:
                print(f"--- process {worker.pid} that draws ahead", file=sys.__stderr__, flush=True)
                os.kill(worker.pid, signal.SIGUSR1)  # type: ignore[arg-type]
                time.sleep(0.2)  # so that its lines come together

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield
    finally:
        ended.set()
        watching.join()


def _train_ours(job: Job, room: Path) -> None:
    from training.adapter.settings import SftSettings
    from training.sft import train

    train(
        SftSettings(
            model=job.model,
            dataset=job.dataset,
            output_dir=str(room / "adapter"),
            batch_size=job.batch_size,
            per_device_batch_size=job.held,
            epochs=job.epochs,
            max_steps=job.steps,
            load_in_4bit=job.four_bit,
            logging_steps=1,
            save_steps=10_000,
        )
    )


def _train_stock(job: Job, room: Path) -> None:
    """What TRL's `examples/scripts/sft_vlm.py` does with `--use_peft --lora_target_modules all-linear`.

    Nothing is set but the batch, bf16 weights on a GPU, and what the script or its documentation sets; a CPU that would
    emulate bf16 products forms them in float32. Images lie in the dataset as PNG, as those of datasets on the Hub do.
    """
    import torch
    from datasets import Dataset
    from transformers import AutoModelForImageTextToText, AutoProcessor
    from trl import ModelConfig, SFTConfig, SFTTrainer, get_peft_config, get_quantization_config

    from inference.model.families import family_of
    from training.product_precision import uses_bf16

    on_gpu = torch.cuda.is_available()
    model_args = ModelConfig(
        model_name_or_path=job.model,
        dtype="bfloat16" if on_gpu else "float32",
        use_peft=True,
        lora_target_modules=["all-linear"],
        load_in_4bit=job.four_bit,
    )
    quantisation = get_quantization_config(model_args)
    model = AutoModelForImageTextToText.from_pretrained(
        job.model,
        dtype=model_args.dtype,
        quantization_config=quantisation,
        device_map={"": 0 if on_gpu else "cpu"} if quantisation else None,
    )
    processor = AutoProcessor.from_pretrained(job.model)
    family_of(model.config).set_budget(processor)  # else the two would read pictures of different sizes
    config = SFTConfig(
        output_dir=str(room / "stock"),
        per_device_train_batch_size=job.held,
        gradient_accumulation_steps=job.batch_size // job.held,
        num_train_epochs=job.epochs,
        max_steps=job.steps or -1,
        max_length=None,
        use_cpu=not on_gpu,
        bf16=uses_bf16("", "cuda" if on_gpu else "cpu"),
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        **({"gradient_checkpointing": False} if job.way == STOCK_KEPT else {}),
    )
    SFTTrainer(
        model=model,
        args=config,
        processing_class=processor,
        train_dataset=Dataset.from_parquet(job.messages, keep_in_memory=True),
        peft_config=get_peft_config(model_args),
    ).train()


def write_messages(dataset: Path, file: Path) -> None:
    """Writes the same rows as TRL's script reads them: `images`, and `messages` of a question and its answer."""
    from datasets import Dataset, Features, Image, List, Value

    from training.adapter.training_rows import load_splits

    rows = load_splits(str(dataset))[0][:]
    turns = [
        [{"role": "user", "content": prompt}, {"role": "assistant", "content": completion}]
        for prompt, completion in zip(rows["prompt"], rows["completion"], strict=True)
    ]
    features = Features(
        {"images": List(Image()), "messages": List({"role": Value("string"), "content": Value("string")})}
    )
    Dataset.from_dict({"images": rows["images"], "messages": turns}, features=features).to_parquet(file)
