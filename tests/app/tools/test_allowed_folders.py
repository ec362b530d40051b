"""Files open below the allowed folders only, whatever a path looks like."""

import os
import socket
from pathlib import Path

import pytest

from app.tools.allowed_folders import AllowedFolders
from data_prep.errors import NicheLensError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two slides, beside a secret."""
    (tmp_path / "secret.h5ad").write_text("secret")
    (tmp_path / "slides-of-others").mkdir()
    (tmp_path / "slides-of-others" / "c.h5ad").write_text("c")
    inside = tmp_path / "slides"
    (inside / "deep").mkdir(parents=True)
    (inside / "a.h5ad").write_text("a")
    (inside / "deep" / "b.h5ad").write_text("b")
    return inside


@pytest.fixture
def allowed(folder: Path) -> AllowedFolders:
    return AllowedFolders.of([folder])


def test_paths_below_a_folder_are_resolved(allowed: AllowedFolders, folder: Path) -> None:
    assert allowed.resolve(str(folder / "a.h5ad")) == folder / "a.h5ad"
    assert allowed.resolve("deep/b.h5ad") == folder / "deep" / "b.h5ad"
    assert allowed.resolve("deep/../a.h5ad") == folder / "a.h5ad"


def test_paths_outside_are_refused_whether_they_exist_or_not(allowed: AllowedFolders, folder: Path) -> None:
    outside = [
        "../secret.h5ad",
        "deep/../../secret.h5ad",
        str(folder / ".." / "secret.h5ad"),
        str(folder.parent / "secret.h5ad"),
        str(folder.parent / "nothing-here.h5ad"),
        f"{folder}-of-others/c.h5ad",
        "/etc/passwd",
        "/",
        "..",
        "/proc/self/environ",
    ]
    for path in outside:
        with pytest.raises(NicheLensError, match="is outside the folders that this server opens"):
            allowed.resolve(path)


def test_links_are_followed_before_the_check(allowed: AllowedFolders, folder: Path) -> None:
    (folder / "to-secret.h5ad").symlink_to(folder.parent / "secret.h5ad")
    (folder / "to-parent").symlink_to(folder.parent)
    (folder / "to-a.h5ad").symlink_to(folder / "a.h5ad")
    (folder / "round.h5ad").symlink_to(folder / "round.h5ad")
    for path in ("to-secret.h5ad", "to-parent/secret.h5ad"):
        with pytest.raises(NicheLensError, match="is outside"):
            allowed.resolve(path)
    with pytest.raises(NicheLensError, match=r"round\.h5ad"):
        allowed.resolve("round.h5ad")
    assert allowed.resolve("to-a.h5ad") == folder / "a.h5ad"
    assert allowed.slides() == sorted(str(folder / name) for name in ("a.h5ad", "deep/b.h5ad", "to-a.h5ad"))


def test_a_folder_with_a_link_to_the_outside_is_no_slide(allowed: AllowedFolders, folder: Path) -> None:
    store = folder / "x.zarr"
    (store / "X").mkdir(parents=True)
    (store / "X" / "0").write_text("0")
    assert allowed.resolve("x.zarr") == store
    (store / "X" / "1").symlink_to("/etc/passwd")
    with pytest.raises(NicheLensError, match="holds a link to a place outside"):
        allowed.resolve("x.zarr")


@pytest.mark.parametrize(
    "path",
    [
        "http://169.254.169.254/latest/meta-data",
        "HTTPS://example.org/a.h5ad",
        "s3://bucket/a.h5ad",
        "file:///etc/passwd",
        "//server/share/a.h5ad",
        r"\\server\share\a.h5ad",
    ],
)
def test_an_address_is_no_path(allowed: AllowedFolders, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda *arguments: opened.append(arguments))
    with pytest.raises(NicheLensError, match="is an address; give the path of a file"):
        allowed.resolve(path)
    assert opened == []


@pytest.mark.parametrize("path", ["", "  ", "a\0b.h5ad", "a\nb.h5ad", "a" * 5000, "deep/" + "a" * 300])
def test_what_is_no_path_is_one_clear_line(allowed: AllowedFolders, path: str) -> None:
    with pytest.raises(NicheLensError) as error:
        allowed.resolve(path)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 500


def test_nothing_is_allowed_unless_somebody_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    for path in ("a.h5ad", "./a.h5ad", str(folder / "a.h5ad")):
        with pytest.raises(NicheLensError, match="start it with --allow FOLDER"):
            AllowedFolders().resolve(path)
    assert AllowedFolders().slides() == []
    with pytest.raises(NicheLensError, match=r"a\.h5ad: is no folder"):
        AllowedFolders.of([folder / "a.h5ad"])


def test_a_folder_that_is_a_link_is_that_folder(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    allowed = AllowedFolders.of([tmp_path / "link", folder])
    assert allowed.folders == (folder,)
    assert allowed.resolve(str(tmp_path / "link" / "a.h5ad")) == folder / "a.h5ad"


def test_a_listing_is_short_and_leaves_hidden_folders_out(tmp_path: Path) -> None:
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "hidden.h5ad").write_text("")
    for number in range(210):
        (tmp_path / f"{number:03}.h5ad").write_text("")
    (tmp_path / "sample" / "outs").mkdir(parents=True)
    (tmp_path / "notes.txt").write_text("")
    listed = AllowedFolders.of([tmp_path]).slides()
    assert len(listed) == 200
    assert all(os.sep + ".cache" not in path and not path.endswith(".txt") for path in listed)
