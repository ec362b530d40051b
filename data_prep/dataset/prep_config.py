"""PrepConfig: which questions a dataset asks of its slides, and what it holds out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from data_prep.errors import NicheLensError, suggest
from data_prep.figures.spec import NATIVE_SIZE
from data_prep.split_names import TRAIN
from data_prep.tasks import CLAIM_TASKS, TASKS

MARKER_TASKS = ("enriched", "marker")
"""Tasks that have more questions than others: a screen asks of every gene and niche whether it is a marker."""
STORES = ("images", "specs")
# Datasets have always recorded store="specs" as "recipes" in their provenance. The same settings must give the same
# bytes, so the stored word stays.
_STORED_STORES = {"images": "images", "specs": "recipes"}


@dataclass(frozen=True)
class PrepConfig:
    """Which questions to ask of the slides, and what to hold out.

    Attributes:
        tasks: names of tasks, keys of `tasks.TASKS`. The default is every claim task that has questions with both
            answers on one slide: short yes/no questions that train models of every size. Kinds about slides themselves
            (`edge_artefact`, `stripe`, `bubble`) need slides with either answer. The prose tasks are for large models.
        store: "images" stores the figures as PNG. "specs" stores figure specs and the slides, and draws the figures
            when rows are read.
        size: edge length of the figures in pixels; the native size of the model.
        seed: seed of all random draws.
        test_donors: donors held out for testing; None draws a fifth of the donors, () holds out none.
        validation_donors: donors held out for validation. If there are none, genes of the training donors are held out.
        test_genes: share of the genes held out for testing, 0..1.
        validation_genes: share of the genes held out for validation if no donor is, 0..1.
        markers_per_slide: largest number of questions of each of the tasks enriched and marker on a training slide.
        held_out_per_slide: largest number of questions of each yes/no task per slide in each other split.
        descriptions_per_niche: number of descriptions of each niche of a training slide, each with other candidate
            genes. Each other split has one.
        others_per_slide: largest number of questions of each other task on a training slide. Each other split has a
            quarter of it per slide for prose tasks.
        unclear_per_slide: largest number of questions of each claim task that a slide gives to the split `ambiguous`.
        named: share of the questions of the task marker that name the gene and the niche, 0..1.
    """

    tasks: tuple[str, ...] = tuple(kind for kind, task in CLAIM_TASKS.items() if not task.claim_type.is_about_slide)
    store: str = "images"
    size: int = NATIVE_SIZE
    seed: int = 0
    test_donors: tuple[str, ...] | None = None
    validation_donors: tuple[str, ...] = ()
    test_genes: float = 0.2
    validation_genes: float = 0.1
    markers_per_slide: int = 1000
    held_out_per_slide: int = 400
    descriptions_per_niche: int = 8
    others_per_slide: int = 200
    unclear_per_slide: int = 100
    named: float = 0.0

    def __post_init__(self) -> None:
        """Check the settings.

        Raises:
            NicheLensError: a task or a store is unknown, or a number is out of range.
        """
        for task in self.tasks:
            if task not in TASKS:
                message = f"unknown task '{task}'; {suggest(task, TASKS, kind='tasks', show_all=True)}"
                raise NicheLensError(message)
        if self.store not in STORES:
            message = f"unknown store '{self.store}'; {suggest(self.store, STORES, kind='stores', show_all=True)}"
            raise NicheLensError(message)
        if not self.tasks:
            message = f"no task given; name at least one of {', '.join(TASKS)}"
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
            ("others_per_slide", 4),
            ("unclear_per_slide", 1),
        ):
            if getattr(self, name) < least:
                message = f"{name} is {getattr(self, name)} and must be at least {least}"
                raise NicheLensError(message)

    def limit(self, task: str, split: str, n_niches: int) -> int:
        """Largest number of questions of a task that one slide gives to a split."""
        in_train = split == TRAIN
        if task == "describe":
            return n_niches * (self.descriptions_per_niche if in_train else 1)
        if in_train:
            return self.markers_per_slide if task in MARKER_TASKS else self.others_per_slide
        return self.held_out_per_slide if TASKS[task].is_yes_no else self.others_per_slide // 4

    def to_json(self) -> dict[str, Any]:
        """A dictionary for the provenance of a dataset and for `from_json`."""
        return asdict(self) | {"store": _STORED_STORES[self.store]}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> PrepConfig:
        """The settings that `to_json` wrote."""
        test_donors = record["test_donors"]
        return cls(
            tasks=tuple(record["tasks"]),
            store=next(store for store, stored in _STORED_STORES.items() if stored == record["store"]),
            size=record["size"],
            seed=record["seed"],
            test_donors=None if test_donors is None else tuple(test_donors),
            validation_donors=tuple(record["validation_donors"]),
            test_genes=record["test_genes"],
            validation_genes=record["validation_genes"],
            markers_per_slide=record["markers_per_slide"],
            held_out_per_slide=record["held_out_per_slide"],
            descriptions_per_niche=record["descriptions_per_niche"],
            others_per_slide=record["others_per_slide"],
            unclear_per_slide=record["unclear_per_slide"],
            named=record["named"],
        )
