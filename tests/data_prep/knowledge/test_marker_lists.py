"""Marker lists: GMT files and tables, and one clear line about what is no list."""

from pathlib import Path

import pytest

from data_prep.errors import NicheLensError
from data_prep.knowledge.marker_lists import read_marker_lists


def test_gmt_and_tables_hold_the_same_lists(tmp_path: Path) -> None:
    wanted = {"Oligodendrocytes": ("MBP", "PLP1"), "Astrocytes": ("GFAP",)}
    gmt, tsv, comma = tmp_path / "a.gmt", tmp_path / "b.tsv", tmp_path / "c.csv"
    gmt.write_text("Oligodendrocytes\tsource\tMBP\tPLP1\tMBP\nAstrocytes\t\tGFAP\t\n")
    tsv.write_text(
        "species\tofficial gene symbol\tcell type\n"
        "Hs\tMBP\tOligodendrocytes\nHs\tPLP1\tOligodendrocytes\nHs\tGFAP\tAstrocytes\nshort row\n"
    )
    comma.write_bytes('\ufeffcellName,geneSymbolmore1\r\nOligodendrocytes,"MBP, PLP1"\r\nAstrocytes,GFAP\r\n'.encode())
    assert read_marker_lists(gmt) == read_marker_lists(tsv) == read_marker_lists(comma) == wanted


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.tsv", b"gene\tscore\nMBP\t1\n", "a.tsv: has no column with cell types; call it 'cell_name', 'cell type'"),
        ("a.csv", b"cell type,score\nx,1\n", "a.csv: has no column with genes"),
        ("a.gmt", b"", "a.gmt: is empty"),
        ("a.gmt", b"A\tx\t\n", "a.gmt: holds no list of genes"),
        ("a.gmt", b"A\t\x81\tMBP", "a.gmt: is neither UTF-8"),
        ("a.csv", b'cell type,gene\n"T\ncell",CD3E\n', r"a.csv has the name 'T\\ncell', with a line break"),
    ],
)
def test_what_is_no_list_is_refused(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(NicheLensError, match=message):
        read_marker_lists(tmp_path / name)
    with pytest.raises(NicheLensError, match="cannot be read"):
        read_marker_lists(tmp_path / "missing.gmt")
