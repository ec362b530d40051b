"""The output folder: which run locks it, where a run resumes, and that an adapter is whole or absent."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from peft import get_peft_model
from safetensors.torch import load_file, save_file

from data_prep.errors import NicheLensError
from inference.model.loader import load_base
from training.adapter.lora_targets import lora_config
from training.adapter.run_folder import RunFolder, check_saved
from training.adapter.trained_weights import collect_trained_weights


@pytest.fixture
def locked(settings):
    folder = RunFolder(settings().output_dir)
    folder.lock(settings())
    return folder


@pytest.fixture
def adapted(base):
    loaded = load_base(str(base))
    model = get_peft_model(loaded.model, lora_config(loaded.model, 4, 8))
    return model, collect_trained_weights(model), loaded.processor


def add_checkpoint(folder: RunFolder, steps: int, *, complete: bool = True) -> Path:
    checkpoint = folder.checkpoints / f"checkpoint-{steps}"
    checkpoint.mkdir()
    (checkpoint / "optimizer.pt").touch()
    if complete:
        (checkpoint / "complete").touch()
    return checkpoint


def test_a_run_resumes_from_the_newest_complete_checkpoint(locked, settings):
    again = settings(resume_from_checkpoint="auto")
    assert locked.find_start(again) is None
    for steps in (5, 10, 100):
        add_checkpoint(locked, steps)
    incomplete = add_checkpoint(locked, 105, complete=False)
    assert locked.find_start(again).name == "checkpoint-100"
    locked.lock(again)
    assert not incomplete.exists()
    chosen = str(locked.checkpoints / "checkpoint-5")
    assert locked.find_start(settings(resume_from_checkpoint=chosen)) == Path(chosen)


def test_a_new_or_empty_folder_starts_from_the_beginning(settings, tmp_path):
    assert RunFolder(tmp_path / "new").find_start(settings(resume_from_checkpoint="auto")) is None
    assert RunFolder(tmp_path).find_start(settings()) is None
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_something_else_is_refused(settings, tmp_path):
    (tmp_path / "thesis.docx").touch()
    with pytest.raises(NicheLensError, match="exists and is no run of this command"):
        RunFolder(tmp_path).find_start(settings(resume_from_checkpoint="auto"))
    with pytest.raises(NicheLensError, match="exists and is no run of this command"):
        RunFolder(tmp_path / "thesis.docx").find_start(settings())


def test_an_unfinished_run_is_not_overwritten(locked, settings):
    with pytest.raises(NicheLensError, match="--resume-from-checkpoint auto"):
        locked.find_start(settings())


def test_a_run_with_other_settings_is_refused(locked, settings):
    with pytest.raises(NicheLensError, match=r"its run has learning_rate 0\.0002, not 0\.1"):
        locked.find_start(settings(resume_from_checkpoint="auto", learning_rate=0.1))
    free = settings(resume_from_checkpoint="auto", save_steps=7, per_device_batch_size=4)
    assert locked.find_start(free) is None


def test_an_incomplete_checkpoint_is_refused(locked, settings):
    incomplete = add_checkpoint(locked, 5, complete=False)
    with pytest.raises(NicheLensError, match="is not a complete checkpoint"):
        locked.find_start(settings(resume_from_checkpoint=str(incomplete)))


def test_a_finished_adapter_is_not_overwritten(locked, adapted, settings):
    locked.finish(*adapted, "base", {"README.md": "ours"})
    assert not locked.checkpoints.exists()
    assert (locked.path / "README.md").read_text() == "ours"
    for resume in (None, "auto"):
        with pytest.raises(NicheLensError, match="holds a finished adapter"):
            locked.find_start(replace(settings(), resume_from_checkpoint=resume))


def test_a_kill_at_any_moment_leaves_no_half_adapter(locked, adapted, monkeypatch):
    class Killed(BaseException):
        pass

    moved = []

    def move_until(limit):
        def replace_file(source, target):
            if len(moved) == limit:
                raise Killed
            moved.append(Path(target).name)
            source.rename(target)

        return replace_file

    for limit in range(8):
        moved.clear()
        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", move_until(limit))
            try:
                locked.finish(*adapted, "base", {})
            except Killed:
                assert not (locked.path / "adapter_config.json").exists()
                continue
        break
    assert moved[-1] == "adapter_config.json"
    assert json.loads((locked.path / "adapter_config.json").read_text())["base_model_name_or_path"] == "base"


@pytest.mark.parametrize("damage", ["missing", "unknown", "changed"])
def test_saved_weights_that_are_not_the_trained_ones_are_noticed(adapted, tmp_path, damage):
    model, weights, _ = adapted
    model.save_pretrained(tmp_path, save_embedding_layers=False)
    check_saved(model, weights, tmp_path)
    saved = load_file(tmp_path / "adapter_model.safetensors")
    first = min(saved)
    if damage == "missing":
        del saved[first]
    elif damage == "unknown":
        saved["stray"] = saved[first].clone()
    else:
        saved[first][0, 0] += 1
    save_file(saved, tmp_path / "adapter_model.safetensors")
    with pytest.raises(AssertionError, match="not the trained LoRA weights"):
        check_saved(model, weights, tmp_path)
