"""Files of arms: what differs is read, and what makes no sense is refused."""

from pathlib import Path

import pytest

from data_prep.errors import NicheLensError
from training.nano.architecture import NanoConfig
from training.nano.arms import Arm, read_arms
from training.nano.artefact_lessons import PLANTED
from training.nano.lesson_prompts import asked_kinds

ARMS = Path(__file__).resolve().parents[3] / "training" / "recipes" / "arms"


def test_without_a_file_there_is_one_arm() -> None:
    assert read_arms("", NanoConfig.tiny()) == [Arm("model", NanoConfig.tiny())]


def test_an_arm_differs_in_what_the_file_says(tmp_path: Path) -> None:
    file = tmp_path / "arms.yaml"
    file.write_text("a: {}\nb: {patch_size: 8, dense: false, rate: 0.5}\n")
    a, b = read_arms(str(file), NanoConfig.tiny())
    assert a == Arm("a", NanoConfig.tiny())
    assert (b.sizes.patch_size, b.sizes.vision_hidden, b.dense, b.rate) == (8, 32, False, 0.5)


@pytest.mark.parametrize("file", sorted(ARMS.glob("*.yaml")), ids=lambda file: file.stem)
def test_the_arms_that_come_with_the_recipe_can_be_trained(file: Path) -> None:
    arms = read_arms(str(file), NanoConfig())
    assert any(arm == Arm(arm.name, NanoConfig()) for arm in arms), "one arm is the bundled base"
    for arm in arms:
        assert arm.sizes.image_tokens == 16
        assert arm.sizes.vision_hidden % arm.sizes.vision_heads == 0


def test_arms_of_the_ablation_differ_from_patch16_in_one_thing() -> None:
    arms = {arm.name: arm for arm in read_arms(str(ARMS / "nano_ablation.yaml"), NanoConfig())}
    sizes = arms["patch16"].sizes
    assert (sizes.patches_per_side, sizes.vision_layers) == (8, 8)
    assert arms["no_dense"] == Arm("no_dense", sizes, dense=False)
    assert arms["words"] == Arm("words", sizes, in_words=True)
    assert arms["fast"] == Arm("fast", sizes, rate=2.0)


def test_arms_of_the_mixture_differ_in_the_weights_of_kinds() -> None:
    arms = {arm.name: arm for arm in read_arms(str(ARMS / "nano_mixture.yaml"), NanoConfig())}
    assert arms["by_hand"].kind_weights == {}
    # Artefacts have been taught since that trial.
    assert set(arms["even"].kind_weights) == set(asked_kinds()) - set(PLANTED)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "must map names of arms"),
        ("- a", "must map names of arms"),
        ("a: [1", "not readable as YAML"),
        ("A/b: {}", "must be a name in small letters"),
        ("a: {patches: 8}", "unknown setting 'patches'"),
        ("a: {patch_size: big}", "patch_size of arm a is 'big' and must be int"),
        ("a: {dense: 1}", "dense of arm a is 1 and must be bool"),
        ("a: {kind_weights: 2}", "kind_weights of arm a is 2 and must be dict"),
        ("a: {kind_weights: {shape: 2}}", "'shape: 2' must be a kind of claim and a number above 0"),
        ("a: {kind_weights: {form: 0}}", "'form: 0' must be a kind of claim and a number above 0"),
        ("a: {kind_weights: {form: more}}", "'form: more' must be a kind of claim and a number above 0"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "arms.yaml"
    file.write_text(text)
    with pytest.raises(NicheLensError, match=reason):
        read_arms(str(file), NanoConfig.tiny())
