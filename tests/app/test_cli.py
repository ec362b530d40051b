"""The command line as a whole: help, version, verbosity, exit codes, and no heavy imports."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import typer
from anndata import AnnData

from app.cli import COMMANDS, PASS_THROUGH, cli

REPOSITORY = Path(__file__).resolve().parents[2]
NAMES = tuple(command.__name__.replace("_", "-") for command in COMMANDS)


def commands() -> Iterator[tuple[str, Any]]:
    """Name and click command of each subcommand that parses its own options."""
    for name, command in typer.main.get_command(cli).commands.items():
        if command.context_settings.get("ignore_unknown_options") != PASS_THROUGH["ignore_unknown_options"]:
            yield name, command


def test_help_names_every_command_in_one_whole_sentence(run: Callable) -> None:
    ran = run()
    assert ran.code == 0
    page = re.sub(r"\n {9,}", " ", ran.out.partition("Commands:")[2])  # sentences that are longer than a line
    listed = dict(re.findall(r"^  ([\w-]+) +(.+)$", page, re.MULTILINE))
    assert tuple(listed) == NAMES
    for name, text in listed.items():
        assert re.fullmatch(r"[A-Z].*[^.]\.", text), f"{name}: {text}"


@pytest.mark.parametrize("name", dict(commands()))
def test_help_of_a_command_has_groups_and_whole_sentences(run: Callable, name: str) -> None:
    own = dict(commands())
    page = run(name, "--help").out
    assert page.startswith(f"Usage: nichelens {name} ")
    headings = re.findall(r"^([A-Z][\w ]+):$", page, re.MULTILINE)
    assert len(headings) == len(set(headings))
    assert headings[-1] == "General"
    for parameter in own[name].params:
        assert parameter.help, parameter.name
        assert re.fullmatch(r"(?s)([A-Z`].*|`?0.*)[^.]\.", parameter.help), f"--{parameter.name}: {parameter.help}"
        if parameter.param_type_name == "option":
            assert not any("_" in spelling for spelling in [*parameter.opts, *parameter.secondary_opts])
            assert parameter.opts[-1] in page


def test_commands_with_many_options_group_them() -> None:
    for name, command in commands():
        if len(command.params) > 10:
            groups = {getattr(parameter, "rich_help_panel", None) for parameter in command.params}
            assert len(groups) >= 3, name


def test_commands_with_many_options_take_a_config_file() -> None:
    many = [name for name, command in commands() if len(command.params) > 10]
    assert {"ask", "markers", "describe", "prep", "evaluate", "plan"} <= set(many)
    for name, command in commands():
        if name in many:
            assert "--config" in [spelling for parameter in command.params for spelling in parameter.opts]


def test_version(run: Callable) -> None:
    ran = run("--version")
    assert (ran.code, ran.out) == (0, f"nichelens {version('nichelens')}\n")


def test_shell_completion_proposes_commands_and_options() -> None:
    def complete(words: str, n: int) -> str:
        environment = {
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            "_NICHELENS_COMPLETE": "complete_bash",
            "COMP_WORDS": words,
            "COMP_CWORD": str(n),
        }
        command = [sys.executable, "-c", "from app.cli import main; main()"]
        return subprocess.run(command, capture_output=True, text=True, env=environment, check=False).stdout

    assert set(complete("nichelens mark", 1).split()) == {"markers"}
    assert "--top-genes" in complete("nichelens markers --top", 2).split()


@pytest.fixture
def small_niche(toy: Callable[..., AnnData], write_h5ad: Callable[..., Path]) -> list[object]:
    """A command that warns: one niche is too small and is left unlabelled."""
    adata = toy(side=12, n_genes=24)
    adata.obs["region"] = adata.obs["region"].cat.add_categories("Rim")
    adata.obs.loc[adata.obs_names[:3], "region"] = "Rim"
    return ["markers", write_h5ad(adata), "--niche-key", "region", "--drop-small-niches", "--gene", "GENE1"]


def test_quiet_shows_no_warning_and_verbose_shows_more(
    run: Callable, small_niche: list[object], tiny_model: Path, tmp_path: Path
) -> None:
    ask = [*small_niche, "--model", tiny_model, "--overwrite", "--out", tmp_path / "m.csv"]
    normal = run(*ask)
    assert (normal.code, len(normal.err)) == (0, 1)
    assert normal.err[0].startswith("warning: ")
    assert "Rim" in normal.err[0]
    for quiet in (run("--quiet", *ask), run(*ask, "-q")):
        assert (quiet.code, quiet.err) == (0, [])
        assert "4 answers" in quiet.out
    verbose = run(*ask, "--verbose")
    assert verbose.code == 0
    assert normal.err[0] in verbose.err


def test_quiet_and_verbose_exclude_each_other(refused: Callable[..., str]) -> None:
    assert "exclude each other" in refused("--quiet", "--verbose", "synth", "--out", "x.h5ad")
    assert "exclude each other" in refused("synth", "--out", "x.h5ad", "-q", "-v")


def test_a_programming_error_is_a_traceback(run: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import data_prep.synth.tissue

    def bug(*_: object, **__: object) -> None:
        raise ValueError

    monkeypatch.setattr(data_prep.synth.tissue, "make_tissue", bug)
    with pytest.raises(ValueError):  # noqa: PT011 - any message: it is not ours
        run("synth", "--out", tmp_path / "x.h5ad")


def test_an_error_of_the_system_is_one_line(run: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import data_prep.synth.tissue

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "x.h5ad")

    monkeypatch.setattr(data_prep.synth.tissue, "make_tissue", full)
    ran = run("synth", "--out", tmp_path / "x.h5ad")
    assert (ran.code, ran.err) == (2, ["error: x.h5ad: No space left on device"])


def test_from_a_shell(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere.h5ad"
    command = [sys.executable, "-m", "app.cli", "markers", str(missing), "--out", "m.csv", "--niche-key", "region"]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    ran = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert ran.stderr == f"error: {missing}: no such file; check the path\n"


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys; from app.cli import main; main(['--help']); main(['ask', '--help']);"
        "print([m for m in ('torch', 'transformers', 'gradio', 'scanpy', 'numpy', 'yaml', 'rich') if m in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"
