"""Arguments and options that several commands share: the slide, the model, the output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app import console
from app.commands.config_file import use_config_file
from app.commands.option_groups import GENERAL
from data_prep.errors import NicheLensError
from data_prep.knowledge.marker_lists import read_marker_lists
from data_prep.niche_options import NORMALISATIONS, NicheOptions, Preparation
from data_prep.read.options import ReadOptions
from data_prep.slide_loading import load_slides

if TYPE_CHECKING:
    from data_prep.slide import Slide
    from inference.engine.engine import Engine

SLIDE = "Slide"
QUESTION = "Question"
MODEL = "Model"
OUTPUT = "Output"
"""Headings of groups of options in `--help`."""

SlideFile = Annotated[
    Path,
    typer.Argument(metavar="SLIDE", help="The slide: an .h5ad or .zarr, or an outs folder of Space Ranger or Xenium."),
]
NicheKeys = Annotated[
    list[str] | None,
    typer.Option(
        "--niche-key",
        metavar="COLUMN",
        rich_help_panel=SLIDE,
        help="Column of obs with the niches. May be repeated: the first column that a file has is used.",
    ),
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", rich_help_panel=OUTPUT, help="Replace an output that exists already.")
]
Seed = Annotated[int, typer.Option(metavar="N", min=0, rich_help_panel=GENERAL, help="Seed of all random draws.")]
Genes = Annotated[
    list[str] | None,
    typer.Option(
        "--gene",
        metavar="SYMBOL",
        rich_help_panel=QUESTION,
        help="Ask only about this gene. May be repeated.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", rich_help_panel=OUTPUT, help="Print JSON for other programs.")]


@dataclass(frozen=True)
class NicheColumnOptions:
    """Where niches and cell types come from."""

    niche_key: NicheKeys = None
    drop_small_niches: Annotated[
        bool,
        typer.Option(
            "--drop-small-niches",
            rich_help_panel=SLIDE,
            help="Leave the spots of niches that are too small unlabelled. Without it, such a slide is an error.",
        ),
    ] = False
    cell_type_key: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            rich_help_panel=SLIDE,
            help="Column of obs with cell types. Without it, nothing is said about cell types.",
        ),
    ] = None
    find_niches: Annotated[
        bool,
        typer.Option(
            "--find-niches",
            rich_help_panel=SLIDE,
            help="Compute niches, for a file that has no column with them. `nichelens niches` shows how.",
        ),
    ] = False


@dataclass(frozen=True)
class PreparationOptions:
    """How counts are prepared before niches are computed."""

    normalisation: Annotated[
        str,
        typer.Option(
            metavar="|".join(NORMALISATIONS),
            rich_help_panel=SLIDE,
            help="How counts are normalised before niches are computed.",
        ),
    ] = Preparation.normalisation
    genes_used: Annotated[
        int,
        typer.Option(
            metavar="N", rich_help_panel=SLIDE, help="Compute niches from so many of the genes, the most variable ones."
        ),
    ] = Preparation.n_genes
    n_components: Annotated[
        int,
        typer.Option(
            metavar="N", rich_help_panel=SLIDE, help="Number of principal components that niches are computed from."
        ),
    ] = Preparation.n_components
    pool: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            rich_help_panel=SLIDE,
            help="Number of spots that are pooled around each spot. Without it, the layout of the spots decides.",
        ),
    ] = None
    auto: Annotated[
        bool,
        typer.Option(
            "--auto",
            rich_help_panel=SLIDE,
            help="Choose normalisation, genes, components and number of niches by count splitting. On annotated slides "
            "the defaults were better (docs/choices.md).",
        ),
    ] = False

    def preparation(self) -> Preparation:
        """The same options for `find_niches`."""
        return Preparation(self.normalisation, self.genes_used, self.n_components, self.pool)


@dataclass(frozen=True)
class NicheSearchOptions(PreparationOptions):
    """Which niches to compute."""

    n_niches: Annotated[
        int | None,
        typer.Option(
            "--n-niches",
            metavar="N",
            rich_help_panel=SLIDE,
            help="Number of niches to compute. Without it, the number is found.",
        ),
    ] = None
    scale: Annotated[
        str,
        typer.Option(
            "--scale",
            metavar="coarse|middle|fine",
            rich_help_panel=SLIDE,
            help="Compute fewer and larger, or more and smaller niches.",
        ),
    ] = "middle"
    cell_type_lists: Annotated[
        Path | None,
        typer.Option(
            "--cell-type-lists",
            metavar="FILE",
            rich_help_panel=SLIDE,
            help="Marker genes of cell types (.gmt, .tsv, .csv): the names of computed niches say which type may fit.",
        ),
    ] = None

    def niche_options(self) -> NicheOptions:
        """The same options for `find_niches`."""
        lists = read_marker_lists(self.cell_type_lists) if self.cell_type_lists else {}
        return NicheOptions(self.n_niches, self.scale, self.preparation(), cell_type_lists=lists, auto=self.auto)


@dataclass(frozen=True)
class FileOptions:
    """Which parts of the slide files to read."""

    slices: Annotated[
        list[str] | None,
        typer.Option(
            "--slice",
            metavar="NAME",
            rich_help_panel=SLIDE,
            help="Use only this slice. May be repeated. Without it, all slices are used.",
        ),
    ] = None
    slice_key: Annotated[
        str, typer.Option(metavar="COLUMN", rich_help_panel=SLIDE, help="Column of obs that names the slice of a spot.")
    ] = "slice"
    donor_key: Annotated[
        str, typer.Option(metavar="COLUMN", rich_help_panel=SLIDE, help="Column of obs that names the donor of a spot.")
    ] = "donor"
    layer: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            rich_help_panel=SLIDE,
            help="Layer with the raw counts. Without it, they are read from X.",
        ),
    ] = None
    y_axis: Annotated[
        str | None,
        typer.Option(
            metavar="down|up",
            rich_help_panel=SLIDE,
            help="Direction in which y grows. Without it, the convention of the file format is used.",
        ),
    ] = None
    unit: Annotated[
        str | None,
        typer.Option(
            metavar="pixel|micron",
            rich_help_panel=SLIDE,
            help="Unit of the coordinates. Without it, the unit of the file format is used, if it has one.",
        ),
    ] = None
    gene_table: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=SLIDE,
            help="Table of Ensembl ids and gene symbols, for a file that names genes by their ids only.",
        ),
    ] = None

    def __post_init__(self) -> None:
        """Refuses unknown words before a command does anything else."""
        self.read_options()

    def read_options(self) -> ReadOptions:
        """The same options for `load_slides`; niches are neither read nor computed."""
        return ReadOptions(
            slices=tuple(self.slices or ()),
            slice_key=self.slice_key,
            donor_key=self.donor_key,
            layer=self.layer,
            y_axis=self.y_axis,
            unit=self.unit,
            gene_table=self.gene_table,
        )


@dataclass(frozen=True)
class SlideOptions(FileOptions, NicheSearchOptions, NicheColumnOptions):
    """Which columns and parts of the slide files to read, and which niches to compute.

    `--help` lists the options of the last base first.
    """

    def read_options(self) -> ReadOptions:
        """The same options for `load_slides`."""
        return replace(
            super().read_options(),
            niche_keys=tuple(self.niche_key or ()),
            drop_small_niches=self.drop_small_niches,
            cell_type_key=self.cell_type_key,
            find_niches=self.find_niches,
            niches=self.niche_options(),
        )

    def load(self, paths: Sequence[Path]) -> list[Slide]:
        """The chosen slices of all files. A search for niches shows how far it is."""
        if not self.find_niches:
            return load_slides(paths, self.read_options())
        with console.shares() as progress:
            return load_slides(paths, self.read_options(), progress)


@dataclass(frozen=True)
class ModelOptions:
    """Which model answers, and where it runs."""

    model: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER|HUB_ID",
            rich_help_panel=MODEL,
            help="Base or adapter. Without it, the bundled nichelens-nano answers.",
        ),
    ] = None
    endpoint: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            rich_help_panel=MODEL,
            help="Address of an OpenAI-compatible server that runs the model named by --model. If the server needs a "
            "key, set NICHELENS_API_KEY.",
        ),
    ] = None
    served_name: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            rich_help_panel=MODEL,
            help="Name of the model on the server. Give it if --model is the folder or the Hub id of the model.",
        ),
    ] = None

    def load(self) -> Engine:
        """The engine that asks this model."""
        from inference.engine.load_engine import load_engine

        return load_engine(self.model, endpoint=self.endpoint, served_name=self.served_name)


@dataclass(frozen=True)
class GeneralOptions:
    """What every command understands. Creating it sets how much the command writes."""

    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.yaml",
            is_eager=True,
            callback=use_config_file,
            rich_help_panel=GENERAL,
            help="Read options from a YAML file (`niche-key: region`). Options on the command line win.",
        ),
    ] = None
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", rich_help_panel=GENERAL, help="Show no progress and no warnings.")
    ] = False
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", rich_help_panel=GENERAL, help="Also show what the libraries report.")
    ] = False

    def __post_init__(self) -> None:
        """Applies the verbosity; without a switch, that of `nichelens --quiet COMMAND` stays."""
        choose_verbosity(quiet=self.quiet, verbose=self.verbose)


def choose_verbosity(*, quiet: bool, verbose: bool) -> None:
    """Applies `--quiet` or `--verbose`.

    Raises:
        NicheLensError: both were given.
    """
    if quiet and verbose:
        message = "--quiet and --verbose exclude each other; give one of them"
        raise NicheLensError(message)
    if quiet or verbose:
        console.configure_logging(console.Verbosity.QUIET if quiet else console.Verbosity.VERBOSE)
