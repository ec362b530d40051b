"""The Python API: its results equal those of the commands, and notebooks and AnnData objects can hold them."""

import html
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import nichelens
from app.notebook_tables import LEDGER_COLUMNS, ledger_html
from inference.answers.readable import percent
from nichelens import NicheLensError, Slides
from tests.oracle import Oracle

if TYPE_CHECKING:
    from anndata import AnnData

    from inference.engine.engine import Engine

REPOSITORY = Path(__file__).resolve().parents[2]
GENES = ["GENE0", "GENE1", "GENE7"]


def test_importing_nichelens_loads_no_library() -> None:
    code = "import nichelens, sys; print(*{'torch', 'numpy', 'pandas', 'anndata', 'typer', 'rich'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_a_file_and_its_anndata_object_are_the_same_slide(slide: Slides, slide_file: Path) -> None:
    from_file = nichelens.read(str(slide_file), niche_key=("absent", "region"))
    for ours, theirs in zip(slide.slices, from_file.slices, strict=True):
        assert (ours.counts != theirs.counts).nnz == 0
        assert np.array_equal(ours.niche, theirs.niche)
        assert (ours.niches, ours.meta.slice) == (theirs.niches, theirs.meta.slice)
    assert "256 spots x 80 genes, 4 niches (Layer 1, Layer 2, Layer 3, Layer 4)" in repr(slide)


def test_options_of_reading_reach_the_reader(adata: "AnnData") -> None:
    assert nichelens.read(adata, "region", slices="S2").names == ["S2"]
    with pytest.raises(
        NicheLensError, match=r"^read\(\) has no option 'slise'; the options are niche_key, n_niches, scale, "
    ):
        nichelens.read(adata, "region", slise="S2")
    with pytest.raises(NicheLensError, match="region"):
        nichelens.read(adata)


def test_slices_are_chosen_by_name_or_number(slide: Slides) -> None:
    assert slide.names == ["S1", "S2"]
    assert slide["S2"].names == slide[1].names == slide[-1].names == ["S2"]
    assert [part.names for part in slide] == [["S1"], ["S2"]]
    assert (len(slide), len(slide[0])) == (2, 1)
    assert slide.niches == ["Layer 1", "Layer 2", "Layer 3", "Layer 4"]
    assert slide.genes[:2] == ["GENE0", "GENE1"]
    with pytest.raises(NicheLensError, match="no slice 'S3'; the slices are S1, S2"):
        slide["S3"]
    with pytest.raises(IndexError):
        slide[2]


def test_facts_are_measured_once(adata: "AnnData", monkeypatch: pytest.MonkeyPatch) -> None:
    from data_prep.facts.facts import Facts

    slide = nichelens.read(adata, "region")
    measured = slide.facts(64)
    monkeypatch.setattr(Facts, "measure", None)
    assert slide.facts(64) is measured
    assert slide["S2"].facts(64) == [measured[1]]
    with pytest.raises(TypeError):
        slide.facts(32)


def test_ask_answers_as_the_command_does(
    slide: Slides, engine: "Engine", slide_file: Path, tiny_model: Path, command: Callable[..., str]
) -> None:
    answer = nichelens.ask(slide["S2"], "Layer 2", "GENE1", engine=engine)
    options = ["--niche-key", "region", "--slice", "S2", "--niche", "Layer 2", "--gene", "GENE1", "--model", tiny_model]
    (record,) = json.loads(command("ask", slide_file, *options, "--json"))
    ours = (answer.gene, answer.niche, answer.question, answer.text, answer.p_marker, answer.verdict)
    assert ours == tuple(record[key] for key in ("gene", "niche", "question", "text", "p_marker", "verdict"))
    checked = answer.ledger[answer.ledger.verdict != "not checked"]
    assert checked.claim.tolist() == [entry["sentence"] for entry in record["ledger"]]
    assert checked.verdict.tolist() == [entry["verdict"] for entry in record["ledger"]]
    assert answer.ledger.claim.tolist()[len(checked) :] == record["unheard"]


def test_a_question_in_your_own_words_has_no_probability(slide: Slides, prose: "Engine") -> None:
    answer = nichelens.ask(slide[0], "Layer 1", "GENE0", "Where is this gene?", prose)
    assert (answer.question, answer.p_marker, answer.verdict) == ("Where is this gene?", None, None)
    assert str(answer).startswith("S1: GENE0 in Layer 1\n")


def test_a_question_is_about_the_names_in_it(slide: Slides, engine: "Engine") -> None:
    answer = nichelens.ask(slide[0], "Layer 1", "GENE0", "Is GENE1 a marker of Layer 2?", engine)
    alone = nichelens.ask(slide[0], question="Is GENE1 a marker of Layer 2?", engine=engine)
    assert (answer.gene, answer.niche) == (alone.gene, alone.niche) == ("GENE1", "Layer 2")
    assert (answer.text, answer.p_marker) == (alone.text, alone.p_marker)
    assert "GENE1 in Layer 2" in str(answer)


def test_a_question_that_is_not_understood_is_refused(slide: Slides, engine: "Engine") -> None:
    with pytest.raises(
        NicheLensError, match=r"does not understand 'babble' in this question\. Ask for example: Is GENE"
    ):
        nichelens.ask(slide[0], question="Is GENE0 babble?", engine=engine)
    with pytest.raises(NicheLensError, match="a niche and a gene, or a question"):
        nichelens.ask(slide[0], "Layer 1", engine=engine)


def test_ask_wants_one_slice(slide: Slides, engine: "Engine") -> None:
    with pytest.raises(NicheLensError, match=r"2 slices have the niche 'Layer 1' \('S1', 'S2'\); choose one"):
        nichelens.ask(slide, "Layer 1", "GENE0", engine=engine)
    with pytest.raises(NicheLensError, match="no niche 'Layer 9'"):
        nichelens.ask(slide, "Layer 9", "GENE0", engine=engine)


def test_an_answer_shows_its_verdict_picture_and_ledger(slide: Slides, engine: "Engine") -> None:
    answer = nichelens.ask(slide["S1"], "Layer 1", "GENE0", engine=engine)
    shown = answer._repr_html_()
    assert f"probability of yes {html.escape(percent(answer.p_marker))}" in shown
    assert answer.headline in str(answer)
    assert np.array_equal(np.asarray(answer.picture), slide.facts(128)[0].canvas.focus(["GENE0"], "Layer 1")[0])
    ledger = pd.DataFrame(
        [
            ("claims it", 0.9999, "supported", "q", "1", "from 1 on", 1200, 3412.0, 7, "", ""),
            ("denies it", 0.8, "unclear", "q", "2", "from 3 on", 12, 40.0, 1, "more spots", ""),
            ("says it", float("nan"), "not checked", "", "", "", 0, float("nan"), 1, "", ""),
        ],
        columns=list(LEDGER_COLUMNS),
    )
    page = ledger_html(ledger)
    evidence = "1; from 1 on. Measured on 1,200 spots with a median of 3,412 counts, pooled over 7."
    assert f"<td>claims it</td><td>&gt;99%</td><td>✓ supported</td><td>q</td><td>{evidence}</td>" in page
    assert "<td>? unclear</td><td>q</td><td>2; from 3 on. Measured on 12 spots" in page
    assert "with a median of 40 counts. Needs more spots.</td>" in page
    assert "<td>– not checked</td>" in page


def test_names_from_files_are_escaped(toy: Callable[..., "AnnData"], engine: "Engine") -> None:
    adata = toy()
    niche, gene, name = "<script>alert('n')</script>", "<i>GENE0</i>", "<b>S1</b>"
    adata.obs["region"] = adata.obs["region"].cat.rename_categories({"Layer 1": niche})
    adata.obs["slice"] = name
    adata.var_names = [gene, *adata.var_names[1:]]
    slide = nichelens.read(adata, "region")
    shown = nichelens.ask(slide, niche, gene, engine=engine)._repr_html_()
    shown += nichelens.describe(slide, top_genes=4, engine=engine)._repr_html_()
    for text in (niche, gene, name):
        assert html.escape(text) in shown
        assert text not in shown


def test_screen_gives_the_table_of_the_command(
    table: pd.DataFrame, slide_file: Path, tiny_model: Path, tmp_path: Path, command: Callable[..., str]
) -> None:
    genes = [word for gene in GENES for word in ("--gene", gene)]
    out = tmp_path / "markers.csv"
    command("markers", slide_file, "--niche-key", "region", *genes, "--model", tiny_model, "--out", out)
    assert table.to_csv(index=False, float_format="%.6g") == out.read_text()
    assert len(table) == 2 * 4 * len(GENES)


def test_screen_asks_about_the_most_variable_genes(slide: Slides, engine: "Engine") -> None:
    from data_prep.facts.variable_genes import variable_genes

    part = slide["S1"]
    asked = nichelens.screen(part, top_genes=2, engine=engine)
    assert set(asked.gene) == set(variable_genes(part.slices[0], 2))
    with pytest.raises(NicheLensError, match="genes and top_genes exclude each other"):
        nichelens.screen(part, GENES, 2, engine)
    with pytest.raises(NicheLensError, match="no gene 'GENE999'"):
        nichelens.screen(part, ["GENE999"], engine=engine)


def test_describe_gives_the_page_of_the_command(
    slide: Slides, engine: "Engine", slide_file: Path, tiny_model: Path, tmp_path: Path, command: Callable[..., str]
) -> None:
    report = nichelens.describe(nichelens.read(slide_file, "region"), top_genes=5, engine=engine)
    out = tmp_path / "report.html"
    command("describe", slide_file, "--niche-key", "region", "--top-genes", 5, "--model", tiny_model, "--out", out)
    assert report.to_html() == out.read_text(encoding="utf-8")
    assert report.save(tmp_path / "saved.html").read_text(encoding="utf-8") == report.page
    assert json.loads(report.save(tmp_path / "saved.json").read_text()) == json.loads(report.to_json())
    assert report.claims.columns.tolist() == ["slice", "niche", *LEDGER_COLUMNS]
    assert set(report.markers.verdict) <= {"yes"}
    frame = re.fullmatch(r'<iframe sandbox srcdoc="([^"]*)" .*></iframe>', report._repr_html_(), re.DOTALL)
    assert frame
    assert html.unescape(frame[1]) == report.page


def test_describe_takes_some_niches(slide: Slides, engine: "Engine") -> None:
    report = nichelens.describe(slide, top_genes=4, engine=engine, niches="Layer 2")
    assert set(report.claims.niche) | {niche["niche"] for niche in json.loads(report.json)["niches"]} == {"Layer 2"}
    with pytest.raises(NicheLensError, match="no niche 'Layer 9'"):
        nichelens.describe(slide, engine=engine, niches=["Layer 2", "Layer 9"])


def test_claims_of_a_report_are_those_of_its_ledgers(slide: Slides) -> None:
    part = slide["S2"]
    report = nichelens.describe(part, top_genes=6, engine=Oracle(part.facts(128)[0]))
    assert set(report.claims.slice) == {"S2"}
    said = json.loads(report.to_json())["niches"]
    assert [niche["niche"] for niche in said] == slide.niches
    for niche in said:
        rows = report.claims[report.claims.niche == niche["niche"]]
        assert rows.p.tolist() == [claim["p"] for claim in niche["claims"]]
        assert rows.verdict.tolist() == ["supported"] * len(niche["claims"])
        enriched = {claim["gene"] for claim in niche["claims"] if claim["kind"] == "enriched"}
        assert set(report.markers.gene[report.markers.niche == niche["niche"]]) == enriched != set()
    assert repr(report) == f"Report on 4 niches; claims: {len(report.claims)} supported"


def test_draw_gives_the_pixels_that_the_model_reads(slide: Slides) -> None:
    from data_prep.figures.canvas import Canvas

    canvas = Canvas(slide.slices[1], 64)
    part = slide["S2"]
    drawn = nichelens.draw(part, "focus", gene="GENE2", niche="Layer 3", size=64)
    assert np.array_equal(np.asarray(drawn), canvas.focus(["GENE2"], "Layer 3")[0])
    montage = nichelens.draw(part, "montage", gene=["GENE2", "GENE3"], niche="Layer 3", size=64)
    assert np.array_equal(np.asarray(montage), canvas.montage(["GENE2", "GENE3"], "Layer 3"))
    assert np.array_equal(np.asarray(nichelens.draw(part, "niches", size=64)), canvas.niches())
    assert nichelens.draw(part, "depth").size == (128, 128)


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("focus", {"gene": "GENE0"}, "a picture of kind 'focus' needs a gene and a niche"),
        ("expression", {}, "a picture of kind 'expression' needs a gene"),
        ("niche", {}, "a picture of kind 'niche' needs a niche"),
        ("photo", {}, "figure kind 'photo' is unknown"),
        ("expression", {"gene": "GENE999"}, "no gene 'GENE999'"),
    ],
)
def test_a_picture_that_cannot_be_drawn_is_refused(slide: Slides, kind: str, options: dict, message: str) -> None:
    with pytest.raises(NicheLensError, match=message):
        nichelens.draw(slide["S1"], kind, **options)


def test_draw_wants_one_slice(slide: Slides) -> None:
    with pytest.raises(NicheLensError, match=r"2 slices \('S1', 'S2'\)"):
        nichelens.draw(slide, "depth")
    with pytest.raises(NicheLensError, match="2 slices have the niche 'Layer 1'"):
        nichelens.draw(slide, "niche", niche="Layer 1")
