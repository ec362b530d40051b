"""Questions are read back from the rows of a dataset."""

from data_prep.claims import THE_NICHE, hear
from data_prep.dataset.loading import load_examples
from inference.evaluation.questions.altered_slides import open_alterable_slides
from inference.evaluation.questions.row_questions import load_rows, read_claims, read_question, read_questions


def test_a_row_reads_back_as_the_question_it_was(pictures):
    rows = load_examples(pictures, "train")
    row = next(row for row in rows if row["task"] == "describe")
    question = read_question(row)
    assert [image.shape for image in question.images] == [(128, 128, 3)] * 2
    assert question.names.niches[THE_NICHE] == row["niche"]
    assert question.specs[1].genes == tuple(row["genes"])
    assert read_claims(row)
    assert set(read_claims(row)) == set(hear(row["completion"]))


def test_figures_that_are_drawn_together_are_those_drawn_one_by_one(specs, pictures):
    slides = open_alterable_slides(specs, 128)
    rows = load_rows(specs, "test_slide", slides)
    some = [rows["task"][:].index(task) for task in ("enriched", "adjacent", "describe")]
    drawn = read_questions(rows.select(some), slides)
    one_by_one = load_examples(specs, "test_slide").select(some)
    for together, row in zip(drawn, one_by_one, strict=True):
        alone = read_question(row)
        assert (together.prompt, together.kind, together.specs) == (alone.prompt, alone.kind, alone.specs)
        for a, b in zip(together.images, alone.images, strict=True):
            assert (a == b).all()
    assert [question.kind for question in drawn] == ["enriched", "adjacent", ""]


def test_columns_are_read_without_drawing(specs, monkeypatch):
    from data_prep.figures.canvas import Canvas

    monkeypatch.setattr(Canvas, "pictures", None)
    rows = load_rows(specs, "test_slide", open_alterable_slides(specs, 128))
    assert len(rows["task"][:]) == len(rows)
