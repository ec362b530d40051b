"""`nichelens embed`: vectors of genes, spots and niches in an AnnData file, and genes with like maps."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from app import console
from app.commands.measuring import measure_slides
from app.commands.output_paths import check_output, files_read
from app.commands.shared_options import MODEL, OUTPUT, QUESTION, ModelOptions, Overwrite, SlideOptions
from app.commands.table_outputs import check_table, write_table
from data_prep import anndata_keys as keys
from data_prep.errors import NicheLensError


def embed(
    slide: Annotated[
        list[Path], typer.Argument(metavar="SLIDE...", help="The slides. A file with several slices gives them all.")
    ],
    *,
    slide_options: SlideOptions,
    like: Annotated[
        str | None,
        typer.Option(
            metavar="SYMBOL",
            rich_help_panel=QUESTION,
            help="Print the genes of one slice whose maps are most like that of this gene.",
        ),
    ] = None,
    n_genes: Annotated[
        int, typer.Option(metavar="N", min=1, rich_help_panel=QUESTION, help="Number of genes that --like prints.")
    ] = 10,
    tower: Annotated[
        bool,
        typer.Option(
            "--tower",
            rich_help_panel=MODEL,
            help="Also write what the vision tower of the model makes of the genes' maps. It is no better.",
        ),
    ] = False,
    model: ModelOptions,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.h5ad", rich_help_panel=OUTPUT, help="AnnData with counts and vectors of all slides to write."
        ),
    ] = None,
    genes_out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv|.parquet", rich_help_panel=OUTPUT, help="Table of the vectors of the genes to write."
        ),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Write vectors of genes, spots and niches into an AnnData file."""
    if out is None and genes_out is None and like is None:
        message = "nothing to do; give --out FILE.h5ad, --genes-out FILE.csv or --like SYMBOL"
        raise NicheLensError(message)
    inputs = [*slide, *files_read(slide_options)]
    if out is not None:
        if out.suffix != ".h5ad":
            message = f"{out}: vectors are written to .h5ad files; choose a name with this ending"
            raise NicheLensError(message)
        check_output(out, overwrite=overwrite, inputs=inputs)
    if tower and out is None:
        message = "--tower needs --out FILE.h5ad, where its vectors are written"
        raise NicheLensError(message)
    if genes_out is not None:
        check_table(genes_out, overwrite=overwrite, inputs=inputs)
    slides = slide_options.load(slide)
    if like is not None:
        if len(slides) > 1:
            message = f"--like is about one slice, and {len(slides)} are given; choose one with --slice"
            raise NicheLensError(message)
        slides[0].gene_index(like)
    engine = model.load() if tower else None

    from app.embedding_results import embedded, gene_table, genes_like
    from data_prep.figures.spec import NATIVE_SIZE
    from data_prep.staging import staged

    facts = measure_slides(slides, engine.image_size if engine else NATIVE_SIZE)
    if like is not None:
        found = genes_like(facts[0], like, n_genes)
        typer.echo(f"{facts[0].slide.name}: genes whose maps are most like that of {like}")
        typer.echo(found.to_string(index=False, float_format="{:.2f}".format))
    if out is None and genes_out is None:
        return
    with console.progress("looking at maps") as advance:
        adata = embedded(facts, engine, progress=advance)
    with ExitStack() as outputs:
        if genes_out is not None:
            write_table(gene_table(adata), outputs.enter_context(staged(genes_out)))
        if out is not None:
            adata.write_h5ad(outputs.enter_context(staged(out)))
    about = f"{adata.n_obs:,} spots and {adata.n_vars:,} genes of {', '.join(adata.uns[keys.EMBEDDING]['slides'])}"
    typer.echo(f"{', '.join(str(path) for path in (out, genes_out) if path is not None)}: vectors of {about}")
