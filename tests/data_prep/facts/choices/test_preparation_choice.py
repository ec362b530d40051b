"""Choices by count splitting: what was planted is chosen, the same each time, and what is too sparse is told."""

from dataclasses import replace

import numpy as np
import pytest

from data_prep.errors import NicheLensError
from data_prep.facts.choices.choice_record import COMPONENTS, GENES, MAPS, NORMALISATION, NUMBER, Choices
from data_prep.facts.choices.preparation_choice import choose_preparation
from data_prep.facts.niche_finding import find_niches
from data_prep.niche_options import NicheOptions, Preparation
from data_prep.slide import Slide
from data_prep.synth.planted_choices import HARMFUL, NEEDED, plant_choices
from tests.benchmarks.choices import judge


@pytest.fixture(scope="module")
def slide() -> Slide:
    return plant_choices(4, depth_artefact=True, pooling=NEEDED, n_niches=4, layout="hex", n_spots=450).slide


@pytest.fixture(scope="module")
def choices(slide: Slide) -> Choices:
    return choose_preparation([slide])


@pytest.mark.parametrize("first", [0, 3, 6, 9])
def test_planted_choices_are_made(first: int) -> None:
    verdicts = []
    for seed in range(first, first + 3):
        how = {"depth_artefact": bool(seed % 2), "pooling": (NEEDED, HARMFUL)[seed // 2 % 2], "n_niches": 3 + seed % 4}
        verdicts += judge(plant_choices(seed, n_spots=360, **how))
    assert sum(verdict.is_right for verdict in verdicts) >= len(verdicts) - 1, verdicts


def test_every_question_is_answered_with_a_reason(choices: Choices) -> None:
    assert [choice.question for choice in choices.choices] == [NORMALISATION, COMPONENTS, GENES, NUMBER, MAPS]
    for choice in choices.choices:
        assert choice.reason
        assert choice.best.behind == 0
        assert all(candidate.error > 0 for candidate in choice.candidates)
    assert choices.chosen(NORMALISATION) != "none"
    assert choices.chosen(NUMBER) == 4


def test_the_order_of_the_spots_does_not_matter(slide: Slide, choices: Choices) -> None:
    order = np.random.default_rng(1).permutation(slide.n_spots)
    other = replace(slide, counts=slide.counts[order].tocsc(), xy=slide.xy[order], niche=slide.niche[order])
    assert choose_preparation([other]) == choices


def test_choices_survive_json(choices: Choices) -> None:
    import json

    record = json.loads(json.dumps(choices.to_json()))
    assert Choices.from_json(record) == choices
    assert record["repeat"] == choices.flags


def test_the_flags_repeat_what_auto_found(slide: Slide, choices: Choices) -> None:
    found = find_niches([slide], NicheOptions(auto=True))
    assert found.choices == choices
    assert found.slides[0].meta.choices == choices.to_json()
    assert any(choices.flags in note for note in found.slides[0].meta.notes)
    words = choices.flags.split()
    given = dict(zip(words[::2], words[1::2], strict=True))
    preparation = Preparation(given["--normalisation"], int(given["--genes-used"]), int(given["--n-components"]))
    again = find_niches([slide], NicheOptions(int(given["--n-niches"]), preparation=preparation))
    np.testing.assert_array_equal(again.slides[0].niche, found.slides[0].niche)


def test_a_given_number_stays(slide: Slide) -> None:
    choices = choose_preparation([slide], NicheOptions(6, auto=True))
    assert choices.of(NUMBER) is None
    assert choices.applied_to(NicheOptions(6, auto=True)).n_niches == 6


def test_slides_with_few_counts_say_so() -> None:
    rng = np.random.default_rng(0)
    planted = plant_choices(5, n_niches=3, n_spots=300).slide
    sparse = planted.with_counts(rng.poisson(0.02, planted.counts.shape))
    choices = choose_preparation([sparse])
    assert any("maps of most single genes" in note for note in choices.notes)
    assert any("Too few counts for niches" in note for note in choices.notes)
    assert choices.of(NUMBER) is not None
    assert choices.chosen(NUMBER) is None


def test_a_handful_of_spots_is_refused(slide: Slide) -> None:
    few = replace(slide, counts=slide.counts[:60].tocsc(), xy=slide.xy[:60], niche=slide.niche[:60])
    with pytest.raises(NicheLensError, match="too few to choose by count splitting"):
        choose_preparation([few])


def test_auto_excludes_a_given_preparation() -> None:
    with pytest.raises(NicheLensError, match="--auto and --normalisation"):
        NicheOptions(preparation=Preparation("depth"), auto=True)
