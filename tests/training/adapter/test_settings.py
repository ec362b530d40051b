"""Recipes and the command line: what is read, what is refused."""

import dataclasses
from pathlib import Path

import pytest
import yaml

from data_prep.errors import NicheLensError
from training.adapter.settings import SftSettings, read_settings

RECIPES = Path(__file__).resolve().parents[3] / "training" / "recipes"
PLACES = ["--dataset", "D", "--output_dir", "A"]


def test_the_recipe_is_read_and_the_command_line_wins():
    settings = read_settings(["--config", str(RECIPES / "nano.yaml"), *PLACES, "--epochs", "7", "--load_in_4bit"])
    recipe = yaml.safe_load((RECIPES / "nano.yaml").read_text())
    assert settings == SftSettings(dataset="D", output_dir="A", load_in_4bit=True, **recipe | {"epochs": 7.0})


def test_every_key_of_every_recipe_is_explained():
    for recipe in RECIPES.glob("*.yaml"):
        for paragraph in recipe.read_text().split("\n\n"):
            assert paragraph.startswith("# "), f"{recipe.name}: {paragraph}"


def test_every_setting_has_a_help_text():
    assert all(field.metadata["help"].endswith(".") for field in dataclasses.fields(SftSettings))


@pytest.mark.parametrize(
    ("recipe", "arguments", "reason"),
    [
        ("learning_rte: 1", PLACES, "learning_rte"),
        ("seed: 1", [*PLACES, "--lora_rnk", "3"], "--lora_rnk"),
        ("seed: one", PLACES, "invalid int value: 'one'"),
        ("seed: 1.5", PLACES, "seed is 1.5 and must be of type int"),
        ("seed: [1]", PLACES, "must be of type int"),
        ("load_in_4bit: 1", PLACES, "must be of type bool"),
        ("batch_size: 0", PLACES, "batch_size is 0 and must be at least 1"),
        ("learning_rate: 0", PLACES, "learning_rate is 0 and must be above 0"),
        ("schedule: steps", PLACES, "schedule is 'steps'; choose cosine"),
        ("activation_checkpointing: true", PLACES, "activation_checkpointing is True; choose auto, always or never"),
        ("precision: fp16", PLACES, "precision is 'fp16' and must be bf16 or fp32"),
        ("patience: 2\nsave_steps: 30", PLACES, "save_steps is 30 and must be a multiple of eval_steps"),
        ("- seed", PLACES, "must contain a YAML mapping"),
        ("seed: 1", ["--output_dir", "A"], "required: --dataset"),
        ("seed: {", PLACES, "not readable as YAML"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(tmp_path: Path, recipe, arguments, reason):
    file = tmp_path / "recipe.yaml"
    file.write_text(recipe)
    with pytest.raises(NicheLensError) as error:
        read_settings(["--config", str(file), *arguments])
    assert reason in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_recipe_is_named():
    with pytest.raises(NicheLensError, match=r"none\.yaml: no such recipe"):
        read_settings(["--config", "none.yaml", *PLACES])


@pytest.mark.parametrize(
    ("batch", "held", "processes", "expected"),
    [(32, 16, 1, (16, 2)), (32, 16, 2, (16, 1)), (32, 16, 4, (8, 1)), (8, 16, 1, (8, 1)), (6, 2, 3, (2, 1))],
)
def test_the_batch_is_the_same_however_it_is_shared_out(batch, held, processes, expected):
    settings = SftSettings("D", "A", batch_size=batch, per_device_batch_size=held)
    assert settings.accumulation(processes) == expected
    assert expected[0] * expected[1] * processes == batch


@pytest.mark.parametrize(("batch", "held", "processes"), [(32, 16, 3), (30, 16, 1), (1, 1, 2)])
def test_a_batch_that_cannot_be_shared_out_is_refused(batch, held, processes):
    with pytest.raises(NicheLensError, match="cannot be shared out"):
        SftSettings("D", "A", batch_size=batch, per_device_batch_size=held).accumulation(processes)
