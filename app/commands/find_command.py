"""`nichelens find`: which niche do these words describe?"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.knowledge_options import KnowledgeOptions
from app.commands.measuring import measure_slides
from app.commands.output_paths import files_read
from app.commands.shared_options import MODEL, OUTPUT, Overwrite, SlideOptions
from app.commands.text_outputs import check_outputs, write_outputs

if TYPE_CHECKING:
    import pandas as pd

    from data_prep.facts.known.search.word_search import WordSearch

ENDINGS = (".csv", ".json")
SHOWN_ROWS, SHOWN_GENES = 5, 8
"""Niches and genes that are printed."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet runs a cell that begins with one of these as a formula."""


def find(
    slide: Annotated[
        list[Path], typer.Argument(metavar="SLIDE...", help="The slides to look in. A file gives all its slices.")
    ],
    phrase: Annotated[
        str,
        typer.Argument(metavar="WORDS", help="What is looked for, in English and in quotes: cells, processes, places."),
    ],
    *,
    slide_options: SlideOptions,
    knowledge: KnowledgeOptions,
    embed_model: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER|HUB_ID",
            rich_help_panel=MODEL,
            help="Compare words by this sentence model (safetensors). Without it, by the words that texts share.",
        ),
    ] = None,
    out: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE.csv|.json",
            rich_help_panel=OUTPUT,
            help="Ranking of the niches to write. May be repeated. JSON has the genes, too.",
        ),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Find the niches that words describe, and say why."""
    outs = out or []
    check_outputs(outs, ENDINGS, overwrite=overwrite, inputs=[*slide, *files_read(slide_options, knowledge)])
    knowledge.require("words mean nothing without knowledge")
    slides = knowledge.attach(slide_options.load(slide))

    from data_prep.facts.known.search.word_search import find_niches_by_words
    from data_prep.figures.spec import NATIVE_SIZE

    vectors = None
    if embed_model is not None:
        from inference.answers.finding.sentence_model import load_sentence_model

        vectors = load_sentence_model(embed_model)
    found = find_niches_by_words(measure_slides(slides, NATIVE_SIZE), phrase, vectors)
    write_outputs(
        outs,
        {
            ".csv": lambda: _table(found).to_csv(index=False),
            ".json": lambda: json.dumps(asdict(found), indent=2, ensure_ascii=False) + "\n",
        },
    )
    typer.echo(_told(found))


def _table(found: WordSearch) -> pd.DataFrame:
    import pandas as pd

    rows = [
        (niche.rank, harmless(niche.slice), harmless(niche.niche), round(niche.score, 4), harmless(niche.why))
        for niche in found.niches
    ]
    return pd.DataFrame(rows, columns=["rank", "slice", "niche", "score", "why"])


def harmless(text: str) -> str:
    """A cell that no spreadsheet runs: an apostrophe stands before what begins like a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _told(found: WordSearch) -> str:
    if found.refusal:
        return "\n".join([found.refusal, *found.notes])
    lines = [
        f"{niche.rank}. {niche.niche} of {niche.slice}, score {niche.score:.2f}: {niche.why}"
        for niche in found.niches[:SHOWN_ROWS]
    ]
    if found.unknown:
        lines.append(f"Not understood: {', '.join(found.unknown)}.")
    lines += found.notes
    if found.is_weak:
        lines.append("The evidence is weak: niches of shuffled spots often show as much.")
    raised = [f"{gene.gene} ({gene.niche} {gene.log2fc:+.1f})" for gene in found.genes if gene.niche][:SHOWN_GENES]
    if raised:
        lines.append(f"Genes that fit the words and mark a niche, with log2 fold changes: {', '.join(raised)}.")
    return "\n".join(lines)
