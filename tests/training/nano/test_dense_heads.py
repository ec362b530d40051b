"""Dense heads: targets are scaled, and each prediction is read where it belongs."""

from dataclasses import replace

import torch

from tests.training.nano.square_lessons import square_lessons
from training.nano.dense_heads import SPREAD, DenseHeads, TargetScale
from training.nano.lesson_pool import to_batch
from training.nano.lesson_prompts import asked_kinds, topics
from training.nano.picture_targets import GRID, picture_targets

N_KINDS, N_TOPICS = len(asked_kinds()), len(set(topics()))


def made(n_slides: int = 4):
    batch = to_batch([square_lessons(seed) for seed in range(n_slides)], "cpu")
    heads = DenseHeads(patch_width=8, patches=64, width=16, tokens=16, n_topics=N_TOPICS)
    heads.use_scale(TargetScale.measure(batch, N_KINDS))
    return batch, heads, torch.tensor(topics())[batch.prompts]


def states(n: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    return torch.randn(n, 64, 8), torch.randn(n, 16, 16), torch.randn(n, 16)


def test_targets_have_a_spread_of_a_half() -> None:
    batch, heads, topic = made()
    targets = picture_targets(batch.pictures)
    by_name = {name: t for name, _, t in heads.errors(*states(len(batch)), targets, batch, topic)}
    black = by_name["cells"][..., 6]
    assert abs(black.mean()) < 0.1
    whole = by_name["whole"]
    spread = whole[:, ~whole.isnan().any(dim=0)].std(dim=0)
    assert ((spread > 0.4 * SPREAD) & (spread < 1.2 * SPREAD)).all()
    assert by_name["value"].shape == (len(batch), 1)


def test_a_cell_is_read_off_its_patch() -> None:
    batch, heads, topic = made(1)
    patches, tokens, state = states(len(batch))
    patches.requires_grad_()
    targets = picture_targets(batch.pictures)
    cells = next(heads.errors(patches, tokens, state, targets, batch, topic))[1]
    row, column = 5, 12
    cells[0, row * GRID + column].sum().backward()
    touched = patches.grad.abs().sum(dim=2).nonzero().tolist()
    assert touched == [[0, (row // 2) * 8 + column // 2]]


def test_numbers_that_do_not_apply_have_no_loss() -> None:
    batch, heads, topic = made(1)
    targets = picture_targets(batch.pictures)
    inputs = states(len(batch))
    known = heads.loss(*inputs, targets, batch, topic)
    valueless = replace(batch, values=torch.full_like(batch.values, torch.nan))
    unknown = heads.loss(*inputs, targets, valueless, topic)
    assert torch.isfinite(unknown)
    assert unknown < known
