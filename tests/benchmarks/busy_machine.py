"""Measure how fast a model answers while other programs use the cores, with several settings of threads side by side.

    python -m tests.benchmarks.busy_machine [--questions 256] [--busy 0 1 2] [--rounds 3] [--out F.json]

Each way of asking has a process of its own, because OpenMP reads its settings when it is loaded. The processes take
turns: one round of each way, then the next round. So all ways meet the same machine. `--busy` is the number of other
processes that compute without a pause. The table shows the median of the rounds, and the slowest one.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Way:
    """One way of asking.

    Attributes:
        where: "main" or "worker": the thread that asks.
        environment: variables that are set before torch is imported.
        threads: of `torch.set_num_threads`; 0 leaves torch alone.
        torch_alone: whether OpenMP shares each batch among the cores, instead of `inference.engine.threads`.
    """

    where: str = "main"
    environment: dict[str, str] = field(default_factory=dict)
    threads: int = 0
    torch_alone: bool = False


WAYS = {
    "as shipped, main thread": Way(),
    "as shipped, worker thread": Way("worker"),
    "torch alone, main thread": Way(torch_alone=True),
    "torch alone, worker thread": Way("worker", torch_alone=True),
    "OMP_NUM_THREADS=1": Way(environment={"OMP_NUM_THREADS": "1"}),
    "torch.set_num_threads(1)": Way(threads=1),
    "GOMP_SPINCOUNT=0": Way(environment={"GOMP_SPINCOUNT": "0"}, torch_alone=True),
}
SETTINGS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")


def answer_rounds(name: str, n_questions: int) -> None:
    """The process of one way: loads the model, then asks once for every line on stdin."""
    way = WAYS[name]
    from inference.engine.load_engine import load_engine

    engine = load_engine()
    import torch

    from data_prep.facts.facts import Facts
    from data_prep.synth.tissue import make_slide
    from data_prep.tasks import marker_question

    if way.threads:
        torch.set_num_threads(way.threads)
    facts = Facts.measure(make_slide(1, n_spots=1200, n_niches=4, n_genes=64), engine.image_size)
    genes, niches = facts.slide.genes, facts.slide.niches
    pairs = [(str(genes[i % len(genes)]), niches[i // len(genes) % len(niches)]) for i in range(n_questions)]
    questions = [marker_question(facts.canvas, *pair) for pair in pairs]
    if way.torch_alone:
        engine.in_threads = False

    def ask() -> None:
        started, cpu = time.perf_counter(), time.process_time()
        engine.yes_probability(questions)
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
        print(json.dumps([n_questions / seconds, 1000 * cpu / n_questions, torch.get_num_threads()]), flush=True)

    def ask_for_each_line() -> None:
        for _ in sys.stdin:
            ask()

    ask()
    if way.where == "main":
        ask_for_each_line()
    else:
        worker = threading.Thread(target=ask_for_each_line)
        worker.start()
        worker.join()


def compute_without_pause() -> None:
    """What a busy process does."""
    number = 1
    while True:
        number = (number * 1103515245 + 12345) % 2**31


def start(name: str, n_questions: int) -> subprocess.Popen[str]:
    """Starts the process of one way and waits until it has asked once."""
    environment = {key: value for key, value in os.environ.items() if key not in SETTINGS} | WAYS[name].environment
    command = [sys.executable, "-m", "tests.benchmarks.busy_machine", "--way", name, "--questions", str(n_questions)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    read(process)
    return process


def read(process: subprocess.Popen[str]) -> list[float]:
    """What a process says about one round: questions a second, processor milliseconds a question, threads."""
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


def main() -> None:
    """Measures all ways and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=256)
    parser.add_argument("--busy", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=WAYS, metavar="WAY")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.way:
        answer_rounds(options.way, options.questions)
        return
    processes = {name: start(name, options.questions) for name in options.ways}
    context = multiprocessing.get_context("spawn")
    report = []
    for n_busy in options.busy:
        others = [context.Process(target=compute_without_pause, daemon=True) for _ in range(n_busy)]
        for other in others:
            other.start()
        time.sleep(1.0 if others else 0.0)
        rounds: dict[str, list[list[float]]] = {name: [] for name in processes}
        for _ in range(options.rounds):
            for name, process in processes.items():
                assert process.stdin is not None
                print(file=process.stdin, flush=True)
                rounds[name].append(read(process))
        for other in others:
            other.kill()
            other.join()
        print(f"\n{n_busy} busy processes on {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        print(f"{'way':28} {'questions/s':>12} {'slowest':>8} {'processor ms':>13} {'threads':>8}")
        for name, results in rounds.items():
            paces = [result[0] for result in results]
            cpu, threads = statistics.median(result[1] for result in results), int(results[-1][2])
            print(f"{name:28} {statistics.median(paces):12.1f} {min(paces):8.1f} {cpu:13.1f} {threads:8d}")
            report.append({"way": name, "busy": n_busy, "questions/s": paces, "cpu ms": cpu, "threads": threads})
    for process in processes.values():
        process.communicate("")
    if options.out:
        options.out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
