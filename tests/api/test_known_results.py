"""`nichelens.know` and `nichelens.may_be`: what a niche may be, by files and counts."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import nichelens
from data_prep.figures.spec import NATIVE_SIZE
from nichelens import NicheLensError, Slides
from tests.known_files import name_organs, write_knowledge
from tests.oracle import Oracle

if TYPE_CHECKING:
    from anndata import AnnData


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_knowledge(tmp_path_factory.mktemp("known"))


@pytest.fixture(scope="module")
def known(slide: Slides, folder: Path) -> Slides:
    return nichelens.know(slide, folder)


def test_it_says_what_a_niche_looks_like_and_where_that_stands(known: Slides) -> None:
    found = nichelens.may_be(known["S1"], "Layer 1")
    assert (found.niche, found.looks_like) == ("Layer 1", "Alpha cells")
    lines = str(found).splitlines()
    assert lines[0] == "Looks like:"
    assert lines[1].startswith("  By marker lists, Layer 1 looks most like Alpha cells. [score of the marker lists +")
    assert "Source: markers.tsv (sha256 " in lines[1]
    assert found._repr_html_() == found.html
    for part in found.record["parts"]:
        for sentence in part["sentences"]:
            assert sentence["text"] in found.html
            assert sentence["text"] in found.text
    assert nichelens.may_be(known["S1"], "Layer 4").looks_like is None


def test_the_first_slide_is_left_as_it_is(slide: Slides, known: Slides) -> None:
    assert all(one.knowledge is None for one in slide.slices)
    assert known.names == slide.names
    assert all(one.knowledge is not None for one in known.slices)


def test_files_are_given_as_one_path_or_several(slide: Slides, folder: Path) -> None:
    one = nichelens.know(slide, str(folder / "markers.tsv"))
    several = nichelens.know(slide, [folder / "markers.tsv", str(folder / "sets.gmt")])
    headings = [[part["heading"] for part in _record(given)["parts"]] for given in (one, several)]
    assert headings == [["Looks like"], ["Looks like", "Programmes", "Raised gene sets"]]


def test_the_tissue_leaves_out_the_lists_of_other_organs(slide: Slides, tmp_path: Path) -> None:
    markers = name_organs(write_knowledge(tmp_path), "Liver", "Liver")
    assert _record(nichelens.know(slide, markers, tissue="human liver"))["looks_like"] == "Alpha cells"
    assert _record(nichelens.know(slide, markers, tissue="mouse brain"))["looks_like"] is None


def test_a_report_holds_the_same_as_the_command_writes(
    command: Callable[..., str], slide_file: Path, folder: Path, tiny_model: Path, known: Slides, tmp_path: Path
) -> None:
    out = tmp_path / "report.json"
    options = ("--niche-key", "region", "--model", tiny_model, "--niche", "Layer 1", "--top-genes", 4)
    command("describe", slide_file, *options, "--slice", "S1", "--knowledge", folder, "--out", out)
    (niche,) = json.loads(out.read_text())["niches"]
    ours = _record(known)
    assert ours == json.loads(json.dumps(ours))
    assert {name: niche["may_be"][name] for name in ours} == ours


def test_describe_tells_it_as_well(known: Slides) -> None:
    first = known["S1"]
    oracle = Oracle(first.facts(NATIVE_SIZE)[0])
    report = nichelens.describe(first, 4, oracle)
    niches = json.loads(report.to_json())["niches"]
    assert [niche["may_be"]["looks_like"] for niche in niches] == ["Alpha cells", "Beta cells", None, None]
    assert "By marker lists, Layer 1 looks most like Alpha cells." in report.to_html()
    assert "The model sees it on its map" in report.to_html()


def test_the_ledger_of_a_claim_about_files_has_their_lines(known: Slides) -> None:
    from app.notebook_tables import ledger_html, ledger_table
    from data_prep.claims import Names
    from inference.answers.ledger import check_answer

    (facts,) = known["S1"].facts(NATIVE_SIZE)
    words = "GENE0 is enriched in Layer 1. Layer 1 looks like Alpha cells. I like pancakes."
    table = ledger_table(check_answer(words, Names(), facts))
    assert table["verdict"].tolist() == ["supported", "supported", "not checked"]
    assert table["n_spots"].tolist() == [64, 64, 0]
    assert [source.partition(" ")[0] for source in table["source"]] == ["", "markers.tsv", ""]
    assert f"Source: {table['source'][1]}." in ledger_html(table)


def test_a_slide_is_measured_once(adata: "AnnData", folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from data_prep.facts.facts import Facts

    measured = []
    measure = Facts.measure
    monkeypatch.setattr(Facts, "measure", lambda slide, size: measured.append(size) or measure(slide, size))
    one = nichelens.know(nichelens.read(adata, "region", slices="S1"), folder)
    for niche in ("Layer 1", "Layer 2"):
        nichelens.may_be(one, niche)
    assert len(measured) == 1


def test_mistakes_are_one_line(slide: Slides, known: Slides, folder: Path) -> None:
    with pytest.raises(NicheLensError, match=r"S1: nothing is known of it; give files first: nichelens\.know\("):
        nichelens.may_be(slide["S1"], "Layer 1")
    with pytest.raises(NicheLensError, match="no niche 'Layer 9'; did you mean"):
        nichelens.may_be(known["S1"], "Layer 9")
    with pytest.raises(NicheLensError, match=r"2 slices have the niche 'Layer 1' .*choose one"):
        nichelens.may_be(known, "Layer 1")
    with pytest.raises(NicheLensError, match=r"absent\.tsv"):
        nichelens.know(slide, [folder, folder / "absent.tsv"])


def _record(slides: Slides) -> dict:
    return nichelens.may_be(slides["S1"], "Layer 1").record
