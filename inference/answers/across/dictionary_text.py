"""A niche dictionary as Markdown, JSON, and a table for spreadsheets (CSV)."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from data_prep.facts.niche_dictionary import NicheDictionary, NicheEntry
from data_prep.facts.niche_matching import ERRORS, LEAST_SIMILARITY
from inference.answers.across.markdown_parts import escaped, table

if TYPE_CHECKING:
    import pandas as pd

RULE = (
    f"Two niches match if each is the best of the other, their marker similarity less {ERRORS:g} errors is at least "
    f"{LEAST_SIMILARITY:g}, and the second best is worse by more than {ERRORS:g} errors. Names decide nothing."
)
"""The rule for people."""


def to_table(dictionary: NicheDictionary) -> pd.DataFrame:
    """One row for each niche of each slide and its best match on each other slide.

    Columns: "id" and "name" of the entry, "slide", "niche", "share" of the slide's labelled spots, "other_slide",
    "best_match", "is_match", "score", "score_error", "marker_similarity", "marker_error", "place_similarity",
    "second_best", "margin", "margin_error", "n_genes", and "reason" where the two do not match.
    """
    import pandas as pd

    rows = []
    for match in dictionary.matches:
        found, entry = match.found, dictionary.entry_of(match.slide, match.found.niche)
        share = next(member.share for member in entry.members if member.slide == match.slide)
        rows.append(
            {
                "id": entry.id,
                "name": entry.name,
                "slide": match.slide,
                "niche": found.niche,
                "share": share,
                "other_slide": match.other,
                "best_match": found.best,
                "is_match": found.is_match,
                "score": found.score,
                "score_error": found.score_error,
                "marker_similarity": found.markers,
                "marker_error": found.markers_error,
                "place_similarity": found.place,
                "second_best": found.second,
                "margin": found.margin,
                "margin_error": found.margin_error,
                "n_genes": match.n_genes,
                "reason": found.reason,
            }
        )
    return pd.DataFrame(rows)


def to_dict(dictionary: NicheDictionary) -> dict[str, Any]:
    """Everything for other programs."""
    return {
        "slides": list(dictionary.slides),
        "rule": RULE,
        "entries": [{**asdict(entry), "is_matched": entry.is_matched} for entry in dictionary.entries],
        "matches": to_table(dictionary).to_dict("records"),
    }


def to_json(dictionary: NicheDictionary) -> str:
    """Everything for other programs, as text."""
    return json.dumps(to_dict(dictionary), indent=2, ensure_ascii=False) + "\n"


def to_markdown(dictionary: NicheDictionary) -> str:
    """The dictionary for people who read Markdown."""
    slides = dictionary.slides
    lines = [f"# Niches of {len(slides)} slides", "", escaped(summary(dictionary)), "", escaped(RULE), ""]
    rows = [
        [
            entry.id,
            f"**{escaped(entry.name)}**",
            *(escaped(entry.niche_on(slide)) or "–" for slide in slides),
            escaped(markers(entry)),
        ]
        for entry in dictionary.entries
    ]
    lines += table(["", "Niche", *map(escaped, slides), "Shared markers"], rows)
    alone = [entry for entry in dictionary.entries if not entry.is_matched]
    if alone:
        lines += ["", "## Without a match", ""]
        for entry in alone:
            lines += [f"- **{escaped(entry.name)}** of {escaped(entry.members[0].slide)}"]
            lines += [f"  - on {escaped(slide)}: {escaped(reason)}" for slide, reason in entry.unmatched.items()]
    lines += ["", "## Best matches", ""]
    head = ["Slide", "Niche", "Other slide", "Best match", "Score", "Margin", "Second best", "Match"]
    rows = [
        [
            escaped(match.slide),
            escaped(match.found.niche),
            escaped(match.other),
            escaped(match.found.best),
            f"{match.found.score:.2f} ± {match.found.score_error:.2f}",
            f"{match.found.margin:.2f} ± {match.found.margin_error:.2f}",
            escaped(match.found.second),
            "yes" if match.found.is_match else f"no: {escaped(match.found.reason)}",
        ]
        for match in dictionary.matches
    ]
    return "\n".join([*lines, *table(head, rows), "", "Research software. Not for clinical use.", ""])


def summary(dictionary: NicheDictionary) -> str:
    """How many niches were matched, in one or two sentences."""
    on = Counter(len(entry.members) for entry in dictionary.entries)
    n_slides = len(dictionary.slides)
    n_matched = len(dictionary.entries) - on[1]
    everywhere = f"{on[n_slides]} on all {n_slides} slides" if n_slides > 2 else f"{on[2]} on both slides"
    some = f", {n_matched - on[n_slides]} on some" if n_slides > 2 else ""
    return f"{len(dictionary.entries)} niches: {everywhere}{some}, {on[1]} on one slide only (without a match)."


def markers(entry: NicheEntry) -> str:
    """The shared markers of an entry with their mean log2 fold changes."""
    return ", ".join(f"{marker.gene} {marker.log2fc:+.1f}" for marker in entry.markers) or "none"
