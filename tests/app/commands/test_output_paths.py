"""No command replaces what it must not replace."""

from pathlib import Path

import pytest

from app.commands.output_paths import check_output
from data_prep.errors import NicheLensError

MARK = "figure_contract.json"


def refusal(out: Path, *, overwrite: bool = False, folder_mark: str = "", inputs: tuple[Path, ...] = ()) -> str:
    with pytest.raises(NicheLensError) as refused:
        check_output(out, overwrite=overwrite, folder_mark=folder_mark, inputs=inputs)
    return str(refused.value)


def test_a_new_path_may_be_written(tmp_path: Path) -> None:
    check_output(tmp_path / "new" / "deep" / "table.csv", overwrite=False)
    check_output(tmp_path / "data", overwrite=False, folder_mark=MARK)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_only_when_asked(tmp_path: Path) -> None:
    kept = tmp_path / "kept.csv"
    kept.write_text("mine")
    assert "pass --overwrite" in refusal(kept)
    check_output(kept, overwrite=True)
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "nowhere")
    assert "pass --overwrite" in refusal(link)


def test_an_input_is_never_replaced(tmp_path: Path) -> None:
    slide = tmp_path / "slide.h5ad"
    slide.write_text("counts")
    (tmp_path / "link.h5ad").symlink_to(slide)
    assert "is an input" in refusal(tmp_path / "link.h5ad", overwrite=True, inputs=(slide,))


def test_a_folder_of_somebody_else_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_text("mine")
    assert "did not write" in refusal(tmp_path, overwrite=True, folder_mark=MARK)
    (tmp_path / MARK).write_text("{}")
    check_output(tmp_path, overwrite=True, folder_mark=MARK)
    assert "pass --overwrite" in refusal(tmp_path, folder_mark=MARK)


def test_an_empty_folder_still_needs_overwrite(tmp_path: Path) -> None:
    assert "pass --overwrite" in refusal(tmp_path, folder_mark=MARK)
    check_output(tmp_path, overwrite=True, folder_mark=MARK)


def test_files_and_folders_do_not_replace_each_other(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    assert "is a folder" in refusal(tmp_path, overwrite=True)
    assert "is a file" in refusal(file, overwrite=True, folder_mark=MARK)
    assert "not a folder" in refusal(file / "data", folder_mark=MARK)
