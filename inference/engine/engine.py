"""The one way to ask a model: as text, as a stream, or as the probability of "Yes".

    engine = Engine.load()                                  # the bundled base and adapter
    engine.answer([marker_question(canvas, "GFAP", "WM")])  # ["Yes. This gene is strongly enriched in ..."]
    engine.yes_probability(questions)                       # array of p(yes), one forward pass each

The model is loaded here (`inference.engine.local`), or a server has it (`inference.engine.remote`). Answers are greedy,
so the same question always gets the same one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from data_prep.errors import NicheLensError
from data_prep.figures.canvas import Canvas
from data_prep.tasks import Question
from inference.engine.confidence import Sentence
from inference.model.calibration import Calibration

if TYPE_CHECKING:
    import torch

MAX_NEW_TOKENS = 160
"""A description of a niche with four panels is about 80 tokens of the bundled tokenizer."""


class Engine(ABC):
    """Asks a model. Make one with ``Engine.load``.

    Attributes:
        name: the model folder's name, its Hub id, or what its server calls it.
        base: folder or Hub id of the base, for comparisons without the adapter.
        is_adapter: whether an adapter was put on the base.
        contract: the figure contract that the model was trained under; None where it does not say.
        calibration: of the yes/no probabilities.
        image_size: edge length in pixels at which figures are to be drawn.
        endpoint: address of the server that has the model; "" where it is loaded here.
        gives_probability: whether p(yes) is a probability; False once a server has answered without any, from when on
            it is 0 or 1 by the first word of the answer, or 0.5.
        gives_likelihood: whether ``log_likelihood`` can be asked.
    """

    name: str
    base: str
    is_adapter: bool
    contract: dict[str, object] | None
    calibration: Calibration
    image_size: int
    endpoint: str = ""
    gives_probability: bool = True
    gives_likelihood: bool = True

    @classmethod
    def load(
        cls,
        model: str | Path | None = None,
        *,
        device: str | None = None,
        dtype: str | torch.dtype | None = None,
        endpoint: str | None = None,
        served_name: str | None = None,
    ) -> Engine:
        """Loads a base or an adapter, or finds the server that has it.

        Args:
            model: folder or Hub id (``org/name`` or ``org/name@revision``) of a base or of an adapter; None for the
                bundled adapter on the bundled base. With an endpoint, the model's name there, see
                ``RemoteEngine.connect``.
            device: for example ``cpu`` or ``cuda:0``; a GPU where there is one when None.
            dtype: of the weights; None for bfloat16 on a GPU and on a CPU that multiplies it, else float32.
            endpoint: address of an OpenAI-compatible server; None loads the model here.
            served_name: what the server calls the model, where that is not ``model``.

        Raises:
            NicheLensError: no such model, not a vision-language model, weights missing, an adapter that does not fit
                its base, or one trained on figures drawn by another contract; no such server.
        """
        if endpoint:
            from inference.engine.remote import RemoteEngine

            return RemoteEngine.connect(endpoint, model, served_name)
        if served_name:
            msg = f"--served-name {served_name}: names a model of a server; give its address with --endpoint"
            raise NicheLensError(msg)
        from inference.engine.local import LocalEngine
        from inference.model.loader import load

        return LocalEngine(load(model, device, dtype))

    @property
    def contract_hash(self) -> str:
        """Hash of the figure contract, or "unknown"."""
        return str(self.contract["hash"]) if self.contract else "unknown"

    def check_canvas(self, canvas: Canvas) -> None:
        """Refuses pictures of a size that the model was not trained on.

        Raises:
            NicheLensError: the canvas draws at another size.
        """
        if canvas.size != self.image_size:
            msg = f"{canvas.slide.name}: drawn at {canvas.size} px, but {self.name} reads {self.image_size} px"
            raise NicheLensError(msg)

    def yes_probability(
        self,
        questions: Sequence[Question],
        batch_size: int | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> np.ndarray:
        """Calibrated probability that each answer starts with "Yes" rather than "No"; float64 (n,) in 0..1.

        Args:
            questions: what is asked.
            batch_size: questions scored at once, as many as suit the model when None; the result does not depend on it.
            progress: called with (questions scored so far, all questions).
        """
        logit = self.yes_logit(questions, batch_size, progress)
        return 1 / (1 + np.exp(-(logit / self.calibration.temperature + self.calibration.bias)))

    @abstractmethod
    def answer(
        self,
        questions: Sequence[Question],
        batch_size: int | None = None,
        max_new_tokens: int = MAX_NEW_TOKENS,
        progress: Callable[[int, int], None] | None = None,
    ) -> list[str]:
        """Answers in the model's words (greedy), less what it is not sure enough of, in the order of the questions.

        Args:
            questions: what is asked.
            batch_size: questions answered at once; as many as suit the model when None.
            max_new_tokens: longest answer in tokens.
            progress: called with (questions answered so far, all questions).
        """

    @abstractmethod
    def sentences(
        self,
        questions: Sequence[Question],
        batch_size: int | None = None,
        max_new_tokens: int = MAX_NEW_TOKENS,
        progress: Callable[[int, int], None] | None = None,
    ) -> list[list[Sentence]]:
        """All sentences of each answer, with how sure the model was of them; arguments as for ``answer``."""

    @abstractmethod
    def stream(self, question: Question, max_new_tokens: int = MAX_NEW_TOKENS) -> Iterator[str]:
        """The answer so far, each time it grows; the last one equals ``answer``.

        Where the model's sureness decides what is passed on, it grows by whole sentences. Leaving the loop early stops
        the model.
        """

    @abstractmethod
    def yes_logit(
        self,
        questions: Sequence[Question],
        batch_size: int | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> np.ndarray:
        """logit("Yes") - logit("No") of each answer's first token, not calibrated; float64 (n,)."""

    @abstractmethod
    def log_likelihood(self, question: Question, completions: Sequence[str]) -> np.ndarray:
        """Log probability of each completion, its end of turn included: the sum over its tokens; float64 (n,)."""

    @abstractmethod
    def load_base(self) -> Engine | None:
        """The base of an adapter, to be compared with it; None for a base, and where only a server has it."""
