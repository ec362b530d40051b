"""NicheLens in a notebook: the functions behind the `nichelens` commands, on files and on AnnData objects.

    import nichelens

    slide = nichelens.read("slide.h5ad", niche_key="region")  # a path, or an AnnData in memory
    engine = nichelens.load_engine()  # the bundled model; or a folder, or a Hub id
    answer = nichelens.ask(slide, niche="Niche C", gene="GENE014", engine=engine)  # words, probability, ledger
    answer.twin().words  # asks again with a blank picture and shuffled spots: what was seen?
    table = nichelens.screen(slide, top_genes=50, engine=engine)  # a DataFrame: gene x niche
    nichelens.card(slide, "GENE014", "Niche C", engine)  # the evidence for one gene; .save("card.html")
    report = nichelens.describe(slide, engine=engine)  # every niche; report.save("report.html")
    nichelens.compare(slide, niche="Niche C", against="Niche A", engine=engine)  # or two slides: what changed?
    nichelens.draw(slide, "focus", gene="GENE014", niche="Niche C")  # the picture that the model reads

`nichelens.find_niches("slide.h5ad")` finds the niches of a slide without labels, to ask about with its ``.slides``;
`choose(slide)` says how to prepare its counts for that.
`nichelens.check(slide)` says whether a slide is good enough, and for what. `match(slides)` says which niches of several
slices are the same, `niches_like` where else tissue is like a niche, `similar_genes` which genes have like maps, and
`embed` writes vectors of them. `know(slide, FOLDER)` adds what files say of genes, and `may_be(slide, niche)` then says
what a niche may be, each sentence checked or cited; `find(slide, "white matter")` finds niches by words.
`nichelens.write_back(adata, table)` puts a table into the AnnData object, and `nichelens.evaluate` scores a model.
Bad input raises `NicheLensError` with one line: what is wrong, where, and what to do.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.across_results import bundled_engine, compare, match
from app.card_results import card
from app.choice_results import choose
from app.embedding_results import embed, similar_genes
from app.known_results import find, know, may_be
from app.niche_results import Niches, find_niches
from app.notebook import Answer, Report, Slides, check_shown
from app.notebook_tables import claims_table, score_table
from app.quality_results import check
from app.query_results import niches_like
from app.slide_source import read
from data_prep.errors import NicheLensError

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData
    from PIL.Image import Image

    from inference.engine.engine import Engine

__all__ = [
    "Answer",
    "NicheLensError",
    "Niches",
    "Report",
    "Slides",
    "ask",
    "card",
    "check",
    "choose",
    "compare",
    "describe",
    "draw",
    "embed",
    "evaluate",
    "find",
    "find_niches",
    "know",
    "load_engine",
    "main",
    "match",
    "may_be",
    "niches_like",
    "read",
    "screen",
    "similar_genes",
    "write_back",
]
__version__ = "0.1.0"

Progress = Callable[[int, int], None]
"""Called with (questions answered so far, all questions)."""


def load_engine(
    model: str | Path | None = None,
    *,
    device: str | None = None,
    endpoint: str | None = None,
    served_name: str | None = None,
) -> Engine:
    """Loads a model, or finds the server that has it.

    Args:
        model: folder or Hub id (`org/name` or `org/name@revision`) of a base or an adapter; None for the bundled one.
        device: for example ``cpu`` or ``cuda:0``; None takes a GPU if there is one.
        endpoint: address of an OpenAI-compatible server; None loads the model here.
        served_name: name of the model on the server, if it differs from `model`.

    Raises:
        NicheLensError: there is no such model or server, or the model does not fit.
    """
    from inference.engine import load_engine as loading

    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # it warns of kernels that nothing here uses
    return loading.load_engine(model, device=device, endpoint=endpoint, served_name=served_name)


def ask(
    slide: Slides, niche: str = "", gene: str = "", question: str | None = None, engine: Engine | None = None
) -> Answer:
    """Asks about one gene in one niche, or a question in your own words, as `nichelens ask` does.

    Args:
        slide: of `read`. If several slices have the niche, choose one first: ``slide["S1"]``.
        niche: name. With a question, what "this niche" means; it may be left out.
        gene: symbol; likewise.
        question: your own words, such as "Is COL1A1 a marker of Stroma?"; None asks whether the gene marks the niche,
            where it is in the niche and in the tissue, and with which pattern.
        engine: of `load_engine`; None for the bundled model.

    Raises:
        NicheLensError: there is no such gene or niche, several slices have the niche, or the question is refused.
    """
    from inference.answers.asking import ask as stream

    if not question and not (niche and gene):
        message = "ask() needs a niche and a gene, or a question"
        raise NicheLensError(message)
    engine = engine or bundled_engine()
    chosen = slide.only_slice_with(niche)
    (facts,) = chosen.facts(engine.image_size)
    if gene:
        facts.slide.gene_index(gene)
    *_, answer = stream(engine, facts, gene, niche, question=question or "")
    if answer.refusal is not None:
        raise NicheLensError(answer.refusal.advice)
    return Answer.of(engine, facts, answer)


def screen(
    slide: Slides,
    genes: Sequence[str] | None = None,
    top_genes: int | None = None,
    engine: Engine | None = None,
    *,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Asks of each gene whether it is a marker of each niche, as `nichelens markers` does.

    Args:
        slide: of `read`; all its slices are asked about.
        genes: symbols; None asks about all genes.
        top_genes: asks about the most variable genes of each slice only, so many of them.
        engine: of `load_engine`; None for the bundled model.
        progress: called with (questions answered so far, all questions of the slice).

    Returns:
        One row for each slice, gene and niche, with the columns of `markers.csv`. ``table.attrs["nichelens"]`` says
        what produced it: version, model, figure contract, thresholds, and how the slide was read.

    Raises:
        NicheLensError: there is no such gene, or both `genes` and `top_genes` are given.
    """
    import pandas as pd

    from app.anndata_results import screen_settings
    from data_prep.facts.variable_genes import variable_genes
    from inference.answers.screen import screen_markers

    if genes is not None and top_genes is not None:
        message = "genes and top_genes exclude each other; give one of them"
        raise NicheLensError(message)
    engine = engine or bundled_engine()
    for part in slide.slices:
        for symbol in genes or ():
            part.gene_index(symbol)
    tables = []
    for facts in slide.facts(engine.image_size):
        asked = variable_genes(facts.slide, top_genes) if top_genes is not None else genes
        tables.append(screen_markers(engine, facts, asked, progress=progress))
    table = pd.concat(tables, ignore_index=True)
    table.attrs["nichelens"] = {"version": __version__, **screen_settings(engine, slide.options, slide.slices)}
    return table


def describe(
    slide: Slides,
    top_genes: int = 24,
    engine: Engine | None = None,
    *,
    niches: str | Sequence[str] = (),
    progress: Progress | None = None,
) -> Report:
    """Describes every niche with pictures, words and evidence, as `nichelens describe` does.

    Args:
        slide: of `read`.
        top_genes: number of genes to ask about in each niche: half are likely markers by the counts, half are not.
        engine: of `load_engine`; None for the bundled model.
        niches: names of those to describe; none for all. Nothing is asked about the others.
        progress: called with (niches described so far, all niches).

    Raises:
        NicheLensError: no slice has one of the niches.
    """
    import pandas as pd

    from inference.answers.report import describe_slides, to_json
    from inference.answers.report_page import to_html

    engine = engine or bundled_engine()
    facts = slide.facts(engine.image_size)
    names = (niches,) if isinstance(niches, str) else tuple(niches)
    reports = describe_slides(engine, facts, n_genes=top_genes, niches=names, progress=progress)
    return Report(
        page=to_html(engine, reports),
        json=to_json(reports),
        claims=claims_table(reports),
        markers=pd.concat([niche.markers for report in reports for niche in report.niches], ignore_index=True),
    )


def evaluate(
    dataset: str | Path | None,
    model: str | Path | Engine | None = None,
    *,
    split: str = "test_slide",
    suites: Sequence[str] | None = None,
    with_base: bool = True,
    limit: int | None = None,
    seed: int = 0,
    progress: Callable[[str, int, int], None] | None = None,
) -> pd.DataFrame:
    """Scores a model on a split of a dataset, as `nichelens evaluate` does.

    Args:
        dataset: folder that `nichelens prep` wrote, or a Hub id; None for the perception suite alone.
        model: a folder, a Hub id or an engine; None for the bundled model.
        split: name of the split.
        suites: any of "claims", "interview", "depth", "perception", "robustness" and "prose"; None for all that the
            dataset allows.
        with_base: whether to score the base of an adapter too.
        limit: largest number of questions of each part; None for the parts' own limits.
        seed: of every random draw.
        progress: called with (what is done, questions done, questions).

    Returns:
        The scorecard: one row for each score, see `app.notebook_tables.score_table`. ``attrs["nichelens"]`` holds
        model, base, figure contract, dataset, split, seed, limit, and what was left out and why.

    Raises:
        NicheLensError: there is no such dataset, split or suite, or nothing to do.
    """
    from inference.evaluation.evaluation import SUITES
    from inference.evaluation.evaluation import evaluate as evaluate_split

    engine = load_engine(model) if model is None or isinstance(model, str | Path) else model
    scores = evaluate_split(
        engine,
        dataset,
        split,
        suites=SUITES if suites is None else suites,
        with_base=with_base,
        limit=limit,
        seed=seed,
        progress=progress,
    ).to_json()
    table = score_table(scores)
    about = ("model", "base", "contract", "dataset", "split", "seed", "limit", "left_out")
    table.attrs["nichelens"] = {"version": __version__, **{name: scores[name] for name in about}}
    return table


def draw(
    slide: Slides, kind: str, *, gene: str | Sequence[str] = (), niche: str = "", size: int | None = None
) -> Image:
    """Draws a picture of a slide.

    Args:
        slide: of `read`. If it has several slices, choose one first: ``slide["S1"]``.
        kind: "focus", "expression", "niches", "niche", "montage", "depth" or "composition".
        gene: symbol; one to four symbols for "montage", and cell types for "composition".
        niche: name, for the kinds that ask about a niche.
        size: edge length in pixels; None for the size that the bundled model reads.

    Raises:
        NicheLensError: there is no such kind, gene or niche, something is missing, or there are several slices.
    """
    from data_prep.figures.canvas import Canvas
    from data_prep.figures.spec import NATIVE_SIZE, FigureSpec

    size = size or NATIVE_SIZE
    genes = (gene,) if isinstance(gene, str) else tuple(gene)
    check_shown(kind, genes, niche)
    slide = slide.only_slice_with(niche) if len(slide) > 1 else slide
    return Canvas(slide.slices[0], size).draw(FigureSpec(kind, genes, niche, size))


def write_back(adata: AnnData, table: pd.DataFrame) -> None:
    """Writes a table of `screen` into an AnnData object; earlier results are replaced.

    Writes `uns['nichelens']` (what produced the table, and under "table" the table itself), and
    `varm['nichelens_p_marker']`, `..._log2fc` and `..._effect`: DataFrames of genes × niches, NaN for genes that were
    not asked about. Columns are niches; "slice: niche" if the table holds several slices; "/" becomes "|".

    Args:
        adata: object that the slide was read from, or one with the same genes.
        table: of `screen`.

    Raises:
        NicheLensError: the table has a gene that the object does not have.
    """
    from app.anndata_results import write_results

    write_results(adata, table, table.attrs.get("nichelens", {"version": __version__}))


def main() -> int:
    """Runs the `nichelens` command and returns its exit code."""
    from app.cli import main as run_command

    return run_command()


if __name__ == "__main__":
    sys.exit(main())
