"""A base of 80 thousand weights and datasets of a few maps, made once, so that a whole run takes seconds."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data_prep.dataset.rows import Row
from tests.toy_maps import MARKER, PLACES, label_of, map_row, write_dataset
from training.adapter.settings import SftSettings
from training.nano.architecture import NanoConfig, build_nano, save_nano

DESCRIBE = "Describe the black niche and say which panels show its markers."


def make_row(place: int, n_images: int = 1) -> Row:
    label = label_of(place)
    enriched = "strongly enriched" if label == "yes" else "not enriched"
    return map_row(
        [(place + i) % len(PLACES) for i in range(n_images)],
        MARKER if n_images == 1 else DESCRIBE,
        f"{label.title()}. This gene is {enriched}. It is highest in the {PLACES[place]} of the tissue.",
        task="marker" if n_images == 1 else "describe",
    )


@pytest.fixture(scope="session")
def texts() -> list[str]:
    """Every sentence of the toy datasets."""
    return [text for place in range(8) for row in (make_row(place),) for text in (row.prompt, row.completion, DESCRIBE)]


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> Path:
    """A saved tiny base."""
    return save_base(tmp_path_factory.mktemp("models") / "tiny", NanoConfig.tiny(), texts)


@pytest.fixture(scope="session")
def base_of_whole_blocks(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> Path:
    """A base whose decoder's widths are multiples of 64, which 4-bit products on a CPU need."""
    return save_base(tmp_path_factory.mktemp("models") / "blocks", replace(NanoConfig.tiny(), text_hidden=64), texts)


def save_base(folder: Path, config: NanoConfig, texts: list[str]) -> Path:
    """Builds and saves a base.

    Its word embeddings are also its head and stay frozen in fine-tuning. They are enlarged, so that the model can give
    one word a high probability.
    """
    import torch

    model, processor = build_nano(config, texts)
    with torch.no_grad():
        model.get_input_embeddings().weight.mul_(8)
    save_nano(model, processor, folder)
    return folder


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight maps with eight answers, four of them again for validation."""
    folder = tmp_path_factory.mktemp("datasets") / "eight"
    return write_dataset(folder, train=[make_row(i) for i in range(8)], validation=[make_row(i) for i in range(4)])


@pytest.fixture(scope="session")
def mixed_dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eleven rows with one or two images, so that the last batch is not full."""
    folder = tmp_path_factory.mktemp("datasets") / "mixed"
    rows = [make_row(i % 8, n_images=1 + i % 2) for i in range(11)]
    return write_dataset(folder, train=rows, validation=rows[:4])


@pytest.fixture(scope="session")
def rows() -> Callable[..., Row]:
    """Makes one row; see `make_row`."""
    return make_row


@pytest.fixture(scope="session")
def make_dataset() -> Callable[..., Path]:
    """Writes a dataset; see `write_dataset`."""
    return write_dataset


@pytest.fixture
def settings(base: Path, dataset: Path, tmp_path: Path) -> Callable[..., SftSettings]:
    """Settings of a run on the toy dataset that writes into the test's own folder."""

    def make(**changes: Any) -> SftSettings:
        values: dict[str, Any] = {
            "model": str(base),
            "dataset": str(dataset),
            "output_dir": str(tmp_path / "adapter"),
            "batch_size": 8,
            "per_device_batch_size": 8,
            "warmup_steps": 0,
            "logging_steps": 1,
            "precision": "fp32",  # on any machine, to the last digit
        }
        return SftSettings(**values | changes)

    return make
