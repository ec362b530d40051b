"""`nichelens synth`: a synthetic slide."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.commands.output_paths import check_output
from app.commands.shared_options import OUTPUT, Overwrite, Seed
from data_prep.staging import staged

TISSUE = "Tissue"


def synth(
    out: Annotated[Path, typer.Option(metavar="FILE.h5ad", rich_help_panel=OUTPUT, help="Slide to write.")],
    overwrite: Overwrite = False,
    seed: Seed = 0,
    spots: Annotated[
        int | None,
        typer.Option(metavar="N", rich_help_panel=TISSUE, help="Number of spots. Without it, the seed decides."),
    ] = None,
    niches: Annotated[
        int | None,
        typer.Option(metavar="N", rich_help_panel=TISSUE, help="Number of niches. Without it, the seed decides."),
    ] = None,
    genes: Annotated[int, typer.Option(metavar="N", rich_help_panel=TISSUE, help="Number of genes.")] = 96,
) -> None:
    """Write a synthetic slide whose markers and niches are known."""
    from data_prep import anndata_keys as keys
    from data_prep.synth.tissue import make_tissue, to_anndata

    check_output(out, overwrite=overwrite)
    slide, truth = make_tissue(seed, n_spots=spots, n_niches=niches, n_genes=genes)
    with staged(out) as partial:
        to_anndata(slide, truth).write_h5ad(partial, compression="gzip")
    typer.echo(
        f"{out}: {slide.n_spots} spots x {slide.n_genes} genes, {len(slide.niches)} niches in obs['{keys.REGION}']"
    )
