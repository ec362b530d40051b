"""Every family once: a saved base of random weights, eight maps of its size, and one finished run on them."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from data_prep.claims import Names
from data_prep.dataset.loading import CONTRACT_FILE
from data_prep.dataset.rows import Row
from data_prep.figures.contract import figure_contract
from data_prep.tasks import Question
from inference.model.families import FAMILIES
from tests.families.tiny_families import TINY
from tests.families.tiny_parts import Tiny
from tests.toy_maps import MARKER, PLACES, draw_map, label_of, map_row, write_dataset
from training.adapter.run_folder import RunFolder
from training.adapter.settings import SftSettings
from training.sft import train


@dataclass(frozen=True)
class Built:
    """A family in small, on disk.

    Attributes:
        name: its model type.
        tiny: what is expected of it.
        base: folder of the base.
        dataset: folder of eight maps with eight answers to one question.
        rows: what the dataset holds.
    """

    name: str
    tiny: Tiny
    base: Path
    dataset: Path
    rows: list[Row]

    def question(self, places: Sequence[int], prompt: str = MARKER) -> Question:
        """A question about the maps of some places."""
        return Question(tuple(draw_map(place, self.tiny.size) for place in places), prompt, Names(), ())


@dataclass(frozen=True)
class Run:
    """A finished run on the eight maps.

    Attributes:
        adapter: its folder.
        model: the trained model as it was in memory.
        log: what it reported.
        killed: output folder of the same run, killed some steps before its end.
    """

    adapter: Path
    model: Any
    log: list[dict[str, Any]]
    killed: Path


def make_row(place: int, size: int) -> Row:
    completion = f"{label_of(place).title()}. It is highest in the {PLACES[place]}."
    return map_row([place], MARKER, completion, specs='["one"]', size=size)


def enliven(model: nn.Module) -> None:
    """Draw weights at scales that let a frozen tower tell pictures apart and a frozen head be sure of a word.

    Gemma 3's projection, for one, starts at zero: it would see nothing.
    """
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, (nn.Linear, nn.Conv2d, nn.Conv3d)):
                nn.init.normal_(module.weight, std=module.weight[0].numel() ** -0.5)
            elif not type(module).__module__.startswith("torch."):
                for weight in module.parameters(recurse=False):
                    if weight.ndim > 1:
                        nn.init.normal_(weight, std=len(weight) ** -0.5)
        for words in (model.get_input_embeddings(), model.get_output_embeddings()):
            nn.init.normal_(words.weight, std=0.4)


@pytest.fixture(scope="session")
def make_built(tmp_path_factory: pytest.TempPathFactory):
    """Builds and saves a family, once."""
    made: dict[str, Built] = {}

    def make(name: str) -> Built:
        if name not in made:
            made[name] = _build(name, tmp_path_factory.mktemp(name))
        return made[name]

    return make


def _build(name: str, folder: Path) -> Built:
    tiny = TINY[name]
    rows = [make_row(place, tiny.size) for place in range(8)]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model, processor = tiny.build([text for row in rows for text in (row.prompt, row.completion)])
        enliven(model)
    model.save_pretrained(folder / "base")
    processor.save_pretrained(folder / "base")
    (folder / "base" / CONTRACT_FILE).write_text(json.dumps(figure_contract(tiny.size)))
    dataset = write_dataset(folder / "dataset", size=tiny.size, train=rows)
    return Built(name, tiny, folder / "base", dataset, rows)


QUICK = ("qwen3_5", "smolvlm", "llava_onevision", "lfm2_vl")
"""Families that the default run tests: they differ most. The slow run tests the others."""


@pytest.fixture(
    scope="session", params=[pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow) for name in FAMILIES]
)
def built(request: pytest.FixtureRequest, make_built) -> Built:
    return make_built(request.param)


@pytest.fixture(scope="session")
def run(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return finish_run(built, tmp_path_factory.mktemp("runs"))


def run_settings(built: Built, folder: Path, **changes: Any) -> SftSettings:
    """Settings under which the eight maps are learnt."""
    values: dict[str, Any] = {
        "model": str(built.base),
        "dataset": str(built.dataset),
        "output_dir": str(folder),
        "batch_size": 8,
        "per_device_batch_size": 8,
        "learning_rate": 7e-3,
        "warmup_steps": 2,
        "precision": "fp32",
        "epochs": 1000,
        "max_steps": built.tiny.steps,
        "save_steps": built.tiny.steps - 10,
        "logging_steps": 1,
    }
    return SftSettings(**values | changes)


def finish_run(built: Built, folder: Path, **changes: Any) -> Run:
    """Fine-tunes by the command's own code, and keeps what it would leave behind if it were killed before its end."""
    adapter, killed = folder / "adapter", folder / "killed"
    trained: dict[str, Any] = {}

    def keep(self: RunFolder, model: Any, *rest: Any) -> None:
        trained["model"] = model
        shutil.copytree(self.path, killed)
        shutil.rmtree(RunFolder(killed).newest_checkpoint())
        finish(self, model, *rest)

    finish = RunFolder.finish
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RunFolder, "finish", keep)
        train(run_settings(built, adapter, **changes))
    log = json.loads((adapter / "training_log.json").read_text())
    return Run(adapter, trained["model"].eval(), log, killed)
