"""The data of a run: questions with pictures, or questions about genes in words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from data_prep.gene_text.text_loading import is_text_dataset
from inference.model.loader import Base
from training.adapter.figure_cost import report_figures
from training.adapter.loader_workers import decide_workers
from training.adapter.text_examples import check_text_rows, load_text_splits, text_row_lengths, tokenized
from training.adapter.training_rows import (
    RowSizes,
    check_rows,
    load_contract,
    load_splits,
    row_lengths,
    with_rendering,
)

if TYPE_CHECKING:
    from datasets import Dataset


class RunData(ABC):
    """The rows of a dataset, and how a base reads them.

    Attributes:
        source: name of the dataset in errors.
        train: training split.
        validation: validation split; None without one.
        contract: figure contract; None for a dataset without pictures.
    """

    source: str
    train: Dataset
    validation: Dataset | None
    contract: Mapping[str, Any] | None

    @property
    def has_pictures(self) -> bool:
        """Whether the questions show pictures."""
        return self.contract is not None

    @abstractmethod
    def check(self, base: Base) -> RowSizes:
        """Check that a base can be trained on the rows, and measure them.

        Raises:
            NicheLensError: it cannot.
        """

    @abstractmethod
    def choose_workers(self, setting: int, base: Base) -> int:
        """Worker processes that prepare rows; ``setting`` is the number asked for, -1 for a choice."""

    @abstractmethod
    def lengths(self, rows: Dataset, base: Base) -> list[int]:
        """Tokens of each of some rows."""

    @abstractmethod
    def rendered(self, rows: Dataset, base: Base) -> Dataset:
        """Some rows in the form that the trainer reads."""

    @abstractmethod
    def processing_class(self, base: Base) -> Any:
        """What TRL's trainer takes for the processor of a base."""


class PictureData(RunData):
    """A dataset that `nichelens prep` wrote."""

    def __init__(self, source: str) -> None:
        """Loads the splits and the figure contract."""
        self.source = source
        self.train, self.validation = load_splits(source)
        self.contract = load_contract(source)
        self._figure_tokens = 0

    def check(self, base: Base) -> RowSizes:
        """As `RunData.check`."""
        self._figure_tokens = report_figures(base, int((self.contract or {})["size"]))
        return check_rows(self.train, base.model.config, base.processor, self.source)

    def choose_workers(self, setting: int, base: Base) -> int:
        """As `RunData.choose_workers`."""
        return decide_workers(setting, self.rendered(self.train, base), base.processor)

    def lengths(self, rows: Dataset, base: Base) -> list[int]:
        """As `RunData.lengths`; `check` comes first."""
        return row_lengths(rows, base.processor, self.source, self._figure_tokens)

    def rendered(self, rows: Dataset, base: Base) -> Dataset:
        """The rows, drawn and rendered when they are read."""
        return with_rendering(rows, base.processor)

    def processing_class(self, base: Base) -> Any:
        """The processor."""
        return base.processor


class TextData(RunData):
    """A dataset that `nichelens prep-text` wrote."""

    contract = None

    def __init__(self, source: str) -> None:
        """Loads the splits."""
        self.source = source
        self.train, self.validation = load_text_splits(source)

    def check(self, base: Base) -> RowSizes:
        """As `RunData.check`."""
        return check_text_rows(self.train, base.model.config, base.processor, self.source)

    def choose_workers(self, setting: int, base: Base) -> int:
        """As `RunData.choose_workers`; the tokens are made beforehand, so there is nothing to do ahead."""
        return max(setting, 0)

    def lengths(self, rows: Dataset, base: Base) -> list[int]:
        """As `RunData.lengths`."""
        return text_row_lengths(rows, base.processor)

    def rendered(self, rows: Dataset, base: Base) -> Dataset:
        """The tokens and labels of the rows."""
        return tokenized(rows, base.processor)

    def processing_class(self, base: Base) -> Any:
        """The tokenizer: without pictures, TRL treats every model as a language model."""
        return base.processor.tokenizer


def open_run_data(source: str) -> RunData:
    """The data of a run, by the kind of its dataset.

    Args:
        source: folder or Hub id.

    Raises:
        NicheLensError: not a NicheLens dataset, or no training split.
    """
    return TextData(source) if is_text_dataset(source) else PictureData(source)
