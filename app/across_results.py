"""The Python API across slides: `nichelens.match` and `nichelens.compare`, and what they return."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from app.notebook import Slides
from app.notebook_tables import frame
from data_prep.errors import NicheLensError

if TYPE_CHECKING:
    import pandas as pd

    from inference.answers.across.comparison import Comparison
    from inference.engine.engine import Engine


@dataclass(frozen=True, eq=False)
class Pages:
    """A result that can be saved as a page, as text, and for other programs.

    Attributes:
        text: what was found, in a few sentences.
        writers: ending of a file → its text.
    """

    text: str
    writers: Mapping[str, str]

    def save(self, path: str | Path) -> Path:
        """Writes the format that the ending names, and returns the path. An earlier file is replaced.

        Raises:
            NicheLensError: there is no such format.
        """
        from data_prep.staging import staged

        path = Path(path)
        if path.suffix not in self.writers:
            message = f"{path}: the ending says the format; choose one of {', '.join(self.writers)}"
            raise NicheLensError(message)
        with staged(path) as partial:
            partial.write_text(self.writers[path.suffix], encoding="utf-8")
        return path

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return frame(self.writers[".html"], "NicheLens")


@dataclass(frozen=True, eq=False)
class MatchedNiches(Pages):
    """The niche dictionary of several slides.

    Attributes:
        entries: one row for each niche: "id", "name", "named_by", "markers", and a column for each slide with the
            niche's name there, "" where it has none.
        matches: the best match of each niche on each other slide, with the columns of
            `inference.answers.across.dictionary_text.to_table`.
    """

    entries: pd.DataFrame
    matches: pd.DataFrame


@dataclass(frozen=True, eq=False)
class ComparedNiches(Pages):
    """What differs between two niches. Each table has one row for each statement.

    Attributes:
        changes: differences that the model states, each checked: "sentence", "verdict", "probability", "on_a", "on_b",
            "difference", "number", "error", "q_value", "threshold", and the other fields of `Finding`.
        found: differences that only the counts show.
        kept: what the model says of both sides alike.
        genes: the genes that were asked about, with their fold changes and the model's probabilities.
    """

    changes: pd.DataFrame
    found: pd.DataFrame
    kept: pd.DataFrame
    genes: pd.DataFrame


def match(slides: Slides | Sequence[Slides], *, progress: Callable[[int, int], None] | None = None) -> MatchedNiches:
    """Matches the niches of several slides by their markers and place, as `nichelens match` does.

    Args:
        slides: of `read`: one source with several slices, or several sources. Their order changes nothing.
        progress: called with (slides measured so far, all slides).

    Raises:
        NicheLensError: there are fewer than two slides, or two of them share too few genes.
    """
    import pandas as pd

    from data_prep.facts.facts import Facts
    from data_prep.facts.niche_dictionary import match_niches
    from data_prep.figures.spec import NATIVE_SIZE
    from inference.answers.across import dictionary_page, dictionary_text

    sources = [slides] if isinstance(slides, Slides) else list(slides)
    n_slides, facts = sum(len(source) for source in sources), list[Facts]()
    for source in sources:
        facts += source.facts(NATIVE_SIZE)
        if progress:
            progress(len(facts), n_slides)
    dictionary = match_niches(facts)
    table = dictionary_text.to_table(dictionary)
    entries = [
        {
            "id": entry.id,
            "name": entry.name,
            "named_by": entry.named_by,
            "markers": ", ".join(marker.gene for marker in entry.markers),
            **{slide: entry.niche_on(slide) for slide in dictionary.slides},
        }
        for entry in dictionary.entries
    ]
    return MatchedNiches(
        text=dictionary_text.summary(dictionary),
        writers={
            ".html": dictionary_page.to_html(dictionary, facts),
            ".md": dictionary_text.to_markdown(dictionary),
            ".json": dictionary_text.to_json(dictionary),
            ".csv": table.to_csv(index=False),
        },
        entries=pd.DataFrame(entries),
        matches=table,
    )


def compare(
    a: Slides,
    b: Slides | None = None,
    *,
    niche: str,
    niche_b: str = "",
    against: str = "",
    top_genes: int = 24,
    engine: Engine | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ComparedNiches:
    """Says what changed in a niche from slide a to slide b, or how two niches of slide a differ.

    It does what `nichelens compare` does.

    Args:
        a: of `read`, with one slice: ``slide["S1"]``.
        b: the second slide, likewise; None together with `against`.
        niche: name of the niche on slide a.
        niche_b: its name on slide b; "" for the same name, and for the best match where niches were computed.
        against: another niche of slide a, instead of a second slide.
        top_genes: number of genes to ask about, the same on both sides.
        engine: of `load_engine`; None for the bundled model.
        progress: called with (questions answered so far, all questions).

    Raises:
        NicheLensError: there is no such niche, a source has several slices, or the slides share too few genes.
    """
    from inference.answers.across.comparison import compare_niches, compare_slides

    if (b is None) != bool(against):
        message = "compare() needs either a second slide or against=NICHE, another niche of the first slide"
        raise NicheLensError(message)
    for source in (a, b):
        if source is not None and len(source) > 1:
            message = f"there are {len(source)} slices ({', '.join(source.names)}); choose one, for example slide[0]"
            raise NicheLensError(message)
    engine = engine or bundled_engine()
    (facts,) = a.facts(engine.image_size)
    if b is None:
        return _result(compare_niches(engine, facts, niche, against, n_genes=top_genes, progress=progress))
    (other,) = b.facts(engine.image_size)
    return _result(compare_slides(engine, facts, other, niche, niche_b, n_genes=top_genes, progress=progress))


def _result(found: Comparison) -> ComparedNiches:
    import pandas as pd

    from inference.answers.across import comparison_page, comparison_text

    record = found.to_dict()
    return ComparedNiches(
        text=found.text,
        writers={
            ".html": comparison_page.to_html(found),
            ".md": comparison_text.to_markdown(found),
            ".json": comparison_text.to_json(found),
        },
        changes=pd.DataFrame(record["changes"]),
        found=pd.DataFrame(record["found_by_counts"]),
        kept=pd.DataFrame(record["kept"]),
        genes=pd.DataFrame(record["genes"]),
    )


@lru_cache(maxsize=1)
def bundled_engine() -> Engine:
    """The bundled model, loaded once."""
    from inference.engine.load_engine import load_engine

    return load_engine()
