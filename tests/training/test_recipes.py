"""Recipes: settings are read, launchers start what they say, and named layers exist."""

from pathlib import Path

import pytest
import torch
import yaml

from training.adapter.settings import SftSettings
from training.command_line import CommandLine, build
from training.nano.architecture import NanoConfig
from training.nano.pretrain_settings import PretrainSettings

RECIPES = Path(__file__).resolve().parents[2] / "training" / "recipes"
RUNS = ("nano", "smolvlm2_500m", "qwen3.5_2b", "qwen3.5_4b", "qwen3.5_9b_4bit", "gene_text")
LAUNCHERS = {
    "one_process": ("NO", 1),
    "two_cpu_processes": ("MULTI_GPU", 2),
    "ddp": ("MULTI_GPU", 8),
    "fsdp": ("FSDP", 8),
    "zero3": ("DEEPSPEED", 8),
}


def test_every_recipe_is_tested_here():
    assert {file.stem for file in RECIPES.glob("*.yaml")} == {
        "nano_base",
        *RUNS,
        *(f"accelerate_{name}" for name in LAUNCHERS),
    }


@pytest.mark.parametrize("name", RUNS)
def test_every_recipe_works_on_one_gpu_and_on_eight(name):
    arguments = ["--config", str(RECIPES / f"{name}.yaml"), "--dataset", "D", "--output-dir", "A"]
    settings = build(SftSettings, CommandLine("sft", "", SftSettings).read(arguments))
    recipe = yaml.safe_load((RECIPES / f"{name}.yaml").read_text())
    assert {key: getattr(settings, key) for key in recipe} == recipe
    assert settings.load_in_4bit == name.endswith("4bit")
    assert settings.lora_alpha == 2 * settings.lora_rank
    for processes in (1, 8):
        split = settings.split_batch(processes)
        assert split.held * split.accumulation * processes == settings.batch_size


def test_the_recipe_of_the_base_needs_only_its_length():
    arguments = ["--config", "nano_base", "--minutes", "9"]
    values = CommandLine("pretrain", "", PretrainSettings, NanoConfig).read(arguments)
    settings = build(PretrainSettings, values)
    recipe = yaml.safe_load((RECIPES / "nano_base.yaml").read_text())
    assert {key: getattr(settings, key) for key in recipe} == recipe
    assert settings.minutes == 9


@pytest.mark.parametrize("name", LAUNCHERS)
def test_accelerate_reads_every_launcher_as_intended(name):
    from accelerate.commands.config.config_args import load_config_from_file

    config = load_config_from_file(str(RECIPES / f"accelerate_{name}.yaml"))
    kind, processes = LAUNCHERS[name]
    assert config.distributed_type.value == kind
    assert config.num_processes == processes
    assert config.use_cpu == (name == "two_cpu_processes")


def test_the_layers_that_fsdp_gathers_are_those_of_the_base():
    from transformers import AutoModelForImageTextToText
    from transformers.models.qwen3_5 import Qwen3_5Config

    config = yaml.safe_load((RECIPES / "accelerate_fsdp.yaml").read_text())["fsdp_config"]
    with torch.device("meta"):
        model = AutoModelForImageTextToText.from_config(Qwen3_5Config())
    named = config["fsdp_transformer_layer_cls_to_wrap"].split(",")
    assert {type(layer).__name__ for layer in model.get_decoder().layers} == {named[0]}
    inside = [weight for module in model.modules() if type(module).__name__ in named for weight in module.parameters()]
    whole = [*model.get_input_embeddings().parameters(), *model.get_output_embeddings().parameters()]
    # Apart from word embeddings and head, almost nothing is left outside these layers.
    left = sum(w.numel() for w in model.parameters()) - sum(w.numel() for w in [*inside, *whole])
    assert left < 0.02 * sum(w.numel() for w in inside)
    if config["fsdp_version"] == 2:
        from accelerate.utils import FullyShardedDataParallelPlugin

        plugin = FullyShardedDataParallelPlugin(
            fsdp_version=2, auto_wrap_policy="transformer_based_wrap", transformer_cls_names_to_wrap=named
        )
        plugin.set_auto_wrap_policy(model)
        assert plugin.auto_wrap_policy is not None


def test_fsdp_keys_are_keys_that_accelerate_knows():
    from accelerate.commands.launch import launch_command_parser

    known = {action.dest for action in launch_command_parser()._actions}
    for name in ("fsdp", "zero3"):
        config = yaml.safe_load((RECIPES / f"accelerate_{name}.yaml").read_text())
        assert set(config.get("fsdp_config") or config["deepspeed_config"]) <= known
