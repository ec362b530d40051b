"""Odd names of genes, niches, slices and donors: refused in one line, or the same to the end of a dataset."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_prep.claims import Claim, hear
from data_prep.dataset.saved_slides import open_slide, save_slide
from data_prep.errors import CONTROL
from data_prep.read.options import ReadOptions
from data_prep.read.slide_reader import read_slides
from data_prep.read.validation import LONGEST_NAME, MISSING_LABELS
from data_prep.short_names import short
from tests.data_prep.read.slide_files import built, refusal, sound

pytestmark = pytest.mark.usefixtures("scratch")
FUZZ = settings(
    max_examples=30,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

NAMES = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=LONGEST_NAME + 2)


@FUZZ
@given(gene=NAMES, niche=NAMES)
def test_names_are_kept_or_refused(
    toy: Callable[..., AnnData], tmp_path: Path, scratch: Path, gene: str, niche: str
) -> None:
    adata = toy(side=8, n_genes=20)
    adata.var_names = [gene, *adata.var_names[1:]]
    adata.obs["region"] = np.where(adata.obs["region"] == "Layer 1", niche, np.array(adata.obs["region"], object))
    adata.write_h5ad(tmp_path / "named.h5ad")
    if CONTROL.search(gene + niche) or not gene.strip():
        refusal(tmp_path / "named.h5ad")
        return
    (slide,) = sound(read_slides(tmp_path / "named.h5ad", ReadOptions(("region",))))
    assert slide.genes[0] == short(gene, LONGEST_NAME)
    assert short(niche, LONGEST_NAME) in slide.niches or not niche.strip() or niche in MISSING_LABELS
    save_slide(slide, scratch / "saved")
    saved = open_slide(scratch / "saved")
    assert (saved.genes.tolist(), saved.niches) == (slide.genes.tolist(), slide.niches)
    shutil.rmtree(scratch / "saved")


ODD_NAMES = (
    'it\'s "quoted"',
    "a/b\\c: d",
    "<script>alert(1)</script>",
    "🧠 Kortex 層",
    "x, y; z and w.",
    "  padded  ",
    "=1+1",
    "L" * LONGEST_NAME,
    "|pipe|`tick`*star*_under_",
    "{{ jinja }} {% raw %} %s {0}",
    "None of these",
    "yes",
    "nan ",
    "1e5",
    "-",
    "a\u200bb\u202ec",
)


@pytest.mark.parametrize("first", range(0, len(ODD_NAMES), 4))
def test_odd_names_come_back_as_they_were(
    toy: Callable[..., AnnData], write_h5ad: Callable, tmp_path: Path, first: int
) -> None:
    adata = toy(donors=("D1", "D2"))
    niches = ODD_NAMES[first : first + 4]
    adata.obs["region"] = adata.obs["region"].map(dict(zip(adata.obs["region"].cat.categories, niches, strict=True)))
    adata.obs["donor"] = adata.obs["donor"].map({"D1": niches[0], "D2": niches[1]})
    adata.obs["slice"] = adata.obs["slice"].map({"S1": niches[2], "S2": niches[3]})
    adata.var_names = [*ODD_NAMES, *adata.var_names[len(ODD_NAMES) :]]
    slides = sound(read_slides(write_h5ad(adata), ReadOptions(("region",))))
    rows = pd.concat(built(slides, tmp_path / "dataset", named=0.5).values())
    assert {name for name in rows["niche"] if name} == set(niches)
    assert set(rows["donor"]) == {niches[0], niches[1]}
    assert set(rows["slide"]) == {f"toy:{niches[2]}", f"toy:{niches[3]}"}
    genes = set(rows["genes"].explode().dropna())
    assert genes <= set(adata.var_names)
    assert len(genes & set(ODD_NAMES)) > 8
    for row in rows[rows["completion"] != ""].itertuples():
        assert hear(row.completion) == [Claim(**claim) for claim in json.loads(row.claims)]
    card = (tmp_path / "dataset" / "README.md").read_text()
    (table,) = (part for part in card.split("\n\n") if part.startswith("| slide |"))
    assert {line.replace("\\|", "").count("|") for line in table.splitlines()} == {9}
