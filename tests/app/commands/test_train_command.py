"""`nichelens train` and `nichelens pretrain` leave their arguments to the programmes of `training`."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize("name", ["train", "pretrain"])
def test_help_is_that_of_the_programme(run: Callable, capsys: pytest.CaptureFixture[str], name: str) -> None:
    with pytest.raises(SystemExit) as ended:
        run(name, "--help")
    assert ended.value.code == 0
    page = capsys.readouterr().out
    assert page.startswith(f"usage: nichelens {name}")
    assert "--output-dir" in page


def test_all_arguments_and_the_exit_code_are_passed_on(run: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    import training.sft

    passed = []

    def main(arguments: list[str], command: str) -> int:
        passed.append((arguments, command))
        return 2

    monkeypatch.setattr(training.sft, "main", main)
    arguments = ["--config", "nano.yaml", "--dataset", "data", "--load-in-4bit", "-q"]
    assert run("train", *arguments).code == 2
    assert passed == [(arguments, "nichelens train")]


def test_progress_is_shown_unless_quiet(run: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    import training.sft

    def main(arguments: list[str], command: str) -> int:
        training.sft.logger.info("step 1")
        training.sft.logger.info("step 1")
        return 0

    monkeypatch.setattr(training.sft, "main", main)
    assert run("train").err == ["step 1", "step 1"]
    assert run("--quiet", "train").err == []


def test_bad_input_is_one_line(refused: Callable[..., str]) -> None:
    assert "nowhere.yaml: no such recipe" in refused("train", "--config", "nowhere.yaml")
    assert "--learning-rates" in refused("train", "--learning-rates", "1")
