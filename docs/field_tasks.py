"""Measure the field's other benchmark tasks on labelled slides, and write the tables of docs/field_tasks.md.

    python docs/field_tasks.py SLIDE.h5ad... [--only annotation genes counts deconvolution] [--page docs/field_tasks.md]

Every task stands beside the plain way to do it and a control. The tasks are `field.type_annotation`,
`field.left_out_genes`, `field.thinned_counts` and `field.deconvolution`.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from field import deconvolution, left_out_genes, thinned_counts, type_annotation
from field.peers import NOT_RUN, deconvolution_peers, gene_peers
from field.published import PUBLISHED, beside
from field.sections import folds, read_sections
from field.task_metrics import Result

from inference.answers.across.markdown_parts import escaped, table

PAGE = Path(__file__).with_name("field_tasks.md")
BEGIN, END = "<!-- tables: written by docs/field_tasks.py -->", "<!-- end of tables -->"
KINDS = ("region", "cell_type")


@dataclass(frozen=True)
class Task:
    """One task: how it is called, and what is compared.

    Attributes:
        title: heading of its table.
        score: the score that decides.
        control: a way that knows nothing.
        ours: the way that uses the neighbourhood or NicheLens's own rule.
        contrasts: (way, what it is compared with) of the headlines.
    """

    title: str
    score: str
    control: str
    ours: str
    contrasts: tuple[tuple[str, str], ...]


TASKS = {
    "annotation": Task(
        "Annotation of a held-out section",
        "macro F1",
        "majority",
        "ours: own + neighbourhood",
        (
            ("ours: own + neighbourhood", type_annotation.BASELINE),
            ("nearest centroid", type_annotation.BASELINE),
            ("marker lists", type_annotation.BASELINE),
        ),
    ),
    "genes": Task(
        "Maps of left-out genes",
        "median PCC",
        "depth map (control)",
        "neighbourhood regression",
        (
            ("neighbourhood regression", left_out_genes.BASELINE),
            ("30 nearest in expression", left_out_genes.BASELINE),
            ("low rank (20)", left_out_genes.BASELINE),
            ("Tangram", left_out_genes.BASELINE),
        ),
    ),
    "counts": Task(
        "Maps of left-out counts",
        "median PCC",
        "nothing: the noisy half",
        "neighbourhood regression",
        (
            ("neighbourhood regression", thinned_counts.BASELINE),
            (thinned_counts.BASELINE, "nothing: the noisy half"),
            ("pooled by NicheLens's rule", thinned_counts.BASELINE),
            ("pooled, k of each gene by count splitting", thinned_counts.BASELINE),
            ("low rank (20)", thinned_counts.BASELINE),
        ),
    ),
    "deconvolution": Task(
        "Cell types of binned cells",
        "mean PCC",
        "mean proportions (control)",
        "ours: Poisson, gene factors, neighbours",
        (
            ("Poisson regression", deconvolution.BASELINE),
            ("ours: Poisson, gene factors, neighbours", deconvolution.BASELINE),
            ("ours: Poisson, gene factors, neighbours", "Poisson regression"),
            ("Tangram", deconvolution.BASELINE),
            ("TACCO", deconvolution.BASELINE),
            ("FlashDeconv", deconvolution.BASELINE),
        ),
    ),
}


def main() -> None:
    """Measures the slides, prints the tables and writes them into the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("slides", type=Path, nargs="+")
    parser.add_argument("--only", nargs="+", choices=tuple(TASKS), default=tuple(TASKS))
    parser.add_argument("--page", type=Path, help="by default docs/field_tasks.md; with --only none")
    options = parser.parse_args()
    path_of_page = options.page or (PAGE if set(options.only) == set(TASKS) else None)
    page = path_of_page.read_text(encoding="utf-8") if path_of_page else ""  # before hours of work
    results: dict[str, list[Result]] = {name: [] for name in options.only}
    for path in options.slides:
        start = time.perf_counter()
        for name, result in measure(path, options.only):
            results[name].append(result)
            print(
                f"{result.slides}, {name}: {time.perf_counter() - start:.0f} s after the start of the file", flush=True
            )
    tables = "\n\n".join(report(results))
    print(tables)
    if path_of_page:
        path_of_page.write_text(insert_tables(page, tables), encoding="utf-8")


def measure(path: Path, only: Sequence[str] = tuple(TASKS)) -> Iterator[tuple[str, Result]]:
    """(task, result) of every task that the labels of a file allow."""
    slides = path.stem.replace("_", " ")
    by_kind = {kind: sections for kind in KINDS if (sections := read_sections(path, kind))}
    for kind, sections in by_kind.items():
        parts = folds(sections)
        if parts and "annotation" in only:
            yield "annotation", type_annotation.annotate(slides, parts)
        if parts and kind == "cell_type" and "deconvolution" in only:
            ways = deconvolution.WAYS | deconvolution_peers(parts)
            yield "deconvolution", deconvolution.deconvolve(slides, parts, ways)
    sections = next(iter(by_kind.values()), [])
    if sections and "genes" in only:
        ways = left_out_genes.WAYS | gene_peers(sections)
        yield "genes", left_out_genes.leave_genes_out(slides, sections, ways)
    if sections and "counts" in only:
        yield "counts", thinned_counts.leave_counts_out(slides, sections)


def report(results: dict[str, list[Result]]) -> Iterator[str]:
    """The parts of the report as Markdown."""
    yield "### In short"
    yield "\n".join(line for name, of_task in results.items() for line in headlines(TASKS[name], of_task))
    yield "### All tasks in one table"
    head = (
        "task",
        "slides",
        "score",
        "control",
        "plain way",
        "with the neighbourhood",
        "gain",
        "best way",
        "published, other data",
    )
    yield "\n".join(table(head, [row for name, of_task in results.items() for row in summary_rows(name, of_task)]))
    for name, of_task in results.items():
        if of_task:
            yield f"### {TASKS[name].title}"
            yield "\n".join(table(*detail_table(of_task)))
    yield "### Published numbers"
    rows = [(one.task, one.way, one.scores or "–", escaped(one.said), one.source) for one in PUBLISHED]
    yield "\n".join(table(("task", "method", "published, other data", "on what, or what was said", "source"), rows))
    yield "### Methods that did not run"
    yield "\n".join(f"- **{way}**: {reason}." for way, reason in NOT_RUN.items())


def headlines(task: Task, results: Sequence[Result]) -> Iterator[str]:
    """One line a contrast: on which slides a way is better than the other, equal and worse."""
    for way, against in task.contrasts:
        found: dict[str, list[str]] = {"better": [], "equal": [], "worse": []}
        for result in results:
            one, other = result.way(way), result.way(against)
            if one and other:
                gain = one.gain_over(other)
                found[gain.verdict].append(f"{result.slides} ({gain.value:+.3f})")
        if any(found.values()):
            parts = "; ".join(f"{verdict} on {', '.join(names)}" for verdict, names in found.items() if names)
            yield f"- {task.title}, {task.score}: {_verdict(found, way, against)} {parts}."


def summary_rows(name: str, results: Sequence[Result]) -> Iterator[list[str]]:
    """One row a set of slides: control, plain way, the way with the neighbourhood, and the best of all."""
    task = TASKS[name]
    for result in results:
        control, plain, ours = (result.way(way) for way in (task.control, result.baseline, task.ours))
        if control is None or plain is None or ours is None:
            continue
        best = max(result.ways, key=lambda scored: scored.main.value)
        gain = ours.gain_over(plain)
        cells = [f"{scored.main.value:.3f}" for scored in (control, plain, ours)]
        by = f"{gain.value:+.3f} ± {gain.error:.3f}"
        yield [task.title, result.slides, task.score, *cells, by, f"{best.way} {best.main.value:.3f}", beside(name)]


def detail_table(results: Sequence[Result]) -> tuple[tuple[str, ...], list[list[str]]]:
    """Head and rows: every way on every set of slides with all scores."""
    names = tuple(results[0].ways[0].scores)
    rows = []
    for result in results:
        plain = result.way(result.baseline)
        for place, scored in enumerate(result.ways):
            gain = scored.gain_over(plain) if plain and scored is not plain else None
            by = f"{gain.value:+.3f} ± {gain.error:.3f} {gain.verdict}" if gain else "–"
            first = f"{result.slides}: {result.unseen}" if not place else ""
            rows.append([first, scored.way, *(str(scored.scores[name]) for name in names), by])
    return ("slides", "way", *names, f"gain over {results[0].baseline}"), rows


def insert_tables(page: str, tables: str) -> str:
    """The page with other tables between its two comments."""
    return re.sub(f"(?s){BEGIN}.*{END}", lambda _: f"{BEGIN}\n\n{tables}\n\n{END}", page)


def _verdict(found: dict[str, list[str]], way: str, against: str) -> str:
    """What is compared; bold if all of several sets of slides agree."""
    if sum(map(len, found.values())) > 1 and not found["better"]:
        return f"**{way}, nowhere better than {against}:**"
    if sum(map(len, found.values())) > 1 and not found["worse"] and not found["equal"]:
        return f"**{way}, everywhere better than {against}:**"
    return f"*{way}* against *{against}*:"


if __name__ == "__main__":
    main()
