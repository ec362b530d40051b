"""`nichelens pretrain`: a base trained from scratch. The options are those of `python -m training.pretrain`."""

from __future__ import annotations

import typer

from app import console


def pretrain(context: typer.Context) -> int:
    """Train the bundled base from scratch on synthetic tissue."""
    from training.pretrain import main

    console.show_run_log()
    return main(context.args, "nichelens pretrain")
