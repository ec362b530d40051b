"""Runs in separate processes: two processes, or a killed and resumed run, end with the same weights as one run."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
from peft import PeftModel
from safetensors.torch import load_file
from torch.testing import assert_close

from inference.model.loader import load_base
from tests.training.killed_run import running_sft
from tests.training.sharded_run import learn
from training.adapter.settings import SftSettings
from training.adapter.trained_weights import collect_trained_weights
from training.sft import train

REPOSITORY = Path(__file__).resolve().parents[2]
TWO_PROCESSES = REPOSITORY / "training" / "recipes" / "accelerate_two_cpu_processes.yaml"
SETTINGS = {
    "batch_size": 4,
    "per_device_batch_size": 2,
    "learning_rate": 1e-2,
    "warmup_steps": 2,
    "epochs": 3,
    "logging_steps": 1,
    "eval_steps": 100,
    "save_steps": 1,
    "precision": "fp32",
}


@pytest.fixture(scope="module")
def arguments(base, mixed_dataset):
    given = SETTINGS | {"model": base, "dataset": mixed_dataset}
    return [text for name, value in given.items() for text in (f"--{name.replace('_', '-')}", str(value))]


@pytest.fixture(scope="module")
def reference(base, mixed_dataset, tmp_path_factory):
    """The same run in one process, without interruption: eleven rows, nine steps of two accumulated halves."""
    folder = tmp_path_factory.mktemp("runs") / "reference"
    train(SftSettings(model=str(base), dataset=str(mixed_dataset), output_dir=str(folder), **SETTINGS))
    return folder


@contextmanager
def running(command: list[str], log: Path) -> Iterator[subprocess.Popen]:
    """A command and its children, which end with the test."""
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=REPOSITORY,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def check_same(folder: Path, reference: Path) -> None:
    """Same loss at every step, same losses at the end, same weights."""
    logs = [json.loads((run / "training_log.json").read_text()) for run in (folder, reference)]
    losses = [[entry["loss"] for entry in log if "loss" in entry] for log in logs]
    assert len(losses[0]) == 9
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)
    results = [json.loads((run / "run_config.json").read_text())["result"] for run in (folder, reference)]
    for name in ("train_loss", "eval_loss"):
        assert results[0][name] == pytest.approx(results[1][name], abs=1e-5)
    weights = [load_file(run / "adapter_model.safetensors") for run in (folder, reference)]
    assert_close(weights[0], weights[1], rtol=0, atol=1e-4)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_processes_give_the_adapter_of_one(arguments, reference, tmp_path):
    log = tmp_path / "log"
    launcher = ["-m", "accelerate.commands.launch", "--config_file", str(TWO_PROCESSES)]
    command = [*launcher, "-m", "training.sft", *arguments, "--output-dir", str(tmp_path / "two")]
    with running(command, log) as run:
        assert run.wait() == 0, log.read_text()
    assert "= 2 process(es) x 2 held x 1 accumulated" in log.read_text()
    check_same(tmp_path / "two", reference)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_run_killed_at_three_random_points_gives_the_adapter_of_an_unbroken_run(arguments, reference, tmp_path):
    log, folder = tmp_path / "log", tmp_path / "killed"
    given = [*arguments, "--output-dir", str(folder)]
    again = [*given, "--resume-from-checkpoint", "auto"]
    rng = np.random.default_rng(0)
    # There are nine steps, so a kill after the fifth has four steps of time on a busy machine.
    for killed, step in enumerate(sorted(rng.choice(np.arange(1, 6), 3, replace=False).tolist())):
        marker = folder / "checkpoints" / f"checkpoint-{step}" / "complete"
        # The delay ends within the next step, in its computation or while its checkpoint is written.
        with running_sft(again if killed else given, log, marker, delay=rng.uniform(0, 0.05)) as run:
            run.join()
        assert run.exitcode == -signal.SIGKILL, log.read_text()
        assert not (folder / "adapter_config.json").exists()
        assert ("going on from checkpoint-" in log.read_text()) == bool(killed)

    with running_sft(again, log) as last:
        last.join()
        assert last.exitcode == 0, log.read_text()
    assert "going on from checkpoint-" in log.read_text()
    check_same(folder, reference)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_weights_sharded_over_two_processes_are_saved_whole(base, tmp_path):
    log, folder = tmp_path / "log", tmp_path / "sharded"
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    with running([*launcher, "-m", "tests.training.sharded_run", str(base), str(folder)], log) as run:
        assert run.wait(timeout=300) == 0, log.read_text()
    expected = collect_trained_weights(learn(load_base(str(base))))
    loaded = PeftModel.from_pretrained(load_base(str(base)).model, folder)
    found = {name: weight for name, weight in loaded.named_parameters() if ".lora_" in name}
    assert_close(found, expected, rtol=0, atol=1e-5)
    assert all(weight.abs().max() > 0 for name, weight in found.items() if ".lora_B" in name)
