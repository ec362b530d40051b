"""Builds a dataset from slides: measures, asks, draws, checks, writes.

    OUT/README.md               card and datasheet; names the split files, so that `datasets.load_dataset(OUT)` works
    OUT/data/{split}.parquet    flat columns: the fields of `row.Row`
    OUT/slides/                 only with store="specs": the slides, from which figures are drawn when rows are read
    OUT/figure_contract.json    how the figures are drawn
    OUT/provenance.json         slides, settings, thresholds, checks, versions

The same slides and settings give the same bytes, whoever does the work (`data_prep.dataset.runner`). An interrupted build
leaves a folder `.OUT.work` and goes on from there when it is run again; bad input leaves nothing.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from data_prep.dataset.dataset_card import dataset_card
from data_prep.dataset.jobs import PLAN_FILE, Job, draw_jobs, measure_jobs
from data_prep.dataset.loading import CARD_FILE, CONTRACT_FILE, PROVENANCE_FILE, SLIDES_FOLDER
from data_prep.dataset.prep_config import PrepConfig
from data_prep.dataset.rows import Row, arrow_types
from data_prep.dataset.runner import run_all
from data_prep.dataset.saved_slides import SLIDE_FILE, save_slide
from data_prep.dataset.splits import AMBIGUOUS, SPLITS, TRAIN, Partition, check_splits, partition
from data_prep.errors import NicheLensError
from data_prep.facts import marker_rule
from data_prep.figures.contract import figure_contract
from data_prep.gene_columns import gene_blocks
from data_prep.slide import Slide
from data_prep.staging import staged

logger = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]


def build_dataset(
    slides: Sequence[Slide],
    out: str | Path,
    config: PrepConfig,
    *,
    workers: int = 1,
    scheduler: str | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> dict[str, int]:
    """Ask the slides, check the splits, and write the dataset to a new folder.

    Args:
        slides: slides with niches and different names.
        out: folder to write; must not exist or be empty.
        config: what to ask and what to hold out.
        workers: processes of this machine.
        scheduler: address of a Dask scheduler that does the work instead; its workers must share the file system.
        overwrite: replace an earlier dataset; it stays until the new one is whole.
        progress: called with (what is done, jobs done, jobs) for a progress bar.

    Returns:
        Number of examples in each split that has any.

    Raises:
        NicheLensError: slides without niches or with equal names, nothing to ask, a folder in the way, or a text probe
            that answers the questions without their pictures. Nothing is left behind then.
    """
    out = Path(out)
    _check_inputs(slides, out, overwrite=overwrite)
    sides = partition(
        (slide.meta.donor for slide in slides),
        seed=config.seed,
        test_donors=config.test_donors,
        validation_donors=config.validation_donors,
        test_genes=config.test_genes,
        validation_genes=config.validation_genes,
    )
    prints = [_fingerprint(slide) for slide in slides]
    with _work_folder(out, slides, config, sides, prints) as work:

        def run(doing: str, jobs: list[Job]) -> None:
            report = None if progress is None else lambda done: progress(doing, done, len(jobs))
            run_all(jobs, workers=workers, scheduler=scheduler, done=report)

        run("measuring", measure_jobs(work, slides))
        run("asking", [Job("ask", str(work), number) for number in range(len(slides))])
        drawn = [draw_jobs(work, number) for number in range(len(slides))]
        for slide, jobs in zip(slides, drawn, strict=True):
            if not jobs:
                logger.warning("%s gives no example: no gene marks one niche and not another", slide.name)
        parts = [job for jobs in drawn for job in jobs]
        run("drawing", parts)
        rows = _light_rows(parts)
        if not rows.get(TRAIN):
            message = (
                f"{', '.join(slide.name for slide in slides)}: no training example can be made; a marker question "
                "needs genes that mark one niche and not another: check the niches, or hold out fewer donors and genes"
            )
            raise NicheLensError(message)
        report = check_splits(rows)
        sizes = {split: len(found) for split, found in rows.items()}
        contract = figure_contract(config.size)
        about = _provenance(slides, sides, config, sizes, prints) | {"text_probe": report, "balance": _balance(rows)}
        with staged(out) as folder:
            _write_splits(parts, folder / "data", sizes, with_images=config.store == "images")
            if config.store == "specs":
                shutil.copytree(work / SLIDES_FOLDER, folder / SLIDES_FOLDER)
            _write_json(folder / CONTRACT_FILE, contract)
            _write_json(folder / PROVENANCE_FILE, about)
            (folder / CARD_FILE).write_text(dataset_card(about), encoding="utf-8")
    return sizes


def _check_inputs(slides: Sequence[Slide], out: Path, *, overwrite: bool) -> None:
    if out.exists() and not overwrite and (not out.is_dir() or any(out.iterdir())):
        message = f"{out}: exists already and is not an empty folder; choose another --out"
        raise NicheLensError(message)
    if not slides:
        message = "no slide given; name at least one .h5ad file"
        raise NicheLensError(message)
    names = [slide.name for slide in slides]
    for slide in slides:
        if not slide.has_niches:
            message = f"{slide.name}: was read without niches; name their obs column with --niche-key (niche_key)"
            raise NicheLensError(message)
        if names.count(slide.name) > 1:
            message = f"{slide.name}: {names.count(slide.name)} slides have this name; rename the files"
            raise NicheLensError(message)


@contextmanager
def _work_folder(
    out: Path, slides: Sequence[Slide], config: PrepConfig, sides: Partition, prints: list[str]
) -> Iterator[Path]:
    """The folder of the jobs' results, with the slides in it: an earlier one of the same inputs where there is one.

    It is removed when the build has succeeded and when its input is bad; an interruption leaves it.
    """
    plan = {"config": config.to_json(), "sides": asdict(sides), "slides": prints, "versions": _versions()}
    text = json.dumps(plan, sort_keys=True, ensure_ascii=False)
    root = out.absolute().parent / f".{out.name}.work"
    work = root / hashlib.sha256(text.encode()).hexdigest()[:12]
    made = [parent for parent in root.parents if not parent.exists()]
    for earlier in root.glob("*"):
        if earlier != work:
            shutil.rmtree(earlier)
    if work.exists():
        logger.info("%s: going on where an earlier build stopped", out)
    work.mkdir(parents=True, exist_ok=True)
    try:
        for number, slide in enumerate(slides):
            folder = work / SLIDES_FOLDER / str(number)
            if not (folder / SLIDE_FILE).exists():
                save_slide(slide, folder)
        (work / PLAN_FILE).write_text(text, encoding="utf-8")
        yield work
    except (NicheLensError, OSError):
        shutil.rmtree(root, ignore_errors=True)
        for parent in made:
            parent.rmdir()
        raise
    shutil.rmtree(root, ignore_errors=True)


def _light_rows(parts: Sequence[Job]) -> dict[str, list[Row]]:
    """Rows by split, in the order of the splits, without pictures."""
    import pyarrow.parquet as pq

    found: dict[str, list[Row]] = {split: [] for split in SPLITS}
    columns = ["split", *(field.name for field in fields(Row) if field.name != "images")]
    for job in parts:
        for record in pq.read_table(job.result, columns=columns).to_pylist():
            found[record.pop("split")].append(Row(images=[], **record))
    return {split: rows for split, rows in found.items() if rows}


def _write_splits(parts: Sequence[Job], folder: Path, sizes: dict[str, int], *, with_images: bool) -> None:
    """One Parquet file for each split, rows in the order of the jobs; a row group for each job bounds the memory."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq
    from datasets import Features, Image, List, Value

    folder.mkdir(parents=True)
    kinds: dict[str, Any] = {name: Value("string") for name in arrow_types()}
    kinds |= {"images": List(Image()), "genes": List(Value("string"))}
    if not with_images:
        del kinds["images"]
    schema = Features(kinds).arrow_schema
    writers = {split: pq.ParquetWriter(folder / f"{split}.parquet", schema, compression="zstd") for split in sizes}
    for job in parts:
        table = pq.read_table(job.result, columns=["split", *kinds])
        for split, writer in writers.items():
            chosen = table.filter(pc.equal(table["split"], split)).select(list(kinds))
            if len(chosen):
                writer.write_table(pa.Table.from_arrays(chosen.cast(schema).columns, schema=schema))
    for writer in writers.values():
        writer.close()


def _balance(rows: dict[str, list[Row]]) -> dict[str, dict[str, dict[str, int]]]:
    """Yes and no of each yes/no task in each split."""
    counted: dict[str, dict[str, dict[str, int]]] = {}
    for split, found in rows.items():
        for row in found:
            if row.label and split != AMBIGUOUS:
                of_task = counted.setdefault(row.task, {}).setdefault(split, {"yes": 0, "no": 0})
                of_task[row.label] += 1
    return counted


def _provenance(
    slides: Sequence[Slide], sides: Partition, config: PrepConfig, sizes: dict[str, int], prints: list[str]
) -> dict[str, Any]:
    """Everything that decides the dataset's content. No date: same inputs, same bytes."""
    return {
        "splits": sizes,
        "donors": dict(sides.donors),
        "validation": "donors" if "validation" in sides.donors.values() else "genes",
        "config": config.to_json(),
        "marker_rule": {
            "log2fc_marker": marker_rule.LOG2FC_MARKER,
            "log2fc_not": marker_rule.LOG2FC_NOT,
            "q_marker": marker_rule.Q_MARKER,
            "q_not": marker_rule.Q_NOT,
            "detected_min": marker_rule.DETECTED_MIN,
            "depth_ratio_limit": marker_rule.DEPTH_RATIO_LIMIT,
        },
        "slides": [
            {
                "name": slide.name,
                **asdict(slide.meta),
                "n_spots": slide.n_spots,
                "n_genes": slide.n_genes,
                "niches": {name: int((slide.niche == code).sum()) for code, name in enumerate(slide.niches)},
                "cell_types": list(slide.cell_types),
                "sha256": digest,
            }
            for slide, digest in zip(slides, prints, strict=True)
        ],
        "versions": _versions(),
    }


def _versions() -> dict[str, str]:
    return {name: version(name) for name in ("nichelens", "numpy", "scipy", "pandas", "datasets", "pyarrow", "pillow")}


def _fingerprint(slide: Slide) -> str:
    """Hash of all that is measured and drawn, a block of genes at a time."""
    digest = hashlib.sha256()
    for _, block in gene_blocks(slide.counts):
        for array in (block.data, block.indices.astype(np.int32), np.diff(block.indptr).astype(np.int64)):
            digest.update(np.ascontiguousarray(array).tobytes())
    for array in (slide.xy, slide.niche, slide.cell_type):
        digest.update(np.ascontiguousarray(array).tobytes())
    digest.update(json.dumps([slide.genes.tolist(), slide.niches, slide.cell_types, asdict(slide.meta)]).encode())
    return digest.hexdigest()[:16]


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
