"""Fetches files of knowledge from the addresses of `public_sources`, and notes what came.

A file is kept only when all of it came, its SHA-256 is the pinned one, and `read_knowledge` recognises it.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from data_prep.errors import ZIP_ERRORS, NicheLensError, first_line
from data_prep.json_files import read_json
from data_prep.knowledge.public_sources import PublicSource
from data_prep.knowledge.reading import SOURCES_FILE, read_knowledge
from data_prep.knowledge.text_files import MAX_FILE_BYTES
from data_prep.staging import staged

SILENCE_SECONDS = 30
"""Wait for an answer, or for the next bytes, no longer than this."""
LONGEST_SECONDS = 900
"""Wait for a whole file no longer than this: 21 MB of summaries at 25 kB/s."""
_BLOCK = 2**18
_SCHEMES = ("https", "http")


@dataclass(frozen=True)
class FetchedFile:
    """A file that is there now.

    Attributes:
        path: where it is.
        version: release, or date of the file.
        n_bytes: size.
        is_new: whether it came now; False for a file that was there.
    """

    path: Path
    version: str
    n_bytes: int
    is_new: bool


@dataclass(frozen=True)
class _Noted:
    """What `sources.json` says of a file."""

    address: str
    version: str
    fetched: str
    sha256: str
    sha256_of_archive: str = ""


def fetch_source(name: str, source: PublicSource, folder: Path, *, overwrite: bool = False) -> FetchedFile:
    """Fetches one file into a folder, unless it is there.

    Args:
        name: of the source, for messages.
        source: what to fetch.
        folder: where to keep it; made if there is none.
        overwrite: fetch also what is there, and replace a file that was not fetched.

    Raises:
        NicheLensError: the address cannot be reached or has no such file, what comes is too large, cut off, another
            file than the pinned one or no knowledge; or the folder holds another file of this name.
    """
    if folder.exists() and not folder.is_dir():
        message = f"{folder}: is a file; choose another folder for --out"
        raise NicheLensError(message)
    path = folder / source.file
    noted = _read_notes(folder)
    if not overwrite and (path.exists() or path.is_symlink()):
        of_file = noted.get(source.file)
        of_file = of_file if isinstance(of_file, dict) else {}
        if path.is_file() and of_file.get("sha256") == _digest(path):
            return FetchedFile(path, str(of_file.get("version", "")), path.stat().st_size, is_new=False)
        message = f"{path}: exists and is not what was fetched; pass --overwrite to replace it"
        raise NicheLensError(message)
    with staged(path) as partial:
        digest, date = _download(name, source, partial)
        if source.member:
            _unpack(name, source, partial)
        _check_content(name, source, partial)
        today = datetime.now(UTC).date().isoformat()
        of_source = _Noted(
            address=source.address,
            version=source.version or date or f"fetched {today}",
            fetched=today,
            sha256=_digest(partial),
            sha256_of_archive=digest if source.member else "",
        )
    entry = {key: value for key, value in asdict(of_source).items() if value}
    _write_notes(folder, {**noted, source.file: entry})
    return FetchedFile(path, of_source.version, path.stat().st_size, is_new=True)


def _download(name: str, source: PublicSource, path: Path) -> tuple[str, str]:
    """Writes what the address sends. Returns its SHA-256 and its date, "" if the server tells none."""
    hashed, n_bytes = hashlib.sha256(), 0
    deadline = time.monotonic() + LONGEST_SECONDS
    with _in_one_line(name, source), path.open("wb") as out:
        request = urllib.request.Request(source.address, headers={"User-Agent": "nichelens"})
        with _opener().open(request, timeout=SILENCE_SECONDS) as answer:
            while block := answer.read(_BLOCK):
                n_bytes += len(block)
                if n_bytes > MAX_FILE_BYTES:
                    message = f"{name}: {source.address} sends more than {MAX_FILE_BYTES / 2**20:.0f} MiB; not fetched"
                    raise NicheLensError(message)
                if time.monotonic() > deadline:
                    message = f"takes longer than {LONGEST_SECONDS / 60:.0f} minutes"
                    raise TimeoutError(message)
                hashed.update(block)
                out.write(block)
            length, date = answer.headers.get("Content-Length", ""), answer.headers.get("Last-Modified", "")
    if length.isdecimal() and int(length) != n_bytes:  # http.client ends a cut-off body like a whole one
        message = f"{name}: {n_bytes:,} of {int(length):,} bytes came from {source.address}; fetch it again"
        raise NicheLensError(message)
    if source.sha256 and hashed.hexdigest() != source.sha256:
        message = (
            f"{name}: {source.address} sent another file than the one that NicheLens knows (SHA-256 "
            f"{hashed.hexdigest()[:12]}…, not {source.sha256[:12]}…); it is not kept"
        )
        raise NicheLensError(message)
    return hashed.hexdigest(), _iso_date(date)


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows a redirect to the same scheme or to https, and to nothing else."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        """The request for the new address; see the base class."""
        scheme = urlsplit(newurl).scheme.lower()
        if scheme not in ("https", urlsplit(req.full_url).scheme.lower()):
            reason = f"it leads to another kind of address, {newurl[:80]}"
            raise urllib.error.URLError(reason)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> urllib.request.OpenerDirector:
    """What opens http and https only; `build_opener` would add files and FTP."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        _SafeRedirects(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


@contextmanager
def _in_one_line(name: str, source: PublicSource) -> Iterator[None]:
    """Turns what the network raises into one line that says what to do."""
    if urlsplit(source.address).scheme.lower() not in _SCHEMES:
        message = f"{name}: {source.address} is no address of the web"
        raise NicheLensError(message)
    try:
        yield
    except urllib.error.HTTPError as error:
        message = (
            f"{name}: {source.address} answers {error.code} {error.reason}; try later, or fetch the file by hand "
            "(docs/knowledge_sources.md)"
        )
        raise NicheLensError(message) from error
    except (urllib.error.URLError, TimeoutError, ConnectionError, http.client.HTTPException) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        told = first_line(reason) if isinstance(reason, Exception) else str(reason)
        message = (
            f"{name}: cannot be fetched from {source.address} ({told[:160]}); connect this machine to the network, try "
            "later, or bring the file yourself"
        )
        raise NicheLensError(message) from error


def _unpack(name: str, source: PublicSource, path: Path) -> None:
    """Replaces an archive by its one member that is wanted. No name in the archive becomes a path."""
    unpacked = path.with_name(f"{path.name}.unpacked")
    try:
        with zipfile.ZipFile(path) as archive, archive.open(source.member) as member, unpacked.open("wb") as out:
            _copy_up_to(MAX_FILE_BYTES, member, out)  # type: ignore[arg-type]
    except (*ZIP_ERRORS, KeyError, RuntimeError) as error:  # no such member, and one with a password
        message = f"{name}: {source.address} sent no zip archive with {source.member} ({first_line(error)}); try later"
        raise NicheLensError(message) from error
    except _TooLargeError as error:
        message = f"{name}: {source.member} unpacks to more than {MAX_FILE_BYTES / 2**20:.0f} MiB; not fetched"
        raise NicheLensError(message) from error
    unpacked.replace(path)


class _TooLargeError(Exception):
    """A member of an archive is larger than allowed."""


def _copy_up_to(limit: int, source: BinaryIO, out: BinaryIO) -> None:
    left = limit
    while block := source.read(_BLOCK):
        left -= len(block)
        if left < 0:
            raise _TooLargeError
        out.write(block)


def _check_content(name: str, source: PublicSource, path: Path) -> None:
    """Refuses what is no knowledge, such as the page of an error."""
    try:
        read_knowledge([path])
    except NicheLensError as error:
        message = f"{name}: {source.address} sent something else than its data ({error}); it is not kept"
        raise NicheLensError(message) from error


def _read_notes(folder: Path) -> dict[str, Any]:
    file = folder / SOURCES_FILE
    return read_json(str(folder), file) if file.is_file() else {}


def _write_notes(folder: Path, notes: dict[str, Any]) -> None:
    with staged(folder / SOURCES_FILE) as partial:
        partial.write_text(json.dumps(notes, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _iso_date(header: str) -> str:
    try:
        return parsedate_to_datetime(header).date().isoformat()
    except (TypeError, ValueError):
        return ""
