"""Load a dataset from a folder that `data_prep.dataset.builder` wrote, or from the Hub.

A dataset can store figure specs and slides instead of images. Then the figures are drawn when rows are read, in the
process that reads them. The pixels are the same as those of stored images.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_prep.dataset.rows import Row, read_specs
from data_prep.dataset.saved_slides import SLIDE_FILE, open_slide
from data_prep.errors import NicheLensError, suggest
from data_prep.figures.canvas import Canvas
from data_prep.hub import HubId, fetch
from data_prep.json_files import read_json

if TYPE_CHECKING:
    from datasets import Dataset

CONTRACT_FILE = "figure_contract.json"
PROVENANCE_FILE = "provenance.json"
CARD_FILE = "README.md"
SLIDES_FOLDER = "slides"
DATASET_FILES = (CONTRACT_FILE, PROVENANCE_FILE, CARD_FILE, "data/*.parquet", f"{SLIDES_FOLDER}/*")
"""All files of a dataset, as patterns."""


def find_dataset(source: str | Path) -> Path:
    """The folder of a NicheLens dataset. A dataset on the Hub (`org/name` or `org/name@revision`) is fetched first.

    Raises:
        NicheLensError: no such folder or Hub dataset, or not a NicheLens dataset.
    """
    folder = dataset_folder(source)
    if not ((folder / CONTRACT_FILE).is_file() and (folder / "data").is_dir()):
        message = f"{source}: not a NicheLens dataset (no {CONTRACT_FILE} and data/); make one with `nichelens prep`"
        raise NicheLensError(message)
    return folder


def dataset_folder(source: str | Path) -> Path:
    """The folder of a dataset of any kind. One on the Hub (`org/name` or `org/name@revision`) is fetched first.

    Raises:
        NicheLensError: no such folder or Hub dataset.
    """
    folder = Path(source)
    if not folder.exists():
        hub_id = HubId.parse(str(source))
        if hub_id is None:
            message = f"{source}: no such folder; make a dataset with `nichelens prep SLIDE.h5ad --out {source}`"
            raise NicheLensError(message)
        folder = fetch(hub_id, "dataset", DATASET_FILES)
    return folder


def load_examples(source: str | Path, split: str) -> Dataset:
    """Load one split of a NicheLens dataset, from a folder or a Hub id.

    The columns are the fields of `rows.Row`, with `images` as PIL images.

    Raises:
        NicheLensError: there is no such folder or Hub dataset, it is not a NicheLens dataset, it has no such split, or
            the file of the split is damaged.
    """
    folder = find_dataset(source)
    rows = load_split(source, folder, split)
    missing = sorted({field.name for field in fields(Row)} - set(rows.column_names))
    if missing == ["images"] and (folder / SLIDES_FOLDER).is_dir():
        return rows.with_transform(DrawFigures(folder))
    if missing:
        message = f"{source}: not a NicheLens dataset (no column '{missing[0]}'); make one with `nichelens prep`"
        raise NicheLensError(message)
    return rows


def load_split(source: str | Path, folder: Path, split: str) -> Dataset:
    """The rows in `data/{split}.parquet` of a dataset of any kind.

    Args:
        source: what messages call the dataset.
        folder: its folder.
        split: name of the split.

    Raises:
        NicheLensError: it has no such split, or the file of the split is damaged.
    """
    import pyarrow as pa
    from datasets import load_dataset
    from datasets.exceptions import DatasetGenerationError, DatasetsError

    # Not load_dataset(folder): its cache depends on the path and returns the old rows of a folder that was rebuilt.
    files = {path.stem: str(path) for path in sorted((folder / "data").glob("*.parquet"))}
    if split not in files:
        message = f"{source}: no split '{split}'; {suggest(split, files, kind='splits', show_all=True)}"
        raise NicheLensError(message)
    try:
        with _no_progress_bars():
            return load_dataset("parquet", data_files={split: files[split]}, split=split)
    except (DatasetsError, pa.ArrowException, OSError) as error:
        # datasets reports every exception as a DatasetGenerationError. Only a cause in the file is the file's fault.
        if isinstance(error, DatasetGenerationError) and not isinstance(error.__cause__, pa.ArrowException | OSError):
            raise
        reason = " ".join(str(error).split())[:160]
        message = f"{source}: split '{split}' cannot be loaded ({reason}); make or fetch it again"
        raise NicheLensError(message) from error


class DrawFigures:
    """A transform of `datasets` that draws the figures of a batch of rows and adds them as `images`."""

    def __init__(self, folder: Path) -> None:
        """Keep only the folder: each process opens the slides itself."""
        self.folder = str(folder.resolve())
        # A rebuilt folder can hold other slides under the same names.
        self.built = (folder / PROVENANCE_FILE).stat().st_mtime_ns

    def __call__(self, batch: dict[str, list]) -> dict[str, list]:
        """Add the figures. A batch without the columns slide and specs stays as it is."""
        if not {"slide", "specs"} <= batch.keys():
            return batch
        return batch | {"images": [self._draw(*row) for row in zip(batch["slide"], batch["specs"], strict=True)]}

    def _draw(self, slide: str, specs: str) -> list[Any]:
        return [_canvas(self.folder, self.built, slide, spec.size).draw(spec) for spec in read_specs(specs)]


@lru_cache(maxsize=8)
def _canvas(folder: str, built: int, slide: str, size: int) -> Canvas:
    return Canvas(open_slide(_slide_folders(folder, built)[slide]), size)


def slide_folders(folder: Path) -> dict[str, Path]:
    """Slide name → folder of the slide in a dataset; {} if the dataset stores images and no slides."""
    files = sorted(folder.glob(f"{SLIDES_FOLDER}/*/{SLIDE_FILE}"))
    return {read_json(file.parent.name, file)["name"]: file.parent for file in files}


@lru_cache(maxsize=8)
def _slide_folders(folder: str, built: int) -> dict[str, Path]:
    return slide_folders(Path(folder))


@contextmanager
def _no_progress_bars() -> Iterator[None]:
    """Turn off the progress bars that `datasets` draws for every file."""
    import datasets

    were_on = not datasets.are_progress_bars_disabled()
    datasets.disable_progress_bars()
    try:
        yield
    finally:
        if were_on:
            datasets.enable_progress_bars()
