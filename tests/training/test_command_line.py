"""Recipes and command lines: what is read, what the help says, and what is refused in one line."""

import dataclasses
from pathlib import Path

import pytest
import yaml

from data_prep.errors import NicheLensError
from training.adapter.settings import SftSettings
from training.command_line import CommandLine, build

RECIPES = Path(__file__).resolve().parents[2] / "training" / "recipes"
FILES = ["--dataset", "D", "--output-dir", "A"]


def read(arguments):
    return build(SftSettings, CommandLine("train", "What it does.", SftSettings).read(arguments))


def test_the_recipe_is_read_and_the_command_line_wins():
    settings = read(["--config", str(RECIPES / "nano.yaml"), *FILES, "--epochs", "7", "--load-in-4bit"])
    recipe = yaml.safe_load((RECIPES / "nano.yaml").read_text())
    assert settings == SftSettings(dataset="D", output_dir="A", load_in_4bit=True, **recipe | {"epochs": 7.0})


def test_a_switch_of_the_recipe_can_be_turned_off(tmp_path):
    (tmp_path / "recipe.yaml").write_text("load_in_4bit: true\nlearning_rate: 5e-4\nmodel: null")
    settings = read(["--config", str(tmp_path / "recipe.yaml"), *FILES])
    assert (settings.load_in_4bit, settings.learning_rate, settings.model) == (True, 5e-4, None)
    assert not read(["--config", str(tmp_path / "recipe.yaml"), *FILES, "--no-load-in-4bit"]).load_in_4bit


def test_an_empty_recipe_leaves_the_defaults(tmp_path):
    (tmp_path / "recipe.yaml").touch()
    assert read(["--config", str(tmp_path / "recipe.yaml"), *FILES]) == SftSettings("D", "A")


def test_every_key_of_every_recipe_is_explained():
    for recipe in RECIPES.glob("*.yaml"):
        for paragraph in recipe.read_text().split("\n\n"):
            assert paragraph.startswith("# "), f"{recipe.name}: {paragraph}"


def test_the_help_explains_every_setting_in_its_group(capsys):
    with pytest.raises(SystemExit) as end:
        read(["--help"])
    assert end.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    for field in dataclasses.fields(SftSettings):
        assert f"--{field.name.replace('_', '-')}" in text
        assert f"--{field.name.replace('-', '_')} " not in text or "_" not in field.name
        assert field.metadata["help"].endswith(".")
        assert field.metadata["group"] + ":" in text
    assert "Peak learning rate of AdamW. Default: 0.0002." in text
    assert "or a Hub id. Required." in text


@pytest.mark.parametrize(
    ("recipe", "arguments", "reason"),
    [
        ("learning_rte: 1", FILES, "unknown setting 'learning_rte'; did you mean learning_rate?"),
        ("seed: 1", [*FILES, "--lora-rnk", "3"], "unknown option --lora-rnk; did you mean --lora-rank?"),
        ("seed: 1", [*FILES, "--lora_rank=3"], "unknown option --lora_rank; did you mean --lora-rank?"),
        ("seed: 1", [*FILES, "--lora", "3"], "unknown option --lora"),
        ("seed: 1", [*FILES, "more"], "unexpected argument 'more'"),
        ("seed: 1", [*FILES, "--seed", "one"], "argument --seed: invalid int value: 'one'"),
        ("seed: one", FILES, "seed is 'one' and must be a whole number"),
        ("seed: 1.5", FILES, "seed is 1.5 and must be a whole number"),
        ("seed: true", FILES, "seed is True and must be a whole number"),
        ("seed: null", FILES, "seed is None and must be a whole number"),
        ("seed: [1]", FILES, "must be a whole number"),
        ("learning_rate: fast", FILES, "learning_rate is 'fast' and must be a number"),
        ("load_in_4bit: 1", FILES, "load_in_4bit is 1 and must be true or false"),
        ("model: 3", FILES, "model is 3 and must be text"),
        ("- seed", FILES, "must contain a YAML mapping"),
        ("seed: {", FILES, "not readable as YAML"),
        ("seed: 1", ["--output-dir", "A"], "--dataset must be given"),
        ("seed: 1", [], "--dataset and --output-dir must be given"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(tmp_path, recipe, arguments, reason):
    (tmp_path / "recipe.yaml").write_text(recipe)
    with pytest.raises(NicheLensError) as error:
        read(["--config", str(tmp_path / "recipe.yaml"), *arguments])
    assert reason in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_recipe_is_named():
    with pytest.raises(
        NicheLensError, match=r"none\.yaml: no such recipe; the bundled ones are gene_text, nano, nano_base, qwen"
    ):
        read(["--config", "none.yaml", *FILES])


def test_a_bundled_recipe_needs_no_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    by_path = read(["--config", str(RECIPES / "nano.yaml"), *FILES])
    assert read(["--config", "nano", *FILES]) == by_path
    assert by_path != read(FILES)
