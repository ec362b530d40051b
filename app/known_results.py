"""What is known of a slide, in notebooks: `nichelens.know`, `nichelens.may_be` and `nichelens.find`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.notebook import Slides
from app.notebook_tables import escape
from data_prep.errors import NicheLensError

if TYPE_CHECKING:
    import pandas as pd

    from inference.answers.story.niche_story import NicheStory


@dataclass(frozen=True, eq=False)
class MayBe:
    """What a niche may be, by files and counts.

    Attributes:
        niche: its name.
        looks_like: the cell type that it looks like; None if none fits.
        text: the sentences.
        record: all of it in plain types: parts, sentences with their evidence and sources, and markers.
        html: the same as a part of a page.
    """

    niche: str
    looks_like: str | None
    text: str
    record: dict[str, Any]
    html: str

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.html


def know(slide: Slides, files: str | Path | Sequence[str | Path], *, tissue: str = "") -> Slides:
    """The same slices with what files say of their genes, for `describe`, `may_be` and `find`.

    Args:
        slide: of `read`.
        files: marker lists, gene sets, gene tables, ligands and receptors, or folders of them.
        tissue: words that name the tissue, so that marker lists of other organs are left out; "" for what the slide's
            file says.

    Raises:
        NicheLensError: a file cannot be read.
    """
    from data_prep.knowledge.on_slide import with_knowledge
    from data_prep.knowledge.reading import read_knowledge

    paths = [Path(files)] if isinstance(files, str | Path) else [Path(file) for file in files]
    knowledge = read_knowledge(paths)
    return Slides(tuple(with_knowledge(one, knowledge, tissue) for one in slide.slices), slide.options)


@dataclass(frozen=True, eq=False)
class FoundByWords:
    """The niches that words describe.

    Attributes:
        niches: one row for each niche, the best first: "rank", "slice", "niche", "score", "why".
        genes: genes that fit the words: "gene", "slice", "fit", "niche" where it is raised, "log2fc", "why".
        text: notes, or why nothing is ranked.
    """

    niches: pd.DataFrame
    genes: pd.DataFrame
    text: str

    def __str__(self) -> str:
        return "\n".join([self.text, self.niches.to_string(index=False)] if self.text else [self.niches.to_string()])

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.text)}</p>{self.niches.to_html(index=False)}"


def find(slide: Slides | Sequence[Slides], words: str) -> FoundByWords:
    """Which niches do words describe? As `nichelens find` does.

    Args:
        slide: of `know`, or several.
        words: in English, for example "myelinated white matter".

    Raises:
        NicheLensError: a slide has no knowledge, or the words are not understood.
    """
    import pandas as pd

    from data_prep.facts.known.search.word_search import find_niches_by_words
    from data_prep.figures.spec import NATIVE_SIZE

    sources = [slide] if isinstance(slide, Slides) else list(slide)
    facts = [one for source in sources for one in source.facts(NATIVE_SIZE)]
    found = find_niches_by_words(facts, words)
    niches = pd.DataFrame([asdict(one) for one in found.niches], columns=["rank", "slice", "niche", "score", "why"])
    unknown = [f"Not understood: {', '.join(found.unknown)}."] if found.unknown else []
    weak = ["The evidence is weak: niches of shuffled spots often show as much."] if found.is_weak else []
    notes = [found.refusal] if found.refusal else [*unknown, *weak]
    return FoundByWords(niches, pd.DataFrame([asdict(one) for one in found.genes]), " ".join([*notes, *found.notes]))


def may_be(slide: Slides, niche: str) -> MayBe:
    """What a niche may be: what it looks like, programmes, signals and functions, each sentence checked or cited.

    Args:
        slide: of `know`. If several slices have the niche, choose one first: ``slide["S1"]``.
        niche: name.

    Raises:
        NicheLensError: the slide has no knowledge, or no such niche.
    """
    from data_prep.figures.spec import NATIVE_SIZE
    from inference.answers.story.niche_story import tell_story
    from inference.answers.story.story_page import story_html

    chosen = slide.only_slice_with(niche)
    if chosen.slices[0].knowledge is None:
        message = f"{chosen.slices[0].name}: nothing is known of it; give files first: nichelens.know(slide, FOLDER)"
        raise NicheLensError(message)
    (facts,) = chosen.facts(NATIVE_SIZE)
    story = tell_story(facts, niche)
    assert story is not None
    return MayBe(niche, story.looks_like or None, _text(story), story.to_json(), story_html(story, facts.canvas))


def _text(story: NicheStory) -> str:
    lines = []
    for part in story.parts:
        lines.append(f"{part.heading}:")
        lines += [
            f"  {sentence.words}" + (f" [{sentence.evidence}]" if sentence.evidence else "")
            for sentence in part.sentences
        ]
    return "\n".join(lines)
