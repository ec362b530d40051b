"""Training one model: it reads as the saved model does, learns, and leaves nothing but the model."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from data_prep.errors import NicheLensError
from inference.engine.encoding import Encoder
from tests.training.nano.square_lessons import square_lessons
from training.nano.architecture import NanoConfig
from training.nano.arm_training import ArmTraining, see
from training.nano.arms import Arm
from training.nano.dense_heads import TargetScale
from training.nano.lesson_pool import LessonBatch, to_batch
from training.nano.lesson_prompts import asked_kinds, prompts
from training.nano.lesson_validation import count_by_kind, validate
from training.nano.picture_targets import picture_targets
from training.nano.pretrain_settings import PretrainSettings


def make_arm(batch: LessonBatch, rate: float = 3e-3, **switches: Any) -> ArmTraining:
    settings = PretrainSettings("A", steps=100, precision="fp32", learning_rate=rate)
    arm = ArmTraining(Arm("tiny", NanoConfig.tiny(), **switches), settings, "cpu")
    arm.prepare(TargetScale.measure(batch, len(asked_kinds())), compiled=False)
    return arm


@pytest.fixture(scope="module")
def lessons() -> LessonBatch:
    return to_batch([square_lessons(seed) for seed in range(3)], "cpu")


def test_the_tower_sees_as_its_own_forward_pass(lessons) -> None:
    model = make_arm(lessons).model.eval()
    pixels = torch.rand(3, 3, 128, 128) * 2 - 1
    with torch.inference_mode():
        assert torch.allclose(see(model, pixels), model.model.vision_model(pixels).last_hidden_state, atol=1e-5)


def test_logits_are_those_that_the_engine_reads(lessons) -> None:
    arm = make_arm(lessons)
    ours = arm.yes_logits(lessons[:6])
    encoder = Encoder(arm.processor, 128, arm.model.device, torch.float32)
    _, yes, no = encoder.yes_no
    for i in range(6):
        ids = torch.tensor([encoder._token_ids(prompts()[int(lessons.prompts[i])], 1)])
        pixels = encoder._scale(lessons.pictures[i][None, None])
        with torch.inference_mode():
            last = arm.model(input_ids=ids, attention_mask=torch.ones_like(ids), pixel_values=pixels).logits[0, -1]
        assert float(ours[i]) == pytest.approx(float(last[yes] - last[no]), abs=1e-4)


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    "switches", [{}, pytest.param({"dense": False}, marks=SLOW), pytest.param({"in_words": True}, marks=SLOW)]
)
def test_a_model_learns_some_lessons_by_heart(lessons, switches) -> None:
    arm = make_arm(lessons, **switches)
    targets = picture_targets(lessons.pictures)
    first, _ = arm.take_step(lessons, targets, 1.0, 1.0).tolist()
    for step in range(60):
        answer, dense = arm.take_step(lessons, targets, 1.0, 1 - step / 60).tolist()
    assert answer < 0.15 * first
    assert (dense > 0) == arm.arm.dense
    right = (arm.yes_logits(lessons) > 0) == lessons.answers.bool()
    assert right.all()


def test_a_kind_counts_by_its_weight(lessons) -> None:
    number = int(lessons.kinds.unique()[0])
    one_kind = lessons[lessons.kinds == number]
    assert 0 < len(one_kind) < len(lessons)
    weighted = make_arm(lessons, kind_weights={asked_kinds()[number]: 1e7}).take_step(
        lessons, picture_targets(lessons.pictures), 1.0, 1.0
    )
    alone, everything = (
        make_arm(lessons).take_step(batch, picture_targets(batch.pictures), 1.0, 1.0) for batch in (one_kind, lessons)
    )
    assert abs(weighted[0] - alone[0]) < 0.1 * abs(everything[0] - alone[0])


def test_dense_targets_are_learnt_and_measured(lessons) -> None:
    arm = make_arm(lessons)
    targets = picture_targets(lessons.pictures)
    first = arm.take_step(lessons, targets, 1.0, 1.0)[1]
    for _ in range(25):
        last = arm.take_step(lessons, targets, 1.0, 1.0)[1]
    assert last < 0.7 * first
    scores = validate(arm, lessons)
    assert set(scores.heads) == {"cells", "blocks", "whole", "whole, attention", "value", "value, attention"}
    assert scores.heads["whole"] > 0.2
    assert set(scores.auroc) <= {kind for kind, n in count_by_kind(lessons).items() if n > 1}
    assert scores.mean == pytest.approx(np.mean(list(scores.auroc.values())), abs=1e-3)


def test_the_seed_of_the_run_decides_all_weights_at_the_start() -> None:
    def weights(seed: int) -> dict[str, torch.Tensor]:
        settings = PretrainSettings("A", steps=1, seed=seed)
        arm = ArmTraining(Arm("tiny", NanoConfig.tiny()), settings, "cpu")
        return {name: weight.detach() for name, weight in arm.named_parameters()}

    first, again, other = weights(1), weights(1), weights(2)
    for name, weight in first.items():
        assert torch.equal(weight, again[name]), name
    for name in ("model.model.connector.modality_projection.proj.weight", "heads.cells.weight", "heads.queries"):
        assert not torch.equal(first[name], other[name]), name


def test_a_step_at_rate_zero_changes_no_weight(lessons) -> None:
    arm = make_arm(lessons)
    before = {name: weight.clone() for name, weight in arm.named_parameters()}
    arm.take_step(lessons, picture_targets(lessons.pictures), 0.0, 1.0)
    for name, weight in arm.named_parameters():
        assert torch.equal(weight, before[name])


def test_sizes_that_the_heads_cannot_read_are_refused(tmp_path: Path) -> None:
    from dataclasses import replace

    sizes = replace(NanoConfig.tiny(), scale_factor=4)
    with pytest.raises(NicheLensError, match="4 image tokens of 8 patches"):
        ArmTraining(Arm("odd", sizes), PretrainSettings("A", steps=1), "cpu")
