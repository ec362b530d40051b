"""A plan tells by its header whether stored answers are answers to it."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inference.answers import screen
from inference.answers.screening.screen_plan import ModelSource, ScreenPlan
from inference.model.calibration import Calibration, KindCalibration
from tests.oracle import Answering


def header_of(engine, slides, genes=None):
    return ScreenPlan.of(engine, slides, genes or [None] * len(slides)).header


def test_a_plan_counts_every_gene_in_every_niche(plan, two_slides):
    sizes = [(part.slide.n_genes, len(part.slide.niches)) for part in two_slides]
    assert plan.n_questions == sum(genes * niches for genes, niches in sizes)
    assert [len(asked.blocks) for asked in plan.asked] == [5, 3]
    assert sum(map(len, plan.asked[1].blocks)) == 13  # one gene has no counts


def test_the_same_plan_has_the_same_key(plan, engine, two_slides):
    again = ScreenPlan.of(engine, [part.slide for part in two_slides], [None, None])
    assert (again.key, again.difference(plan.header)) == (plan.key, "")


def test_whatever_the_answers_depend_on_makes_a_difference(plan, engine, two_slides, renamed, monkeypatch):
    slides = [part.slide for part in two_slides]
    counts = slides[1].counts.copy()
    counts.data[0] += 1
    others = {
        "another slide": header_of(engine, [slides[0], slides[1].with_counts(counts)]),
        "another slide, or": header_of(engine, [renamed, slides[1]]),
        "other genes": header_of(engine, slides, [list(slides[0].genes[:9]), None]),
        "another model": header_of(Answering(lambda _: 0.0, engine.calibration, engine.image_size), slides),
    }
    with monkeypatch.context() as patch:
        patch.setattr(engine, "calibration", Calibration({"enriched": KindCalibration(bias=0.1)}))
        others["another calibration"] = header_of(engine, slides)
    with monkeypatch.context() as patch:
        patch.setattr(engine, "contract", {"hash": "0123"})
        others["pictures by other rules"] = header_of(engine, slides)
    with monkeypatch.context() as patch:
        patch.setattr(screen, "_BLOCK_GENES", 4)
        others["other blocks"] = header_of(engine, slides)
    for words, header in others.items():
        assert plan.difference(header).startswith(words)
    assert plan.difference(plan.header | {"versions": {}}).startswith("another version")
    assert plan.difference({}) != ""
    assert plan.difference(["no header"]) == "another program"


def test_weights_that_differ_by_one_step_are_another_model(plan, engine, two_slides, monkeypatch):
    import torch

    weight = next(engine.model.parameters())
    before = weight.detach().clone()
    monkeypatch.delitem(engine.__dict__, "fingerprint", raising=False)
    with torch.no_grad():
        weight *= 1.01
    header = header_of(engine, [part.slide for part in two_slides])
    with torch.no_grad():
        weight.copy_(before)
    del engine.fingerprint
    assert plan.difference(header) == "another model, or another device"


def test_a_threshold_that_is_never_reached_can_be_stored(engine, two_slides, monkeypatch):
    never = Calibration({"enriched": KindCalibration(yes_from=np.inf, no_up_to=-np.inf)})
    monkeypatch.setattr(engine, "calibration", never)
    assert header_of(engine, [two_slides[0].slide])["calibration"]["yes_from"] == "inf"


def test_a_source_is_found_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "model").mkdir()
    monkeypatch.chdir(tmp_path)
    source = ModelSource("model").absolute()
    assert source.model is not None
    assert os.path.isabs(source.model)  # noqa: PTH117 - as another process would read it
    hub = ModelSource("org/name")
    assert (hub.absolute(), replace(hub, endpoint="http://127.0.0.1:1").absolute().model) == (hub, "org/name")
