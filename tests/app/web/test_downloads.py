"""Files to take away."""

import pytest

from app.web import downloads
from app.web.downloads import Downloads, file_name


def test_a_file_is_named_after_slide_and_niche() -> None:
    path = Downloads().path("151673:S1", "Layer 3/4", "markers", suffix=".csv")
    assert path.name == "151673-S1_Layer-3-4_markers.csv"


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\\b", "", "." * 300, "ニッチ" * 200])
def test_every_name_makes_a_file(name: str) -> None:
    folder = Downloads()
    path = folder.path(name, "markers", suffix=".csv")
    assert path.parent.is_dir()
    path.write_text("")
    assert len(path.name) < 200


def test_old_files_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "KEPT", 3)
    folder = Downloads()
    paths = [folder.path(str(i), suffix=".csv") for i in range(6)]
    assert sum(path.parent.exists() for path in paths) == 3
    assert paths[-1].parent.exists()


def test_names_of_any_script_stay() -> None:
    assert file_name("Größe", "β") == "Größe_β"
