"""Questions are read back from the rows of a dataset."""

from data_prep.claims import THE_NICHE
from data_prep.dataset.loading import load_examples
from inference.evaluation.questions.row_questions import read_claims, read_question


def test_a_row_reads_back_as_the_question_it_was(pictures):
    rows = load_examples(pictures, "train")
    row = next(row for row in rows if row["task"] == "describe")
    question = read_question(row)
    assert [image.shape for image in question.images] == [(128, 128, 3)] * 2
    assert question.names.niches[THE_NICHE] == row["niche"]
    assert question.specs[1].genes == tuple(row["genes"])
    assert {claim.kind for claim in read_claims(row)} >= {"located", "extent", "form"}
