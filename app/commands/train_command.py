"""`nichelens train`: fine-tuning with LoRA. The options are those of `python -m training.sft`."""

from __future__ import annotations

import typer

from app import console

PASS_THROUGH = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
"""Settings of a command that leaves its arguments, `--help` included, to a programme of `training`."""


def train(context: typer.Context) -> int:
    """Fine-tune a model with LoRA on a dataset.

    It runs in one process. For several processes, run `accelerate launch -m training.sft` with the same options.
    """
    from training.sft import main

    console.show_run_log()
    return main(context.args, "nichelens train")
