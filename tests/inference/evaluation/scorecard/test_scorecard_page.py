"""A scorecard as JSON, as Markdown and as a page."""

import json
from dataclasses import replace

from inference.evaluation.scorecard.scorecard_page import plots_of, to_html, to_markdown
from inference.evaluation.scores.condition_names import (
    MODEL,
)


def test_results_are_json_markdown_and_a_page(card):
    stored = json.loads(json.dumps(card.to_json(), allow_nan=False))
    auroc = card.kinds["enriched"].auroc[MODEL].value
    assert stored["kinds"]["enriched"]["auroc"][MODEL]["value"] == round(auroc, 4)
    words, page = to_markdown(card, "eval.plots"), to_html(card)
    assert "tiny-adapter on specs, split test_slide" in words
    for name in (*card.kinds, *card.kinds["enriched"].auroc):
        assert f"| {name} |" in words
    for heading in ("Kinds of claim", "By slide", "Interviews", "Depth ladder", "Perception ladder", "Robustness"):
        assert f"## {heading}" in words
        assert f"<h2>{heading}</h2>" in page
    names = [plot.name for plot in plots_of(card)]
    assert {"kinds", "reliability", "coverage", "depth", "perception"} <= set(names)
    assert len(set(names)) == len(names)
    assert page.count("data:image/png;base64,") == len(names)
    assert "http" not in page
    for plot in plots_of(card):
        assert f"(eval.plots/{plot.name}.png)" in words
        assert plot.png.startswith(b"\x89PNG")


def test_slides_with_a_question_each_get_no_table_of_slides(card):
    without = {kind: replace(scores, slides={}) for kind, scores in card.kinds.items()}
    assert "By slide" not in to_markdown(replace(card, kinds=without), "eval.plots")
