"""Datasets of examples: built from slides, checked, and written as a folder of Parquet files that the Hub also reads.

    OUT/README.md               card; names the split files, so that `datasets.load_dataset(OUT)` works
    OUT/data/{split}.parquet    flat columns: the fields of `row.Row`
    OUT/figure_contract.json    how the figures were drawn
    OUT/provenance.json         slides, settings, thresholds, text probe, versions

The same slides and settings give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from data_prep import tasks, truth
from data_prep.card import dataset_card
from data_prep.errors import NicheLensError
from data_prep.facts import Facts
from data_prep.figure import NATIVE_SIZE, figure_contract
from data_prep.probe import ProbeReport
from data_prep.row import Row, make_row
from data_prep.slide import Slide
from data_prep.splits import AMBIGUOUS, SPLITS, TRAIN, Partition, check_splits, partition
from data_prep.tasks import Example
from data_prep.validate import suggest

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict

logger = logging.getLogger(__name__)

CONTRACT_FILE = "figure_contract.json"
PROVENANCE_FILE = "provenance.json"
CARD_FILE = "README.md"
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True)
class PrepConfig:
    """What to ask of the slides, and what to hold out.

    Attributes:
        tasks: any of `tasks.TASKS`.
        size: edge length of the figures in pixels; the model's native size.
        seed: decides every draw.
        test_donors: donors held out for testing; None draws a fifth of them, () holds none out.
        validation_donors: donors held out for validation; with none, genes of the training donors are.
        test_genes: share of the genes held out for testing, 0..1.
        validation_genes: share of the genes held out for validation where no donor is, 0..1.
        markers_per_slide: largest number of marker questions on a training slide.
        held_out_per_slide: largest number of marker questions per slide in each other split.
        descriptions_per_niche: descriptions of each niche of a training slide, each with other candidate genes; one in
            each other split.
        named: share of the marker questions asked by gene symbol and niche name, 0..1.
    """

    tasks: tuple[str, ...] = tasks.TASKS
    size: int = NATIVE_SIZE
    seed: int = 0
    test_donors: tuple[str, ...] | None = None
    validation_donors: tuple[str, ...] = ()
    test_genes: float = 0.2
    validation_genes: float = 0.1
    markers_per_slide: int = 1000
    held_out_per_slide: int = 400
    descriptions_per_niche: int = 8
    named: float = 0.0

    def __post_init__(self) -> None:
        """Refuse settings that cannot be meant."""
        for task in self.tasks:
            if task not in tasks.TASKS:
                message = f"unknown task '{task}'; {suggest(task, tasks.TASKS, kind='tasks', show_all=True)}"
                raise NicheLensError(message)
        if not self.tasks:
            message = f"no task given; name at least one of {', '.join(tasks.TASKS)}"
            raise NicheLensError(message)
        for name in ("test_genes", "validation_genes", "named"):
            if not 0 <= getattr(self, name) <= 1:
                message = f"{name} is {getattr(self, name)} and must lie in 0..1"
                raise NicheLensError(message)
        if self.test_genes + self.validation_genes >= 1:
            message = f"test_genes + validation_genes is {self.test_genes + self.validation_genes:g}: no gene is left"
            raise NicheLensError(message)
        for name, least in (
            ("size", 32),
            ("markers_per_slide", 4),
            ("held_out_per_slide", 4),
            ("descriptions_per_niche", 1),
        ):
            if getattr(self, name) < least:
                message = f"{name} is {getattr(self, name)} and must be at least {least}"
                raise NicheLensError(message)


def build_dataset(
    slides: Sequence[Slide],
    out: str | Path,
    config: PrepConfig,
    *,
    on_slide: Callable[[int, int, str], None] | None = None,
) -> DatasetDict:
    """Ask the slides, check the splits, and write the dataset to a new folder.

    Args:
        slides: slides with niches and different names.
        out: folder to write; must not exist or be empty.
        config: what to ask and what to hold out.
        on_slide: called with (number done, number of slides, name) before each slide, for a progress bar.

    Returns:
        The splits that have examples.

    Raises:
        NicheLensError: slides without niches or with equal names, nothing to ask, a folder in the way, or a text probe
            that answers the questions without their pictures. Nothing is left behind then.
    """
    from datasets import DatasetDict

    out = Path(out)
    _check_inputs(slides, out)
    sides = partition(
        (slide.meta.donor for slide in slides),
        seed=config.seed,
        test_donors=config.test_donors,
        validation_donors=config.validation_donors,
        test_genes=config.test_genes,
        validation_genes=config.validation_genes,
    )
    contract = figure_contract(config.size)
    found: dict[str, list[Row]] = {split: [] for split in SPLITS}
    for done, slide in enumerate(slides):
        if on_slide is not None:
            on_slide(done, len(slides), slide.name)
        asked = 0
        for split, example in _ask(Facts.measure(slide, config.size), sides, config):
            found[split].append(make_row(example, str(contract["hash"]), ambiguous=split == AMBIGUOUS))
            asked += split != AMBIGUOUS
        if not asked:
            logger.warning("%s gives no example: no gene marks one niche and not another", slide.name)
    found = {split: rows for split, rows in found.items() if rows}
    if TRAIN not in found:
        message = (
            f"{', '.join(slide.name for slide in slides)}: no training example can be made; a marker question needs "
            "genes that mark one niche and not another: check the niches, or hold out fewer donors and genes"
        )
        raise NicheLensError(message)
    probe = check_splits(found)
    built = DatasetDict({split: _as_dataset(rows) for split, rows in found.items()})
    provenance = _provenance(slides, sides, config, probe, {split: len(rows) for split, rows in found.items()})

    out.parent.mkdir(parents=True, exist_ok=True)
    room = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        folder = room / out.name
        (folder / "data").mkdir(parents=True)
        with _no_progress_bars():
            for split, rows in built.items():
                rows.to_parquet(folder / "data" / f"{split}.parquet")
        (folder / CONTRACT_FILE).write_text(json.dumps(contract, indent=2) + "\n", encoding="utf-8")
        (folder / PROVENANCE_FILE).write_text(json.dumps(provenance, indent=2) + "\n", encoding="utf-8")
        (folder / CARD_FILE).write_text(dataset_card(provenance), encoding="utf-8")
        folder.replace(out)
    finally:
        shutil.rmtree(room, ignore_errors=True)
    return built


def load_examples(source: str | Path, split: str) -> Dataset:
    """One split of a NicheLens dataset, from a folder or a Hub id.

    Raises:
        NicheLensError: no such folder or Hub dataset, not a NicheLens dataset, or it has no such split.
    """
    from datasets import load_dataset

    folder = Path(source)
    if folder.exists() and not ((folder / CONTRACT_FILE).is_file() and (folder / "data").is_dir()):
        message = f"{source}: not a NicheLens dataset (no {CONTRACT_FILE} and data/); make one with `nichelens prep`"
        raise NicheLensError(message)
    if not folder.exists() and not _HUB_ID.fullmatch(str(source)):
        message = f"{source}: no such folder; make a dataset with `nichelens prep SLIDE.h5ad --out {source}`"
        raise NicheLensError(message)
    # Not load_dataset(folder): its cache goes by the path and gives the old rows of a folder built anew.
    files = {path.stem: str(path) for path in sorted((folder / "data").glob("*.parquet"))}
    if folder.exists() and split not in files:
        message = f"{source}: no split '{split}'; {suggest(split, files, kind='splits', show_all=True)}"
        raise NicheLensError(message)
    try:
        with _no_progress_bars():
            if folder.exists():
                rows = load_dataset("parquet", data_files={split: files[split]}, split=split)
            else:
                rows = load_dataset(str(source), split=split)
    except Exception as error:
        # datasets and the Hub client raise their own kinds; all mean that nothing can be read here.
        reason = " ".join(str(error).split())[:160]
        message = f"{source}: split '{split}' cannot be loaded ({reason}); check the folder or Hub id"
        raise NicheLensError(message) from error
    missing = sorted({field.name for field in fields(Row)} - set(rows.column_names))
    if missing:
        message = f"{source}: not a NicheLens dataset (no column '{missing[0]}'); make one with `nichelens prep`"
        raise NicheLensError(message)
    return rows


def _check_inputs(slides: Sequence[Slide], out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
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


def _ask(facts: Facts, sides: Partition, config: PrepConfig) -> Iterator[tuple[str, Example]]:
    """The examples of one slide, each with its split.

    Every (slide, split, task) draws from its own generator, so that a further slide or task changes no other question.
    """
    slide = facts.slide

    def rng(split: str, task: str) -> np.random.Generator:
        return np.random.default_rng([config.seed, *(crc32(text.encode()) for text in (slide.name, split, task))])

    for split, genes in sides.genes_by_split(slide.meta.donor, slide.genes).items():
        in_train = split == TRAIN
        if "marker" in config.tasks:
            limit = config.markers_per_slide if in_train else config.held_out_per_slide
            for example in tasks.marker_examples(facts, rng(split, "marker"), limit, genes, named=config.named):
                yield split, example
        if "describe" in config.tasks:
            per_niche = config.descriptions_per_niche if in_train else 1
            for example in tasks.describe_examples(facts, rng(split, "describe"), per_niche, genes):
                yield split, example
    if "marker" in config.tasks and sides.asks_ambiguous(slide.meta.donor):
        pairs = np.argwhere(facts.markers.label == -1)
        for gene, niche in rng(AMBIGUOUS, "marker").permutation(pairs)[: config.held_out_per_slide]:
            yield AMBIGUOUS, tasks.marker_example(facts, int(gene), int(niche))


def _as_dataset(rows: Sequence[Row]) -> Dataset:
    from datasets import Dataset, Features, Image, List, Value

    text = {field.name: Value("string") for field in fields(Row)}
    features = Features(text | {"images": List(Image()), "genes": List(Value("string"))})
    columns = {field.name: [getattr(row, field.name) for row in rows] for field in fields(Row)}
    columns["images"] = [[{"bytes": png, "path": None} for png in row.images] for row in rows]
    return Dataset.from_dict(columns, features=features)


@contextmanager
def _no_progress_bars() -> Iterator[None]:
    """Silence the bars that `datasets` draws for every file, however small."""
    import datasets

    were_on = not datasets.are_progress_bars_disabled()
    datasets.disable_progress_bars()
    try:
        yield
    finally:
        if were_on:
            datasets.enable_progress_bars()


def _provenance(
    slides: Sequence[Slide], sides: Partition, config: PrepConfig, probe: ProbeReport, sizes: dict[str, int]
) -> dict[str, Any]:
    """Everything that decides the dataset's content, and what was measured on it. No date: same inputs, same bytes."""
    return {
        "splits": sizes,
        "donors": dict(sides.donors),
        "validation": "donors" if "validation" in sides.donors.values() else "genes",
        "config": asdict(config),
        "marker_rule": {
            "log2fc_marker": truth.LOG2FC_MARKER,
            "log2fc_not": truth.LOG2FC_NOT,
            "q_marker": truth.Q_MARKER,
            "q_not": truth.Q_NOT,
            "detected_min": truth.DETECTED_MIN,
            "depth_ratio_limit": truth.DEPTH_RATIO_LIMIT,
        },
        "text_probe": {"n": probe.n, "by_gene": round(probe.by_gene, 4), "plain": round(probe.plain, 4)},
        "slides": [
            {
                "name": slide.name,
                **asdict(slide.meta),
                "n_spots": slide.n_spots,
                "n_genes": slide.n_genes,
                "niches": {name: int((slide.niche == code).sum()) for code, name in enumerate(slide.niches)},
                "counts_sha256": _fingerprint(slide),
            }
            for slide in slides
        ],
        "versions": {name: version(name) for name in ("numpy", "scipy", "datasets", "pillow")},
    }


def _fingerprint(slide: Slide) -> str:
    """Hash of all that is measured and drawn: counts, coordinates, genes, niches."""
    digest = hashlib.sha256()
    for array in (slide.counts.data, slide.counts.indices, slide.counts.indptr, slide.xy, slide.niche):
        digest.update(np.ascontiguousarray(array).tobytes())
    digest.update(json.dumps([slide.genes.tolist(), slide.niches]).encode())
    return digest.hexdigest()[:16]
