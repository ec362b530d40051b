"""Whatever a file of knowledge is, it ends in a right result or in one clear line."""

import codecs
import gzip
import io
import os
import random
import zipfile
from pathlib import Path

import pytest

from data_prep.errors import CONTROL, NicheLensError
from data_prep.knowledge import reading, text_files
from data_prep.knowledge.reading import read_knowledge

HEADER = "cell type\tgene\n"
GOOD = "cell type\tgene\nT cells\tCD3E\nT cells\tCD3D\n"


def lists(path: Path) -> dict[str, dict[str, int]]:
    return {label: dict(one.genes) for label, one in read_knowledge([path]).lists.items()}


@pytest.mark.parametrize(
    "content",
    [
        GOOD.encode(),
        codecs.BOM_UTF8 + GOOD.encode(),
        codecs.BOM_UTF16_LE + GOOD.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + GOOD.encode("utf-16-be"),
        codecs.BOM_UTF32_LE + GOOD.encode("utf-32-le"),
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.replace("\n", "\r").encode(),
        gzip.compress(GOOD.encode(), mtime=0),
        gzip.compress(GOOD[:30].encode(), mtime=0) + gzip.compress(GOOD[30:].encode(), mtime=0),
        GOOD.rstrip("\n").encode(),
        GOOD.replace("CD3E", "CD\x07\x1b3E").encode(),
        GOOD.replace("CD3E", "CD\u2028\x853E").encode(),
        GOOD.replace("T cells", '"T cells"').encode(),
        GOOD.replace("gene\n", "gene\tgene\n").replace("E\n", "E\tx\n").replace("D\n", "D\ty\n").encode(),
    ],
)
def test_one_table_written_in_many_ways_is_read_right(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "t.dat"
    path.write_bytes(content)
    assert lists(path) == {"T cells": {"CD3E": 2, "CD3D": 3}}


def test_what_was_changed_is_said(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_bytes(GOOD.replace("T cells", "Müller glia\x07").encode("cp1252"))
    knowledge = read_knowledge([path])
    assert list(knowledge.lists) == ["Müller glia"]
    assert knowledge.notes == (
        "t.tsv: is not UTF-8 (byte 16) and is read as Windows-1252",
        "t.tsv: control characters are left out (2 bytes)",
    )
    path.write_text("cell type\tgene\tgene\nA\tB\tC\n")
    assert read_knowledge([path]).notes == ("t.tsv: has several columns 'gene', the first is read",)


def test_ragged_rows_are_left_out_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_text("cell type\tgene\tx\nA\tG1\nB\nC\tG2\t\t\t\nD\tG3\t1\t2\n\nE\t\t\nF\tG4\t1\n")
    assert lists(path) == {"A": {"G1": 2}, "C": {"G2": 4}, "F": {"G4": 8}}
    assert read_knowledge([path]).notes == (
        "t.tsv: 2 rows with too few or too many cells are left out (first: line 3)",
        "t.tsv: 1 rows without a cell type or a gene are left out",
    )


def test_names_stay_text(tmp_path: Path) -> None:
    path, names = tmp_path / "t.tsv", ['=HYPERLINK("http://x")', "<script>alert(1)</script>", "../../etc", "{0}%s"]
    path.write_text(HEADER + "".join(f"{name}\t{name}\n" for name in names))
    assert lists(path) == {name: {name: line} for line, name in enumerate(names, 2)}


def test_long_names_are_shortened_and_long_symbols_left_out(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_text(HEADER + f"{'A' * 300}\tG1\n{'A' * 301}\tG2\nB\t{'G' * 1000}\nB\tG3\n")
    knowledge = read_knowledge([path])
    assert [dict(one.genes) for one in knowledge.lists.values()] == [{"G1": 2}, {"G2": 3}, {"G3": 5}]
    assert all(len(label) <= 200 for label in knowledge.lists)
    assert len(knowledge.notes) == 2


def xlsx() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return stream.getvalue()


def plain_zip() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("t.tsv", GOOD)
    return stream.getvalue()


UNKNOWN = {
    "empty": (b"", "is empty"),
    "blank": (b"\n \n\t\n", "is empty"),
    "only a mark": (codecs.BOM_UTF8, "is empty"),
    "header only": (HEADER.encode(), "has a header and no rows"),
    "no good rows": (HEADER.encode() + b"A\nB\n", "has a header and no usable rows"),
    "NUL": (GOOD.encode() + b"\0", "is no text \\(NUL at byte 41\\)"),
    "NUL in gzip": (gzip.compress(b"\0" * 100, mtime=0), "is no text"),
    "neither encoding": (GOOD.encode() + b"\x81", "is neither UTF-8"),
    "cut UTF-16": (codecs.BOM_UTF16_LE + b"a", "begins as UTF-16-LE text and is not"),
    "xlsx": (xlsx(), "is an Excel workbook; save its sheet as TSV"),
    "xls": (b"\xd0\xcf\x11\xe0" + bytes(99), "is an Excel workbook"),
    "zip": (plain_zip(), "is a zip archive; unpack it"),
    "html": (b'<!DOCTYPE html>\n<html lang="en"><body>404, not found</body></html>\n', "has no format that is known"),
    "json": (b'{"a": [1, 2],\n"b": 3}\n', "has no format that is known"),
    "quotes": (b'"a"b,c\n1,2\n', "line 1 is no row of a table"),
    "commas": (b",,,\n,,\n", "line 1 is no header of a table"),
    "numbers": (b"1\t2\t3\n4\t5\t6\n", "has no format that is known"),
}


@pytest.mark.parametrize(("content", "message"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_no_knowledge_is_refused_by_name_and_left_out_of_a_folder(
    tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "t.tsv").write_bytes(content)
    with pytest.raises(NicheLensError, match=f"^t.tsv: {message}"):
        read_knowledge([tmp_path / "t.tsv"])
    (tmp_path / "u.tsv").write_text(GOOD)
    knowledge = read_knowledge([tmp_path])
    assert [source.file for source in knowledge.sources] == ["u.tsv"]
    assert len(knowledge.notes) == 1
    assert knowledge.notes[0].endswith("The file is left out")


DAMAGED = {
    "cut gzip": (gzip.compress(GOOD.encode() * 99, mtime=0)[:-20], "its gzip is cut off or damaged"),
    "damaged gzip": (gzip.compress(GOOD.encode(), mtime=0)[:12] + b"xxxxxxxxxxxx", "its gzip is cut off or damaged"),
    "open quote": (b'cell type,gene\n"T cells,CD3E\nx,y\n', "line 2 is no row of a table"),
    "long cell": (b'cell type,gene\n"' + b"x" * 200_000 + b'",CD3E\n', "line 2 is no row .* field limit"),
    "line break": (b'cell type,gene\n"T\ncell",CD3E\n', "has the name 'T.ncell', with a line break"),
}


@pytest.mark.parametrize(("content", "message"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_an_error_also_in_a_folder(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    for path in (tmp_path / "t.csv", tmp_path):
        with pytest.raises(NicheLensError, match=message) as caught:
            read_knowledge([path])
        assert "\n" not in str(caught.value)


def test_large_files_and_bombs_end_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.tsv"
    monkeypatch.setattr(text_files, "MAX_FILE_BYTES", 2**20)
    path.write_bytes(b"x" * (2**20 + 1))
    with pytest.raises(NicheLensError, match=r"t.tsv: is larger than 1 MiB"):
        read_knowledge([path])
    path.write_bytes(gzip.compress(bytes(2**28), 1))
    with pytest.raises(NicheLensError, match=r"t.tsv: (is larger|unpacks to more) than 1 MiB"):
        read_knowledge([path])
    path.write_bytes(gzip.compress(b"a" * 2**25))
    with pytest.raises(NicheLensError, match=r"t.tsv: unpacks to more than 1 MiB"):
        read_knowledge([path])
    monkeypatch.setattr(text_files, "MAX_LINES", 10)
    path.write_text(GOOD + "\n" * 10)
    with pytest.raises(NicheLensError, match=r"t.tsv: has more than 10 lines"):
        read_knowledge([path])
    monkeypatch.setattr(text_files, "MAX_LINE_LENGTH", 10)
    path.write_text(GOOD)
    with pytest.raises(NicheLensError, match=r"t.tsv: has a line of more than 10 characters"):
        read_knowledge([path])


def test_a_folder_of_too_many_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_FILES", 1)
    for name in "ab":
        (tmp_path / name).write_text(GOOD)
    with pytest.raises(NicheLensError, match="holds more than 1 files"):
        read_knowledge([tmp_path])


def test_what_is_no_regular_file_never_waits(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "folder").mkdir()
    (tmp_path / "t.tsv").write_text(GOOD)
    for path, message in (
        (tmp_path / "pipe", "pipe: is no regular file"),
        (Path("/dev/null"), "is no regular file"),
        (tmp_path / "loop", "loop: cannot be read"),
        (tmp_path / "missing", "missing: cannot be read \\(No such file"),
        (tmp_path / "folder", "holds no file of a known format"),
        (tmp_path / "t.tsv" / "x", "cannot be read \\(Not a directory"),
    ):
        with pytest.raises(NicheLensError, match=message):
            read_knowledge([path])
    notes = read_knowledge([tmp_path]).notes
    assert notes == ("loop: is no regular file and is left out", "pipe: is no regular file and is left out")


def test_a_file_without_permission_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.tsv"
    path.write_text(GOOD)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    for method in ("open", "is_file"):
        with monkeypatch.context() as patch:
            patch.setattr(Path, method, refuse)
            with pytest.raises(NicheLensError, match=r": cannot be read \(Permission denied\)"):
                read_knowledge([tmp_path])


def test_a_summary_has_an_end(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f'GeneID,Symbol,Summary\n1,A1BG,"two\nlines {"x" * 100_000}"\n')
    (record,) = read_knowledge([path]).genes
    assert record.summary.startswith("two lines xxx")
    assert len(record.summary) <= 20_000


def test_a_file_with_an_odd_name_is_cited_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a\nb.tsv"
    path.write_text(GOOD)
    assert read_knowledge([path]).sources[0].file == "a?b.tsv"


def test_whatever_is_written_into_a_table_ends_in_lists_or_one_line(tmp_path: Path) -> None:
    path, rng = tmp_path / "t.tsv", random.Random(0)
    pieces = [
        b"\0",
        b"\r",
        b"\n",
        b"\t",
        b'"',
        b",",
        b";",
        b"\xff",
        b"\x85",
        "\u2028".encode(),
        codecs.BOM_UTF8,
        b"",
        b"#",
    ]
    names, messages = [], []
    for _ in range(500):
        content = bytearray((HEADER + "T cells\tCD3E,CD3D\nB cells\tCD19\n").encode())
        for _ in range(rng.randint(1, 5)):
            at = rng.randint(0, len(content))
            content[at : at + rng.randint(0, 8)] = rng.choice(pieces)
        path.write_bytes(content)
        try:
            names.append("".join(read_knowledge([path]).lists))
        except NicheLensError as error:
            messages.append(str(error))
    assert not CONTROL.search("".join(names + messages))
    assert min(len(names), len(messages)) > 50
