"""Outputs appear complete or not at all."""

from pathlib import Path

import pytest

from data_prep.staging import staged


def test_the_name_is_given_at_the_end(tmp_path: Path) -> None:
    out = tmp_path / "new" / "deep" / "table.csv"
    with staged(out) as partial:
        partial.write_text("whole")
        assert not out.exists()
        assert partial.stat().st_dev == tmp_path.stat().st_dev
    assert out.read_text() == "whole"
    assert list(out.parent.iterdir()) == [out]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_failure_leaves_everything_as_it_was(tmp_path: Path, error: type[BaseException]) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "kept").write_text("kept")

    def fail(out: Path) -> None:
        with staged(out) as partial:
            partial.mkdir()
            (partial / "half").write_text("half")
            raise error

    for out in (tmp_path / "old", tmp_path / "new" / "deep" / "data"):
        with pytest.raises(error):
            fail(out)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["kept", "old"]


def test_an_earlier_folder_is_replaced_as_a_whole(tmp_path: Path) -> None:
    out = tmp_path / "data"
    out.mkdir()
    (out / "stale").write_text("stale")
    with staged(out) as partial:
        partial.mkdir()
        (partial / "fresh").write_text("fresh")
    assert [p.name for p in out.iterdir()] == ["fresh"]
    assert list(tmp_path.iterdir()) == [out]


def test_a_folder_that_was_not_written_leaves_the_earlier_one(tmp_path: Path) -> None:
    out = tmp_path / "data"
    out.mkdir()
    (out / "kept").write_text("kept")
    with pytest.raises(FileNotFoundError), staged(out):
        pass
    assert [p.name for p in out.iterdir()] == ["kept"]
