"""The task pattern: it searches for genes with a pattern that a fold change cannot see."""

import numpy as np

from data_prep import tasks
from data_prep.facts.facts import Facts
from data_prep.synth.tissue import make_slide


def test_patterns_look_for_what_a_fold_change_does_not_see() -> None:
    facts = Facts.measure(make_slide(6, n_spots=1500, n_niches=5, n_genes=200))
    pattern = tasks.TASKS["pattern"]
    planned = list(pattern.choose_questions(facts, np.random.default_rng(0), tasks.QuestionLimits(40)))
    asked = [spec.genes[0] for spec in planned]
    assert len(asked) == len(set(asked)) <= 40
    unseen = [spec for spec in planned if tasks.has_spatial_claim(facts, spec.genes[0], spec.niche)]
    rng = np.random.default_rng(1)
    chance = np.mean(
        [
            tasks.has_spatial_claim(facts, str(rng.choice(facts.slide.genes)), str(rng.choice(facts.slide.niches)))
            for _ in range(200)
        ]
    )
    assert len(unseen) / len(planned) > 2 * chance
    some = [int(gene) for gene in rng.permutation(200)[:50]]
    of_split = list(pattern.choose_questions(facts, np.random.default_rng(0), tasks.QuestionLimits(40, some)))
    assert of_split
    assert {spec.genes[0] for spec in of_split} <= {str(facts.slide.genes[gene]) for gene in some}
