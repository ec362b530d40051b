"""The task describe: panels hold markers and decoys, and cell types are shown."""

from collections import Counter
from dataclasses import replace

import numpy as np

from data_prep import tasks
from data_prep.facts.facts import Facts
from tests.data_prep.tasks.task_examples import make_examples


def test_cell_types_are_shown_beside_a_niche(facts: Facts) -> None:
    codes = (facts.slide.xy[:, 0] > np.median(facts.slide.xy[:, 0])).astype(np.int32)
    typed = Facts.measure(replace(facts.slide, cell_type=codes, cell_types=("T cell", "B cell")))
    example = make_examples(typed, "describe", 1, 1)[0]
    assert len(example.question.images) == 3
    assert set(example.question.names.cell_types.values()) == {"T cell", "B cell"}
    assert "composed_of" in {claim.kind for claim in example.claims}


def test_panels_are_markers_and_decoys(facts: Facts) -> None:
    rng = np.random.default_rng(4)
    label = facts.markers.label
    seen = Counter()
    for niche in range(label.shape[1]):
        for _ in range(20):
            panels = tasks.choose_panels(label, niche, rng)
            assert panels is None or len(set(panels)) == 4
            if panels is not None:
                assert set(label[panels, niche]) <= {0, 1}
                seen[int((label[panels, niche] == 1).sum())] += 1
    assert set(seen) >= {0, 1, 2, 3}
