"""`nichelens evaluate`: how good a model is, beside what can be had with less."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from app import console
from app.commands.options import ModelOptions, Overwrite, Seed, grouped
from app.commands.output_paths import claim_output
from data_prep.errors import NicheLensError
from data_prep.staging import staged

PLOTS_MARK = "plots.json"
"""A file that every folder of plots holds, by which an earlier one is known."""


@grouped
def evaluate(
    out: Annotated[
        Path,
        typer.Option(metavar="FILE.json", help="Scores to write; .md, .html and a folder .plots come beside it."),
    ],
    dataset: Annotated[
        str | None,
        typer.Argument(metavar="[DATASET]", help="Folder that `nichelens prep` wrote, or a Hub id."),
    ] = None,
    *,
    split: Annotated[str, typer.Option(metavar="NAME", help="Split to evaluate on.")] = "test_slide",
    suite: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="answers, depth, perception or robustness; may be repeated [default: all that the dataset allows].",
        ),
    ] = None,
    model: ModelOptions,
    limit: Annotated[
        int | None, typer.Option(min=4, help="Most questions of each part [default: the parts' own limits].")
    ] = None,
    with_base: Annotated[bool, typer.Option("--base/--no-base", help="Also ask the base without its adapter.")] = True,
    seed: Seed = 0,
    overwrite: Overwrite = False,
) -> None:
    """Score a model on a split, beside blank pictures, shuffled spots, the base, and what needs no picture.

    Without a dataset only the perception suite runs: its tissue is synthetic.
    """
    if out.suffix != ".json":
        message = f"{out}: must end in .json; its Markdown, page and plots are named after it"
        raise NicheLensError(message)
    page, words, plots = out.with_suffix(".html"), out.with_suffix(".md"), out.with_suffix(".plots")
    for file in (out, page, words):
        claim_output(file, overwrite=overwrite)
    claim_output(plots, overwrite=overwrite, folder_mark=PLOTS_MARK)

    from inference.evaluation.evaluation import SUITES, check_suites
    from inference.evaluation.evaluation import evaluate as evaluate_split
    from inference.evaluation.scorecard_page import plots_of, to_html, to_markdown

    suites = tuple(dict.fromkeys(suite or SUITES))
    check_suites(suites)
    engine = model.load()
    with console.steps() as advance:
        card = evaluate_split(
            engine, dataset, split, suites=suites, with_base=with_base, limit=limit, seed=seed, progress=advance
        )
    with staged(out) as partial:
        partial.write_text(json.dumps(card.to_json(), indent=2) + "\n", encoding="utf-8")
    with staged(page) as partial:
        partial.write_text(to_html(card), encoding="utf-8")
    with staged(words) as partial:
        partial.write_text(to_markdown(card, plots.name), encoding="utf-8")
    with staged(plots) as partial:
        partial.mkdir()
        drawn = plots_of(card)
        for plot in drawn:
            (partial / f"{plot.name}.png").write_bytes(plot.png)
        captions = {plot.name: plot.caption for plot in drawn}
        (partial / PLOTS_MARK).write_text(json.dumps(captions, indent=2) + "\n", encoding="utf-8")
    typer.echo(to_markdown(card))
