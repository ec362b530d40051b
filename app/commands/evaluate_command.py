"""`nichelens evaluate`: scores of a model, beside its controls."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from app import console
from app.commands.output_paths import check_output
from app.commands.shared_options import MODEL, OUTPUT, ModelOptions, Overwrite, Seed
from data_prep.errors import NicheLensError
from data_prep.split_names import TEST_SLIDE
from data_prep.staging import staged

PLOTS_MARK = "plots.json"
"""A file that every folder of plots holds. It tells such a folder from folders that NicheLens did not write."""
MEASUREMENT = "Measurement"


def evaluate(
    dataset: Annotated[
        str | None,
        typer.Argument(
            metavar="DATASET",
            help="A dataset folder that `nichelens prep` or `nichelens prep-text` wrote, or a Hub id. Without it, only "
            "the perception suite runs.",
        ),
    ] = None,
    *,
    split: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            rich_help_panel=MEASUREMENT,
            help="Split of the dataset to evaluate on. Without it, test_slide, or test for questions about genes in "
            "words.",
        ),
    ] = None,
    suite: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            rich_help_panel=MEASUREMENT,
            help="Suite: claims, interview, depth, perception, robustness or prose. May be repeated. Without it, "
            "all suites run that the dataset allows.",
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=4,
            rich_help_panel=MEASUREMENT,
            help="Largest number of questions in each part. Without it, each part has its own limit.",
        ),
    ] = None,
    model: ModelOptions,
    with_base: Annotated[
        bool,
        typer.Option("--base/--no-base", rich_help_panel=MODEL, help="Also score the base without its adapter."),
    ] = True,
    out: Annotated[
        Path,
        typer.Option(
            metavar="FILE.json",
            rich_help_panel=OUTPUT,
            help="Scores to write. The same name with .md, .html and .plots holds text, web page and plots.",
        ),
    ],
    overwrite: Overwrite = False,
    seed: Seed = 0,
) -> None:
    """Score a model on a split of a dataset.

    The scores stand beside those of its controls: blank pictures, shuffled spots, the base without its adapter, and
    methods that need no model. Without a dataset only the perception suite runs, on synthetic tissue. A dataset of
    questions about genes in words has scores of its own, without page and plots.
    """
    from data_prep.gene_text.text_loading import is_text_dataset
    from data_prep.gene_text.text_splits import TEST

    if out.suffix != ".json":
        message = f"{out}: must end in .json; its text, web page and plots are named after it"
        raise NicheLensError(message)
    if dataset is not None and is_text_dataset(dataset):
        if suite:
            message = f"--suite {suite[0]}: {dataset} holds questions in words, which have one suite; leave it out"
            raise NicheLensError(message)
        _evaluate_words(
            dataset, split or TEST, model, out, with_base=with_base, limit=limit, seed=seed, overwrite=overwrite
        )
        return
    page, words, plots = out.with_suffix(".html"), out.with_suffix(".md"), out.with_suffix(".plots")
    for file in (out, page, words):
        check_output(file, overwrite=overwrite)
    check_output(plots, overwrite=overwrite, folder_mark=PLOTS_MARK)

    from inference.evaluation.evaluation import SUITES, check_suites
    from inference.evaluation.evaluation import evaluate as evaluate_split
    from inference.evaluation.scorecard.scorecard_page import plots_of, to_html, to_markdown

    suites = tuple(dict.fromkeys(suite or SUITES))
    check_suites(suites)
    engine = model.load()
    with console.steps() as advance:
        card = evaluate_split(
            engine,
            dataset,
            split or TEST_SLIDE,
            suites=suites,
            with_base=with_base,
            limit=limit,
            seed=seed,
            progress=advance,
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


def _evaluate_words(
    dataset: str,
    split: str,
    model: ModelOptions,
    out: Path,
    *,
    with_base: bool,
    limit: int | None,
    seed: int,
    overwrite: bool,
) -> None:
    """Scores a model on questions about genes in words. Writes JSON and text."""
    words = out.with_suffix(".md")
    for file in (out, words):
        check_output(file, overwrite=overwrite)

    from inference.engine.load_engine import load_engine
    from inference.evaluation.suites.gene_text_answers import evaluate_gene_text

    engine = load_engine(model.model, endpoint=model.endpoint, served_name=model.served_name, reads_pictures=False)
    with console.steps() as advance:
        card = evaluate_gene_text(engine, dataset, split, with_base=with_base, limit=limit, seed=seed, progress=advance)
    with staged(out) as partial:
        partial.write_text(json.dumps(card.to_json(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    with staged(words) as partial:
        partial.write_text(card.to_markdown(), encoding="utf-8")
    typer.echo(card.to_markdown())
