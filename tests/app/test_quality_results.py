"""`nichelens.check` in a notebook: a slide that was read, a path, and an object in memory without labels."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import nichelens

if TYPE_CHECKING:
    from anndata import AnnData


def test_a_slide_that_was_read_is_checked_with_its_niches(toy_adata: "AnnData", tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    checked = nichelens.check(nichelens.read(toy_adata, "region"), progress=lambda *done: told.append(done))
    (record,) = checked.records
    assert [niche["niche"] for niche in record["niches"]] == [f"Layer {n}" for n in (1, 2, 3, 4)]
    assert str(checked).startswith("S1: The counts are")
    assert told == [(1, 1)]
    assert (checked.findings.query("topic == 'Verdict'").finding == record["verdict"]).all()
    assert checked.save(tmp_path / "quality.html").read_text().startswith("<!doctype html>")
    with pytest.raises(nichelens.NicheLensError, match=r"choose one of \.html, \.md, \.json, \.csv"):
        checked.save(tmp_path / "quality.pdf")


def test_a_path_or_an_object_needs_no_labels(toy_adata: "AnnData", write_h5ad: Callable[..., Path]) -> None:
    of_path, of_object = nichelens.check(write_h5ad(toy_adata)), nichelens.check(toy_adata)
    assert of_path.records[0]["niches"] == []
    assert of_path.records == of_object.records
    assert "pass --niche-key region" in of_path.writers[".html"]
