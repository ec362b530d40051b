"""Split leaks: repeated questions, and donors and genes on both sides."""

import pandas as pd

from data_prep.dataset.lint.leaks import lint
from data_prep.dataset.lint.split_leaks import find_split_leaks
from tests.data_prep.dataset.lint.question_tables import make_questions


def test_both_sides_of_a_split() -> None:
    table = make_questions(40, leaky=False).assign(
        split=["train"] * 20 + ["test_slide"] * 20,
        donor="D1",
        slide="s",
        niche="n",
        genes=[[f"G{i % 20}"] for i in range(40)],
    )
    problems = " ".join(lint(table).problems)
    assert "donor 'D1' is both" in problems
    assert "gene 'G0' in niche 'n' of slide 's' stands in both train and test_slide" in problems


def test_genes_on_both_sides_are_found_whatever_their_capitals() -> None:
    table = pd.DataFrame({"split": ["train", "test_gene", "test_slide"], "genes": [["Mbp"], ["MBP"], ["GFAP"]]})
    assert find_split_leaks(table) == ["gene 'MBP' is both learned from and held out (test_gene, test_both)"]
    assert find_split_leaks(table.iloc[[0, 2]]) == []
    assert find_split_leaks(table.drop(columns="split")) == []
