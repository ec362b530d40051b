"""A base of 80 thousand weights and datasets of a few maps, made once, so that whole runs take seconds."""

import json
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data_prep.dataset import CONTRACT_FILE
from data_prep.figure import figure_contract
from data_prep.row import Row, encode_png
from training.nano import NanoConfig, build_nano, save_nano
from training.settings import SftSettings

MARKER = "Is this gene a marker of the highlighted niche?"
DESCRIBE = "Describe the black niche and say which panels show its markers."
PLACES = ("upper left", "top", "upper right", "left", "right", "lower left", "bottom", "lower right")


def draw_map(place: int) -> np.ndarray:
    """A noisy 128-pixel picture with a square at a place and in a colour of its own, (128, 128, 3) uint8."""
    picture = np.random.default_rng(place).integers(200, 256, (128, 128, 3), dtype=np.uint8)
    row, column = divmod(place if place < 4 else place + 1, 3)
    picture[36 * row : 36 * row + 56, 36 * column : 36 * column + 56] = np.unpackbits(np.uint8(place))[5:] * 200
    return picture


def make_row(place: int, n_images: int = 1) -> Row:
    label = "yes" if place % 3 else "no"
    enriched = "strongly enriched" if label == "yes" else "not enriched"
    return Row(
        images=[encode_png(draw_map((place + i) % len(PLACES))) for i in range(n_images)],
        prompt=MARKER if n_images == 1 else DESCRIBE,
        completion=f"{label.title()}. This gene is {enriched}. It is highest in the {PLACES[place]} of the tissue.",
        task="marker" if n_images == 1 else "describe",
        label=label,
        slide="toy",
        donor="A",
        niche="Layer 3",
        genes=["GFAP"],
        claims="[]",
        specs="[]",
        names="{}",
        contract=str(figure_contract(128)["hash"]),
    )


def write_dataset(folder: Path, **splits: Sequence[Row]) -> Path:
    """Write rows as `nichelens prep` lays them out."""
    from datasets import Dataset, Features, Image, List, Value

    text = {field.name: Value("string") for field in fields(Row)}
    features = Features(text | {"images": List(Image()), "genes": List(Value("string"))})
    (folder / "data").mkdir(parents=True)
    files = ""
    for split, rows in splits.items():
        columns: dict[str, list] = {field.name: [getattr(row, field.name) for row in rows] for field in fields(Row)}
        columns["images"] = [[{"bytes": png, "path": None} for png in row.images] for row in rows]
        Dataset.from_dict(columns, features=features).to_parquet(folder / "data" / f"{split}.parquet")
        files += f"      - split: {split}\n        path: data/{split}.parquet\n"
    (folder / "README.md").write_text(f"---\nconfigs:\n  - config_name: default\n    data_files:\n{files}---\n")
    (folder / CONTRACT_FILE).write_text(json.dumps(figure_contract(128)))
    return folder


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

    Its word embeddings, which are its head too, are frozen in fine-tuning: enlarged, they let it be sure of a word.
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
    """Rows with one and with two images, and a number of them that fills no batch."""
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
