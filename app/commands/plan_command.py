"""`nichelens plan`: memory, hours and cost of a fine-tuning run, estimated before a GPU is rented."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from data_prep.errors import NicheLensError

RUN = "Run"
HARDWARE = "Hardware"


def plan(
    model: Annotated[
        str,
        typer.Option(
            metavar="FOLDER|HUB_ID", rich_help_panel=RUN, help="Base to adapt. Its weights are not downloaded."
        ),
    ],
    dataset: Annotated[str, typer.Option(metavar="FOLDER|HUB_ID", rich_help_panel=RUN, help="Dataset to train on.")],
    batch: Annotated[
        int, typer.Option(metavar="N", min=1, rich_help_panel=RUN, help="Number of examples that a GPU holds at once.")
    ] = 8,
    epochs: Annotated[
        float, typer.Option(metavar="N", rich_help_panel=RUN, help="Number of passes over the training split.")
    ] = 2.0,
    lora_rank: Annotated[
        int, typer.Option(metavar="N", min=1, rich_help_panel=RUN, help="Rank of each LoRA update.")
    ] = 16,
    load_in_4bit: Annotated[
        bool, typer.Option("--load-in-4bit", rich_help_panel=RUN, help="Hold the decoder in 4 bits (nf4).")
    ] = False,
    activation_checkpointing: Annotated[
        str,
        typer.Option(
            metavar="auto|always|never",
            rich_help_panel=RUN,
            help="Whether to recompute activations in the backward pass. `auto` does so if they would not fit.",
        ),
    ] = "auto",
    gpus: Annotated[
        int, typer.Option(metavar="N", min=1, rich_help_panel=HARDWARE, help="Number of GPUs that share the work.")
    ] = 1,
    gpu_memory: Annotated[
        float, typer.Option(metavar="GIB", rich_help_panel=HARDWARE, help="Memory of each GPU in GiB.")
    ] = 80.0,
    price: Annotated[
        float | None,
        typer.Option(
            metavar="MONEY",
            rich_help_panel=HARDWARE,
            help="Price of one GPU for one hour. Without it, no cost is printed.",
        ),
    ] = None,
    peak_tflops: Annotated[
        float | None,
        typer.Option(
            metavar="N",
            rich_help_panel=HARDWARE,
            help="Dense bf16 peak of a GPU in 1e12 operations per second. Without it, that of an H100, 989, is used.",
        ),
    ] = None,
    mfu: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            rich_help_panel=HARDWARE,
            help="Share of that peak that the run reaches, from 0 to 1. Without it, a measured share is used.",
        ),
    ] = None,
) -> None:
    """Estimate memory, hours and cost of a fine-tuning run.

    The estimate needs the architecture of the model, not its weights, and no GPU.
    """
    for name, value in {"gpu-memory": gpu_memory, "epochs": epochs, "peak-tflops": peak_tflops, "mfu": mfu}.items():
        if value is not None and value <= 0:
            message = f"--{name} is {value:g} and must be above 0"
            raise NicheLensError(message)
    if activation_checkpointing not in ("auto", "always", "never"):
        message = f"--activation-checkpointing is '{activation_checkpointing}'; choose auto, always or never"
        raise NicheLensError(message)

    from inference.model.loader import load_processor, model_without_weights
    from inference.model.model_folder import find_base
    from training.adapter import resource_estimate as estimate
    from training.adapter.training_rows import check_rows, load_splits

    peak, share = peak_tflops or estimate.PEAK_TFLOPS, mfu or estimate.MFU
    rows, _ = load_splits(dataset)
    base = find_base(model, weights=False)
    name = base.reference
    weightless = model_without_weights(base)
    sizes = estimate.measure_model(weightless)
    read = check_rows(rows, weightless.config, load_processor(name, base.path, weightless.config), dataset)
    load = estimate.DeviceLoad(batch, read.longest, read.most_patches, four_bit=load_in_4bit, rank=lora_rank)
    limit = int(gpu_memory * estimate.GIB)
    recompute, reason = estimate.choose_checkpointing(sizes, load, limit)
    if activation_checkpointing != "auto":
        recompute, reason = activation_checkpointing == "always", "as told"
    parts = estimate.estimate_memory(sizes, load, checkpointing=recompute)

    trained = sizes.adapter(lora_rank)
    typer.echo(
        f"{name}: {sizes.total:,} parameters (decoder {sizes.decoder:,}, vision {sizes.vision:,}); "
        f"LoRA of rank {lora_rank} adds {trained:,}, {trained / sizes.total:.2%}"
    )
    typer.echo(f"{dataset}: {read.n:,} examples, {read.tokens / read.n:.0f} tokens each, the longest {read.longest}")
    typer.echo(f"activation checkpointing {'on' if recompute else 'off'}: {reason}")
    typer.echo(f"\nGiB on each GPU, {batch} examples of {read.longest} tokens at once")
    _print_parts(parts, limit)
    if gpus > 1:
        typer.echo(f"\nthe same, sharded over {gpus} GPUs (FSDP, ZeRO-3)")
        _print_parts(estimate.shard_memory(parts, sizes, gpus), limit)

    work = estimate.count_operations(sizes, read, epochs, lora_rank, checkpointing=recompute)
    hours = work / (gpus * peak * 1e12 * share) / 3600
    typer.echo(
        f"\n{epochs:g} epochs: {epochs * read.tokens:,.0f} tokens, {work:.2e} operations, {hours:.2f} hours on {gpus} "
        f"GPU{'s' if gpus > 1 else ''} if {share:.0%} of {peak:g} TFLOP/s are reached (--mfu, --peak-tflops)"
    )
    if price is not None:
        typer.echo(f"cost: {hours * gpus * price:.2f} at {price:.2f} for a GPU-hour")


def _print_parts(parts: Mapping[str, int], limit: int) -> None:
    from training.adapter.resource_estimate import GIB, USABLE_SHARE

    for part, size in parts.items():
        typer.echo(f"  {part:<16} {size / GIB:8.2f}")
    total = sum(parts.values())
    verdict = (
        "fits" if total <= USABLE_SHARE * limit else "does not fit: more GPUs, a smaller --batch, or --load-in-4bit"
    )
    typer.echo(f"  {'total':<16} {total / GIB:8.2f} of {limit / GIB:g}: {verdict}")
