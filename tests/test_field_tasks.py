"""The report on the field's tasks: its headlines tell where the plain way wins."""

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from data_prep.facts.thinning import thin
from data_prep.synth.tissue import make_tissue, to_anndata
from tests.script_file import docs_module, load_script

DOCS = Path(__file__).resolve().parents[1] / "docs"


@pytest.fixture(scope="module")
def report() -> ModuleType:
    return load_script("docs/field_tasks.py")


def result(report: ModuleType, slides: str, **values: float) -> object:
    metrics = docs_module("field.task_metrics")
    names = {"control": "majority", "plain": "logistic regression", "ours": "ours: own + neighbourhood"}
    noise = np.random.default_rng(0).normal(scale=0.01, size=metrics.RESAMPLES)
    ways = tuple(
        metrics.Scored(names[name], {"macro F1": metrics.Estimate(value, 0.01)}, value + noise * place)
        for place, (name, value) in enumerate(values.items(), 1)
    )
    return metrics.Result(slides, "other donors", ways, names["plain"])


def test_headlines_say_where_the_plain_way_wins(report: ModuleType) -> None:
    task = report.TASKS["annotation"]
    worse = result(report, "A", control=0.1, plain=0.8, ours=0.7)
    equal = result(report, "B", control=0.1, plain=0.8, ours=0.805)
    better = result(report, "C", control=0.1, plain=0.8, ours=0.9)
    (line,) = report.headlines(task, [worse, equal])
    assert (
        "**ours: own + neighbourhood, nowhere better than logistic regression:** equal on B (+0.005); worse on A"
        in line
    )
    (line,) = report.headlines(task, [better, better])
    assert "**ours: own + neighbourhood, everywhere better than logistic regression:** better on C (+0.100), C" in line
    (line,) = report.headlines(task, [better])
    assert "*ours: own + neighbourhood* against *logistic regression*: better on C (+0.100)." in line
    (line,) = report.headlines(task, [better, equal, worse])
    assert "against *logistic regression*: better on C (+0.100); equal on B (+0.005); worse on A (-0.100)." in line


def test_tables_have_every_way_its_error_and_the_published_numbers(report: ModuleType) -> None:
    one = result(report, "A", control=0.1, plain=0.8, ours=0.9)
    text = "\n".join(report.report({"annotation": [one]}))
    assert "| Annotation of a held-out section | A | macro F1 | 0.100 | 0.800 | 0.900 | +0.100 ± 0.010 |" in text
    assert "| A: other donors | majority | 0.100 ± 0.010 |" in text
    for published in report.PUBLISHED:
        assert published.source in text
        assert "doi:" in published.source
    assert "published, other data" in text


def test_a_file_goes_through_every_task_that_its_labels_allow(report: ModuleType, tmp_path: Path) -> None:
    from anndata import concat

    parts = []
    for slice_, seed in (("one", 1), ("two", 2)):
        part = to_anndata(*make_tissue(3, n_spots=400, n_niches=3, n_genes=24, layout="cells", pattern="mixed"))
        part.X = thin(part.X.tocsc(), np.full(part.n_obs, 0.5), seed).tocsr()
        part.obs = part.obs.assign(slice=slice_, donor=slice_)[["region", "slice", "donor"]]
        parts.append(part)
    both = concat(parts, index_unique="-")
    both.obs["cell_type"] = both.obs["region"]
    both.write_h5ad(tmp_path / "a_b.h5ad")
    results = list(report.measure(tmp_path / "a_b.h5ad"))
    assert [name for name, _ in results] == ["annotation", "annotation", "deconvolution", "genes", "counts"]
    assert [of.slides for _, of in results[:2]] == ["a b, region", "a b, cell type"]
    assert all(of.unseen.startswith(("other donors", "half of the counts")) for _, of in results)
    by_task = {task: [of for name, of in results if name == task] for task in report.TASKS}
    text = "\n".join(report.report(by_task))
    for _, of in results:
        assert of.way(of.baseline) is not None
        assert all(f"| {scored.way} |" in text for scored in of.ways)
        assert report.TASKS[_].ours in {scored.way for scored in of.ways}


def test_tables_replace_tables(report: ModuleType) -> None:
    page = f"before\n{report.BEGIN}\n\nold\n\n{report.END}\nafter"
    assert report.insert_tables(page, r"new \1") == f"before\n{report.BEGIN}\n\nnew \\1\n\n{report.END}\nafter"


def test_the_page_has_tables(report: ModuleType) -> None:
    page = (DOCS / "field_tasks.md").read_text(encoding="utf-8")
    tables = page[page.index(report.BEGIN) : page.index(report.END)]
    for title in ("In short", "All tasks in one table", *(task.title for task in report.TASKS.values())):
        assert f"### {title}" in tables
