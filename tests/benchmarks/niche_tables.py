"""Tables of `tests.benchmarks.niche_bench`: by family of slides, slide by slide, and which peer is better where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import mean, median
from typing import TYPE_CHECKING

from tests.benchmarks.niche_peers import METHODS

if TYPE_CHECKING:
    from tests.benchmarks.niche_bench import Run

OURS, OK = "ours", "ok"
TITLES = {
    "true": "With the annotated number of niches",
    "found": "With the number of niches that each method finds",
}
MARGIN = 0.005
"""A difference of mean ARI that the table does not print is no difference."""
HEAD = """\
# Side by side

`make bench-niches SLIDES="a.h5ad b.h5ad"` wrote this page (`tests/benchmarks/niche_bench.py`). It runs NicheLens,
spatially blind Leiden and published methods on the same labelled slides, on one thread.
A method sees counts and coordinates only. Each peer has the settings of its own tutorial (below), and one seed; none
was tuned here. **NicheLens's own settings were chosen while looking at annotated slides, among them some of these**
(pools, components and share of the knee), so part of its lead may not carry over to other tissue. Annotated niches of
fewer than ten spots do not count.

    .venv/bin/pip install -c constraints.txt -e '.[peers]'
    .venv/bin/pip install --no-deps nichepca     # it refuses numpy 2.4, and runs with it

- **ARI, AMI, NMI**: adjusted Rand index, adjusted and normalised mutual information, over the annotated spots.
- **ASW**: mean silhouette width of the spots' *coordinates*. Thin layers have a low one, the annotation too.
- **Coherence**: share of the edges between a spot and its six nearest that join two spots of one niche.
- **PAS**: share of spots of which at least six of the ten nearest have another label. Coherence and PAS reward
  smoothing: the row *annotation* tells how much is right.
- **Seconds**: processor seconds from the loaded slide to the labels (median over the slides). **GiB**: peak resident
  memory of the process in that time (highest).
"""

NOT_RUN = {
    "banksy-py": "asks for numpy 1.22.4, anndata 0.8.0 and scanpy 1.9.1; `pybanksy` is by the authors of the method",
    "GraphST": "lists none of what it imports but `requests`; `graphst-modern` is the same code with its requirements",
    "SpaGCN": "`'csr_matrix' object has no attribute 'A'` with SciPy 1.17; `spagcn-modern` promises the same labels",
    "STAGATE, STAGATE_pyG": "not in the package index; `stagate-modern` is their code without torch-sparse",
    "novae": "its paper loads weights from a model hub; here nothing is downloaded",
    "STMGraph": "`ModuleNotFoundError: No module named 'tensorflow'`",
    "spaceflow": "does not build: its `setup.py` imports torch (`ModuleNotFoundError: No module named 'torch'`)",
    "deepstkit": "asks for scanpy 1.10.3 and igraph 0.11.8",
    "stlearn": "1.4 asks for Python 3.12",
    "scslat": "aligns two slides; it finds no niches",
    "bio-past": "installs; not tried further",
    "SEDR, CCST, PROST, SpatialPCA, UTAG": "not in the package index; squidpy has UTAG, which is in the table",
}
"""Peers that are not compared, and why; tried on Python 3.11 with `constraints.txt`."""


def summary(runs: Sequence[Run]) -> str:
    """The tables of the modes that were run, as Markdown."""
    parts = []
    for mode, title in TITLES.items():
        of_mode = [run for run in runs if run.mode == mode]
        if of_mode:
            parts += [f"## {title}", "Mean ARI by family of slides:", by_family(of_mode)]
            parts += ["All scores, means over the slides:", by_score(of_mode), verdict(of_mode)]
            parts += ["ARI slide by slide:", by_slide(of_mode)]
    return "\n\n".join(parts) + "\n"


def page(runs: Sequence[Run]) -> str:
    """The page of the documentation: what is measured, tables, settings, and what did not run."""
    settings = table(
        ("method", "package", "settings"),
        [(METHODS[name].label, _package(name, runs), METHODS[name].settings) for name in _methods(runs)],
    )
    parts = [HEAD, summary(runs), "## Settings", settings]
    parts += ["## Not compared", table(("package", "why"), list(NOT_RUN.items()))]
    lost = [run for run in runs if run.status != OK]
    if lost:
        rows = [(METHODS[run.method].label, run.slide, run.mode, f"{run.status} {run.error}".strip()) for run in lost]
        parts += ["## What did not run", table(("method", "slide", "number", "why"), rows)]
    return "\n".join(part if part.endswith("\n") else part + "\n" for part in parts)


def by_family(runs: Sequence[Run]) -> str:
    """Mean ARI of each method in each family, and over all slides. `(3/4)`: only three of four slides ran."""
    families = list(dict.fromkeys(run.family for run in runs))
    sizes = {family: len({run.slide for run in runs if run.family == family}) for family in families}
    rows = []
    for method in _methods(runs):
        own = [run for run in runs if run.method == method]
        cells = [_mean_ari([run for run in own if run.family == family], sizes[family]) for family in families]
        rows.append((METHODS[method].label, *cells, _mean_ari(own, sum(sizes.values()))))
    heads = [f"{family} ({size})" for family, size in sizes.items()]
    return table(("method", *heads, "all slides"), rows)


def by_score(runs: Sequence[Run]) -> str:
    """All scores of each method, and those of the annotation itself."""
    names = ("ari", "ami", "nmi", "asw", "coherence", "pas")
    rows = []
    for method in _methods(runs):
        own = [run for run in runs if run.method == method and run.status == OK]
        if not own:
            continue
        scores = [f"{mean(run.scores[name] for run in own):.2f}" for name in names]
        number = f"{mean(run.found - run.n_niches for run in own):+.1f}"
        cost = (f"{median(run.seconds for run in own):.0f}", f"{max(run.peak_gib for run in own):.1f}")
        rows.append((METHODS[method].label, str(len(own)), *scores, number, *cost))
    annotated = list({run.slide: run for run in runs if run.status == OK}.values())
    if annotated:
        space = [f"{mean(run.scores[f'annotated_{name}'] for run in annotated):.2f}" for name in names[3:]]
        rows.append(("*annotation*", str(len(annotated)), "1", "1", "1", *space, "0", "", ""))
    head = ("method", "slides", "ARI", "AMI", "NMI", "ASW", "coherence", "PAS", "niches too many", "seconds", "GiB")
    return table(head, rows)


def by_slide(runs: Sequence[Run]) -> str:
    """ARI of each method on each slide; in brackets the number of niches, where it is not the annotated one."""
    methods = _methods(runs)
    rows = []
    for slide in dict.fromkeys(run.slide for run in runs):
        cells = {run.method: run for run in runs if run.slide == slide}
        n_niches = next(iter(cells.values())).n_niches
        rows.append((slide, str(n_niches), *(_ari(cells.get(method)) for method in methods)))
    return table(("slide", "niches", *(METHODS[method].label for method in methods)), rows)


def verdict(runs: Sequence[Run]) -> str:
    """Which methods are better than ours, over all slides that both ran on and in which families."""
    ours = {run.slide: run for run in runs if run.method == OURS and run.status == OK}
    if not ours:
        return "NicheLens was not run."
    lines = []
    for method in _methods(runs):
        both = [run for run in runs if run.method == method and run.status == OK and run.slide in ours]
        if method == OURS or not both:
            continue
        better = [
            f"{family} ({theirs:.2f} against {own:.2f})"
            for family, theirs, own in _family_means(both, ours)
            if theirs > own + MARGIN
        ]
        theirs, own = mean(_score(run) for run in both), mean(_score(ours[run.slide]) for run in both)
        wins = sum(_score(run) > _score(ours[run.slide]) for run in both)
        word = "better" if theirs > own + MARGIN else "worse" if theirs < own - MARGIN else "as good"
        line = f"- {METHODS[method].label}: {word} over all ({theirs:.2f} against our {own:.2f}), "
        line += f"higher on {wins} of {len(both)} slides"
        lines.append(line + (f"; better on {'; '.join(better)}." if better else "."))
    if not lines:
        return "No other method was run."
    return "Against NicheLens, mean ARI over the slides on which both ran:\n\n" + "\n".join(lines)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _methods(runs: Sequence[Run]) -> list[str]:
    ran = {run.method for run in runs}
    return [method for method in METHODS if method in ran]


def _score(run: Run) -> float:
    return run.scores["ari"]


def _mean_ari(runs: Sequence[Run], n_slides: int) -> str:
    scores = [_score(run) for run in runs if run.status == OK]
    if not scores:
        return "–"
    return f"{mean(scores):.2f}" + (f" ({len(scores)}/{n_slides})" if len(scores) < n_slides else "")


def _ari(run: Run | None) -> str:
    if run is None or run.status != OK:
        return "–"
    return f"{_score(run):.2f}" + (f" ({run.found})" if run.found != run.n_niches else "")


def _family_means(both: Sequence[Run], ours: dict[str, Run]) -> list[tuple[str, float, float]]:
    """(family, mean ARI of the method, mean ARI of ours) over the slides on which both ran."""
    means = []
    for family in dict.fromkeys(run.family for run in both):
        of_family = [run for run in both if run.family == family]
        own = mean(_score(ours[run.slide]) for run in of_family)
        means.append((family, mean(_score(run) for run in of_family), own))
    return means


def _package(method: str, runs: Sequence[Run]) -> str:
    versions = {run.version for run in runs if run.method == method and run.version}
    return " ".join((METHODS[method].package, *sorted(versions)))
