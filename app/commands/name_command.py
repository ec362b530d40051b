"""`nichelens name`: which cell type does each niche look like, or which name of a list fits it?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.find_command import harmless
from app.commands.knowledge_options import KnowledgeOptions
from app.commands.measuring import measure_slides
from app.commands.output_paths import files_read
from app.commands.shared_options import OUTPUT, QUESTION, Overwrite, SlideOptions
from app.commands.text_outputs import check_outputs, write_outputs

if TYPE_CHECKING:
    from data_prep.facts.facts import Facts

ENDINGS = (".csv", ".json")
COLUMNS = ("slice", "niche", "name", "why")


def name(
    slide: Annotated[list[Path], typer.Argument(metavar="SLIDE...", help="The slides.")],
    *,
    slide_options: SlideOptions,
    known: KnowledgeOptions,
    names: Annotated[
        list[str] | None,
        typer.Option(
            "--name",
            metavar="WORDS",
            rich_help_panel=QUESTION,
            help='A name to choose from, such as "white matter" or "layer 1". Give one for each name. Without it, '
            "niches are named by the cell types of the marker lists.",
        ),
    ] = None,
    out: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE.csv|.json",
            rich_help_panel=OUTPUT,
            help="Names to write. May be repeated.",
        ),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Name the niches by what is known, and say where no name fits.

    A name is no proof: the counts and the files decide, and the report of `nichelens describe` has the evidence.
    """
    outs = out or []
    check_outputs(outs, ENDINGS, overwrite=overwrite, inputs=[*slide, *files_read(slide_options, known)])
    known.require("names need knowledge")
    slides = known.attach(slide_options.load(slide))

    from data_prep.figures.spec import NATIVE_SIZE

    rows = [row for facts in measure_slides(slides, NATIVE_SIZE) for row in _rows(facts, names or [])]
    write_outputs(
        outs,
        {
            ".csv": lambda: _csv(rows),
            ".json": lambda: json.dumps(rows, indent=2, ensure_ascii=False) + "\n",
        },
    )
    for row in rows:
        typer.echo(f"{row['slice']}: {row['niche']}: {row['name'] or 'no name fits'} ({row['why']})")


def _rows(facts: Facts, names: list[str]) -> list[dict[str, Any]]:
    from data_prep.slide_loading import slide_label

    label = slide_label(facts.slide)
    if names:
        return [_chosen(label, one) for one in _choose(facts, names)]
    return [_typed(facts, label, niche) for niche in facts.shapes]


def _choose(facts: Facts, names: list[str]) -> list[Any]:
    from data_prep.facts.known.name_choice import choose_names

    return choose_names(facts, names)


def _chosen(label: str, chosen: Any) -> dict[str, Any]:
    """The row of a name from a list."""
    from data_prep.facts.known.name_choice import ORDER

    why = chosen.reason
    if chosen.name:
        by_words = f"by its words, {chosen.lead:.2f} ahead of other names and niches"
        why = "by the order of the layers" if chosen.by == ORDER else by_words
    return {"slice": label, "niche": chosen.niche, "name": chosen.name, "why": why}


def _typed(facts: Facts, label: str, niche: str) -> dict[str, Any]:
    """The row of a cell type."""
    from data_prep.claims import evidence_line
    from inference.answers.story.story_claims import likeness_entry

    entry, remark = likeness_entry(facts, niche)
    return {
        "slice": label,
        "niche": niche,
        "name": entry.claim.other if entry else "",
        "why": evidence_line(entry) if entry else remark,
    }


def _csv(rows: list[dict[str, Any]]) -> str:
    import pandas as pd

    table = pd.DataFrame(rows, columns=list(COLUMNS)).map(lambda cell: harmless(str(cell)))
    return str(table.to_csv(index=False))
