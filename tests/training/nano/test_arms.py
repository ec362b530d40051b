"""Files of arms: what differs is read, and what makes no sense is refused."""

from pathlib import Path

import pytest

from data_prep.errors import NicheLensError
from training.nano.architecture import NanoConfig
from training.nano.arms import Arm, read_arms

ABLATION = Path(__file__).resolve().parents[3] / "training" / "recipes" / "arms" / "nano_ablation.yaml"


def test_without_a_file_there_is_one_arm() -> None:
    assert read_arms("", NanoConfig.tiny()) == [Arm("model", NanoConfig.tiny())]


def test_an_arm_differs_in_what_the_file_says(tmp_path: Path) -> None:
    file = tmp_path / "arms.yaml"
    file.write_text("a: {}\nb: {patch_size: 8, dense: false, rate: 0.5}\n")
    a, b = read_arms(str(file), NanoConfig.tiny())
    assert a == Arm("a", NanoConfig.tiny())
    assert (b.sizes.patch_size, b.sizes.vision_hidden, b.dense, b.rate) == (8, 32, False, 0.5)


def test_the_ablation_that_comes_with_the_recipe_can_be_trained() -> None:
    arms = {arm.name: arm for arm in read_arms(str(ABLATION), NanoConfig())}
    assert arms["patch16"].sizes == NanoConfig()
    assert not arms["no_dense"].dense
    assert arms["words"].in_words
    for arm in arms.values():
        assert arm.sizes.image_tokens == 16
        assert arm.sizes.vision_hidden % arm.sizes.vision_heads == 0


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
    ],
)
def test_other_files_are_refused(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "arms.yaml"
    file.write_text(text)
    with pytest.raises(NicheLensError, match=reason):
        read_arms(str(file), NanoConfig.tiny())
