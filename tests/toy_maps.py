"""Toy datasets: eight noisy pictures, each with a square at a place and in a colour of its own, and rows about them."""

import json
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np

from data_prep.dataset.loading import CONTRACT_FILE
from data_prep.dataset.rows import Row, encode_png
from data_prep.figures.contract import figure_contract

MARKER = "Is this gene a marker of the highlighted niche?"
PLACES = ("upper left", "top", "upper right", "left", "right", "lower left", "bottom", "lower right")


def draw_map(place: int, size: int = 128) -> np.ndarray:
    """The picture of a place, (size, size, 3) uint8."""
    picture = np.random.default_rng(place).integers(200, 256, (size, size, 3), dtype=np.uint8)
    row, column = divmod(place if place < 4 else place + 1, 3)
    step, side = size * 9 // 32, size * 7 // 16
    square = np.s_[step * row : step * row + side, step * column : step * column + side]
    picture[square] = np.unpackbits(np.uint8(place))[5:] * 200
    return picture


def label_of(place: int) -> str:
    return "yes" if place % 3 else "no"


def map_row(
    places: Sequence[int], prompt: str, completion: str, *, task: str = "marker", specs: str = "[]", size: int = 128
) -> Row:
    """A row that shows the pictures of some places and is labelled as the first."""
    return Row(
        images=[encode_png(draw_map(place, size)) for place in places],
        prompt=prompt,
        completion=completion,
        task=task,
        label=label_of(places[0]),
        slide="toy",
        donor="A",
        niche="Layer 3",
        genes=["GFAP"],
        claims="[]",
        specs=specs,
        names="{}",
        contract=str(figure_contract(size)["hash"]),
    )


def write_dataset(folder: Path, *, size: int = 128, **splits: Sequence[Row]) -> Path:
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
    (folder / CONTRACT_FILE).write_text(json.dumps(figure_contract(size)))
    return folder
