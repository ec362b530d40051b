"""Loading: every split, the right error for what is wrong, and no stale cache."""

import shutil
from dataclasses import replace
from pathlib import Path

import datasets
import numpy as np
import pytest
from datasets.exceptions import DatasetGenerationError
from datasets.packaged_modules.parquet.parquet import Parquet

from data_prep.dataset.builder import build_dataset
from data_prep.dataset.loading import load_examples
from data_prep.dataset.rows import Row
from data_prep.errors import NicheLensError
from data_prep.slide import Slide
from tests.data_prep.dataset.built_datasets import SMALL


def test_folder_loads_with_every_split(folder: Path) -> None:
    loaded = datasets.load_dataset(str(folder))
    assert set(loaded) | {"ambiguous"} == {"train", "validation", "test_slide", "test_gene", "test_both", "ambiguous"}
    assert set(loaded["train"].column_names) == set(Row.__dataclass_fields__)


def test_loading_says_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(NicheLensError, match="no such folder"):
        load_examples(tmp_path / "absent", "train")
    with pytest.raises(NicheLensError, match="not a NicheLens dataset"):
        load_examples(tmp_path, "train")
    with pytest.raises(NicheLensError, match="the Hub cannot be reached"):
        load_examples("no-such-org/no-such-dataset", "train")


def test_damaged_split_is_one_line(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    parquet = copy / "data" / "train.parquet"
    parquet.write_bytes(parquet.read_bytes()[:500])
    with pytest.raises(NicheLensError, match="cannot be loaded") as caught:
        load_examples(copy, "train")
    assert "\n" not in str(caught.value)


def test_rebuilt_folder_is_not_read_from_a_stale_cache(slides: list[Slide], tmp_path: Path) -> None:
    out = tmp_path / "dataset"
    genes = []
    for seed in (0, 1):
        build_dataset(slides[:1], out, replace(SMALL, tasks=("marker",), seed=seed))
        genes.append(load_examples(out, "train")["genes"][:])
        shutil.rmtree(out)
    assert genes[0] != genes[1]


def test_figure_specs_draw_the_stored_pixels(slides: list[Slide], folder: Path, tmp_path: Path) -> None:
    build_dataset(slides, tmp_path / "specs", replace(SMALL, test_donors=("B",), store="specs"))
    for split in ("train", "test_slide"):
        stored, drawn = load_examples(folder, split), load_examples(tmp_path / "specs", split)
        assert len(stored) == len(drawn)
        for one, other in zip(stored, drawn, strict=True):
            images = [[np.asarray(image.convert("RGB")) for image in row.pop("images")] for row in (one, other)]
            np.testing.assert_array_equal(*images)
            assert one == other
    assert "images" not in load_examples(tmp_path / "specs", "train").column_names


def test_a_bug_while_loading_stays_a_traceback(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "copy"  # another path, so that no cache holds its rows
    shutil.copytree(folder, copy)
    monkeypatch.setattr(Parquet, "_generate_tables", lambda *_, **__: map(len, [0]))
    with pytest.raises((TypeError, DatasetGenerationError)) as caught:
        load_examples(copy, "train")
    assert "has no len()" in str(caught.value) + str(caught.value.__cause__)
