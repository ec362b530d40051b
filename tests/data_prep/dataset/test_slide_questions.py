from collections import Counter

from data_prep.dataset.slide_questions import Asked, balance
from data_prep.split_names import TEST_SLIDE, TRAIN
from data_prep.tasks import QuestionSpec


def spec(task: str, label: str, seed: int, gene: str = "") -> QuestionSpec:
    return QuestionSpec(task=task, niche="", genes=(gene,) if gene else (), seed=seed, label=label)


def chosen() -> list[list[Asked]]:
    """Twelve slides: four have a stripe, and each has a question about a gene."""
    return [
        [
            (TRAIN if number < 9 else TEST_SLIDE, spec("enriched", "yes", number, "G1")),
            (TRAIN if number < 9 else TEST_SLIDE, spec("stripe", "no" if number % 3 else "yes", 100 + number)),
        ]
        for number in range(12)
    ]


def test_as_many_slides_answer_yes_as_no() -> None:
    kept = [question for questions in balance(chosen(), seed=0) for question in questions]
    count = Counter((split, asked.label) for split, asked in kept if asked.task == "stripe")
    assert count == {(TRAIN, "yes"): 3, (TRAIN, "no"): 3, (TEST_SLIDE, "yes"): 1, (TEST_SLIDE, "no"): 1}


def test_pairs_share_a_wording() -> None:
    kept = [asked for questions in balance(chosen(), seed=0) for _, asked in questions if asked.task == "stripe"]
    by_answer = [sorted(asked.seed for asked in kept if asked.label == label) for label in ("yes", "no")]
    assert by_answer[0] == by_answer[1]


def test_other_questions_stay() -> None:
    before, after = ([[q for q in qs if q[1].task != "stripe"] for qs in s] for s in (chosen(), balance(chosen(), 0)))
    assert before == after


def test_one_answer_alone_is_not_asked() -> None:
    sound = [[(TRAIN, spec("bubble", "no", number))] for number in range(5)]
    assert balance(sound, seed=0) == [[]] * 5
