"""The benchmark of a GPU keeps to its time, reports runs that fail, and runs from end to end on a CPU."""

import json
import time

import pytest

from tests.benchmarks import gpu_throughput
from tests.benchmarks.gpu_throughput import Run, main, measure
from tests.benchmarks.train import RowCost
from tests.benchmarks.train_ways import OURS, STOCK, Measured


@pytest.fixture
def done(monkeypatch):
    """Runs that take no time: `done["9b"]` is the error that its runs raise."""
    errors = {}

    def pretend(function, *arguments, limit=None):
        name = function.__name__
        if name == "measure_first_calls":
            return {"product": (1.5, 0.5)}
        if name == "measure_rows":
            return RowCost(tokens=100.0, operations=1e12), "NVIDIA H100 80GB HBM3"
        if name == "run_way":
            size = arguments[0].model.rpartition("/")[2]
            if size in errors:
                raise errors[size]
            return Measured(arguments[0].way, 4.0, 4.0, 2, 2**30, 0.5, 20.0, 7.0)
        return None

    monkeypatch.setattr(gpu_throughput, "apart", pretend)
    return errors


def test_each_run_is_reported_even_if_it_fails(done, tmp_path, capsys):
    done["4b"] = RuntimeError("OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB")
    done["9b"] = TimeoutError()
    runs = [Run("4b", OURS, 4, 4), Run("9b", STOCK, 4, 4, four_bit=True), Run("2b", OURS, 8, 4)]
    file = tmp_path / "throughput.json"
    measure(runs, tmp_path, time.monotonic() + 600, file, batch=32, tiny=False)
    report = json.loads(file.read_text())
    assert report["runs"][0]["failed"] == "out of memory"
    assert "time was up" in report["runs"][1]["failed"]
    last = report["runs"][2]
    assert (last["samples"], last["tokens"], last["mfu"]) == (16, 1600, pytest.approx(16 / 989))
    assert (last["first rows"], last["first step"]) == (20, 7)
    table = capsys.readouterr().out.splitlines()[-3:]
    assert [line.split()[0] for line in table] == ["4b", "9b", "2b"]
    assert table[0].endswith("out of memory")
    assert {"16.00", "1600", "1.6%", "20.0", "7.0"} <= set(table[2].split())


def test_no_run_begins_that_could_not_end(done, tmp_path):
    file = tmp_path / "throughput.json"
    measure([Run("2b", OURS, 8, 4)], tmp_path, time.monotonic() + 30, file, batch=32, tiny=False)
    assert json.loads(file.read_text())["runs"][0]["failed"] == "no time was left"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_rehearsal_measures_the_smallest_model(tmp_path, monkeypatch, capsys):
    # Each run has its own process. Here they share one, which spares imports of torch.
    monkeypatch.setattr(gpu_throughput, "apart", lambda function, *arguments, limit=None: function(*arguments))
    monkeypatch.setattr("sys.argv", ["gpu_throughput", "--tiny", "--minutes", "15", "--out", str(tmp_path)])
    main()
    report = json.loads((tmp_path / "throughput.json").read_text())
    assert [run["way"] for run in report["runs"]] == [run.way for run in gpu_throughput.RUNS[:2]]
    assert all(run["samples"] > 0 and run["first step"] > 0 for run in report["runs"])
    assert "bring back" in capsys.readouterr().out
