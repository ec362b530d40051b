"""Datasets: what is in them, what may not leak, and that the same input gives the same bytes."""

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import datasets
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from data_prep.claims import Claim, hear
from data_prep.dataset import split_checks, splits
from data_prep.dataset.builder import build_dataset
from data_prep.dataset.loading import load_examples
from data_prep.dataset.prep_config import PrepConfig
from data_prep.dataset.rows import Row
from data_prep.errors import NicheLensError
from data_prep.facts.facts import Facts
from data_prep.figures.contract import figure_contract
from data_prep.figures.spec import FigureSpec
from data_prep.read.options import ReadOptions
from data_prep.read.slide_reader import read_slides
from data_prep.slide import Slide
from data_prep.tasks import TASKS

SMALL = PrepConfig(size=32, markers_per_slide=60, held_out_per_slide=24, descriptions_per_niche=2, test_genes=0.3)
DONORS = ("A", "B", "C")


@pytest.fixture(scope="module")
def slides(tmp_path_factory: pytest.TempPathFactory, toy: Callable[..., AnnData]) -> list[Slide]:
    path = tmp_path_factory.mktemp("slides") / "toy.h5ad"
    toy(donors=DONORS).write_h5ad(path)
    return read_slides(path, ReadOptions(("region",)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, slides: list[Slide]) -> Path:
    out = tmp_path_factory.mktemp("built") / "dataset"
    build_dataset(slides, out, replace(SMALL, test_donors=("B",)))
    return out


@pytest.fixture(scope="module")
def table(folder: Path) -> pd.DataFrame:
    """All rows of all splits without their images."""
    parts = []
    for split, rows in datasets.load_dataset(str(folder)).items():
        parts.append(rows.remove_columns("images").to_pandas().assign(split=split))
    return pd.concat(parts, ignore_index=True)


def fingerprint(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# What is in a dataset


def test_folder_loads_with_every_split(folder: Path) -> None:
    loaded = datasets.load_dataset(str(folder))
    assert set(loaded) | {"ambiguous"} == {"train", "validation", "test_slide", "test_gene", "test_both", "ambiguous"}
    assert set(loaded["train"].column_names) == set(Row.__dataclass_fields__)


def test_images_are_the_figures_of_their_specs(folder: Path, slides: list[Slide]) -> None:
    canvases = {slide.name: Facts.measure(slide, SMALL.size).canvas for slide in slides}
    rows = load_examples(folder, "test_slide")
    assert set(rows["task"]) == set(TASKS)
    for row in rows:
        specs = json.loads(row["specs"])
        assert len(row["images"]) == len(specs)
        for image, spec in zip(row["images"], specs, strict=True):
            canvas = canvases[row["slide"]]
            drawn = canvas.draw(FigureSpec(spec["kind"], tuple(spec["genes"]), spec["niche"], spec["size"]))
            np.testing.assert_array_equal(np.asarray(image.convert("RGB")), np.asarray(drawn))


def test_labels_and_answers_are_true_of_the_planted_niches(table: pd.DataFrame) -> None:
    asked = table[(table["label"] != "") & (table["task"] == "marker")]
    assert len(asked) > 100
    for row in asked.itertuples():
        marked = f"Layer {int(row.genes[0].removeprefix('GENE')) % 4 + 1}"
        assert row.label == ("yes" if row.niche == marked else "no")
        assert row.completion.startswith("Yes." if row.label == "yes" else "No.")


def test_claims_are_what_the_completion_says(table: pd.DataFrame) -> None:
    for row in table[table["completion"] != ""].itertuples():
        assert hear(row.completion) == [Claim(**claim) for claim in json.loads(row.claims)]


def test_names_resolve_what_the_model_is_shown(table: pd.DataFrame) -> None:
    for row in table.itertuples():
        names = json.loads(row.names)
        if row.task == "identity":
            assert all(gene in row.prompt for gene in row.genes)
        else:
            assert list(names["genes"].values()) == list(row.genes)
        assert not row.niche or names["niches"]["the niche"] == row.niche
        for text in (*row.genes, row.niche or "Layer"):
            assert row.task == "identity" or text not in row.prompt
            assert text not in row.completion


def test_named_questions_say_the_names(slides: list[Slide], tmp_path: Path) -> None:
    build_dataset(slides, tmp_path / "named", replace(SMALL, tasks=("marker",), named=1.0))
    for row in load_examples(tmp_path / "named", "train").select_columns(["prompt", "genes", "niche"]):
        assert row["genes"][0] in row["prompt"]
        assert row["niche"] in row["prompt"]


def test_contract_and_card_travel(folder: Path, table: pd.DataFrame) -> None:
    contract = json.loads((folder / "figure_contract.json").read_text())
    assert contract == figure_contract(SMALL.size)
    assert set(table["contract"]) == {contract["hash"]}
    provenance = json.loads((folder / "provenance.json").read_text())
    assert provenance["splits"] == table["split"].value_counts().to_dict()
    assert [slide["name"] for slide in provenance["slides"]] == ["toy:S1", "toy:S2", "toy:S3"]
    assert provenance["marker_rule"]["q_marker"] == 0.01
    card = (folder / "README.md").read_text()
    assert "train: A, C; test: B" in card
    assert "No donor is held out" not in card


def test_limits_are_kept(table: pd.DataFrame) -> None:
    counts = Counter(table[table["task"] == "marker"][["split", "slide"]].itertuples(index=False, name=None))
    for (split, _), count in counts.items():
        assert count <= (SMALL.markers_per_slide if split == "train" else SMALL.held_out_per_slide)
    described = table[table["task"] == "describe"].groupby(["split", "slide", "niche"]).size()
    assert described["train"].max() == SMALL.descriptions_per_niche
    assert described.drop("train").max() == 1


# What may not leak


def test_no_question_stands_in_two_splits(table: pd.DataFrame) -> None:
    exploded = table.explode("genes")
    assert (exploded.groupby(["slide", "genes", "niche"])["split"].nunique() == 1).all()


def test_donors_and_genes_are_held_out(table: pd.DataFrame) -> None:
    exploded = table.explode("genes")
    donors = exploded.groupby("split")["donor"].agg(set)
    genes = exploded.groupby("split")["genes"].agg(set)
    assert donors["test_slide"] == donors["test_both"] == {"B"}
    assert donors["train"] == donors["validation"] == donors["test_gene"] == {"A", "C"}
    for learned in ("train", "validation"):
        assert not genes[learned] & (genes["test_gene"] | genes["test_both"])
    assert not genes["train"] & genes["validation"]
    assert genes["test_slide"] & genes["train"]


def test_every_gene_and_niche_is_half_yes(table: pd.DataFrame) -> None:
    marker = table[table["label"] != ""].assign(gene=lambda t: t["genes"].str[0], yes=lambda t: t["label"] == "yes")
    for key in ("gene", "niche"):
        assert (marker.groupby(["split", "slide", key])["yes"].mean() == 0.5).all()


def test_ambiguous_pairs_are_kept_apart_without_answers(slides: list[Slide], tmp_path: Path) -> None:
    # A slide whose genes are raised only a little: many fold changes fall between the thresholds.
    rng = np.random.default_rng(3)
    weak = [slide.with_counts(_diluted(slide, rng)) for slide in slides]
    build_dataset(weak, tmp_path / "weak", replace(SMALL, test_donors=("B",)))
    table = load_examples(tmp_path / "weak", "ambiguous").remove_columns("images").to_pandas()
    assert len(table)
    assert set(table["completion"]) == set(table["label"]) == {""}
    assert set(table["donor"]) == {"B"}
    facts = Facts.measure(weak[1], SMALL.size)
    for row in table.itertuples():
        gene, niche = weak[1].gene_index(row.genes[0]), weak[1].niche_index(row.niche)
        assert facts.markers.label[gene, niche] == -1


def test_one_donor_has_no_unseen_donor(slides: list[Slide], tmp_path: Path) -> None:
    out = tmp_path / "one"
    built = build_dataset(slides[:1], out, SMALL)
    assert {"train", "validation", "test_gene"} <= set(built)
    assert not {"test_slide", "test_both"} & set(built)
    assert "No donor is held out (there is only one)" in (out / "README.md").read_text()
    with pytest.raises(NicheLensError, match=r"no split 'test_slide'.*train"):
        load_examples(out, "test_slide")


def test_validation_donor_replaces_validation_genes(slides: list[Slide], tmp_path: Path) -> None:
    build_dataset(slides, tmp_path / "d", replace(SMALL, test_donors=("A",), validation_donors=("B",)))
    assert set(load_examples(tmp_path / "d", "validation")["donor"]) == {"B"}
    assert set(load_examples(tmp_path / "d", "train")["donor"]) == {"C"}


def test_gene_side_does_not_depend_on_slides_or_capitals() -> None:
    sides = splits.partition(
        ["a", "b"], seed=0, test_donors=None, validation_donors=(), test_genes=0.2, validation_genes=0.1
    )
    symbols = [f"Gene{i}" for i in range(3000)]
    found = Counter(sides.gene_side(symbol) for symbol in symbols)
    assert found["test"] / 3000 == pytest.approx(0.2, abs=0.03)
    assert found["validation"] / 3000 == pytest.approx(0.1, abs=0.02)
    assert all(sides.gene_side(symbol) == sides.gene_side(symbol.upper()) for symbol in symbols)
    assert sorted(sides.donors.values()) == ["test", "train"]


# What a build refuses


def _rows(*rows: tuple[str, str, str, str], donor: str = "A", prompt: str = "Is it?") -> list[Row]:
    return [
        Row([], prompt, "", "marker", label, slide, donor, niche, [gene], "[]", "[]", "{}", "")
        for slide, gene, niche, label in rows
    ]


QUAD = (("s", "g1", "n1", "yes"), ("s", "g1", "n2", "no"), ("s", "g2", "n1", "no"), ("s", "g2", "n2", "yes"))


def test_leaks_are_refused() -> None:
    train = _rows(*QUAD)
    split_checks.check_splits({"train": train})
    with pytest.raises(NicheLensError, match="gene 'g1' in niche 'n1' of slide 's' stands in both train and ambiguous"):
        split_checks.check_splits({"train": train, "ambiguous": _rows(("s", "g1", "n1", ""))})
    other_slide = _rows(*(("t", *rest) for _, *rest in QUAD))
    with pytest.raises(NicheLensError, match="donor 'A' is both learned from and held out"):
        split_checks.check_splits({"train": train, "test_slide": other_slide})
    capitals = _rows(*(("t", gene.upper(), *rest) for _, gene, *rest in QUAD), donor="B")
    with pytest.raises(NicheLensError, match="gene 'G1' is both learned from and held out"):
        split_checks.check_splits({"train": train, "test_both": capitals})


def test_imbalance_is_refused() -> None:
    with pytest.raises(NicheLensError, match="gene 'g1' of slide 's' has 2 more yes"):
        split_checks.check_splits({"train": _rows(("s", "g1", "n1", "yes"), ("s", "g1", "n2", "yes"))})
    with pytest.raises(NicheLensError, match="niche 'n1' of slide 's' has 1 more yes"):
        split_checks.check_splits({"train": _rows(("s", "g1", "n1", "yes"), ("s", "g1", "n2", "no"))})


def test_words_that_tell_the_answer_fail_the_build() -> None:
    rows = [row for i in range(40) for row in _rows(*(("s", f"{g}-{i}", n, label) for _, g, n, label in QUAD))]
    split_checks.check_splits({"train": rows})
    told = [replace(row, prompt=f"Is it {'really' if row.label == 'yes' else 'maybe'} a marker?") for row in rows]
    with pytest.raises(NicheLensError, match=r"100\.0% of 160 without a picture .*'it (really|maybe)'"):
        split_checks.check_splits({"train": told})


def test_failed_build_leaves_nothing(slides: list[Slide], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off(*_: object) -> None:
        message = "found late"
        raise NicheLensError(message)

    monkeypatch.setattr("data_prep.dataset.builder.dataset_card", break_off)
    with pytest.raises(NicheLensError, match="found late"):
        build_dataset(slides[:1], tmp_path / "deep" / "dataset", SMALL)
    assert list(tmp_path.iterdir()) == []


def test_bad_input_is_refused(slides: list[Slide], tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "notes.txt").write_text("mine")
    bare = replace(slides[0], niche=np.full(slides[0].n_spots, -1, np.int32), niches=())
    for given, out, config, words in (
        (slides, taken, SMALL, "exists already"),
        ([], tmp_path / "x", SMALL, "no slide given"),
        ([bare], tmp_path / "x", SMALL, "--niche-key"),
        ([slides[0], slides[0]], tmp_path / "x", SMALL, "2 slides have this name"),
        (slides, tmp_path / "x", replace(SMALL, test_donors=("Z",)), "no slide has the donor 'Z'"),
        (slides, tmp_path / "x", replace(SMALL, test_donors=DONORS), "none is left to train on"),
        (slides, tmp_path / "x", replace(SMALL, test_donors=("A",), validation_donors=("A",)), "name it once"),
    ):
        with pytest.raises(NicheLensError, match=words):
            build_dataset(given, out, config)
    assert list(tmp_path.iterdir()) == [taken]
    assert (taken / "notes.txt").read_text() == "mine"


def test_slides_without_structure_are_refused(slides: list[Slide], tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    shuffled = replace(slides[0], counts=slides[0].counts[rng.permutation(slides[0].n_spots)].tocsc())
    with pytest.raises(NicheLensError, match="no training example"):
        build_dataset([shuffled], tmp_path / "x", replace(SMALL, tasks=("marker",)))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"tasks": ("markers",)}, "unknown task 'markers'; did you mean 'marker'"),
        ({"tasks": ()}, "no task given"),
        ({"named": 1.5}, "named is 1.5"),
        ({"test_genes": 0.7, "validation_genes": 0.3}, "no gene is left"),
        ({"size": 8}, "size is 8"),
        ({"markers_per_slide": 0}, "markers_per_slide is 0"),
    ],
)
def test_bad_settings_are_refused(settings: dict, words: str) -> None:
    with pytest.raises(NicheLensError, match=words):
        PrepConfig(**settings)


# Loading


def test_loading_says_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(NicheLensError, match="no such folder"):
        load_examples(tmp_path / "absent", "train")
    with pytest.raises(NicheLensError, match="not a NicheLens dataset"):
        load_examples(tmp_path, "train")
    with pytest.raises(NicheLensError, match="the Hub cannot be reached"):
        load_examples("no-such-org/no-such-dataset", "train")


def test_damaged_split_is_one_line(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    parquet = copy / "data" / "train.parquet"
    parquet.write_bytes(parquet.read_bytes()[:500])
    with pytest.raises(NicheLensError, match="cannot be loaded") as caught:
        load_examples(copy, "train")
    assert "\n" not in str(caught.value)


def _diluted(slide: Slide, rng: np.random.Generator) -> np.ndarray:
    """Counts with a flat background, so that a tenfold change becomes about twofold, more or less per gene."""
    background = rng.poisson(rng.uniform(1, 12, slide.n_genes), size=slide.counts.shape)
    return slide.counts.toarray() + background
