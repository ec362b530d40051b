"""The `nichelens` command.

    nichelens prep SLIDE.h5ad... --niche-key region --out DATASET
    nichelens lint DATASET
    nichelens ask SLIDE.h5ad --niche-key region --niche "Layer 3" --gene GFAP
    nichelens markers SLIDE.h5ad --niche-key region --out markers.csv
    nichelens describe SLIDE.h5ad --niche-key region --out report.html
    nichelens evaluate DATASET --model ADAPTER --split test_slide --out eval.json [--suite answers]
    nichelens calibrate DATASET --model ADAPTER
    nichelens plan --model Qwen/Qwen3.5-2B --dataset DATASET --gpus 8 --price 2.50
    nichelens push ADAPTER org/name [--private] [--dataset DATASET]
    nichelens export ADAPTER --out FOLDER
    nichelens demo [SLIDE.h5ad] [--port 7860] [--endpoint http://host:8000/v1 --model NAME]
    nichelens synth --out slide.h5ad --seed 0

Exits 0 on success and 2 on bad input, with one line on stderr. Heavy imports happen inside the commands, so that
`--help` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from app import console
from app.commands.evaluate import evaluate
from app.commands.lint import lint
from app.commands.options import ModelOptions, NicheKey, Overwrite, Seed, SlideFile, grouped
from app.commands.output_paths import claim_output
from app.commands.plan import plan
from app.commands.prep import prep
from app.commands.push import export, push
from app.slide_input import ReadConfig, read_all, slide_label, with_niche
from data_prep.errors import NicheLensError
from data_prep.staging import staged

cli = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Ask a vision-language model about the niches of a slide, and check every sentence against the counts.",
)

cli.command()(prep)
cli.command()(lint)


@cli.command()
@grouped
def ask(
    slide: SlideFile,
    niche: Annotated[str, typer.Option(metavar="NAME", help="The niche to ask about.")],
    gene: Annotated[list[str], typer.Option(metavar="SYMBOL", help="The gene to ask about; may be repeated.")],
    *,
    question: Annotated[
        str, typer.Option(metavar="TEXT", help="Your own words [default: is this gene a marker of the niche?].")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
    model: ModelOptions,
    reading: ReadConfig,
) -> None:
    """Ask about genes in a niche: the answer, its probability, and what the counts say of each claim."""
    found = with_niche(read_all([slide], reading), niche)
    for section in found:
        for symbol in gene:
            section.gene_index(symbol)

    from app.commands.terminal import ask_all

    ask_all(model.load(), found, gene, niche, question, as_json=as_json)


@cli.command()
@grouped
def markers(
    slide: SlideFile,
    out: Annotated[Path, typer.Option(metavar="FILE.csv", help="Table to write.")],
    *,
    gene: Annotated[
        list[str] | None, typer.Option(metavar="SYMBOL", help="Only this gene; may be repeated [default: all].")
    ] = None,
    genes: Annotated[
        int | None,
        typer.Option(min=1, help="Only so many genes of a slice, the most variable first [default: all]."),
    ] = None,
    model: ModelOptions,
    reading: ReadConfig,
    overwrite: Overwrite = False,
) -> None:
    """Ask of every gene whether it marks each niche; write a table."""
    claim_output(out, overwrite=overwrite, inputs=[slide])
    found = read_all([slide], reading)
    for symbol in gene or ():
        for section in found:
            section.gene_index(symbol)

    import time

    import pandas as pd

    from data_prep.facts.facts import Facts
    from data_prep.facts.variable_genes import variable_genes
    from inference.answers.screen import screen_markers

    engine = model.load()
    tables = []
    seconds = 0.0
    for section in found:
        facts = Facts.measure(section, engine.image_size)
        shown = variable_genes(section, genes) if genes and not gene else gene
        started = time.monotonic()
        with console.progress(slide_label(section)) as report:
            tables.append(screen_markers(engine, facts, shown, progress=report))
        seconds += time.monotonic() - started
    table = pd.concat(tables, ignore_index=True)
    with staged(out) as partial:
        table.to_csv(partial, index=False, float_format="%.6g")
    counted = ", ".join(f"{word} {n}" for word, n in table["verdict"].value_counts().items())
    typer.echo(f"{out}: {len(table)} answers ({counted}), {len(table) / seconds:.0f} a second")


@cli.command()
@grouped
def describe(
    slide: SlideFile,
    out: Annotated[Path, typer.Option(metavar="FILE.html", help="Report to write: one self-contained page.")],
    *,
    genes: Annotated[int, typer.Option(min=4, help="Genes asked for each niche, the most variable first.")] = 300,
    model: ModelOptions,
    reading: ReadConfig,
    overwrite: Overwrite = False,
) -> None:
    """Describe every niche with pictures, words and evidence; write a web page."""
    claim_output(out, overwrite=overwrite, inputs=[slide])
    found = read_all([slide], reading)

    from data_prep.facts.facts import Facts
    from inference.answers.report import report

    engine = model.load()
    facts: list[Facts] = []
    with console.progress("measuring") as advance:
        for section in found:
            advance(len(facts), len(found))
            facts.append(Facts.measure(section, engine.image_size))
    with console.progress("asking") as advance:
        page = report(engine, facts, n_genes=genes, progress=advance)
    with staged(out) as partial:
        partial.write_text(page, encoding="utf-8")
    typer.echo(f"{out}: {sum(len(f.shapes) for f in facts)} niches described")


cli.command()(evaluate)


@cli.command()
def calibrate(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="Folder that `nichelens prep` wrote, or a Hub id.")],
    model: Annotated[Path, typer.Option(metavar="FOLDER", help="Adapter or base; gets a calibration.json.")],
    split: Annotated[str, typer.Option(metavar="NAME", help="Split that the model did not learn from.")] = "validation",
) -> None:
    """Make a model honest, in its probabilities and its words, on questions that it did not learn from."""
    from inference.engine.confidence import NEVER
    from inference.engine.engine import Engine
    from inference.evaluation.calibration_fit import calibrate as fit
    from inference.model.calibration import save_calibration

    engine = Engine.load(model)
    with console.progress("asking") as report:
        calibration = fit(engine, dataset, split, progress=report)
    file = save_calibration(calibration, model)
    typer.echo(f"{file}: temperature {calibration.temperature:.3g}, bias {calibration.bias:+.3g}")
    said = [f"{kind} from {least:.2g}" for kind, least in calibration.sureness.items() if least < NEVER]
    never = [kind for kind, least in calibration.sureness.items() if least >= NEVER]
    typer.echo(f"says, when so sure: {', '.join(said) or 'nothing'}; never says: {', '.join(never) or 'nothing'}")


cli.command()(plan)
cli.command()(push)
cli.command()(export)


@cli.command()
def synth(
    out: Annotated[Path, typer.Option(metavar="FILE.h5ad", help="Slide to write.")],
    seed: Seed = 0,
    spots: Annotated[int | None, typer.Option(help="Number of spots [default: drawn from the seed].")] = None,
    niches: Annotated[int | None, typer.Option(help="Number of niches [default: drawn from the seed].")] = None,
    genes: Annotated[int, typer.Option(help="Number of genes.")] = 96,
    overwrite: Overwrite = False,
) -> None:
    """Write a synthetic slide with planted truth."""
    from data_prep.synth.tissue import NICHE_KEY, make_tissue, to_anndata

    claim_output(out, overwrite=overwrite)
    slide, truth = make_tissue(seed, n_spots=spots, n_niches=niches, n_genes=genes)
    with staged(out) as partial:
        to_anndata(slide, truth).write_h5ad(partial, compression="gzip")
    typer.echo(
        f"{out}: {slide.n_spots} spots x {slide.n_genes} genes, {len(slide.niches)} niches in obs['{NICHE_KEY}']"
    )


@cli.command()
@grouped
def demo(
    slide: Annotated[Path | None, typer.Argument(metavar="[SLIDE.h5ad]", help="Slide to open on.")] = None,
    *,
    niche_key: NicheKey = None,
    model: ModelOptions,
    host: Annotated[str, typer.Option(help="Address to serve on; 0.0.0.0 for the whole network.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to serve on.")] = 7860,
) -> None:
    """Serve the web page."""
    from app.web.page import build_demo, check_port, launch
    from app.web.visits import open_bench

    check_port(host, port)
    bench = open_bench(slide, niche_key) if slide else None

    launch(build_demo(model.load(), bench), host=host, port=port)


def _command(arguments: Sequence[str]) -> str:
    """The subcommand of a command line with a space after it, "" where it has none."""
    known = {info.name or getattr(info.callback, "__name__", "") for info in cli.registered_commands}
    return f"{arguments[0]} " if arguments[0] in known else ""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line and gives its exit code: 0, 2 on bad input, 130 on Ctrl-C."""
    console.settle()
    arguments = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    try:
        return cli(arguments, prog_name="nichelens", standalone_mode=False) or 0
    except NicheLensError as error:
        return console.fail(str(error))
    except typer.TyperException as error:
        return console.fail(f"{error.format_message().rstrip('.')}; see nichelens {_command(arguments)}--help")
    except typer.Abort:
        return 130
    except OSError as error:
        if error.strerror is None:
            raise
        return console.fail(f"{error.filename or 'output'}: {error.strerror}")


if __name__ == "__main__":
    sys.exit(main())
