"""Build a dataset from slides: measure, choose questions, draw, check, write.

    OUT/README.md               dataset card; lists the split files for `datasets.load_dataset(OUT)`
    OUT/data/{split}.parquet    flat columns: the fields of `rows.Row`
    OUT/slides/                 only with store="specs": the slides, from which figures are drawn when rows are read
    OUT/figure_contract.json    the rules by which the figures are drawn
    OUT/provenance.json         slides, settings, thresholds, checks, versions

The same slides and settings give the same bytes, whatever processes do the work (`data_prep.dataset.runner`). An
interrupted build leaves the folder `.OUT.work`, and the next run continues from there. Bad input leaves nothing.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from data_prep.dataset.dataset_card import dataset_card
from data_prep.dataset.jobs import SETTINGS_FILE, Job, draw_jobs, keep_balanced, measure_jobs
from data_prep.dataset.jobs import run as run_job
from data_prep.dataset.loading import CARD_FILE, CONTRACT_FILE, PROVENANCE_FILE, SLIDES_FOLDER
from data_prep.dataset.prep_config import PrepConfig
from data_prep.dataset.provenance import count_answers, describe_build, fingerprint, library_versions
from data_prep.dataset.rows import Row, arrow_types
from data_prep.dataset.runner import run_all
from data_prep.dataset.saved_slides import SLIDE_FILE, save_slide
from data_prep.dataset.split_checks import check_splits
from data_prep.dataset.splits import Partition, partition
from data_prep.errors import NicheLensError
from data_prep.figures.contract import figure_contract
from data_prep.slide import Slide
from data_prep.split_names import SPLITS, TRAIN
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
    """Build a dataset and write it to a new folder.

    Args:
        slides: slides with niches and different names.
        out: folder to write; must not exist or be empty.
        config: which questions to ask and what to hold out.
        workers: number of processes on this machine.
        scheduler: address of a Dask scheduler that does the work instead; its workers must share the file system.
        overwrite: replace an earlier dataset when the new one is complete.
        progress: called with (name of the step, number of done jobs, number of jobs), for a progress bar.

    Returns:
        Number of examples in each split that has any.

    Raises:
        NicheLensError: slides have no niches or equal names, no question can be asked, the folder exists, or a check of
            the splits fails. Nothing is written then.
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
    fingerprints = [fingerprint(slide) for slide in slides]
    with _work_folder(out, slides, config, sides, fingerprints) as work:

        def run(step: str, jobs: list[Job]) -> None:
            n_done = sum(job.result.exists() for job in jobs)

            def report(_: Job) -> None:
                nonlocal n_done
                n_done += 1
                if progress is not None:
                    progress(step, n_done, len(jobs))

            run_all(jobs, run_job, workers=workers, scheduler=scheduler, report=report)

        run("measuring", measure_jobs(work, slides))
        run("asking", [Job("ask", str(work), number) for number in range(len(slides))])
        keep_balanced(work, len(slides), config.seed)
        jobs_of_slides = [draw_jobs(work, number) for number in range(len(slides))]
        for slide, jobs in zip(slides, jobs_of_slides, strict=True):
            if not jobs:
                logger.warning(
                    "%s gives no example: no claim about it is certain, or its answer was not needed", slide.name
                )
        all_draw_jobs = [job for jobs in jobs_of_slides for job in jobs]
        run("drawing", all_draw_jobs)
        rows = _read_rows_without_images(all_draw_jobs)
        if not rows.get(TRAIN):
            message = (
                f"{', '.join(slide.name for slide in slides)}: no training example can be made; a question needs "
                "claims that are true and claims that are false: check the niches, or hold out fewer donors and genes"
            )
            raise NicheLensError(message)
        probes = check_splits(rows)
        sizes = {split: len(rows_of_split) for split, rows_of_split in rows.items()}
        provenance = describe_build(slides, sides, config, sizes, fingerprints) | {
            "text_probe": probes,
            "balance": count_answers(rows),
        }
        with staged(out) as folder:
            _write_splits(all_draw_jobs, folder / "data", sizes, with_images=config.store == "images")
            if config.store == "specs":
                shutil.copytree(work / SLIDES_FOLDER, folder / SLIDES_FOLDER)
            _write_json(folder / CONTRACT_FILE, figure_contract(config.size))
            _write_json(folder / PROVENANCE_FILE, provenance)
            (folder / CARD_FILE).write_text(dataset_card(provenance), encoding="utf-8")
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
    out: Path, slides: Sequence[Slide], config: PrepConfig, sides: Partition, fingerprints: list[str]
) -> Iterator[Path]:
    """The folder for the slides and the results of the jobs; an interrupted build with the same inputs is continued.

    It is removed after success and after bad input. An interruption leaves it.
    """
    settings = {
        "config": config.to_json(),
        "sides": asdict(sides),
        "slides": fingerprints,
        "versions": library_versions(),
    }
    text = json.dumps(settings, sort_keys=True, ensure_ascii=False)
    root = out.absolute().parent / f".{out.name}.work"
    work = root / hashlib.sha256(text.encode()).hexdigest()[:12]
    new_parents = [parent for parent in root.parents if not parent.exists()]
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
        (work / SETTINGS_FILE).write_text(text, encoding="utf-8")
        yield work
    except (NicheLensError, OSError):
        shutil.rmtree(root, ignore_errors=True)
        for parent in new_parents:
            parent.rmdir()
        raise
    shutil.rmtree(root, ignore_errors=True)


def _read_rows_without_images(jobs: Sequence[Job]) -> dict[str, list[Row]]:
    """The rows of each split that has any, in the order of the splits, with empty ``images``."""
    import pyarrow.parquet as pq

    rows: dict[str, list[Row]] = {split: [] for split in SPLITS}
    columns = ["split", *(field.name for field in fields(Row) if field.name != "images")]
    for job in jobs:
        for record in pq.read_table(job.result, columns=columns).to_pylist():
            rows[record.pop("split")].append(Row(images=[], **record))
    return {split: rows_of_split for split, rows_of_split in rows.items() if rows_of_split}


def _write_splits(jobs: Sequence[Job], folder: Path, sizes: dict[str, int], *, with_images: bool) -> None:
    """Write one Parquet file for each split, with one row group for each job, so that memory stays bounded."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq
    from datasets import Features, Image, List, Value

    folder.mkdir(parents=True)
    types: dict[str, Any] = {name: Value("string") for name in arrow_types()}
    types |= {"images": List(Image()), "genes": List(Value("string"))}
    if not with_images:
        del types["images"]
    schema = Features(types).arrow_schema
    writers = {split: pq.ParquetWriter(folder / f"{split}.parquet", schema, compression="zstd") for split in sizes}
    for job in jobs:
        table = pq.read_table(job.result, columns=["split", *types])
        for split, writer in writers.items():
            rows = table.filter(pc.equal(table["split"], split)).select(list(types))
            if len(rows):
                writer.write_table(pa.Table.from_arrays(rows.cast(schema).columns, schema=schema))
    for writer in writers.values():
        writer.close()


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
