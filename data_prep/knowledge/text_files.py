"""Text files that users bring: unpacked, decoded and cut into lines, with one error for whatever is no text.

A file is read up to a limit, packed and unpacked, so neither a device nor a bomb can fill the memory.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import re
import stat
import zlib
from dataclasses import dataclass
from pathlib import Path

from data_prep.errors import CONTROL, NicheLensError

MAX_FILE_BYTES = 256 * 2**20
"""Of a file, and of the text that it unpacks to. NCBI's file of all summaries has 21 MB in gzip."""
MAX_LINES = 5_000_000
"""NCBI's table of human genes has about 200,000."""
MAX_LINE_LENGTH = 2**21
"""Characters of a line. A set of all human genes has about 150,000."""

_GZIP, _ZIP, _OLE = b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is the beginning of this one
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte order marks and the encodings that they stand for."""
_ENDINGS = (".gz", ".tsv", ".csv", ".txt", ".tab", ".gmt", ".rpt")
_CONTROLS = bytes(code for code in (*range(0x20), 0x7F) if code not in b"\t\n\r")
_WIDE_CONTROLS = (re.compile(b"\xc2[\x80-\x9f]"), re.compile(b"\xe2\x80[\xa8\xa9]"))
"""C1 controls, and the line and paragraph separators, in UTF-8."""


class NotKnowledgeError(NicheLensError):
    """The file is no text, is empty, or has no format that is known. In a folder, such a file is left out."""


@dataclass(frozen=True)
class TextFile:
    """The text of a file.

    Attributes:
        name: without folders; control characters in it are question marks.
        digest: SHA-256 of the file, in hexadecimal digits.
        lines: its lines, without line ends and control characters other than tabs; the first is line 1 of the file.
        notes: what was changed, for people.
    """

    name: str
    digest: str
    lines: list[str]
    notes: tuple[str, ...] = ()

    @property
    def stem(self) -> str:
        """The name without the endings of known formats."""
        return stem_of(self.name)


def stem_of(name: str) -> str:
    """The name of a file without the endings of known formats."""
    stem = name
    while Path(stem).suffix.lower() in _ENDINGS and Path(stem).stem:
        stem = Path(stem).stem
    return stem


def read_text_file(path: Path) -> TextFile:
    """Reads a text file; one in gzip is unpacked, whatever its name is.

    Text is UTF-8, or UTF-16 or UTF-32 with a byte order mark. Other text is read as Windows-1252, with a note.

    Raises:
        NotKnowledgeError: the file is no text, or is empty.
        NicheLensError: it cannot be read, is no regular file, is too large, or its packing is damaged.
    """
    packed, name = _bytes(path), CONTROL.sub("?", path.name)
    content = _unpacked(packed, name) if packed.startswith(_GZIP) else packed
    utf8, notes = _as_utf8(content, name)
    clean = utf8.translate(None, _CONTROLS)
    for pattern in () if clean.isascii() else _WIDE_CONTROLS:
        clean = pattern.sub(b"", clean)
    if len(clean) < len(utf8):
        notes = (*notes, f"{name}: control characters are left out ({len(utf8) - len(clean):,} bytes)")
    text = clean.decode()
    if not text.strip():
        message = f"{name}: is empty; give a file with a header and rows, or a GMT"
        raise NotKnowledgeError(message)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.count("\n") > MAX_LINES:
        message = f"{name}: has more than {MAX_LINES:,} lines; keep only those that you need"
        raise NotKnowledgeError(message)
    lines = text.split("\n")
    if max(map(len, lines)) > MAX_LINE_LENGTH:
        message = f"{name}: has a line of more than {MAX_LINE_LENGTH:,} characters; is it a table?"
        raise NotKnowledgeError(message)
    return TextFile(name, hashlib.sha256(packed).hexdigest(), lines, notes)


def _bytes(path: Path) -> bytes:
    try:
        kind = path.stat().st_mode
        if not stat.S_ISREG(kind):  # opening a pipe would wait for a writer, for ever
            what = "a folder" if stat.S_ISDIR(kind) else "no regular file"
            message = f"{path}: is {what}; give a text file"
            raise NicheLensError(message)
        with path.open("rb") as stream:
            content = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror}); give a text file that you may read"
        raise NicheLensError(message) from error
    if len(content) > MAX_FILE_BYTES:
        message = f"{path.name}: is larger than {MAX_FILE_BYTES / 2**20:,.0f} MiB; keep only the lines that you need"
        raise NicheLensError(message)
    return content


def _unpacked(packed: bytes, name: str) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as stream:
            content = stream.read(MAX_FILE_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        message = f"{name}: its gzip is cut off or damaged; fetch the file again"
        raise NicheLensError(message) from error
    if len(content) > MAX_FILE_BYTES:
        message = f"{name}: unpacks to more than {MAX_FILE_BYTES / 2**20:,.0f} MiB; keep only the lines that you need"
        raise NicheLensError(message)
    return content


def _as_utf8(content: bytes, name: str) -> tuple[bytes, tuple[str, ...]]:
    """The text of a file in UTF-8, without a byte order mark, and notes about it."""
    if content.startswith((_ZIP, _OLE)):
        is_workbook = content.startswith(_OLE) or b"xl/" in content
        what = "an Excel workbook; save its sheet as TSV" if is_workbook else "a zip archive; unpack it"
        message = f"{name}: is {what}"
        raise NotKnowledgeError(message)
    mark, encoding = next(((mark, encoding) for mark, encoding in _MARKS if content.startswith(mark)), (b"", "utf-8"))
    content = content[len(mark) :]
    if encoding != "utf-8":
        try:
            content = content.decode(encoding).encode()
        except UnicodeError as error:
            message = f"{name}: begins as {encoding.upper()} text and is not; save it as UTF-8"
            raise NotKnowledgeError(message) from error
    if (at := content.find(b"\0")) >= 0:
        message = f"{name}: is no text (NUL at byte {at}); save it as UTF-8 text"
        raise NotKnowledgeError(message)
    try:
        content.decode()
    except UnicodeDecodeError as error:
        try:
            as_windows = content.decode("cp1252").encode()
        except UnicodeDecodeError:
            message = f"{name}: is neither UTF-8 (byte {error.start}) nor Windows-1252 text; save it as UTF-8"
            raise NotKnowledgeError(message) from error
        return as_windows, (f"{name}: is not UTF-8 (byte {error.start}) and is read as Windows-1252",)
    return content, ()
