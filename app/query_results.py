"""Niche queries: where else tissue is like a niche or a picked region; `nichelens.niches_like`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.notebook import Slides
from app.notebook_tables import escape
from data_prep.errors import NicheLensError, suggest

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from data_prep.facts.facts import Facts
    from data_prep.slide import Slide


@dataclass(frozen=True, eq=False)
class TissueLikeIt:
    """Where else tissue is like a niche or a picked region.

    Attributes:
        text: what was found, one sentence for each slide.
        niches: one row for each niche of each other slide, the most similar first: "slide", "niche", "score",
            "score_error", "markers", "place", "is_match", "n_genes", and "reason" why the best of a slide is no match.
        spots: one row for each spot of the other slides, the most similar first: "slide", "spot", "niche", "likeness".
        is_new: whether no niche of any slide matches: nothing known is like it for certain.
    """

    text: str
    niches: pd.DataFrame
    spots: pd.DataFrame
    is_new: bool

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.text)}</p>{self.niches.to_html(index=False)}"


def niches_like(
    slide: Slides,
    others: Slides | Sequence[Slides],
    *,
    niche: str = "",
    spots: np.ndarray | Sequence[str] | None = None,
) -> TissueLikeIt:
    """Where else is tissue like this? Ranks the niches and the spots of other slides, as `nichelens query` does.

    Args:
        slide: of `read`, the one slice with the niche: ``slide["S1"]``.
        others: the slides to look in.
        niche: name of a niche of the slide; or
        spots: a region that you picked: names of its spots, or a boolean for each spot.

    Raises:
        NicheLensError: both or neither of niche and spots are given, the region is too small, there is no such niche or
            spot, or the slides share too few genes.
    """
    from data_prep.figures.spec import NATIVE_SIZE

    chosen = slide.only_slice_with(niche)
    known = [others] if isinstance(others, Slides) else list(others)
    facts = [one for source in known for one in source.facts(NATIVE_SIZE)]
    picked = None if spots is None else picked_spots(chosen.slices[0], spots)
    return ask_for_like(*query_of(chosen.facts(NATIVE_SIZE)[0], niche, picked), facts)


def query_of(facts: Facts, niche: str, picked: np.ndarray | None) -> tuple[Facts, str]:
    """Facts of a slide on which the asked tissue is a niche, and the name of that niche.

    Args:
        facts: of the slide.
        niche: name; "" for a picked region.
        picked: (n_spots,) boolean, the spots of the region; None for a niche.

    Raises:
        NicheLensError: both or neither are given, there is no such niche, or the region is too small.
    """
    from data_prep.facts.facts import Facts as MeasuredFacts
    from data_prep.facts.niche_query import REGION, with_region

    if bool(niche) == (picked is not None):
        message = "a niche query needs either a niche or the spots of a region"
        raise NicheLensError(message)
    if picked is not None:
        return MeasuredFacts.measure(with_region(facts.slide, picked)), REGION
    facts.slide.niche_index(niche)
    return facts, niche


def picked_spots(slide: Slide, spots: np.ndarray | Sequence[str]) -> np.ndarray:
    """Which spots of a slide were picked, boolean of shape (n_spots,).

    Args:
        slide: the slide.
        spots: names of spots, or a boolean for each spot.

    Raises:
        NicheLensError: the slide has no such spot, or the booleans are not one for each spot.
    """
    import numpy as np

    given = np.asarray(spots)
    if given.dtype == bool:
        if given.shape != (slide.n_spots,):
            message = f"{slide.name}: got {given.size:,} booleans for {slide.n_spots:,} spots; give one for each"
            raise NicheLensError(message)
        return given
    unknown = np.setdiff1d(given.astype(str), slide.spot_names)
    if len(unknown):
        message = f"{slide.name}: no spot '{unknown[0]}'; {suggest(str(unknown[0]), slide.spot_names, kind='spots')}"
        raise NicheLensError(message)
    return np.isin(slide.spot_names, given.astype(str))


def ask_for_like(query: Facts, niche: str, others: Sequence[Facts]) -> TissueLikeIt:
    """Ranks the niches and spots of other slides; see `niches_like`."""
    import numpy as np
    import pandas as pd

    from data_prep.facts.niche_dictionary import slides_in_order
    from data_prep.facts.niche_query import like_spots, where_else

    names, ordered = slides_in_order(others)
    answers = where_else(query, niche, ordered)
    rows, parts, words = [], [], []
    for answer, slide_name in zip(answers, names, strict=True):
        match = answer.match
        for place, found in enumerate(answer.niches):
            is_best = not place
            rows.append(
                {
                    "slide": slide_name,
                    "niche": found.niche,
                    "score": found.score,
                    "score_error": found.score_error,
                    "markers": found.markers,
                    "place": found.place,
                    "is_match": is_best and match.is_match,
                    "n_genes": answer.n_genes,
                    "reason": match.reason if is_best else "",
                }
            )
        verdict = "a match" if match.is_match else f"no match: {match.reason}"
        words.append(f"{slide_name}: {match.best}, score {match.score:.2f} ± {match.score_error:.2f}, {verdict}.")
    slides = [facts.slide for facts in ordered]
    for slide, slide_name, likeness in zip(slides, names, like_spots(query, niche, slides), strict=True):
        parts.append(
            pd.DataFrame(
                {
                    "slide": slide_name,
                    "spot": slide.spot_names if len(slide.spot_names) else np.arange(slide.n_spots).astype(str),
                    "niche": np.array([*slide.niches, ""], dtype=object)[slide.niche],
                    "likeness": likeness,
                }
            )
        )
    is_new = not any(answer.match.is_match for answer in answers)
    outcome = "matches nothing on the other slides" if is_new else "is elsewhere too"
    return TissueLikeIt(
        text=" ".join([f"{niche} of {query.slide.name} {outcome}.", *words]),
        niches=pd.DataFrame(rows).sort_values("score", ascending=False, kind="stable", ignore_index=True),
        spots=pd.concat(parts).sort_values("likeness", ascending=False, kind="stable", ignore_index=True),
        is_new=is_new,
    )
