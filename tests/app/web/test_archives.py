"""Archives that visitors send: one slide is unpacked, and nothing is written outside the folder, or without end."""

import gc
import io
import os
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from anndata import AnnData

from app.web import archives
from app.web.archives import unpack
from app.web.upload import open_slides
from data_prep.errors import NicheLensError
from tests.data_prep.read.slide_files import WRITERS

Pack = Callable[..., Path]


@pytest.fixture(autouse=True)
def unpacked_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where archives are unpacked."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield folder
    if any(folder.iterdir()):
        gc.collect()  # takes a second where large libraries are loaded
    assert list(folder.iterdir()) == []


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    """Packs a file or folder, and other entries beside it."""

    def write(slide: Path | None = None, others: dict[str, bytes] | None = None, name: str = "sample.zip") -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(slide.rglob("*")) if slide else ():
                archive.write(file, f"{slide.name}/{file.relative_to(slide)}")
            if slide and slide.is_file():
                archive.write(slide, slide.name)
            for entry, content in (others or {}).items():
                archive.writestr(entry, content)
        return path

    return write


def test_the_slide_of_an_archive_is_opened(toy_adata: AnnData, tmp_path: Path, pack: Pack) -> None:
    for kind in ("zarr", "space_ranger"):
        slide = WRITERS[kind](tmp_path / f"{kind}-outs", toy_adata)
        path = pack(slide, {"__MACOSX/._x": b"", "README.txt": b"hello"}, name=f"{kind}.zip")
        opened = open_slides(path)
        assert opened.slide().name == kind
        np.testing.assert_array_equal(opened.slide().counts.toarray(), toy_adata.X.toarray())
        again = open_slides(opened.path, [opened.niche_key])  # with another column
        del opened
        gc.collect()
        assert again.path.exists()
        del again


def test_a_store_at_the_top_of_an_archive_is_opened(toy_adata: AnnData, tmp_path: Path, pack: Pack) -> None:
    store = WRITERS["zarr"](tmp_path / "store", toy_adata)
    files = {str(file.relative_to(store)): file.read_bytes() for file in store.rglob("*") if file.is_file()}
    opened = open_slides(pack(others=files))
    assert opened.path.name == "sample.zarr"


def refusal(path: Path) -> str:
    with pytest.raises(NicheLensError) as caught:
        unpack(path)
    assert str(caught.value).startswith(path.name)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "../escaped",
        "a/../../escaped",
        "/escaped",
        "a/b/../../../escaped",
        "..\\escaped",
        "C:/escaped",
        "a\\..\\..\\escaped",
    ],
)
def test_entries_that_lead_out_are_refused(pack: Pack, tmp_path: Path, name: str) -> None:
    assert "leads out of the archive" in refusal(pack(others={name: b"harm"}))
    assert not list(tmp_path.rglob("escaped"))
    assert not Path("/escaped").exists()


def entry(name: str, kind: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (kind | 0o777) << 16
    return info


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (stat.S_IFLNK, "is a link"),
        (stat.S_IFCHR, "neither a file"),
        (stat.S_IFIFO, "neither"),
        (stat.S_IFSOCK, "neither"),
    ],
)
def test_links_and_devices_are_refused(tmp_path: Path, kind: int, said: str) -> None:
    path = tmp_path / "sample.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry("slide.zarr/obs", kind), "/etc/passwd")
        archive.writestr("slide.zarr/obs/secret", b"")
    assert said in refusal(path)


def test_a_newer_version_of_the_format_is_said(pack: Pack) -> None:
    path = pack(others={"slide.h5ad": b"slide"})
    whole = bytearray(path.read_bytes())
    whole[whole.index(b"PK\x01\x02") + 6] = 99  # the version that its entry needs
    path.write_bytes(whole)
    assert "(zip file version 9.9); pack the slide again" in refusal(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_entries_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "sample.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("slide.h5ad", b"one")
        archive.writestr("slide.h5ad", b"two")
    assert "is there twice" in refusal(path)


def test_what_unpacks_to_too_much_is_refused(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "RATIO_FROM_BYTES", 2**20)
    bomb = pack(others={f"slide.zarr/{number}": bytes(2**22) for number in range(4)})
    assert bomb.stat().st_size < 2**17
    assert "times its size; pack the slide alone (at most 8 GiB and 100 times)" in refusal(bomb)
    monkeypatch.setattr(archives, "MOST_BYTES", 2**20)
    assert "at most 0 GiB" in refusal(pack(others={"slide.h5ad": os.urandom(2**21)}))


def test_more_than_the_disk_holds_is_refused(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives.shutil, "disk_usage", lambda folder: type("Disk", (), {"free": 2**30}))
    assert "and 1.0 GiB are free on the server" in refusal(pack(others={"slide.h5ad": b"counts"}))


def test_an_archive_that_lies_about_its_sizes_is_refused(pack: Pack) -> None:
    """The list says 10 bytes, the entry holds four million: no more than ten are written."""
    path = pack(others={"slide.h5ad": bytes(2**22)})
    content = bytearray(path.read_bytes())
    for start in (content.find(b"PK\x01\x02") + 24, content.find(b"PK\x03\x04") + 22):
        content[start : start + 4] = struct.pack("<L", 10)
    path.write_bytes(content)
    assert "is no whole .zip file" in refusal(path)


def test_too_many_entries_are_refused(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_ENTRIES", 100)
    path = pack(others={f"slide.zarr/{number}": b"" for number in range(101)})
    monkeypatch.setattr(archives.zipfile, "ZipFile", lambda path: pytest.fail("the list was read"))
    assert "holds more than 100 files" in refusal(path)


def test_a_list_of_contents_in_the_large_format_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "sample.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(2**16 + 1):
            archive.writestr(str(number), b"")
    monkeypatch.setattr(archives, "MOST_ENTRIES", 2**16)
    monkeypatch.setattr(archives.zipfile, "ZipFile", lambda path: pytest.fail("the list was read"))
    assert "holds more than 65,536 files" in refusal(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is no whole .zip file"),
        (b"PK\x05\x06", "is no whole .zip file"),
        (os.urandom(100_000), "is no whole .zip file"),
        (b"PK\x05\x06" + b"\xff" * 18, "holds more than"),
    ],
)
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "sample.zip"
    path.write_bytes(content)
    assert said in refusal(path)


def test_a_damaged_archive_is_refused(toy_adata: AnnData, tmp_path: Path, pack: Pack) -> None:
    path = pack(WRITERS["h5ad"](tmp_path / "slide", toy_adata))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    assert "is no whole .zip file" in refusal(path)


def test_an_archive_holds_one_slide(toy_adata: AnnData, tmp_path: Path, pack: Pack) -> None:
    one = WRITERS["h5ad"](tmp_path / "slide", toy_adata)
    assert "holds no slide; pack one" in refusal(pack(others={"notes.txt": b""}))
    assert "holds 2 slides (more.h5ad, slide.h5ad)" in refusal(pack(one, {"more.h5ad": b""}))
    inner = io.BytesIO()
    zipfile.ZipFile(inner, "w").close()
    assert "is an archive in an archive" in refusal(pack(others={"more.zip": inner.getvalue()}))


@pytest.mark.parametrize("name", ["a\nb.h5ad", "\x1b[31mred.h5ad", "n" * 2000])
def test_names_that_are_none_are_refused_and_shown_short(pack: Pack, name: str) -> None:
    said = refusal(pack(others={name: b""}))
    assert "is no name of a file" in said
    assert len(said) < 250
    assert "\x1b" not in said
