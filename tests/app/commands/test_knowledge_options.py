"""`--knowledge` and `--tissue`: `nichelens describe` says what each niche may be, and cites the files."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from anndata import AnnData

from tests.known_files import name_organs, of_niche, write_knowledge

Write = Callable[..., Path]
Refused = Callable[..., str]


@pytest.fixture
def known(tmp_path: Path) -> Path:
    """A folder of the test's own."""
    return write_knowledge(tmp_path / "known")


@pytest.fixture
def described(toy_adata: AnnData, write_h5ad: Write, tiny_model: Path) -> list[object]:
    slide = write_h5ad(toy_adata)
    return ["describe", slide, "--niche-key", "region", "--model", tiny_model, "--top-genes", 4, "--niche", "Layer 2"]


def told(report: Path) -> dict[str, Any]:
    """The one niche of a report."""
    (niche,) = json.loads(report.read_text())["niches"]
    return niche


def test_json_and_page_say_what_a_niche_may_be(
    run: Callable, described: list[object], known: Path, tmp_path: Path
) -> None:
    page, report = tmp_path / "x.html", tmp_path / "x.json"
    ran = run(*described, "--niche", "Layer 1", "--knowledge", known, "--out", page, "--out", report)
    assert ran.code == 0
    assert ran.out == f"{page}, {report}: 2 niches described\n"
    first, second = (niche["may_be"] for niche in json.loads(report.read_text())["niches"])
    assert (first["looks_like"], second["looks_like"]) == ("Alpha cells", "Beta cells")
    sentences = [sentence for part in first["parts"] for sentence in part["sentences"]]
    assert {sentence["kind"] for sentence in sentences} == {"checked", "cited", "remark"}
    lines = {file.name: file.read_text().splitlines() for file in known.iterdir()}
    for sentence in sentences:
        if sentence["kind"] == "remark":
            assert "source" not in sentence
            continue
        name, _, line = sentence["source"].partition(" (sha256 ")
        named = lines[name][int(line.rpartition("line ")[2]) - 1]
        about = sentence["text"] if sentence["kind"] == "cited" else " ".join(sentence["claim"].values())
        assert set(named.split("\t")) & {about.partition(":")[0], "Alpha cells", "ALPHA_PROCESS"}
        if sentence["kind"] == "checked":
            assert sentence["verdict"] == "supported"
        assert sentence["text"] in page.read_text()
    markers = first["markers"]
    assert {row["gene"] for row in markers["seen_and_known"]} == set(of_niche(1))
    assert [row["gene"] for row in markers["known_not_seen"]] == ["ABSENT1"]
    # The bundled kind of model says yes or no: it phrases nothing, and recalls nothing.
    assert (first["phrased"], first["recalled"]) == ([], None)
    assert "The genes of ALPHA_PROCESS are raised in Layer 1." in {seen["claim"] for seen in first["seen"]}
    assert "What it may be" in page.read_text()
    assert "markers.tsv" in page.read_text()


def test_the_rest_of_the_report_is_as_without_knowledge(
    run: Callable, described: list[object], known: Path, tmp_path: Path
) -> None:
    bare, full, page = tmp_path / "bare.json", tmp_path / "full.json", tmp_path / "bare.html"
    ran = run(*described, "--out", bare, "--out", page)
    assert (ran.code, ran.err) == (0, [])
    assert run(*described, "--knowledge", known, "--out", full).code == 0
    with_files = told(full)
    assert with_files.pop("may_be")["looks_like"] == "Beta cells"
    assert with_files == told(bare)
    assert "What it may be" not in page.read_text()
    assert "Known from" not in page.read_text()


def test_symbols_are_counted_and_what_is_left_out_is_a_warning(
    run: Callable, described: list[object], known: Path, tmp_path: Path
) -> None:
    (known / "shopping.txt").write_text("eggs\nmilk\n")
    with (known / "markers.tsv").open("a") as markers:
        markers.write("Gamma cells\t\n")
    ran = run(*described, "--knowledge", known, "--out", tmp_path / "x.json")
    assert ran.code == 0
    *warnings, counted = ran.err
    assert counted == "28 of 29 gene symbols of the files are on the slide (28 as they are)."
    assert len(warnings) == 2
    assert all(line.startswith("warning: ") for line in warnings)
    assert any("shopping.txt: has no format that is known" in line for line in warnings)
    assert any("markers.tsv: " in line for line in warnings)
    quiet = run(*described, "--knowledge", known, "--out", tmp_path / "y.json", "--quiet")
    assert counted not in quiet.err


def test_files_are_named_one_by_one_or_by_folder(
    run: Callable, described: list[object], known: Path, tmp_path: Path
) -> None:
    out = tmp_path / "x.json"
    chosen = ["--knowledge", known / "markers.tsv", "--knowledge", known / "gene_table_human.tsv"]
    assert run(*described, *chosen, "--out", out).code == 0
    headings = [part["heading"] for part in told(out)["may_be"]["parts"]]
    assert headings == ["Looks like", "What its strongest markers do"]


@pytest.mark.parametrize(
    ("tissue", "looks_like"), [("mouse cortex", None), ("liver", "Beta cells"), ("", "Beta cells")]
)
def test_the_tissue_chooses_which_types_are_compared(
    tissue: str, looks_like: str | None, run: Callable, described: list[object], known: Path, tmp_path: Path
) -> None:
    name_organs(known, "Brain", "Liver")
    out = tmp_path / "x.json"
    assert run(*described, "--knowledge", known, "--tissue", tissue, "--out", out).code == 0
    assert told(out)["may_be"]["looks_like"] == looks_like
    first = told(out)["may_be"]["parts"][0]["sentences"][0]["text"]
    assert ("Beta cells" in first) == (looks_like is not None)


def test_options_stand_in_a_config_file_too(
    run: Callable, described: list[object], known: Path, tmp_path: Path
) -> None:
    config, out = tmp_path / "options.yaml", tmp_path / "x.json"
    config.write_text(f"knowledge: [{known / 'markers.tsv'}, {known / 'sets.gmt'}]\ntissue: mouse cortex\nout: {out}\n")
    ran = run(*described, "--config", config)
    assert ran.code == 0, ran.err
    assert [part["heading"] for part in told(out)["may_be"]["parts"]] == ["Looks like"]
    config.write_text(f"knowledge: {known / 'gene_table_human.tsv'}\nout: {out}\noverwrite: true\n")
    assert run(*described, "--config", config).code == 0
    assert "No marker lists were given" in told(out)["may_be"]["parts"][0]["sentences"][0]["text"]


def test_bad_files_are_one_line_and_nothing_is_written(
    refused: Refused, described: list[object], known: Path, tmp_path: Path
) -> None:
    odd, empty, zipped = tmp_path / "odd.txt", tmp_path / "empty", tmp_path / "markers.tsv.gz"
    odd.write_text("eggs\nmilk\n")
    empty.mkdir()
    zipped.write_bytes(b"\x1f\x8bno gzip at all")
    for path, message in {
        tmp_path / "nowhere": "nowhere: ",
        odd: "odd.txt: has no format that is known",
        empty: "empty: holds no file of a known format",
        zipped: "markers.tsv.gz: ",
    }.items():
        line = refused(*described, "--knowledge", known, "--knowledge", path, "--out", tmp_path / "x.html")
        assert message in line


def test_no_file_of_knowledge_is_replaced(
    refused: Refused, described: list[object], known: Path, tmp_path: Path
) -> None:
    (known / "sources.json").write_text("{}")
    own = known / "markers.json"
    shutil.move(known / "markers.tsv", own)
    for given, out in ((own, own), (known, own), (known, known / "sources.json")):
        before = out.read_bytes()
        line = refused(*described, "--knowledge", given, "--out", tmp_path / "x.html", "--out", out, "--overwrite")
        assert f"{out}: is an input of this command" in line
        assert out.read_bytes() == before
