"""`nichelens synth` writes a slide that every command reads."""

from collections.abc import Callable
from pathlib import Path

from anndata import read_h5ad


def test_the_seed_decides_the_slide(run: Callable, tmp_path: Path) -> None:
    synth = ["synth", "--spots", 250, "--niches", 4, "--genes", 48, "--out"]
    for name, seed in (("first", 1), ("again", 1), ("other", 2)):
        ran = run(*synth, tmp_path / f"{name}.h5ad", "--seed", seed)
        assert ran.code == 0, ran.err
    first, again, other = (read_h5ad(tmp_path / f"{name}.h5ad") for name in ("first", "again", "other"))
    assert first.shape == (250, 48)
    assert first.obs["region"].nunique() == 4
    assert (first.X != again.X).nnz == 0
    assert (first.X != other.X).nnz > 0
