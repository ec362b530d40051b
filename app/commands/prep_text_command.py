"""`nichelens prep-text`: questions about what genes do, from a table with summaries."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer

from app.commands.output_paths import check_output
from app.commands.shared_options import OUTPUT, QUESTION, Overwrite, Seed
from data_prep.errors import NicheLensError, suggest

logger = logging.getLogger(__name__)


def prep_text(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", help="The gene tables with summaries: .tsv or .csv, also as .gz, or folders."),
    ],
    *,
    species: Annotated[
        str, typer.Option(metavar="human|mouse", rich_help_panel=QUESTION, help="Species whose genes are asked about.")
    ] = "human",
    limit: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            rich_help_panel=QUESTION,
            help="Largest number of genes, drawn at random. Without it, all genes with a summary are used.",
        ),
    ] = None,
    out: Annotated[Path, typer.Option(metavar="FOLDER", rich_help_panel=OUTPUT, help="Dataset folder to write.")],
    overwrite: Overwrite = False,
    seed: Seed = 0,
) -> None:
    """Turn gene summaries into a dataset of questions and answers in words.

    Each answer is one to three sentences of a summary. No gene family stands in two splits.
    """
    from data_prep.dataset.loading import PROVENANCE_FILE
    from data_prep.gene_text.text_dataset import TextPrep, build_text_dataset
    from data_prep.knowledge.reading import read_knowledge
    from data_prep.knowledge.species import SPECIES

    if species not in SPECIES:
        message = f"--species {species}: {suggest(species, SPECIES, kind='species', show_all=True)}"
        raise NicheLensError(message)
    check_output(out, overwrite=overwrite, folder_mark=PROVENANCE_FILE, inputs=files)
    knowledge = read_knowledge(files)
    for note in knowledge.notes:
        logger.warning("%s", note)
    sizes = build_text_dataset(knowledge.genes, out, TextPrep(species, seed, limit))
    typer.echo(f"{out}: {', '.join(f'{split} {n_rows}' for split, n_rows in sizes.items())}")
