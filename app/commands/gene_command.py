"""`nichelens gene`: what a gene does, in the words of gene tables, without a model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from app.commands.knowledge_options import KNOWLEDGE
from app.commands.shared_options import AsJson
from data_prep.errors import NicheLensError


def gene(
    question: Annotated[
        str,
        typer.Argument(metavar="QUESTION", help='In quotes, such as "In which disease is CFTR involved?".'),
    ],
    *,
    knowledge: Annotated[
        list[Path],
        typer.Option(
            "--knowledge",
            metavar="FILE|FOLDER",
            rich_help_panel=KNOWLEDGE,
            help="Gene tables with summaries, or a folder of them (`nichelens fetch-knowledge`). May be repeated.",
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Answer a question about a gene with the sentences of its summary, each with its source."""
    from data_prep.knowledge.reading import read_knowledge
    from inference.gene_text.extractive import answer_from_sources

    if not question.strip():
        message = 'the question is empty; ask, for example, "What does MBP do?"'
        raise NicheLensError(message)
    genes = read_knowledge(knowledge).genes
    if not genes:
        message = "the files of --knowledge hold no gene table; give NCBI's gene_info and gene_summary, or one of both"
        raise NicheLensError(message)
    answer = answer_from_sources(question, genes)
    sentences = [{"text": one.text, "gene": one.gene, "source": str(one.citation)} for one in answer.sentences]
    if as_json:
        record = {"question": question, "sentences": sentences, "notes": list(answer.notes)}
        typer.echo(json.dumps(record, indent=2, ensure_ascii=False))
        return
    for one in sentences:
        typer.echo(f"{one['gene']}: {one['text']} [{one['source']}]")
    for note in answer.notes:
        typer.echo(note)
