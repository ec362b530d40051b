"""What the tools say of the toy slide: gene i is raised tenfold in niche i % 4, and each niche is a quadrant."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from app.tools.toolbox import Toolbox
from data_prep.errors import NicheLensError

if TYPE_CHECKING:
    from anndata import AnnData

HTML = '<img src=x onerror="alert(1)">'


def test_examples_and_allowed_files_are_listed_and_opened(
    make_toolbox: Callable[..., Toolbox], toy_adata: "AnnData", write_h5ad: Callable[..., Path], tmp_path: Path
) -> None:
    path = write_h5ad(toy_adata)
    toolbox = make_toolbox(tmp_path)
    assert toolbox.call("list_slides", {}) == {"examples": ["toy"], "files": [str(path)]}
    for given in (str(path), "toy.h5ad"):
        opened = toolbox.call("open_slide", {"path": given})
        assert [(part["spots"], part["genes"], len(part["niches"])) for part in opened["slices"]] == [(256, 80, 4)]
        assert opened["niche_column"] == "region"
    with pytest.raises(NicheLensError, match="is outside the folders"):
        toolbox.call("open_slide", {"path": "../toy.h5ad"})
    with pytest.raises(NicheLensError, match=r"toy\.h5ad: .*'leiden'"):
        toolbox.call("open_slide", {"path": "toy.h5ad", "niche_column": "leiden"})


def test_niches_are_found_where_a_file_has_none_and_notes_are_told(
    make_toolbox: Callable[..., Toolbox], toy_adata: "AnnData", write_h5ad: Callable[..., Path], tmp_path: Path
) -> None:
    del toy_adata.obs
    toy_adata.obsm["spatial"] = np.column_stack([toy_adata.obsm["spatial"], np.zeros(toy_adata.n_obs)])
    write_h5ad(toy_adata)
    (part,) = make_toolbox(tmp_path).call("open_slide", {"path": "toy.h5ad"})["slices"]
    assert len(part["niches"]) >= 2
    assert part["niches_from"]
    assert any("third coordinate" in note for note in part["notes"])


def test_niches_are_computed_in_the_asked_number_with_a_reason(
    make_toolbox: Callable[..., Toolbox], toy_adata: "AnnData", write_h5ad: Callable[..., Path], tmp_path: Path
) -> None:
    write_h5ad(toy_adata)
    toolbox = make_toolbox(tmp_path)
    opened = toolbox.call("open_slide", {"path": "toy.h5ad", "find_niches": True, "n_niches": 3})
    assert len(opened["slices"][0]["niches"]) == 3
    assert (opened["niche_search"]["n_niches"], opened["niche_search"]["reason"]) == (3, "their number was given")
    assert "niche_search" not in toolbox.call("open_slide", {"path": "toy.h5ad"})
    chosen = toolbox.call("open_slide", {"path": "toy.h5ad", "find_niches": True, "auto": True})
    assert chosen["niche_search"]["choices"]["repeat"].startswith("--normalisation")
    assert any("chosen by count splitting" in note for note in chosen["slices"][0]["notes"])
    for wrong, message in (
        ({"path": "toy.h5ad", "n_niches": 3}, "give find_niches too"),
        ({"path": "toy.h5ad", "auto": True}, "give find_niches too"),
        ({"path": "toy.h5ad", "find_niches": True, "auto": True, "n_niches": 3}, "leave out the number and the scale"),
        ({"path": "toy.h5ad", "find_niches": True, "niche_column": "region"}, "either read or computed"),
        ({"path": "toy.h5ad", "find_niches": True, "n_niches": 1}, "must be 2 to 100"),
        ({"example": "toy", "find_niches": True}, "niches of its own"),
    ):
        with pytest.raises(NicheLensError, match=message):
            toolbox.call("open_slide", wrong)


def test_two_users_of_a_file_share_what_was_read_and_not_the_id(
    make_toolbox: Callable[..., Toolbox], toy_adata: "AnnData", write_h5ad: Callable[..., Path], tmp_path: Path
) -> None:
    toolbox = make_toolbox(tmp_path)
    path = write_h5ad(toy_adata)
    mine, yours = (toolbox.call("open_slide", {"path": str(path)})["slices"][0]["slide"] for _ in range(2))
    assert mine != yours
    store = toolbox.tools["open_slide"].function.__self__._store
    assert store.get(mine).opened is store.get(yours).opened
    toy_adata.obs["region"] = "Layer 1"
    toy_adata.obs.iloc[:100, toy_adata.obs.columns.get_loc("region")] = "Layer 2"
    write_h5ad(toy_adata)  # the file has changed
    newer = toolbox.call("open_slide", {"path": str(path)})["slices"][0]
    assert newer["niches"] == ["Layer 1", "Layer 2"]
    assert len(toolbox.call("list_niches", {"slide": mine})["niches"]) == 4


def test_what_to_open_must_be_clear(toolbox: Toolbox) -> None:
    for arguments in ({}, {"path": "a.h5ad", "example": "toy"}):
        with pytest.raises(NicheLensError, match="give either a path or an example"):
            toolbox.call("open_slide", arguments)
    with pytest.raises(NicheLensError, match="no example 'toi'; did you mean 'toy'"):
        toolbox.call("open_slide", {"example": "toi"})


def test_niches_and_genes(ask: Callable[..., Any]) -> None:
    niches = ask("list_niches")
    assert {niche["niche"]: niche["spots"] for niche in niches["niches"]} == {f"Layer {i}": 64 for i in (1, 2, 3, 4)}
    assert {niche["share"] for niche in niches["niches"]} == {0.25}
    assert ask("list_genes", query="gene1", limit=3)["genes"] == ["GENE1", "GENE10", "GENE11"]
    assert ask("list_genes", query="gene1")["matching"] == 11
    assert len(ask("list_genes")["genes"]) == 50
    assert "did you mean 'GENE1'" in ask("list_genes", query="GNE1")["hint"]


def test_the_quality_of_a_slide_is_told(ask: Callable[..., Any]) -> None:
    told = ask("check_slide")
    assert 3 <= len(told["verdict"]) <= 6
    assert f"256 spots with a median of {told['depth']['median']:.0f} counts" in told["verdict"][0]
    assert {finding["level"] for finding in told["findings"]} <= {"fine", "mind", "act"}
    assert [power["niche"] for power in told["power"]] == [f"Layer {i}" for i in (1, 2, 3, 4)]
    json.dumps(told, allow_nan=False)


def test_an_answer_has_its_ledger(ask: Callable[..., Any]) -> None:
    yes = ask("ask", gene="GENE0", niche="Layer 1")
    assert (yes["verdict"], yes["slice"]) == ("yes", "S1")
    assert yes["answer"].startswith("GENE0 is enriched in Layer 1.")
    claim = yes["ledger"]["claims"][0]
    assert (claim["kind"], claim["gene"], claim["niche"]) == ("enriched", "GENE0", "Layer 1")
    assert claim["verdict"] == "supported"
    assert claim["number"] == pytest.approx(np.log2(10), abs=0.4)
    assert 0 < claim["error"] < 0.5
    assert ask("ask", gene="GENE0", niche="Layer 2")["verdict"] == "no"
    json.dumps(yes, allow_nan=False)


def test_a_question_is_about_what_it_names(ask: Callable[..., Any]) -> None:
    answer = ask("ask", question="Is GENE0 a marker of Layer 1?", gene="GENE1", niche="Layer 2")
    assert (answer["gene"], answer["niche"], answer["verdict"]) == ("GENE0", "Layer 1", "yes")
    assert {claim["gene"] for claim in answer["ledger"]["claims"]} == {"GENE0"}
    assert ask("ask", question="Is this gene a marker of this niche?", gene="GENE1", niche="Layer 2")["gene"] == "GENE1"


@pytest.mark.parametrize(
    ("name", "arguments", "line"),
    [
        ("ask", {"gene": "GENE0"}, "name a gene and a niche"),
        ("ask", {"gene": "GENE0x", "niche": "Layer 1"}, "no gene 'GENE0x'; did you mean 'GENE0'"),
        ("ask", {"gene": "GENE0", "niche": "Layer 9"}, "no niche 'Layer 9'"),
        (
            "ask",
            {"gene": "GENE0", "niche": "Layer 1", "question": "Why?"},
            "says what is on the slide, and not why. Ask for",
        ),
        ("describe", {"niche": "Layer 9"}, "no niche 'Layer 9'"),
        ("describe", {"niche": "Layer 1", "genes": 1000}, "give 2 to 100"),
        ("screen", {"niche": "Layer 1", "genes": ["nix"]}, "no gene 'nix'"),
        ("screen", {"genes": [f"G{i}" for i in range(600)]}, "are too many at once"),
        ("compare_genes", {"genes": ["GENE0", "GENE0"]}, "name 2 to 6"),
        ("neighbours", {"niche": "nowhere"}, "no niche 'nowhere'"),
        ("similar_genes", {"gene": "nix"}, "no gene 'nix'"),
        ("similar_genes", {"gene": "GENE0", "n": 0}, "similar_genes: n is 0; give 1 to 50"),
        ("niches_like", {"niche": "Layer 1", "other_slides": []}, "no other slide to look in"),
        ("niches_like", {"niche": "Layer 9", "other_slides": []}, "no niche 'Layer 9'"),
        ("compare_niches", {"niche": "Layer 1", "other": "Layer 9"}, "no niche 'Layer 9'"),
        ("compare_niches", {"niche": "Layer 1", "other": "Layer 1"}, "Layer 1"),
        ("draw", {"kind": "photo"}, "no picture of the kind 'photo'"),
        ("draw", {"kind": "focus", "gene": "GENE0"}, "needs gene and niche"),
        ("draw", {"kind": "niches", "size": 127}, "size 127: must be 128, 256, 448, 896"),
        ("ledger", {"text": "x", "gene": "nix"}, "no gene 'nix'"),
    ],
)
def test_bad_input_is_one_clear_line(ask: Callable[..., Any], name: str, arguments: dict[str, Any], line: str) -> None:
    with pytest.raises(NicheLensError) as error:
        ask(name, **arguments)
    assert line in str(error.value)


def test_a_description_has_only_checked_claims(ask: Callable[..., Any]) -> None:
    described = ask("describe", niche="Layer 3", genes=8)
    assert described["enriched"]
    assert all(int(gene.removeprefix("GENE")) % 4 == 2 for gene in described["enriched"])
    assert described["ledger"]["counts"]["contradicted"] == 0
    assert "Layer 3" in described["description"]


def test_a_screen_ranks_the_markers_first(ask: Callable[..., Any]) -> None:
    genes = [f"GENE{i}" for i in range(12)]
    screened = ask("screen", niche="Layer 2", genes=genes, rows=5)
    assert {row["gene"] for row in screened["rows"][:3]} == {"GENE1", "GENE5", "GENE9"}
    assert [row["verdict"] for row in screened["rows"]] == ["yes", "yes", "yes", "no", "no"]
    assert all(row["agrees"] == "yes" for row in screened["rows"])
    assert screened["asked"] == 12
    assert set(screened["units"]) <= set(screened["rows"][0])
    assert len(ask("screen", top_n=10, rows=2)["rows"]) == 8


def test_genes_are_compared(ask: Callable[..., Any]) -> None:
    compared = ask("compare_genes", genes=["GENE0", "GENE4", "GENE1"], niche="Layer 1")
    verdicts = {(pair["gene"], pair["other"]): pair["verdict"] for pair in compared["pairs"]}
    assert verdicts == {
        ("GENE0", "GENE4"): "supported",
        ("GENE0", "GENE1"): "contradicted",
        ("GENE4", "GENE1"): "contradicted",
    }
    assert compared["answer"] == "GENE0 and GENE4 share their place."
    assert {row["gene"]: row["verdict"] for row in compared["enrichment"]} == {
        "GENE0": "marker",
        "GENE4": "marker",
        "GENE1": "not a marker",
    }
    assert len(ask("compare_genes", genes=["GENE0", "GENE1"])["enrichment"]) == 8


def test_niches_of_a_slide_are_compared(ask: Callable[..., Any]) -> None:
    compared = ask("compare_niches", niche="Layer 1", other="Layer 2")
    assert (compared["a"]["niche"], compared["b"]["niche"]) == ("Layer 1", "Layer 2")
    by_counts = [finding for finding in compared["found_by_counts"] if finding["topic"] == "gene"]
    assert {int(finding["about"].removeprefix("GENE")) % 4 for finding in by_counts} == {0, 1}
    assert all(finding["verdict"] == "supported" for finding in by_counts)
    json.dumps(compared, allow_nan=False)


def test_a_niche_is_compared_across_slices(toolbox: Toolbox) -> None:
    first, second = (part["slide"] for part in toolbox.call("open_slide", {"example": "toy"})["slices"])
    given = {"slide": first, "other_slide": second, "niche": "Layer 1"}
    compared = toolbox.call("compare_slides", given)
    assert (compared["a"]["slice"], compared["b"]["slice"]) == ("S1", "S2")
    assert not [c for c in compared["changes"] if c["verdict"] == "supported"]  # both were drawn from the same rates
    with pytest.raises(NicheLensError, match="no slide is open"):
        toolbox.call("compare_slides", given | {"other_slide": "guess"})


def test_a_text_is_checked_sentence_by_sentence(ask: Callable[..., Any]) -> None:
    text = "GENE0 is enriched in Layer 1. GENE0 is enriched in Layer 2. This gene marks the niche. I like pancakes."
    checked = ask("ledger", text=text, gene="GENE1", niche="Layer 2")
    verdicts = [sentence["verdict"] for sentence in checked["sentences"]]
    assert verdicts == ["supported", "contradicted", "supported", "not checked"]
    assert checked["not_checked"] == ["I like pancakes."]
    assert checked["share_checked"] == 0.75
    assert checked["claims"][2]["gene"] == "GENE1"
    assert ask("ledger", text="Yes.", gene="GENE0", niche="Layer 1")["claims"] == []  # nobody asked anything


def test_neighbours_come_by_their_share_of_the_border(ask: Callable[..., Any]) -> None:
    borders = ask("neighbours", niche="Layer 1")["neighbours"]
    assert {border["other"] for border in borders[:2]} == {"Layer 2", "Layer 3"}
    assert [border["verdict"] for border in borders] == ["supported", "supported", "contradicted"]
    assert sum(border["number"] for border in borders) == pytest.approx(1, abs=0.01)


def test_a_picture_shows_what_was_asked(ask: Callable[..., Any]) -> None:
    picture = ask("draw", kind="focus", gene="GENE0", niche="Layer 1", size=128)
    pixels = np.asarray(Image.open(io.BytesIO(picture.png)).convert("RGB")).astype(int)
    assert pixels.shape == (128, 128, 3)
    is_colour = pixels.max(axis=-1) - pixels.min(axis=-1) > 40
    assert is_colour[:60, :60].mean() > 10 * is_colour[70:, 70:].mean()  # Layer 1 is the upper left quadrant
    assert picture.caption.startswith("GENE0: Layer 1 in colour")
    for kind, given in {
        "closeup": {"gene": "GENE0", "niche": "Layer 1"},
        "expression": {"gene": "GENE0"},
        "twin": {"gene": "GENE0", "other": "GENE1"},
        "niches": {},
        "niche": {"niche": "Layer 1"},
        "pair": {"niche": "Layer 1", "other": "Layer 2"},
        "spill": {"gene": "GENE0", "niche": "Layer 1", "other": "Layer 2"},
        "depth": {},
    }.items():
        assert ask("draw", kind=kind, size=128, **given).png.startswith(b"\x89PNG"), kind


def test_names_from_a_file_come_back_as_they_are(
    make_toolbox: Callable[..., Toolbox], toy_adata: "AnnData", write_h5ad: Callable[..., Path], tmp_path: Path
) -> None:
    toy_adata.obs["region"] = pd.Categorical([f"{HTML} {name}" for name in toy_adata.obs["region"]])
    toy_adata.var_names = [f"{HTML}{i}" for i in range(toy_adata.n_vars)]
    write_h5ad(toy_adata)
    toolbox = make_toolbox(tmp_path)
    opened = toolbox.call("open_slide", {"path": "toy.h5ad", "niche_column": "region"})
    slide, niche = opened["slices"][0]["slide"], f"{HTML} Layer 1"
    assert niche in opened["slices"][0]["niches"]
    assert toolbox.call("list_genes", {"slide": slide, "query": HTML})["matching"] == 80
    (row,) = toolbox.call("screen", {"slide": slide, "niche": niche, "genes": [f"{HTML}0"]})["rows"]
    assert (row["gene"], row["niche"]) == (f"{HTML}0", niche)
    assert toolbox.call("draw", {"slide": slide, "kind": "niche", "niche": niche}).caption.startswith(niche)


def test_genes_with_like_maps_are_those_of_the_same_niche(ask: Callable[..., Any]) -> None:
    found = ask("similar_genes", gene="GENE0", n=5)
    assert len(found["similar"]) == 5
    for row in found["similar"]:
        assert int(row["gene"].removeprefix("GENE")) % 4 == 0
        assert row["verdict"] == "supported"
    json.dumps(found, allow_nan=False)


def test_a_niche_is_found_on_another_slice(toolbox: Toolbox) -> None:
    first, second = (part["slide"] for part in toolbox.call("open_slide", {"example": "toy"})["slices"])
    found = toolbox.call("niches_like", {"slide": first, "niche": "Layer 2", "other_slides": [second], "spots": 7})
    assert found["niches"][0]["niche"] == "Layer 2"
    assert {spot["niche"] for spot in found["spots"]} == {"Layer 2"}
    assert len(found["spots"]) == 7
    assert found["is_new"] == (not found["niches"][0]["is_match"])
    json.dumps(found, allow_nan=False)
