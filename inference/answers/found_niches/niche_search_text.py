"""Computed niches in words and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from inference.answers.found_niches.niche_labels import curve_table, niche_names, niche_sizes

if TYPE_CHECKING:
    from data_prep.facts.niche_finding import FoundNiches


def headline(found: FoundNiches) -> str:
    """How many niches were found, and how many spots belong nowhere."""
    n_spots = sum(slide.n_spots for slide in found.slides)
    nowhere = sum(size.spots for size in niche_sizes(found) if not size.niche)
    of_slices = f" on {len(found.slides)} slices" if len(found.slides) > 1 else ""
    apart = f"{nowhere:,} of {n_spots:,} spots belong nowhere" if nowhere else f"each of {n_spots:,} spots has one"
    return f"{found.n_niches} niches{of_slices}; {apart}"


def summary(found: FoundNiches) -> str:
    """How many niches were found, and why, for the terminal and for notebooks."""
    return f"{headline(found)}. Why so many: {found.reason}."


def to_record(found: FoundNiches) -> dict[str, Any]:
    """Everything but the labels, in plain types.

    Returns:
        "n_niches", "reason", "asked" (number and scale), "preparation", "curve", "niches" (names) and "slices" with
        the size of each niche; with `--auto`, "choices" with all scores.
    """
    slices: dict[str, dict[str, Any]] = {}
    for size in niche_sizes(found):
        about = slices.setdefault(size.slice, {"slice": size.slice, "niches": []})
        if size.niche:
            row = {"niche": size.niche, "spots": size.spots, "share": size.share, "median_confidence": size.confidence}
            about["niches"].append(row)
        else:
            about["spots_that_belong_nowhere"] = size.spots
    for slide, about in zip(found.slides, slices.values(), strict=True):
        about["spots"] = slide.n_spots
    return {
        "n_niches": found.n_niches,
        "reason": found.reason,
        "asked": {"n_niches": found.options.n_niches, "scale": found.options.scale},
        "preparation": {**asdict(found.options.preparation), "words": found.options.preparation.words()},
        "curve": json.loads(curve_table(found).to_json(orient="records")),
        "niches": niche_names(found),
        "slices": list(slices.values()),
        **({} if found.choices is None else {"choices": found.choices.to_json()}),
    }


def search_record(found: FoundNiches) -> dict[str, Any]:
    """How many niches were found and why, without their sizes."""
    told = ("n_niches", "reason", "asked", "curve", "choices")
    return {name: part for name, part in to_record(found).items() if name in told}


def to_json(found: FoundNiches) -> str:
    """The record as JSON."""
    return json.dumps(to_record(found), indent=2, ensure_ascii=False) + "\n"
