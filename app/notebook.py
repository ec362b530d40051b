"""What the Python API returns: slides that remember their facts, and answers and reports that notebooks display."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.notebook_tables import escape, frame, ledger_html, ledger_table, mark
from data_prep.errors import NicheLensError

if TYPE_CHECKING:
    import pandas as pd
    from PIL.Image import Image

    from data_prep.facts.facts import Facts
    from data_prep.read.options import ReadOptions
    from data_prep.slide import Slide
    from inference.answers.answer import Answer as CheckedAnswer
    from inference.answers.blind_twin import BlindTwin
    from inference.answers.ledger import Ledger
    from inference.engine.engine import Engine

_SHOWN = {
    "focus": ("gene", "niche"),
    "expression": ("gene",),
    "niche": ("niche",),
    "montage": ("gene", "niche"),
    "composition": ("gene", "niche"),
}
"""What each kind of picture shows, beside the slide."""


@dataclass(frozen=True, eq=False)
class Slides:
    """The slices of one source, in natural order of their names. Facts are measured once, when they are needed.

    Attributes:
        slices: one slide for each slice; a source without slices has one.
        options: how the source was read.
    """

    slices: tuple[Slide, ...]
    options: ReadOptions
    _facts: dict[int, list[Facts]] = field(default_factory=dict, repr=False)

    @property
    def names(self) -> list[str]:
        """Name of each slice."""
        from data_prep.slide_loading import slide_label

        return [slide_label(slide) for slide in self.slices]

    @property
    def genes(self) -> list[str]:
        """Gene symbols, in the order of the source."""
        return [str(gene) for gene in self.slices[0].genes]

    @property
    def niches(self) -> list[str]:
        """Names of the niches of all slices."""
        return list(dict.fromkeys(niche for slide in self.slices for niche in slide.niches))

    def facts(self, size: int) -> list[Facts]:
        """Facts of each slice, measured at the first call.

        Args:
            size: edge length in pixels of the pictures that the model reads.
        """
        from data_prep.facts.facts import Facts

        if size not in self._facts:
            self._facts[size] = [Facts.measure(slide, size) for slide in self.slices]
        return self._facts[size]

    def only_slice_with(self, niche: str = "") -> Slides:
        """The one slice that has a niche, or the only slice if no niche is named.

        Raises:
            NicheLensError: no slice has it, or there are several.
        """
        from data_prep.slide_loading import slides_with_niche

        having = slides_with_niche(self.slices, niche) if niche else self.slices
        if len(self) == 1:
            return self  # another object would measure the facts again
        chosen = [self[i] for i, slide in enumerate(self.slices) if slide in having]
        if len(chosen) > 1:
            names = ", ".join(f"'{part.names[0]}'" for part in chosen)
            which = f"{len(chosen)} slices have the niche '{niche}'" if niche else f"there are {len(chosen)} slices"
            message = f"{which} ({names}); choose one, for example slide[0]"
            raise NicheLensError(message)
        return chosen[0]

    def __len__(self) -> int:
        return len(self.slices)

    def __iter__(self) -> Iterator[Slides]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, key: int | str) -> Slides:
        """One slice, by its number or name.

        Raises:
            NicheLensError: no slice has this name.
            IndexError: there is no slice with this number.
        """
        if isinstance(key, str):
            if key not in self.names:
                message = f"no slice '{key}'; the slices are {', '.join(self.names)}"
                raise NicheLensError(message)
            key = self.names.index(key)
        number = range(len(self))[key]
        measured = {size: [facts[number]] for size, facts in self._facts.items()}
        return Slides((self.slices[number],), self.options, measured)

    def __repr__(self) -> str:
        return "\n".join(
            f"{slide.name}: {slide.n_spots:,} spots x {slide.n_genes:,} genes, {len(slide.niches)} niches "
            f"({', '.join(slide.niches)})"
            for slide in self.slices
        )


@dataclass(frozen=True, eq=False)
class Answer:
    """What the model says about one gene in one niche, and what the counts say of each claim.

    Attributes:
        slide: name of the slice.
        gene: symbol; "" for a question about none or several.
        niche: name; likewise.
        question: text of the question, with what "this gene" and "this niche" mean.
        text: the answer.
        p_marker: calibrated probability that the gene is a marker of the niche, 0..1. None for other questions, and if
            a server gives no probabilities.
        verdict: "yes", "no" or "abstain"; None for other questions.
        ledger: one row for each claim: "claim", "p" (the model's probability that it is right; NaN in prose), "verdict"
            ("supported", "contradicted", "unclear", "uncheckable", or "not checked" for a sentence without a claim),
            "statistic", "value", "threshold" (the limits that decide), "n_spots", "depth" and "pooled" (on how many
            spots it was measured, their median counts, and how many are summed at each position), "needs" (what would
            decide an unclear claim), and "source" (lines of the files of `know` that the claim rests on).
        checked: the answer sentence by sentence, with the verdict on each.
        picture: the picture that the model reads.
    """

    slide: str
    gene: str
    niche: str
    question: str
    text: str
    p_marker: float | None
    verdict: str | None
    ledger: pd.DataFrame
    checked: Ledger
    picture: Image
    _ask_again: Callable[[], BlindTwin] = field(repr=False)

    @classmethod
    def of(cls, engine: Engine, facts: Facts, answer: CheckedAnswer) -> Answer:
        """A complete answer as notebooks show it.

        Args:
            engine: model that gave it.
            facts: facts of the slide.
            answer: the answer.
        """
        from data_prep.slide_loading import slide_label
        from inference.answers.asking import verdict
        from inference.answers.prose_twin import twin_of

        probability = answer.probability
        return cls(
            slide=slide_label(facts.slide),
            gene=answer.gene,
            niche=answer.niche,
            question=answer.question,
            text=answer.text,
            p_marker=probability if engine.gives_probability else None,
            verdict=None if probability is None else verdict(engine, probability),
            ledger=ledger_table(answer.ledger),
            checked=answer.ledger,
            picture=facts.canvas.draw(answer.figure(engine.image_size)),
            _ask_again=lambda: twin_of(engine, facts.canvas, answer, lambda: facts),
        )

    def twin(self) -> BlindTwin:
        """Asks again with a blank picture and with shuffled spots, to tell which claims need the picture.

        ``twin().words`` says it, ``twin().table()`` has each claim with its probabilities.
        """
        return self._ask_again()

    @property
    def share_checked(self) -> float | None:
        """Share of the sentences that were checked against the counts, 0..1; None where nothing is said."""
        return self.checked.share_checked

    @property
    def headline(self) -> str:
        """The verdict in words, with its probability."""
        from inference.answers.asking import VERDICT_WORDS, probability_words

        if self.verdict is None:
            return ""
        known = self.p_marker is not None
        return f"{VERDICT_WORDS[self.verdict]} ({probability_words(self.p_marker or 0.0, is_known=known)})"

    @property
    def _about(self) -> str:
        return f"{self.slide}: " + (f"{self.gene} in {self.niche}" if self.gene and self.niche else self.question)

    def __str__(self) -> str:
        from inference.answers.checked_text import checked_words, to_terminal

        claims = [f"  {mark(row.verdict)} {row.claim} [{_number(row)}]" for row in self.ledger.itertuples()]
        text = (
            [to_terminal(self.checked).plain, f"({checked_words(self.checked)})"]
            if self.checked.sentences
            else [self.text]
        )
        return "\n".join([f"{self._about}: {self.headline}" if self.headline else self._about, *text, *claims])

    def _repr_html_(self) -> str:
        from inference.answers.checked_text import checked_words, to_html

        text = f"{to_html(self.checked)}<p>{checked_words(self.checked)}</p>" if self.checked.sentences else ""
        return (
            f"<p><b>{escape(self._about)}</b> {escape(self.headline)}</p>{text or f'<p>{escape(self.text)}</p>'}"
            f"{ledger_html(self.ledger)}"
        )


@dataclass(frozen=True, eq=False)
class Report:
    """A description of every niche.

    Attributes:
        page: one self-contained HTML page.
        json: the texts and claims for other programs, as `nichelens describe --out FILE.json` writes them.
        claims: one row for each claim of the descriptions: "slice", "niche", and the columns of `Answer.ledger`.
        markers: the genes that the descriptions call enriched, with the columns of `screen`.
    """

    page: str
    json: str
    claims: pd.DataFrame
    markers: pd.DataFrame

    def to_html(self) -> str:
        """The page."""
        return self.page

    def to_json(self) -> str:
        """The texts and claims for other programs."""
        return self.json

    def save(self, path: str | Path) -> Path:
        """Writes the page, or JSON if the name ends in ``.json``, and returns the path. An earlier file is replaced."""
        from data_prep.staging import staged

        path = Path(path)
        with staged(path) as partial:
            partial.write_text(self.json if path.suffix == ".json" else self.page, encoding="utf-8")
        return path

    def __repr__(self) -> str:
        counts = ", ".join(f"{n} {verdict}" for verdict, n in self.claims["verdict"].value_counts().items())
        niches = self.claims[["slice", "niche"]].drop_duplicates()
        return f"Report on {len(niches)} niches; claims: {counts or 'none'}"

    def _repr_html_(self) -> str:
        return frame(self.page, "NicheLens report")


def check_shown(kind: str, genes: Sequence[str], niche: str) -> None:
    """Refuses a kind of picture that shows more than what is given.

    Raises:
        NicheLensError: a gene or a niche is missing.
    """
    given = {"gene": genes, "niche": niche}
    needed = _SHOWN.get(kind, ())
    if not all(given[name] for name in needed):
        message = f"a picture of kind '{kind}' needs {' and '.join(f'a {name}' for name in needed)}"
        raise NicheLensError(message)


def _number(row: Any) -> str:
    return f"{row.verdict}: {row.statistic} {row.value}".strip()
