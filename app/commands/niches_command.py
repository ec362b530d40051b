"""`nichelens niches`: the niches of slides without labels, why so many, and how sure each spot is."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Annotated

import typer

from app import console
from app.anndata_copies import check_copy
from app.commands.output_paths import files_read
from app.commands.shared_options import OUTPUT, FileOptions, NicheSearchOptions, Overwrite
from app.commands.text_outputs import check_outputs, write_outputs
from data_prep import anndata_keys as keys
from data_prep.errors import NicheLensError
from data_prep.slide_loading import load_slides

COPIES = (".h5ad", ".zarr")
ENDINGS = (".csv", ".json", ".html", *COPIES)


def niches(
    slides: Annotated[
        list[Path],
        typer.Argument(metavar="SLIDE...", help="The slides. Several are looked at together."),
    ],
    *,
    search: NicheSearchOptions,
    files: FileOptions,
    out: Annotated[
        list[Path],
        typer.Option(
            metavar="FILE.csv|.json|.html|.h5ad",
            rich_help_panel=OUTPUT,
            help="What to write: the label of each spot as a table; number, reason and sizes as JSON, or with maps as "
            "a page; or a copy of the slide's file with the labels in obs. May be repeated.",
        ),
    ],
    overwrite: Overwrite = False,
) -> None:
    """Find the niches of slides without labels, and say why so many.

    Niches that a file has are ignored. On several slices and slides a niche has the same name.
    """
    options = search.niche_options()
    check_outputs(out, ENDINGS, overwrite=overwrite, inputs=[*slides, *files_read(search, files)])
    copies = [path for path in out if path.suffix in COPIES]
    for path in copies:
        if len(slides) > 1:
            message = f"{path}: a copy holds one file, and {len(slides)} are given; write their labels as .csv"
            raise NicheLensError(message)
        check_copy(slides[0], path)

    from app.niche_results import check_niche_column, write_niches_copy
    from data_prep.facts.niche_finding import find_niches
    from data_prep.read.formats import open_slide
    from inference.answers.found_niches import niche_labels, niche_search_page, niche_search_text

    if copies:
        check_niche_column(open_slide(slides[0]).obs, slides[0].name)
    read = load_slides(slides, files.read_options(), needs_niches=False)
    with console.shares() as progress:
        found = find_niches(read, options, progress)
    write_outputs(
        out,
        {
            ".csv": lambda: niche_labels.labels_csv(found),
            ".json": lambda: niche_search_text.to_json(found),
            ".html": lambda: niche_search_page.to_html(found),
        },
        dict.fromkeys(COPIES, lambda partial: write_niches_copy(slides[0], found, partial)),
    )
    names = ", ".join(map(str, out))
    typer.echo(f"{names}: {niche_search_text.summary(found)} {_next_step(slides, copies, search, files)}")


def _next_step(slides: Sequence[Path], copies: Sequence[Path], search: NicheSearchOptions, files: FileOptions) -> str:
    """The command that asks about the same niches."""
    if len(slides) > 1:
        asks = "nichelens.find_niches([...]).slides can be asked about"
        return f"Next, in Python: {asks} (--find-niches looks at each file alone)"
    if copies:
        given = [str(copies[0]), "--niche-key", keys.NICHE, *_as_typed(files)]
    else:
        given = [str(slides[0]), "--find-niches", *_as_typed(search), *_as_typed(files)]
    return f"Next: nichelens describe {shlex.join(given)} --out report.html"


def _as_typed(group: NicheSearchOptions | FileOptions) -> list[str]:
    """The options of a group that differ from their defaults, as somebody types them."""
    typed = []
    for option in fields(group):
        value = getattr(group, option.name)
        name = "--slice" if option.name == "slices" else f"--{option.name.replace('_', '-')}"
        if value is True:
            typed.append(name)
        elif value not in (None, [], option.default):
            typed += [part for item in (value if isinstance(value, list) else [value]) for part in (name, str(item))]
    return typed
