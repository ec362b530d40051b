"""The table keeps numbers as numbers, so that the browser can sort them."""

import json
import math

import pandas as pd

from app.web.gene_table import marker_rows, table_value
from inference.answers.screen import COLUMNS


def test_a_marker_table_keeps_its_numbers() -> None:
    row = {"gene": "G", "niche": "N", "p_marker": 1.0, "verdict": "yes", "log2fc": 2.5, "log2fc_error": 0.2}
    row |= {"q_value": 3e-12, "agrees": "no", "detected_in_niche": 0.5, "detected_outside": 0.0}
    assert set(row) <= set(COLUMNS)
    shown = json.loads(marker_rows(pd.DataFrame([row]), "markers"))
    assert shown["rows"] == [["G", "marker", 1.0, "✗ disagree", [2.5, 0.2], 3e-12, 0.5, 0.0]]
    assert len(shown["columns"]) == len(shown["rows"][0])
    assert [column["kind"] for column in shown["columns"]][5] == "q"


def test_what_is_unknown_is_empty() -> None:
    assert json.loads(table_value([("A", "number", "")], [(math.nan,)]))["rows"] == [[None]]
    assert json.loads(table_value([("A", "effect", "")], [((math.nan, 1.0),)]))["rows"] == [[None]]
    assert json.loads(table_value([("A", "effect", "")], [((1.0, math.nan),)]))["rows"] == [[[1.0, None]]]
