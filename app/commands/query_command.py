"""`nichelens query`: where else is tissue like a niche, or like a region that somebody picked?"""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.measuring import measure_slides
from app.commands.output_paths import files_read
from app.commands.shared_options import OUTPUT, QUESTION, Overwrite, SlideOptions
from app.commands.table_outputs import check_table, write_table
from app.commands.text_outputs import check_outputs, write_outputs
from data_prep.errors import NicheLensError
from data_prep.staging import staged

if TYPE_CHECKING:
    from data_prep.slide import Slide

ENDINGS = (".csv", ".json")


def query(
    slide: Annotated[
        list[Path],
        typer.Argument(metavar="SLIDE...", help="The slides: the one with the niche, and those to look in."),
    ],
    *,
    slide_options: SlideOptions,
    niche: Annotated[
        str, typer.Option(metavar="NAME", rich_help_panel=QUESTION, help="The niche that is looked for.")
    ] = "",
    spots: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=QUESTION,
            help="Text file with the names of the spots of a region, one a line. Instead of --niche.",
        ),
    ] = None,
    on: Annotated[
        str,
        typer.Option(
            metavar="SLICE",
            rich_help_panel=QUESTION,
            help="Slice with the niche or the region. Without it, the first one.",
        ),
    ] = "",
    out: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE.csv|.json",
            rich_help_panel=OUTPUT,
            help="Ranking of the niches of the other slides to write. May be repeated.",
        ),
    ] = None,
    spots_out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv|.parquet",
            rich_help_panel=OUTPUT,
            help="Ranking of the spots of the other slides to write.",
        ),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Find tissue on other slides that is like a niche or a region."""
    outs = out or []
    inputs = [*slide, *files_read(slide_options), *([] if spots is None else [spots])]
    check_outputs(outs, ENDINGS, overwrite=overwrite, inputs=inputs)
    if spots_out is not None:
        check_table(spots_out, overwrite=overwrite, inputs=[*inputs, *outs])
    if bool(niche) == (spots is not None):
        message = "name what is looked for: either --niche NAME or --spots FILE"
        raise NicheLensError(message)
    names = _read_names(spots) if spots is not None else None
    slides = slide_options.load(slide)
    asked = _asked(slides, on)

    from app.query_results import ask_for_like, picked_spots, query_of

    picked = None if names is None else picked_spots(asked, names)
    if niche:
        asked.niche_index(niche)

    from data_prep.figures.spec import NATIVE_SIZE

    first, *others = measure_slides([asked, *(other for other in slides if other is not asked)], NATIVE_SIZE)
    found = ask_for_like(*query_of(first, niche, picked), others)
    record = {"text": found.text, "is_new": found.is_new, "niches": found.niches.to_dict("records")}
    with ExitStack() as outputs:
        if spots_out is not None:
            write_table(found.spots, outputs.enter_context(staged(spots_out)))
        write_outputs(
            outs,
            {
                ".csv": lambda: found.niches.to_csv(index=False),
                ".json": lambda: json.dumps(record, indent=2, ensure_ascii=False) + "\n",
            },
        )
    typer.echo(found.text)


def _asked(slides: list[Slide], on: str) -> Slide:
    """The slide with the niche; there must be others."""
    from data_prep.errors import suggest
    from data_prep.slide_loading import slide_label

    labels = [slide_label(slide) for slide in slides]
    if len(slides) < 2:
        message = f"1 slide given ({labels[0]}); a niche query needs another one to look in (of one file, its slices)"
        raise NicheLensError(message)
    if on and on not in labels:
        message = f"no slice '{on}'; {suggest(on, labels, kind='slices', show_all=True)}"
        raise NicheLensError(message)
    return slides[labels.index(on) if on else 0]


def _read_names(path: Path) -> list[str]:
    """Names of spots, one a line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path}: cannot be read as a text file with one name of a spot a line"
        raise NicheLensError(message) from error
    names = [line.strip() for line in lines if line.strip()]
    if not names:
        message = f"{path}: holds no name of a spot; write one a line"
        raise NicheLensError(message)
    return names
