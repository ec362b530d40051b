"""The plan of a screen: what is asked of which model, cut into blocks. It binds stored answers to what they answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from data_prep.dataset.provenance import fingerprint, library_versions
from data_prep.slide import Slide
from inference.answers.interview import ENRICHED
from inference.answers.screen import asked_names, gene_blocks
from inference.engine.engine import Engine

FORMAT = 1
"""Of the stored answers; another number makes earlier ones unusable."""
_COMPUTING = ("torch", "transformers")
"""Libraries that compute the answers, beside those that draw the pictures."""
_WORDS = {
    "format": "another version of NicheLens",
    "versions": "another version of NicheLens or of its libraries",
    "slides": "another slide, or the same one read in another way",
    "asked": "other genes or niches",
    "model": "another model, or another device",
    "figures": "pictures by other rules",
    "calibration": "another calibration of the model",
    "blocks": "other blocks of genes",
}
"""Part of a header → what it means that it differs."""


@dataclass(frozen=True)
class ModelSource:
    """Where a process finds the model, as for `inference.engine.load_engine`; nothing for the bundled one."""

    model: str | None = None
    endpoint: str | None = None
    served_name: str | None = None

    def load(self) -> Engine:
        """Loads the model into this process."""
        from inference.engine.load_engine import load_engine

        return load_engine(self.model, endpoint=self.endpoint, served_name=self.served_name)

    def absolute(self) -> ModelSource:
        """The same source for a process in another folder."""
        if self.model and not self.endpoint and Path(self.model).is_dir():
            return ModelSource(str(Path(self.model).resolve()))
        return self


@dataclass(frozen=True)
class Asked:
    """What is asked of one slide.

    Attributes:
        genes: symbols, in the order of the questions.
        niches: names.
        blocks: the genes with counts, in blocks that are asked together.
    """

    genes: tuple[str, ...]
    niches: tuple[str, ...]
    blocks: tuple[tuple[str, ...], ...]

    @property
    def n_questions(self) -> int:
        """Rows of the table: genes without counts are answered without a question."""
        return len(self.genes) * len(self.niches)

    def n_in_block(self, part: int) -> int:
        """Questions of a block."""
        return len(self.blocks[part]) * len(self.niches)


@dataclass(frozen=True)
class ScreenPlan:
    """A whole screen.

    Attributes:
        asked: of each slide.
        header: what the answers depend on, as JSON.
    """

    asked: tuple[Asked, ...]
    header: dict[str, Any]

    @classmethod
    def of(cls, engine: Engine, slides: Sequence[Slide], genes: Sequence[Sequence[str] | None]) -> ScreenPlan:
        """Plans a screen.

        Args:
            engine: model to ask.
            slides: all slides.
            genes: of each slide; all of its genes where None is given.

        Raises:
            NicheLensError: a slide has no such gene.
        """
        asked = []
        for slide, chosen in zip(slides, genes, strict=True):
            symbols, niches = asked_names(slide, chosen)
            blocks = gene_blocks(slide, symbols, engine.image_size)
            asked.append(Asked(tuple(symbols), tuple(niches), tuple(blocks)))
        header = {
            "format": FORMAT,
            "versions": library_versions() | {name: version(name) for name in _COMPUTING},
            "slides": [fingerprint(slide) for slide in slides],
            "asked": [[part.genes, part.niches] for part in asked],
            "blocks": [[len(block) for block in part.blocks] for part in asked],
            **describe_engine(engine),
        }
        return cls(tuple(asked), json.loads(json.dumps(header)))

    @property
    def n_questions(self) -> int:
        """All rows of the table."""
        return sum(part.n_questions for part in self.asked)

    @cached_property
    def key(self) -> str:
        """Hash of the header, which every stored block carries."""
        return hashlib.sha256(json.dumps(self.header, sort_keys=True).encode()).hexdigest()[:16]

    def difference(self, header: Any) -> str:
        """What differs in the header of other stored answers, in words; "" if they answer this plan."""
        if not isinstance(header, dict):
            return "another program"
        return next((_WORDS[part] for part in self.header if header.get(part) != self.header[part]), "")


def describe_engine(engine: Engine) -> dict[str, Any]:
    """What the answers of a model depend on."""
    calibration = {name: _plain(value) for name, value in asdict(engine.calibration.of(ENRICHED)).items()}
    return {
        "model": {"name": engine.name, "base": Path(engine.base).name, "fingerprint": engine.fingerprint},
        "figures": {"contract": engine.contract_hash, "size": engine.image_size},
        "calibration": calibration,
    }


def _plain(value: float) -> float | str:
    """A number as JSON can hold it."""
    return value if np.isfinite(value) else str(value)
