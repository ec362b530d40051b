"""The Python API across slides."""

import json
from pathlib import Path

import pytest

import nichelens
from tests.conftest import make_toy
from tests.oracle import Answering


@pytest.fixture(scope="module")
def slide() -> nichelens.Slides:
    return nichelens.read(make_toy(donors=("D1", "D2"), side=20), niche_key="region")


def test_match_gives_tables_and_pages(slide: nichelens.Slides, tmp_path: Path) -> None:
    done: list[tuple[int, int]] = []
    found = nichelens.match(slide, progress=lambda *step: done.append(step))
    assert done == [(2, 2)]
    assert list(found.entries.columns) == ["id", "name", "named_by", "markers", "S1", "S2"]
    assert (found.entries.S1 == found.entries.S2).all()
    assert len(found.matches) == 8
    assert str(found) == "4 niches: 4 on both slides, 0 on one slide only (without a match)."
    saved = json.loads(found.save(tmp_path / "niches.json").read_text())
    assert len(saved["entries"]) == 4
    assert 'title="NicheLens"' in found._repr_html_()
    with pytest.raises(nichelens.NicheLensError, match=r"choose one of \.html, \.md, \.json, \.csv"):
        found.save(tmp_path / "niches.pkl")
    assert nichelens.match([slide["S2"], slide["S1"]]).entries.equals(found.entries)


def test_compare_gives_tables_and_pages(slide: nichelens.Slides, tmp_path: Path) -> None:
    engine = Answering(lambda claim: 8.0 if claim.gene == "GENE0" else 0.0)
    found = nichelens.compare(slide["S1"], slide["S2"], niche="Layer 1", top_genes=8, engine=engine)
    assert (len(found.changes), len(found.found), len(found.genes)) == (0, 0, 8)
    assert list(found.kept.about) == ["GENE0"]
    assert list(found.kept.verdict) == ["supported"]
    assert found.save(tmp_path / "changes.md").read_text().startswith("# Layer 1 from S1 to S2")
    against = nichelens.compare(slide["S1"], niche="Layer 1", against="Layer 2", top_genes=8, engine=engine)
    assert set(against.found.change[against.found.topic == "gene"]) == {"higher", "lower"}


def test_what_cannot_be_compared_is_refused(slide: nichelens.Slides) -> None:
    with pytest.raises(nichelens.NicheLensError, match="either a second slide or against"):
        nichelens.compare(slide["S1"], niche="Layer 1")
    with pytest.raises(nichelens.NicheLensError, match="there are 2 slices"):
        nichelens.compare(slide, niche="Layer 1", against="Layer 2")
