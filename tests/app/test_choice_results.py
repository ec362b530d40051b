"""`nichelens.choose` in a notebook: a table of candidates, words, and options to find niches with."""

from typing import TYPE_CHECKING

import nichelens
from data_prep.niche_options import NicheOptions

if TYPE_CHECKING:
    from anndata import AnnData


def test_choices_are_told_and_can_be_used(toy_adata: "AnnData") -> None:
    chosen = nichelens.choose(nichelens.read(toy_adata, "region"))
    table = chosen.scores
    assert set(table.question) >= {"normalisation", "components", "genes", "pooling of maps"}
    assert (table.groupby("question").behind.min() == 0).all()
    assert table[table.question == "normalisation"].chosen.sum() == 1
    assert "normalisation: " in str(chosen)
    assert isinstance(chosen.niches, NicheOptions)
    assert not chosen.niches.auto
    (found,) = nichelens.read(toy_adata, find_niches=True, niches=chosen.niches).slices
    assert chosen.niches.preparation.words() in found.meta.niches_from
