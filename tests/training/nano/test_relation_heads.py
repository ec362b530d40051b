"""The dense targets inside the decoder, and the states that the heads read."""

from pathlib import Path

import numpy as np
import pytest
import torch

from data_prep.facts import marker_rule
from data_prep.figures import palette
from data_prep.figures.canvas import Canvas
from data_prep.synth.tissue import make_slide
from tests.training.nano.small_run import SMALL, tiny_run
from training.nano.architecture import NanoConfig
from training.nano.head_outputs import total_loss
from training.nano.lesson_stream import LessonCollator
from training.nano.lessons import make_lessons
from training.nano.picture_heads import picture_maps
from training.nano.relation_heads import RELATION_TARGETS, RelationHeads, overlay_targets


def test_relations_are_the_numbers_behind_an_answer() -> None:
    made = [lesson for seed in range(4) for lesson in make_lessons(seed, SMALL)]
    folds, pair = RELATION_TARGETS.slices["folds"], RELATION_TARGETS.slices["pair"]
    told = 0
    for lesson in made:
        assert lesson.relations.shape == (RELATION_TARGETS.size,)
        assert np.isfinite(lesson.relations[pair]).all() == (lesson.task == "compare")
        assert lesson.is_overlay == (lesson.task in ("niches_of_gene", "pattern", "compare"))
        if lesson.task == "compare":
            assert lesson.relations[pair][0] >= 0.5 or lesson.label == "no"
        if lesson.task == "niches_of_gene":
            of_colour = dict(zip(palette.NICHE_COLOURS, lesson.relations[folds], strict=True))
            for claim in lesson.claims:
                if claim.kind == "enriched":
                    assert of_colour[claim.niche] >= marker_rule.LOG2FC_MARKER
                    told += 1
    assert told > 3


def test_an_overlay_is_the_brightness_of_one_picture_within_the_colours_of_another() -> None:
    slide = make_slide(5, n_spots=600, n_niches=3)
    canvas = Canvas(slide)
    gene, niches = canvas.expression([str(slide.genes[0])])[0], canvas.niches(slide.niches[0])
    first, later = (torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 127.5 - 1 for picture in (gene, niches))
    found = overlay_targets(picture_maps(first), picture_maps(later), 4)[0].reshape(4, 4, -1).numpy()
    coloured = np.ptp(gene.astype(int), axis=-1) > 6
    lit = gene @ palette.LUMA / 255
    light = np.where(coloured, lit - lit[coloured].mean(), 0.0)
    block = (slice(32, 64), slice(64, 96))
    assert found[1, 2, 0] == pytest.approx(light[block].mean(), abs=1e-5)
    black = (niches[block] == 0).all(axis=-1)
    assert found[1, 2, 2] == pytest.approx((light[block] * black).mean(), abs=1e-5)
    for i, colour in enumerate(palette.NICHE_COLOURS.values()):
        here = (niches[block] == np.array(colour)).all(axis=-1)
        assert found[1, 2, 3 + i] == pytest.approx((light[block] * here).mean(), abs=1e-5)


def test_relations_are_read_at_later_pictures_and_where_the_answer_begins(tmp_path: Path) -> None:
    run = tiny_run(tmp_path)
    part = [lesson for lesson in make_lessons(3, SMALL) if lesson.task in ("niches_of_gene", "pattern", "describe")]
    assert {len(lesson.images) for lesson in part if lesson.is_overlay} == {2, 3}
    batch = LessonCollator(run.processor, "cpu")(part)
    torch.manual_seed(0)
    hidden = tuple(torch.randn(*batch.input_ids.shape, 32, requires_grad=True) for _ in range(6))
    is_image = batch.input_ids == run.model.config.image_token_id
    answers = batch.labels != -100
    ends = answers.int().argmax(dim=1) - 1
    heads = RelationHeads(32, layers=5, tokens=NanoConfig.tiny().image_tokens)
    maps = picture_maps(batch.pixels)
    summed: list[torch.Tensor] = []
    heads.gathered.register_forward_hook(lambda _, given, __: summed.append(given[0]))
    total_loss(heads.outputs(hidden, is_image, ends, maps, batch.overlays, batch.relations)).backward()
    assert len(summed[0]) == sum(lesson.is_overlay for lesson in part)  # one end of a prompt cannot tell two sums apart
    touched = [None if states.grad is None else states.grad.abs().sum(dim=2) > 0 for states in hidden]
    assert [layer is not None for layer in touched] == [False, False, True, True, True, False]
    for row, lesson in enumerate(part):
        pictures = torch.nonzero(is_image[row]).ravel().reshape(len(lesson.images), -1)
        later = pictures[1:].ravel().tolist() if lesson.is_overlay else []
        assert torch.nonzero(touched[2][row]).ravel().tolist() == later
        end = int(ends[row])
        assert run.processor.tokenizer.decode(batch.input_ids[row, end]) == "<assistant>"
        assert torch.nonzero(touched[3][row]).ravel().tolist() == ([end] if lesson.is_overlay else [])
        assert torch.nonzero(touched[4][row]).ravel().tolist() == [end]
