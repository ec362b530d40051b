"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SlideFile = Annotated[Path, typer.Argument(metavar="SLIDE", help="Slide: .h5ad, .zarr, or an outs folder.")]
SlideFiles = Annotated[list[Path], typer.Argument(metavar="SLIDE...", help="Slides: .h5ad, .zarr, or outs folders.")]
NicheKey = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="Column of obs with the niches; A,B: B for files without A.")
]
Slices = Annotated[list[str] | None, typer.Option("--slice", metavar="NAME", help="Only this slice; may be repeated.")]
SliceKey = Annotated[str, typer.Option(metavar="COLUMN", help="Column of obs that tells slices apart.")]
DonorKey = Annotated[str, typer.Option(metavar="COLUMN", help="Column of obs with the donor.")]
Layer = Annotated[str | None, typer.Option(metavar="NAME", help="Layer with the raw counts [default: X].")]
DropSmall = Annotated[
    bool, typer.Option("--drop-small-niches", help="Leave niches that are too small unlabelled instead of refusing.")
]
FindNiches = Annotated[bool, typer.Option("--find-niches", help="Compute the niches, where the file has none.")]
CellTypeKey = Annotated[str | None, typer.Option(metavar="COLUMN", help="Column of obs with cell types.")]
YAxis = Annotated[str | None, typer.Option(metavar="WAY", help="Where y points, down or up [default: as the format].")]
Unit = Annotated[str | None, typer.Option(metavar="NAME", help="Of the coordinates: pixel or micron.")]
GeneTable = Annotated[Path | None, typer.Option(metavar="FILE", help="Table of Ensembl ids and symbols.")]
Model = Annotated[
    str | None,
    typer.Option(metavar="FOLDER|HUB_ID", help="Base or adapter [default: the bundled nano base and adapter]."),
]
Endpoint = Annotated[
    str | None,
    typer.Option(
        "--endpoint",
        metavar="URL",
        help="Ask a model of this OpenAI-compatible server, which --model names; its key: NICHELENS_API_KEY.",
    ),
]
ServedName = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="What the server calls the model, where --model is its folder or Hub id."),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an earlier output.")]
Seed = Annotated[int, typer.Option(min=0, help="Decides every random draw.")]
