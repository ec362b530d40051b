"""The benchmark of 4-bit weights runs from end to end, and nf4 changes few answers."""

import json

import pytest

from tests.benchmarks.four_bits import main


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_bundled_base_answers_in_four_bits_as_in_full(tmp_path, monkeypatch, capsys):
    file = tmp_path / "measured.json"
    monkeypatch.setattr("sys.argv", ["four_bits", "--steps", "2", "--questions", "14", "--out", str(file)])
    main()
    measured = json.loads(file.read_text())
    assert measured["base, nf4 beside full"]["correlation"] > 0.98
    assert measured["adapter of full weights, nf4 base beside full base"]["correlation"] > 0.98
    assert measured["adapter of nf4, full base beside nf4 base"]["correlation"] > 0.98
    assert measured["adapter of nf4, exported beside full base"]["same answers"] == 1
    assert "trained in nf4" in capsys.readouterr().out
