"""The base's own training: what is wrong with the input is one line."""

import pytest

from training.pretrain import main


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--output_dir", "A"], "unknown option --output_dir; did you mean --output-dir?"),
        (["--output-dir", "{tmp}/out", "--steps", "0"], "give --steps or --minutes"),
        (["--output-dir", "{tmp}/out", "--steps", "1", "--batch", "0"], "batch is 0 and must be at least 1"),
        (["--output-dir", "{tmp}/out", "--patch-sizes", "8"], "did you mean --patch-size?"),
        (["--output-dir", "{tmp}/out", "--steps", "1", "--arms", "{tmp}/nowhere.yaml"], "nowhere.yaml: no such file"),
        ([], "--output-dir must be given"),
    ],
)
def test_bad_input_is_one_line_and_exit_2_and_leaves_nothing(tmp_path, capsys, options, reason) -> None:
    assert main([option.format(tmp=tmp_path) for option in options]) == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error:")]
    assert reason in line
    assert not list(tmp_path.iterdir())


def test_the_help_names_the_settings_and_the_sizes_of_the_model(capsys) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--help"], command="nichelens pretrain")
    assert end.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    assert text.startswith("usage: nichelens pretrain ")
    for words in ("Sizes of the model:", "--vision-layers N Layers of the vision tower.", "--minutes X"):
        assert words in text
