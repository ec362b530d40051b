"""Unpacks an uploaded .zip that holds one slide: a .zarr store, an outs folder, or an .h5ad file.

An archive is untrusted. Everything is checked by its list of contents before a byte is unpacked, and the unpacking
never writes more than the list says.
"""

from __future__ import annotations

import shutil
import stat
import struct
import tempfile
import weakref
import zipfile
from pathlib import Path, PurePosixPath

from data_prep.errors import CONTROL, ZIP_ERRORS, NicheLensError
from data_prep.read.tenx import VISIUM_MATRIX, XENIUM_MATRIX
from data_prep.short_names import short

MOST_ENTRIES = 100_000
"""Files and folders of an archive. A store of a large slide has tens of thousands of chunks."""
MOST_BYTES = 8 * 2**30
"""Size of everything unpacked."""
MOST_RATIO = 100
"""Unpacked size over packed size. Counts in a zarr store shrink 2- to 20-fold; a bomb grows 1000-fold."""
RATIO_FROM_BYTES = 2**28
"""Archives that unpack to less than this may shrink as much as they like."""
LIST_BYTES = 2**26
"""Size of the list of contents, which is read into memory at once."""
LONGEST_PATH = 1000
SPARE_DISK = 2**30
"""Free space that must be left after unpacking."""
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_JUNK = ("__MACOSX", ".DS_Store")
"""What file managers add."""
_STORES = {".zgroup", ".zattrs", ".zmetadata", "zarr.json"}
_END, _END_BYTES, _LONGEST_COMMENT = b"PK\x05\x06", 22, 2**16


class Unpacked:
    """A slide out of an archive. Its files are deleted with the last reference to it, or when the process ends.

    Attributes:
        path: the slide.
    """

    def __init__(self, path: Path, folder: Path) -> None:
        self.path = path
        self._delete = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)


def is_archive(path: Path) -> bool:
    """Whether a file is called a .zip."""
    return path.suffix.lower() == ".zip" and path.is_file()


def unpack(archive: Path) -> Unpacked:
    """Unpacks the slide of an archive into a temporary folder. The slide is called like the archive.

    Raises:
        NicheLensError: the archive is damaged or unsafe, or does not hold exactly one slide.
    """
    folder = Path(tempfile.mkdtemp(prefix="nichelens-zip-"))
    try:
        _check_list(archive)
        with zipfile.ZipFile(archive) as opened:
            entries = _safe_entries(opened, archive, folder)
            for entry, target in entries:
                target.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(entry) as packed, target.open("xb") as unpacked:
                    shutil.copyfileobj(packed, unpacked, 2**20)
        slide = _only_slide(folder / "content", archive)
        return Unpacked(slide.rename(folder / f"{short(archive.stem, 100)}{_suffix(slide)}"), folder)
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if not isinstance(error, (*ZIP_ERRORS, OSError)):
            raise
        message = f"{archive.name}: is no whole .zip file ({' '.join(str(error).split())[:100]}); pack the slide again"
        raise NicheLensError(message) from error


def _check_list(archive: Path) -> None:
    """Refuses an archive whose list of contents is too large to be read: `zipfile` reads it at once."""
    with archive.open("rb") as file:
        file.seek(0, 2)
        size = file.tell()
        file.seek(max(0, size - _END_BYTES - _LONGEST_COMMENT - 64))
        tail = file.read()
    end = tail.rfind(_END)
    if end < 0 or len(tail) - end < _END_BYTES:
        message = "it has no list of contents"
        raise zipfile.BadZipFile(message)
    n_entries, list_bytes = struct.unpack_from("<10xHL", tail, end)
    if list_bytes == 0xFFFFFFFF or n_entries == 0xFFFF:  # the numbers stand in the larger record before it
        large = tail.rfind(b"PK\x06\x06", 0, end)
        n_entries, list_bytes = struct.unpack_from("<32xQQ", tail, large) if large >= 0 else (MOST_ENTRIES + 1, 0)
    if n_entries > MOST_ENTRIES or list_bytes > LIST_BYTES:
        message = f"{archive.name}: holds more than {MOST_ENTRIES:,} files; pack only the .zarr or the outs folder"
        raise NicheLensError(message)


def _safe_entries(opened: zipfile.ZipFile, archive: Path, folder: Path) -> list[tuple[zipfile.ZipInfo, Path]]:
    """The files of an archive and where to unpack them; folders come with their files."""
    entries: dict[Path, zipfile.ZipInfo] = {}
    infos = opened.infolist()
    if len(infos) > MOST_ENTRIES:
        message = f"{archive.name}: holds more than {MOST_ENTRIES:,} files; pack only the .zarr or the outs folder"
        raise NicheLensError(message)
    for info in infos:
        path = PurePosixPath(info.filename)
        where = f"{archive.name}: '{short(CONTROL.sub('?', info.filename), 80)}'"
        _refuse_unsafe(info, path, where)
        if info.is_dir() or any(part in _JUNK for part in path.parts):
            continue
        if path.suffix.lower() == ".zip":
            message = f"{where} is an archive in an archive; pack the slide itself"
            raise NicheLensError(message)
        target = folder / "content" / path
        if target in entries:
            message = f"{where} is there twice; pack the slide again"
            raise NicheLensError(message)
        entries[target] = info
    total, packed = (sum(getattr(info, size) for info in entries.values()) for size in ("file_size", "compress_size"))
    if total > MOST_BYTES or (total > RATIO_FROM_BYTES and total > MOST_RATIO * max(packed, archive.stat().st_size)):
        message = (
            f"{archive.name}: unpacks to {total / 2**30:.1f} GiB, {total / max(packed, 1):,.0f} times its size; "
            f"pack the slide alone (at most {MOST_BYTES / 2**30:.0f} GiB and {MOST_RATIO} times)"
        )
        raise NicheLensError(message)
    if total + SPARE_DISK > (free := shutil.disk_usage(folder).free):
        message = (
            f"{archive.name}: unpacks to {total / 2**30:.1f} GiB, and {free / 2**30:.1f} GiB are free on the server; "
            "open the slide with the `nichelens` command instead"
        )
        raise NicheLensError(message)
    return [(info, target) for target, info in entries.items()]


def _refuse_unsafe(info: zipfile.ZipInfo, path: PurePosixPath, where: str) -> None:
    """Refuses what no packed slide holds: paths out of the folder, links, devices, passwords, rare methods."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    reason = ""
    if path.is_absolute() or ".." in path.parts or "\\" in info.filename or ":" in info.filename.partition("/")[0]:
        reason = "leads out of the archive"
    elif not path.parts or CONTROL.search(info.filename) or len(info.filename) > LONGEST_PATH:
        reason = "is no name of a file"
    elif kind == stat.S_IFLNK:
        reason = "is a link"
    elif kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        reason = "is neither a file nor a folder"
    elif info.flag_bits & 1:
        reason = "is encrypted"
    elif info.compress_type not in _METHODS:
        reason = "is packed by a rare method"
    if reason:
        message = f"{where} {reason}; pack the slide again, with plain files only"
        raise NicheLensError(message)


def _only_slide(content: Path, archive: Path) -> Path:
    """The one slide below a folder; what lies inside of it is not looked at."""
    found, waiting = [], [content] if content.is_dir() else []
    while waiting:
        here = waiting.pop()
        names = {child.name for child in here.iterdir()}
        if names & _STORES or XENIUM_MATRIX in names or any(name.endswith(VISIUM_MATRIX) for name in names):
            found.append(here)
            continue
        found += [here / name for name in names if name.endswith(".h5ad") and (here / name).is_file()]
        waiting += [child for child in here.iterdir() if child.is_dir()]
    if len(found) == 1:
        return found[0]
    paths = sorted(str(slide.relative_to(content)) for slide in found)
    holds = f"{len(found)} slides ({', '.join(map(short, paths[:3]))})" if found else "no slide"
    message = f"{archive.name}: holds {holds}; pack one .zarr store, one outs folder or one .h5ad file"
    raise NicheLensError(message)


def _suffix(slide: Path) -> str:
    if slide.is_file():
        return slide.suffix
    return ".zarr" if {child.name for child in slide.iterdir()} & _STORES else ""
