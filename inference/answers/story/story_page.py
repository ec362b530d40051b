"""A story as a part of a page, with the maps that show its claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from data_prep.claims import CLAIM_TYPES, VERDICT_MARKS, Claim
from data_prep.facts.known.seen_known import REASONS, SeenAgainstKnown
from data_prep.figures.canvas import Canvas
from data_prep.figures.png import data_url, encode_png
from data_prep.figures.spec import FigureSpec
from inference.answers.page_rendering import render_page
from inference.answers.story.niche_story import CHECKED, NicheStory, StorySentence
from inference.answers.story.phrased_story import PhrasedSentence
from inference.answers.story.recalled_markers import NOTHING_RECALLED, RecalledMarkers

GENES_LISTED = 12
"""Genes of each group of markers that a page lists."""
NOTHING_SEEN: Mapping[Claim, str] = MappingProxyType({})
"""Where no model was asked."""
STYLE = Path(__file__).with_name("story_style.css")
"""How a story looks, on any page that shows it."""
_TEMPLATE = Path(__file__).with_name("story.html.jinja")
MAPS_SHOWN = 4
"""Maps of a story, at most: what it looks like, programmes, raised sets and signals, one of each."""


def story_html(
    story: NicheStory | None,
    canvas: Canvas,
    phrased: Sequence[PhrasedSentence] = (),
    recalled: RecalledMarkers = NOTHING_RECALLED,
    seen: Mapping[Claim, str] = NOTHING_SEEN,
) -> str:
    """A story as a part of a page, "" for a slide without knowledge.

    Args:
        story: of a niche.
        canvas: draws the slide.
        phrased: the story in a model's words.
        recalled: what the model answers by names alone.
        seen: claims that the model was asked about → what it sees, in words.
    """
    if story is None:
        return ""
    return render_page(
        _TEMPLATE,
        parts=[
            {"heading": part.heading, "sentences": [_sentence(sentence, seen) for sentence in part.sentences]}
            for part in story.parts
        ],
        markers=None if story.markers is None else _markers(story.markers),
        maps=_maps(story, canvas),
        phrased=phrased,
        recalled=recalled.words,
    )


def _sentence(sentence: StorySentence, seen: Mapping[Claim, str]) -> dict[str, str]:
    mark = VERDICT_MARKS[sentence.entry.verdict] if sentence.entry else ""
    return {
        "words": sentence.words,
        "kind": sentence.kind,
        "mark": mark,
        "evidence": sentence.evidence,
        "seen": seen.get(sentence.entry.claim, "") if sentence.entry else "",
        "sources": "; ".join(map(str, sentence.sources)),
    }


def _markers(markers: SeenAgainstKnown) -> list[dict[str, str]]:
    """Each group with the genes that stand first; what is known and not seen by its reason."""
    by_reason: dict[str, list[str]] = {reason: [] for reason in REASONS}
    for one in markers.unseen:
        by_reason[one.reason].append(f"{one.gene} ({', '.join(one.niches)})" if one.niches else one.gene)
    return [
        _group(f"Seen, and known for {markers.cell_type}", [one.gene for one in markers.known]),
        _group("Seen, not in its lists: candidates", [one.gene for one in markers.candidates]),
        *(_group(f"Known, not seen: {reason}", genes) for reason, genes in by_reason.items() if genes),
    ]


def _group(heading: str, names: list[str]) -> dict[str, str]:
    more = f", and {len(names) - GENES_LISTED} more" if len(names) > GENES_LISTED else ""
    return {"heading": f"{heading}: {len(names)}", "genes": ", ".join(names[:GENES_LISTED]) + more}


def _maps(story: NicheStory, canvas: Canvas) -> list[dict[str, str]]:
    """One map for the first claim of each kind that a figure can show."""
    shown: dict[FigureSpec, Claim] = {}
    kinds: set[str] = set()
    for sentence in story.sentences:
        if sentence.kind == CHECKED and sentence.entry is not None:
            claim = sentence.entry.claim
            question = CLAIM_TYPES[claim.kind].question
            is_complex = claim.kind == "signals_to" and "+" in claim.gene + claim.other
            if question is not None and not is_complex and claim.kind not in kinds:
                spec = question.spec(claim, CLAIM_TYPES[claim.kind].other, canvas.size)
                if spec not in shown:
                    shown[spec] = claim
                    kinds.add(claim.kind)
    maps = []
    for spec, claim in list(shown.items())[:MAPS_SHOWN]:
        pair = f"{claim.gene} in orange, {claim.other} in blue"
        caption = pair if claim.kind == "signals_to" else f"the genes of {claim.other}"
        maps.append({"src": data_url(encode_png(canvas.pixels(spec))), "alt": caption, "caption": caption})
    return maps
