"""The benchmark of training runs from end to end, and its sizes are those of the models they are named after."""

import json
import math
import time

import pytest
import torch
from transformers import AutoModelForImageTextToText

from tests.benchmarks.sizes import describe
from tests.benchmarks.train import RowCost, apart, main, summarise
from tests.benchmarks.train_ways import WAYS, Measured


@pytest.mark.parametrize(("size", "billions"), [("0.5b", 0.51), ("2b", 2.2), ("4b", 4.5), ("9b", 9.4)])
def test_a_size_has_the_parameters_of_its_model(size, billions):
    config, processor = describe(size, ["Is it a marker?", "Yes."])
    with torch.device("meta"):
        model = AutoModelForImageTextToText.from_config(config)
    assert sum(weight.numel() for weight in model.parameters()) / 1e9 == pytest.approx(billions, rel=0.02)
    assert processor.tokenizer.convert_tokens_to_ids(processor.image_token) == config.image_token_id


def test_rates_are_medians_and_mfu_is_the_share_of_the_peak():
    runs = [Measured("training.sft", seconds, 8.0, 4, 2**30, 0.5, 1.0, 2.0) for seconds in (1.0, 2.0, 4.0)]
    result = summarise(runs, batch_size=8, cost=RowCost(tokens=100, operations=1e12), peak_tflops=64)
    assert (result.samples, result.tokens, result.mfu, result.processor_seconds) == (16, 1600, 0.25, 0.25)
    assert summarise(runs, 8, RowCost(100, 1e12), None).mfu is None


def test_what_is_measured_may_start_processes_that_draw_ahead():
    assert apart(apart, int) == 0


def test_what_takes_too_long_or_fails_is_reported():
    with pytest.raises(TimeoutError):
        apart(time.sleep, 60, limit=0.5)
    with pytest.raises(RuntimeError, match="ValueError: invalid literal"):
        apart(int, "x")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_small_model_is_measured_in_every_way(tmp_path, monkeypatch, capsys):
    file = tmp_path / "measured.json"
    given = ["--model", "tiny", "--rows", "16", "--batch-size", "8", "--held", "4", "--warmup", "1", "--repeats", "1"]
    # Each way has its own process, see the test above. Here they share one, which spares three imports of torch.
    monkeypatch.setattr("tests.benchmarks.train.apart", lambda function, *arguments: function(*arguments))
    monkeypatch.setattr("sys.argv", ["train", *given, "--peak-tflops", "1", "--out", str(file)])
    main()
    ways = json.loads(file.read_text())["ways"]
    assert [way.pop("way") for way in ways] == list(WAYS)
    assert all(value > 0 and math.isfinite(value) for way in ways for value in way.values())
    printed = capsys.readouterr().out
    assert all(way in printed for way in WAYS)
