"""Steps, losses and learning rates of a base training run, and the bases that it starts from."""

from pathlib import Path

import pytest
import torch

from data_prep.errors import NicheLensError
from tests.training.nano.small_run import SMALL, tiny_run
from training.nano.architecture import save_nano
from training.nano.lesson_stream import LessonCollator
from training.nano.lessons import make_lessons


def test_at_first_the_tower_learns_from_the_dense_targets_alone(tmp_path: Path) -> None:
    run = tiny_run(tmp_path, precision="fp32", tower_steps=1)
    batch = LessonCollator(run.processor, "cpu")(make_lessons(3, SMALL)[:6])
    tower = run.model.model.vision_model.embeddings.patch_embedding.weight
    for step, reached in ((0, False), (1, True)):
        run.step = step
        words, dense = run.losses(batch)
        of_words, of_dense = (
            torch.autograd.grad(loss, tower, retain_graph=True, allow_unused=True)[0] for loss in (words, dense)
        )
        assert (of_words is not None) == reached
        assert of_dense.abs().sum() > 0


def test_the_heads_learn_at_a_quarter_of_the_rate_of_the_model(tmp_path: Path) -> None:
    run = tiny_run(tmp_path, precision="fp32", warmup_steps=1, learning_rate=1e-3)
    batch = LessonCollator(run.processor, "cpu")(make_lessons(3, SMALL)[:4])
    run.take_step(batch, batch)
    rates = {id(weight): group["lr"] for group in run.optimizer.param_groups for weight in group["params"]}
    of_model, of_heads = ({rates[id(weight)] for weight in part.parameters()} for part in (run.model, run.heads))
    assert (of_model, of_heads) == ({1e-3}, {2.5e-4})


def test_a_run_can_start_from_another_base(tmp_path: Path) -> None:
    first = tiny_run(tmp_path / "first")
    save_nano(first.model, first.processor, tmp_path / "base")
    second = tiny_run(tmp_path / "second", start=str(tmp_path / "base"))
    for name, weight in second.model.named_parameters():
        assert weight.dtype == torch.float32
        assert torch.equal(weight, first.model.get_parameter(name).bfloat16().float())
    assert second.processor.tokenizer.get_vocab() == first.processor.tokenizer.get_vocab()
    with pytest.raises(NicheLensError, match="nowhere: no such folder"):
        tiny_run(tmp_path / "third", start=str(tmp_path / "nowhere"))
