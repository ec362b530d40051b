"""The `nichelens` command. Each subcommand is a file in `app/commands`.

It exits with 0 on success, with 2 and one line on stderr on bad input, and with 130 on Ctrl-C. Heavy imports happen
inside the commands, so that `--help` answers at once.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from app import console
from app.commands.ask_command import ask
from app.commands.calibrate_command import calibrate
from app.commands.check_command import check
from app.commands.compare_command import compare
from app.commands.demo_command import demo
from app.commands.describe_command import describe
from app.commands.embed_command import embed
from app.commands.evaluate_command import evaluate
from app.commands.export_command import export
from app.commands.fetch_knowledge_command import fetch_knowledge
from app.commands.find_command import find
from app.commands.gene_command import gene
from app.commands.lint_command import lint
from app.commands.markers_command import markers
from app.commands.match_command import match
from app.commands.name_command import name
from app.commands.niches_command import niches
from app.commands.option_groups import Command, spread_groups
from app.commands.plan_command import plan
from app.commands.prep_command import prep
from app.commands.prep_text_command import prep_text
from app.commands.pretrain_command import pretrain
from app.commands.push_command import push
from app.commands.query_command import query
from app.commands.shared_options import GeneralOptions, choose_verbosity
from app.commands.space_command import space
from app.commands.synth_command import synth
from app.commands.train_command import PASS_THROUGH, train
from data_prep.errors import NicheLensError

_WIDTH = {"max_content_width": 100}
COMMANDS = (
    *(ask, markers, describe, compare, match, niches, query, name, find, gene, embed, fetch_knowledge, check),
    *(demo, space, synth, prep, prep_text, lint),
    *(train, evaluate, calibrate, plan, push, export, pretrain),
)
"""In the order in which `--help` lists them."""

cli = typer.Typer(context_settings=_WIDTH, rich_markup_mode=None, pretty_exceptions_enable=False)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"nichelens {version('nichelens')}")
        raise typer.Exit


@cli.callback()
def nichelens(
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress and no warnings.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Also show what the libraries report.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Ask a vision-language model about the niches of a slide, and check its claims against the counts."""
    choose_verbosity(quiet=quiet, verbose=verbose)


def _add_command(command: Callable[..., Any]) -> None:
    """Adds a command, with the options that every command has."""
    parameters = inspect.signature(command, eval_str=True).parameters
    # Without a short help of its own, the list of commands would cut off sentences that are longer than a line.
    sentence = re.sub(r"(?<=\.)\s.*", "", inspect.getdoc(command) or "", flags=re.DOTALL)
    if typer.Context in [parameter.annotation for parameter in parameters.values()]:
        cli.command(cls=Command, short_help=sentence, context_settings=PASS_THROUGH)(command)
    else:
        cli.command(cls=Command, short_help=sentence, context_settings=_WIDTH)(spread_groups(command, GeneralOptions))


for _command in COMMANDS:
    _add_command(_command)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit code: 0, 2 on bad input, 130 on Ctrl-C."""
    console.configure_logging()
    arguments = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    try:
        return cli(arguments, prog_name="nichelens", standalone_mode=False) or 0
    except NicheLensError as error:
        return console.fail(str(error))
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "nichelens"
        return console.fail(f"{error.format_message().rstrip('.')}; see {command} --help")
    except typer.Abort:
        return 130
    except OSError as error:
        if error.strerror is None:
            raise
        return console.fail(f"{error.filename or 'output'}: {error.strerror}")


if __name__ == "__main__":
    sys.exit(main())
