"""The base's own training: lessons are true and repeatable, dense targets are what the picture shows, runs go on."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from data_prep import claims
from data_prep.dataset.loading import CONTRACT_FILE
from data_prep.errors import NicheLensError
from data_prep.facts import marker_rule
from data_prep.facts.niche_shapes import FORMS
from data_prep.figures import palette
from data_prep.figures.canvas import PANELS, Canvas, figure_contract
from data_prep.synth.tissue import make_slide
from data_prep.tasks import TASKS
from training.nano.architecture import NanoConfig, save_nano
from training.nano.head_outputs import Layout, Reading, determination, total_loss
from training.nano.layer_growth import deepen
from training.nano.lesson_stream import Collator
from training.nano.lessons import NEEDS_DEPTH, NEEDS_KNOWLEDGE, LessonConfig, lessons, template_texts
from training.nano.picture_heads import (
    BLACK,
    COLOURS,
    N_BLOCK,
    N_COLOURS,
    PICTURE,
    block_targets,
    patch_targets,
    picture_maps,
)
from training.nano.relation_heads import RELATIONS, RelationHeads, overlay_targets
from training.pretrain import PretrainConfig, Pretraining

SMALL = LessonConfig(
    genes=64, marker=8, flat=2, marker_panel=2, niches_of_gene=3, pattern=4, special=4, describe=4, compare=2, thinned=0
)


def test_lessons_are_repeatable_and_heard() -> None:
    first, again = lessons(3, SMALL), lessons(3, SMALL)
    assert {lesson.task for lesson in first} == set(TASKS) - set(NEEDS_KNOWLEDGE)
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.images, two.images)
        assert one.completion == two.completion
        assert tuple(claims.hear(one.completion)) == one.claims
        assert one.targets.shape == (len(one.images), PICTURE.size)


def test_thinned_slides_keep_the_answers_of_full_depth_and_lose_light() -> None:
    config = dataclasses.replace(SMALL, typed=0.0)
    deep, sparse = (
        [lesson for lesson in lessons(3, dataclasses.replace(config, thinned=share)) if lesson.task == "marker"]
        for share in (0.0, 1.0)
    )
    answers = {lesson.prompt + lesson.completion for lesson in deep}
    assert {lesson.prompt + lesson.completion for lesson in sparse} <= answers
    pictures = {lesson.images.tobytes() for lesson in deep}
    assert not any(lesson.images.tobytes() in pictures for lesson in sparse)
    thin = lessons(3, dataclasses.replace(config, thinned=1.0))
    assert not {lesson.task for lesson in thin} & set(NEEDS_DEPTH)


def test_what_few_genes_do_is_looked_for() -> None:
    many = dataclasses.replace(SMALL, genes=96, pattern=2, special=8)
    told = [claim.kind for seed in range(12) for lesson in lessons(seed, many) for claim in lesson.claims]
    assert {"partial", "rim", "spills_over", "gradient", "follows_depth"} <= set(told)


def test_targets_are_the_numbers_behind_a_picture() -> None:
    made = lessons(3, SMALL)
    asked = {lesson.task: lesson for lesson in made}
    fold = asked["marker"].targets[0, PICTURE.places["fold"]]
    assert np.isfinite(fold).all()
    for lesson in made:
        if lesson.task == "marker" and lesson.label == "yes":
            assert lesson.targets[0, PICTURE.places["fold"]] >= marker_rule.LOG2FC_MARKER
    niches, montage = asked["describe"].targets[:2]
    form = next(claim.value for claim in asked["describe"].claims if claim.kind == "form")
    assert FORMS[int(niches[PICTURE.places["form"]].argmax())] == form
    marks = {claim.gene for claim in asked["describe"].claims if claim.kind == "enriched"}
    folds = dict(zip(PANELS, montage[PICTURE.places["panels"]], strict=True))
    assert all(folds[letter] >= marker_rule.LOG2FC_MARKER for letter in marks)
    assert np.isnan(montage[PICTURE.places["place"]]).all()


def test_dense_targets_are_shares_of_each_block() -> None:
    slide = make_slide(5, n_spots=600, n_niches=3)
    canvas = Canvas(slide)
    picture = canvas.niches(slide.niches[0])
    pixels = torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 127.5 - 1
    target = block_targets(picture_maps(pixels), 4)[0].reshape(4, 4, N_BLOCK).numpy()
    block = picture[32:64, 64:96]
    assert target[1, 2, BLACK] == pytest.approx((block == 0).all(axis=-1).mean())
    for i, colour in enumerate(palette.NICHE_COLOURS.values()):
        assert target[1, 2, COLOURS][i] == pytest.approx((block == np.array(colour)).all(axis=-1).mean())
    near = np.zeros((128, 128), bool)
    for y, x in np.argwhere((picture == 0).all(axis=-1)):
        near[max(y - 3, 0) : y + 4, max(x - 3, 0) : x + 4] = True
    for i, colour in enumerate(palette.NICHE_COLOURS.values()):
        beside = (picture == np.array(colour)).all(axis=-1) & near
        assert target[1, 2, N_BLOCK - N_COLOURS + i] == pytest.approx(beside[32:64, 64:96].mean(), abs=1e-6)
    # The mean over all blocks of (x times the share of black) is where black lies, to half a block.
    black = (picture == 0).all(axis=-1)
    along = np.linspace(-1, 1, 128)
    x, share = target[..., COLOURS.stop + 2 + 3].mean(), target[..., BLACK].mean()
    assert target[1, 2, COLOURS.stop] == pytest.approx(1 / 3, abs=1e-6)
    assert x / share == pytest.approx((black * along).sum() / black.sum(), abs=0.2)
    focus = canvas.focus([str(slide.genes[0])], slide.niches[0])[0]
    pixels = torch.from_numpy(focus).permute(2, 0, 1)[None].float() / 127.5 - 1
    coloured = block_targets(picture_maps(pixels), 1)[0, 0, 0].item()
    assert coloured == pytest.approx((np.ptp(focus.astype(int), axis=-1) > 6).mean())
    patch = patch_targets(picture_maps(pixels), 8)[0, 8 * 2 + 4].numpy()
    tissue = (focus.min(axis=-1) <= 250) & (focus.max(axis=-1) >= 5)
    light = focus @ palette.LUMA / 255
    peaks = np.where(tissue, np.maximum(light - light[tissue].mean(), 0.0) ** 2, 0.0)
    assert patch[BLACK - 1] == pytest.approx(peaks[32:48, 64:80].mean(), abs=1e-5)
    assert patch[BLACK - 1] > 0
    assert target[..., BLACK - 1].max() == 0  # a map of niches has colours and no light


def test_any_niche_can_have_any_colour_and_answers_go_by_what_is_drawn() -> None:
    drawn = {}
    for share in (0.0, 1.0):
        config = dataclasses.replace(SMALL, recoloured=share, thinned=1.0, niches_of_gene=12)
        maps = [lesson for lesson in lessons(4, config) if lesson.task == "niches_of_gene"]
        drawn[share] = {lesson.images[1].tobytes() for lesson in maps}
        for lesson in maps:
            painted = {tuple(colour) for colour in lesson.images[1].reshape(-1, 3).tolist()}
            folds = dict(zip(palette.NICHE_COLOURS, lesson.relations[RELATIONS.places["folds"]], strict=True))
            measured = {name for name, fold in folds.items() if not np.isnan(fold)}
            assert measured == {name for name, colour in palette.NICHE_COLOURS.items() if colour in painted}
            assert len(measured) < len(palette.NICHE_COLOURS)
            assert all(folds[claim.niche] >= marker_rule.LOG2FC_MARKER for claim in lesson.claims if claim.niche)
    assert len(drawn[0.0]) == 1
    assert len(drawn[1.0]) > 6


def test_readings_count_what_is_asked_and_tell_how_much_was_read() -> None:
    wanted = torch.tensor([[0.0, 1.0], [1.0, float("nan")], [2.0, 3.0]])
    exact = Reading("exact", wanted.nan_to_num(7.0), wanted, weight=5.0)
    mean = Reading("mean", torch.tensor([[1.0, 2.0]]).expand(3, 2), wanted)
    nothing = Reading("nothing", torch.zeros(2, 1, requires_grad=True), torch.full((2, 1), float("nan")))
    assert exact.loss() == 0
    assert dataclasses.replace(mean, weight=3.0).loss() == pytest.approx(3 * mean.loss())
    assert total_loss([exact, mean, nothing]).item() == pytest.approx(mean.loss().item())
    told = determination([[exact, mean], [dataclasses.replace(mean, name="exact", read=wanted)]])
    assert told == {"exact": pytest.approx(1.0), "mean": pytest.approx(0.0)}
    layout = Layout({"a": 1, "b": 2}, binary=("b",), scales={"a": 2.0}, weights={"a": 3.0})
    first, second = layout.readings(torch.zeros(1, 3), torch.tensor([[5.0, 1.0, 0.0]]), "by: ")
    assert (first.name, first.wanted.item(), first.weight, first.binary) == ("by: a", 10.0, 3.0, False)
    assert (second.name, second.wanted.tolist(), second.weight, second.binary) == ("by: b", [[1.0, 0.0]], 1.0, True)
    sure = Reading("sure", torch.tensor([[9.0], [-9.0]]), torch.tensor([[1.0], [0.0]]), binary=True)
    assert determination([[sure]])["sure"] > 0.99


def test_at_first_the_tower_learns_from_the_pictures_alone(tmp_path: Path) -> None:
    config = PretrainConfig(str(tmp_path), device="cpu", precision="fp32", tower_steps=1)
    run = Pretraining(config, NanoConfig.tiny())
    batch = Collator(run.processor, "cpu")(lessons(3, SMALL)[:6])
    tower = run.model.model.vision_model.embeddings.patch_embedding.weight
    for step, reached in ((0, False), (1, True)):
        run.step = step
        words, dense = run.losses(batch)
        of_words, of_dense = (
            torch.autograd.grad(loss, tower, retain_graph=True, allow_unused=True)[0] for loss in (words, dense)
        )
        assert (of_words is not None) == reached
        assert of_dense.abs().sum() > 0


def test_relations_are_the_numbers_behind_an_answer() -> None:
    made = [lesson for seed in range(4) for lesson in lessons(seed, SMALL)]
    folds, pair = RELATIONS.places["folds"], RELATIONS.places["pair"]
    told = 0
    for lesson in made:
        assert lesson.relations.shape == (RELATIONS.size,)
        assert np.isfinite(lesson.relations[pair]).all() == (lesson.task == "compare")
        assert lesson.overlaid == (lesson.task in ("niches_of_gene", "pattern", "compare"))
        if lesson.task == "compare":
            assert lesson.relations[pair][0] >= 0.5 or lesson.label == "no"
        if lesson.task == "niches_of_gene":
            of_colour = dict(zip(palette.NICHE_COLOURS, lesson.relations[folds], strict=True))
            for claim in lesson.claims:
                if claim.kind == "enriched":
                    assert of_colour[claim.niche] >= marker_rule.LOG2FC_MARKER
                    told += 1
    assert told > 3


def test_an_overlay_is_the_light_of_one_picture_within_the_colours_of_another() -> None:
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


def test_relations_are_read_where_the_pictures_meet_and_where_the_answer_begins(tmp_path: Path) -> None:
    run = Pretraining(PretrainConfig(str(tmp_path), device="cpu"), NanoConfig.tiny())
    part = [lesson for lesson in lessons(3, SMALL) if lesson.task in ("niches_of_gene", "pattern", "describe")]
    assert {len(lesson.images) for lesson in part if lesson.overlaid} == {2, 3}
    batch = Collator(run.processor, "cpu")(part)
    torch.manual_seed(0)
    hidden = tuple(torch.randn(*batch.input_ids.shape, 32, requires_grad=True) for _ in range(6))
    is_image = batch.input_ids == run.model.config.image_token_id
    answers = batch.labels != -100
    ends = answers.int().argmax(dim=1) - 1
    heads = RelationHeads(32, layers=5, tokens=NanoConfig.tiny().image_tokens)
    maps = picture_maps(batch.pixels)
    summed: list[torch.Tensor] = []
    heads.gathered.register_forward_hook(lambda _, given, __: summed.append(given[0]))
    total_loss(heads.readings(hidden, is_image, ends, maps, batch.overlays, batch.relations)).backward()
    assert len(summed[0]) == sum(lesson.overlaid for lesson in part)  # one end of a prompt cannot tell two sums apart
    touched = [None if states.grad is None else states.grad.abs().sum(dim=2) > 0 for states in hidden]
    assert [layer is not None for layer in touched] == [False, False, True, True, True, False]
    for row, lesson in enumerate(part):
        pictures = torch.nonzero(is_image[row]).ravel().reshape(len(lesson.images), -1)
        later = pictures[1:].ravel().tolist() if lesson.overlaid else []
        assert torch.nonzero(touched[2][row]).ravel().tolist() == later
        end = int(ends[row])
        assert run.processor.tokenizer.decode(batch.input_ids[row, end]) == "<assistant>"
        assert torch.nonzero(touched[3][row]).ravel().tolist() == ([end] if lesson.overlaid else [])
        assert torch.nonzero(touched[4][row]).ravel().tolist() == [end]


def test_added_layers_change_nothing_until_they_learn(tmp_path: Path) -> None:
    run = Pretraining(PretrainConfig(str(tmp_path / "run"), device="cpu", precision="fp32"), NanoConfig.tiny())
    ids = torch.arange(8, 24)[None]
    with torch.no_grad():
        before = run.model(input_ids=ids).logits
        deepen(run.model, 4)
        assert torch.equal(run.model(input_ids=ids).logits, before)
    save_nano(run.model, run.processor, tmp_path / "base")
    deeper = dataclasses.replace(NanoConfig.tiny(), text_layers=5)
    second = Pretraining(PretrainConfig(str(tmp_path / "second"), start=str(tmp_path / "base"), device="cpu"), deeper)
    assert len(second.model.model.text_model.layers) == second.model.config.text_config.num_hidden_layers == 5
    with pytest.raises(NicheLensError, match="can only be added"):
        deepen(second.model, 3)


def test_labels_are_the_answer_and_its_end(tmp_path: Path) -> None:
    run = Pretraining(PretrainConfig(str(tmp_path), device="cpu"), NanoConfig.tiny())
    tokenizer = run.processor.tokenizer
    part = lessons(3, dataclasses.replace(SMALL, typed=1.0))
    batch = Collator(run.processor, "cpu")(part)
    for row, lesson in zip(batch.labels, part, strict=True):
        assert tokenizer.decode(row[row != -100]) == lesson.completion + tokenizer.eos_token
    n_images = sum(len(lesson.images) for lesson in part)
    assert len(batch.pixels) == len(batch.targets) == n_images
    assert (batch.input_ids == run.model.config.image_token_id).sum() == n_images * NanoConfig.tiny().image_tokens


def test_a_validation_tells_what_was_answered_and_what_was_read(tmp_path: Path) -> None:
    run = Pretraining(PretrainConfig(str(tmp_path), device="cpu", precision="fp32"), NanoConfig.tiny())
    answered, read = run.validate(lessons(3, SMALL), Collator(run.processor, "cpu"))
    assert set(answered) == set(TASKS) - set(NEEDS_KNOWLEDGE)
    assert all(0 <= value <= 1 for value in answered.values())
    assert {"patches", "blocks", "overlays", "sums", "told: folds", "gathered: place", "side by side: area"} <= set(
        read
    )
    assert read["patches"] < 1


def test_a_killed_run_goes_on_and_saves_a_model_that_opens(tmp_path: Path) -> None:
    from transformers import AutoModelForImageTextToText, AutoProcessor

    config = PretrainConfig(
        str(tmp_path),
        steps=2,
        single_batch=8,
        several_batch=2,
        save_every=2,
        evaluate_every=100,
        warmup_steps=1,
        device="cpu",
        precision="fp32",
    )
    run = Pretraining(config, NanoConfig.tiny())
    run.run()
    pace = {id(p): group["lr"] for group in run.optimizer.param_groups for p in group["params"]}
    of_model, of_heads = ({pace[id(p)] for p in part.parameters()} for part in (run.model, run.heads))
    assert of_heads == {0.25 * rate for rate in of_model}
    saved = load_file(tmp_path / "checkpoint" / "state.safetensors")
    resumed = Pretraining(dataclasses.replace(config, steps=3), NanoConfig.tiny())
    assert resumed.step == 2
    assert resumed.next_seed > 0
    for name, parameter in zip(resumed.names, resumed.parameters, strict=True):
        assert torch.equal(parameter, saved[name])
        assert torch.equal(resumed.optimizer.state[parameter]["exp_avg"], saved[f"{name}.exp_avg"])
    model = AutoModelForImageTextToText.from_pretrained(tmp_path / "model")
    AutoProcessor.from_pretrained(tmp_path / "model")
    assert model.dtype == torch.bfloat16
    assert json.loads((tmp_path / "model" / CONTRACT_FILE).read_text()) == figure_contract(128)


def test_a_run_can_start_from_another_base(tmp_path: Path) -> None:
    first = Pretraining(PretrainConfig(str(tmp_path / "first"), device="cpu"), NanoConfig.tiny())
    save_nano(first.model, first.processor, tmp_path / "base")
    second = Pretraining(
        PretrainConfig(str(tmp_path / "second"), start=str(tmp_path / "base"), device="cpu"), NanoConfig.tiny()
    )
    for name, weight in second.model.named_parameters():
        assert weight.dtype == torch.float32
        assert torch.equal(weight, first.model.get_parameter(name).bfloat16().float())
    assert second.processor.tokenizer.get_vocab() == first.processor.tokenizer.get_vocab()
    with pytest.raises(NicheLensError, match="nowhere: no such folder"):
        Pretraining(PretrainConfig(str(tmp_path / "third"), start=str(tmp_path / "nowhere"), device="cpu"))


def test_template_texts_hold_every_word_of_the_vocabulary() -> None:
    text = " ".join(template_texts(1200))
    for known in claims.CLAIM_TYPES.values():
        if known.kind != "identity":
            assert all(words in text for words in known.values.values())
    for word in (*palette.NICHE_COLOURS, "panels B", "panel E", "the second gene", "are its markers"):
        assert word in text
