"""NicheStory: what a niche may be. Every sentence is a claim that the counts support, a citation, or a remark.

    story = tell_story(facts, "WM")
    story.parts[0].sentences[0].words    # "By marker lists, WM looks most like Oligodendrocytes."

What the model sees in pictures has no part in it. The counts and the files alone decide, so a story needs no model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from data_prep.claims import Entry, evidence_fields, evidence_line
from data_prep.facts.facts import Facts
from data_prep.facts.known.seen_known import SeenAgainstKnown, compare_with_known
from data_prep.facts.known.type_scores import Likeness
from data_prep.knowledge.citation import Citation
from inference.answers.story.story_claims import (
    known_marker_entries,
    likeness_entry,
    programme_entries,
    signal_entries,
    signature_entries,
)
from inference.answers.story.story_functions import function_sentences

MOST_RANKED = 5
"""Cell types that a story ranks."""
CHECKED, CITED, REMARK = "checked", "cited", "remark"
"""Kinds of sentence: a claim that was checked, the words of a source, and words about the story itself."""


@dataclass(frozen=True)
class StorySentence:
    """One sentence of a story.

    Attributes:
        kind: `CHECKED`, `CITED` or `REMARK`.
        words: the sentence.
        entry: the check of a claim; None for the other kinds.
        sources: lines of files.
    """

    kind: str
    words: str
    entry: Entry | None = None
    sources: tuple[Citation, ...] = ()

    @property
    def evidence(self) -> str:
        """What stands behind it, for people."""
        if self.entry is not None:
            return evidence_line(self.entry, is_named=True)
        return f"Source: {'; '.join(map(str, self.sources))}." if self.sources else ""


@dataclass(frozen=True)
class StoryPart:
    """Sentences under one heading."""

    heading: str
    sentences: tuple[StorySentence, ...]


@dataclass(frozen=True)
class NicheStory:
    """What a niche may be.

    Attributes:
        niche: its name.
        looks_like: the cell type that it looks like; "" if none fits.
        parts: headings with sentences; a part without sentences is left out.
        markers: its markers beside the lists of the type; None where none fits.
        ranked: the cell types with the highest scores, fitting or not.
    """

    niche: str
    looks_like: str
    parts: tuple[StoryPart, ...]
    markers: SeenAgainstKnown | None
    ranked: tuple[Likeness, ...] = ()

    @property
    def sentences(self) -> Iterator[StorySentence]:
        """All sentences, in order."""
        return (sentence for part in self.parts for sentence in part.sentences)

    def to_json(self) -> dict[str, Any]:
        """Plain types."""
        return {
            "looks_like": self.looks_like or None,
            "ranked": [asdict(likeness) for likeness in self.ranked],
            "parts": [
                {"heading": part.heading, "sentences": [_sentence_json(sentence) for sentence in part.sentences]}
                for part in self.parts
            ],
            "markers": None if self.markers is None else _markers_json(self.markers),
        }


def tell_story(facts: Facts, niche: str) -> NicheStory | None:
    """What a niche may be; None for a slide without knowledge.

    Args:
        facts: of a slide with `knowledge`.
        niche: name.

    Raises:
        NicheLensError: the slide has no such niche.
    """
    if facts.known is None:
        return None
    entry, remark = likeness_entry(facts, niche)
    looks_like = entry.claim.other if entry else ""
    markers = compare_with_known(facts.known, niche, looks_like) if looks_like else None
    ranked = facts.known.types.top(facts.slide.niche_index(niche), MOST_RANKED)
    first = [_checked(entry)] if entry else [StorySentence(REMARK, remark)]
    if ranked:
        listed = ", ".join(f"{likeness.name} {likeness.score:+.1f}" for likeness in ranked)
        first.append(StorySentence(REMARK, f"Ranked by score: {listed}."))
    if markers is not None:
        first.append(StorySentence(REMARK, _count_words(markers)))
        first += [_checked(one) for one in known_marker_entries(facts, markers)]
    parts = (
        StoryPart("Looks like", tuple(first)),
        StoryPart("Programmes", tuple(map(_checked, programme_entries(facts, niche)))),
        StoryPart("Raised gene sets", tuple(map(_checked, signature_entries(facts, niche)))),
        StoryPart("Signals at its borders", tuple(map(_checked, signal_entries(facts, niche)))),
        StoryPart(
            "What its strongest markers do",
            tuple(StorySentence(CITED, words, sources=(source,)) for words, source in function_sentences(facts, niche)),
        ),
    )
    return NicheStory(niche, looks_like, tuple(part for part in parts if part.sentences), markers, ranked)


def _checked(entry: Entry) -> StorySentence:
    return StorySentence(CHECKED, entry.sentence, entry, entry.sources)


def _count_words(markers: SeenAgainstKnown) -> str:
    """How many markers are seen and known, seen only, and known only."""
    n_seen, n_unseen = len(markers.known) + len(markers.candidates), len(markers.unseen)
    others = "other gene of the lists is no marker" if n_unseen == 1 else "other genes of the lists are no markers"
    return (
        f"{len(markers.known)} of its {n_seen} markers are in the lists of {markers.cell_type}, and "
        f"{len(markers.candidates)} are not. {n_unseen} {others} here."
    )


def _sentence_json(sentence: StorySentence) -> dict[str, Any]:
    record: dict[str, Any] = {"kind": sentence.kind, "text": sentence.words}
    if sentence.entry is not None:
        claim = sentence.entry.claim
        record |= {
            "claim": {"kind": claim.kind, "gene": claim.gene, "niche": claim.niche, "value": claim.value},
            "verdict": sentence.entry.verdict,
            "statistic": sentence.entry.value,
        }
        record["claim"]["other"] = claim.other
        record |= evidence_fields(sentence.entry)
    elif sentence.sources:
        record["source"] = "; ".join(map(str, sentence.sources))
    return record


def _markers_json(markers: SeenAgainstKnown) -> dict[str, Any]:
    return {
        "cell_type": markers.cell_type,
        "seen_and_known": [
            {"gene": one.gene, "log2fc": one.log2fc, "source": "; ".join(map(str, one.sources))}
            for one in markers.known
        ],
        "seen_not_in_lists": [{"gene": one.gene, "log2fc": one.log2fc} for one in markers.candidates],
        "known_not_seen": [
            {"gene": one.gene, "reason": one.reason, "niches": list(one.niches), "source": str(one.source)}
            for one in markers.unseen
        ],
    }
