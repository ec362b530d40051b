"""The cost of a figure is logged, and resampling gives a warning."""

import logging

from inference.model.loader import load_base
from training.adapter.figure_cost import report_figures


def test_the_cost_of_a_figure_is_logged_and_resampling_warned_about(base, caplog):
    loaded = load_base(str(base))
    with caplog.at_level(logging.INFO, logger="training.adapter.figure_cost"):
        report_figures(loaded, 128)
        assert "a figure of 128 px is 16 image tokens" in caplog.text
        assert "resampled" not in caplog.text
    report_figures(loaded, 96)
    assert "the figures are 96 px" in caplog.text
    assert "reads 128 px, so each is resampled" in caplog.text
    assert "prep --size 128" in caplog.text
