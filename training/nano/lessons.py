"""Lessons: yes/no questions about a synthetic slide, each with one picture, a new slide for every couple of hundred.

The right answers are measured on the slide's counts by the same rules as on a real slide. Some slides are then drawn
from thinned counts, so that the model learns to give the answers of full depth from sparse maps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from data_prep.claims import CLAIM_TYPES
from data_prep.facts.facts import Facts
from data_prep.facts.thinning import thin
from data_prep.figures.canvas import Canvas
from data_prep.slide import Slide
from data_prep.synth.annotation import add_cell_types, leave_unlabelled
from data_prep.synth.tissue import MIN_GENES, make_tissue
from data_prep.tasks import TASKS, QuestionLimits, QuestionSpec, claim_of
from data_prep.tasks.claim_task import wording_of
from training.nano.artefact_lessons import PLANTED, artefact_questions
from training.nano.lesson_block import MAX_LESSONS, LessonBlock
from training.nano.lesson_prompts import asked_kinds, prompt_numbers

MIXTURE = {
    "enriched": 24,
    "depleted": 6,
    "partial": 20,
    "rim": 24,
    "spills_over": 24,
    "adjacent": 4,
    "form": 12,
    "parts": 12,
    "centred": 16,
    "highest": 40,
    "extent": 4,
    "gradient": 16,
    "patterned": 10,
    "follows_depth": 16,
    "colocalised": 14,
    "composed_of": 6,
    "edge_artefact": 16,
    "stripe": 16,
    "bubble": 16,
}
"""Most questions of each kind about one slide. Places, forms, rims and spill-over are learnt late, so they get more.
Artefacts take long to measure, so one is asked about often, in other words and turned."""
NICHE_KINDS = ("adjacent", "centred", "composed_of", "extent", "form", "parts")
"""Kinds that need no genes. A slide has few niches, so further layouts of niches with hardly any genes are drawn."""
_ROOMY_SPOTS, _ROOMY_NICHES = (600, 3000), (2, 7)
_ROOMY_PATTERNS = ("blobs", "blobs", "rings", "voronoi", "domains")
"""Sizes and patterns of slides whose niches have room for a rim around a core, and tissue on their far side."""
LAYOUT_SEEDS = 2**42
"""Distance between the seeds of a slide's further layouts: none is the seed of another slide."""
ARTEFACT_SEEDS = 3 * 2**50
"""Distance from the seed of a slide to those of its slides with artefacts; a multiple of the number of their kinds."""


@dataclass(frozen=True)
class LessonConfig:
    """The lessons of a seed: a slide with genes, and further layouts of niches.

    Attributes:
        genes: genes of the slide.
        fewer_genes: genes of a slide of more than `many_spots` spots, so that no slide takes much longer than others.
        many_spots: see there.
        roomy: share of slides with few niches that are large enough to have a rim, a core and a far side.
        layouts: further layouts of niches.
        mixture: kind → most questions about a slide or layout.
        thinned: share of slides that are drawn from thinned counts.
        least_depth: smallest share of the counts that thinning leaves.
        partly_labelled: share of slides and layouts with unlabelled tissue.
        with_cell_types: share of slides and layouts with cell types.
        artefact_slides: pairs of slides with artefacts for each seed, on average (`training.nano.artefact_lessons`).
    """

    genes: int = 96
    fewer_genes: int = 40
    many_spots: int = 5000
    roomy: float = 0.5
    layouts: int = 2
    mixture: Mapping[str, int] = field(default_factory=lambda: dict(MIXTURE))
    thinned: float = 0.3
    least_depth: float = 0.02
    partly_labelled: float = 0.2
    with_cell_types: float = 0.4
    artefact_slides: float = 0.5


def make_lessons(seed: int, config: LessonConfig) -> LessonBlock:
    """All lessons of one seed, in a random order that depends on the seed."""
    rng = np.random.default_rng([seed, 7])
    blocks = [_slide_lessons(seed, config, rng)]
    blocks += [_layout_lessons(seed + number * LAYOUT_SEEDS, config, rng) for number in range(1, config.layouts + 1)]
    blocks += _artefact_lessons(seed, config)
    joined = LessonBlock(
        **{name: np.concatenate([getattr(block, name) for block in blocks]) for name in vars(blocks[0])}
    )
    order = rng.permutation(len(joined))[:MAX_LESSONS]
    return LessonBlock(**{name: array[order] for name, array in vars(joined).items()})


def _slide_lessons(seed: int, config: LessonConfig, rng: np.random.Generator) -> LessonBlock:
    """Lessons of all kinds about a slide."""
    if rng.random() < config.roomy:
        n_spots = int(np.exp(rng.uniform(*np.log(_ROOMY_SPOTS))))
        n_niches, pattern = int(rng.integers(*_ROOMY_NICHES)), str(rng.choice(_ROOMY_PATTERNS))
        slide, _ = make_tissue(seed, n_genes=config.genes, n_spots=n_spots, n_niches=n_niches, pattern=pattern)
    else:
        slide, _ = make_tissue(seed, n_genes=config.genes)
    if slide.n_spots > config.many_spots:
        slide = _first_genes(slide, config.fewer_genes)
    facts = Facts.measure(_annotated(slide, config, rng))
    canvas = facts.canvas
    keep = np.exp(rng.uniform(np.log(config.least_depth), 0.0))
    if rng.random() < config.thinned:
        counts = thin(facts.slide.counts, np.full(slide.n_spots, keep), seed)
        canvas = Canvas(facts.slide.with_counts(counts))
    return _draw(facts, canvas, _choose(facts, asked_kinds(), config, rng))


def _layout_lessons(seed: int, config: LessonConfig, rng: np.random.Generator) -> LessonBlock:
    """Lessons about the niches of a layout."""
    slide, _ = make_tissue(seed, n_genes=MIN_GENES)
    facts = Facts.measure(_annotated(slide, config, rng))
    return _draw(facts, facts.canvas, _choose(facts, NICHE_KINDS, config, rng))


def _artefact_lessons(seed: int, config: LessonConfig) -> list[LessonBlock]:
    """Lessons about slides with artefacts, mirrored and turned: an artefact has no direction."""
    most = min((config.mixture.get(kind, 0) for kind in PLANTED), default=0)
    rng = np.random.default_rng([seed, 8])
    n_pairs = int(config.artefact_slides + rng.random())
    return [
        _turned(_draw(facts, facts.canvas, specs), rng)
        for pair in range(1, n_pairs + 1)
        for facts, specs in artefact_questions(seed + pair * ARTEFACT_SEEDS + pair, most)
    ]


def _turned(block: LessonBlock, rng: np.random.Generator) -> LessonBlock:
    """The same lessons, each picture turned by a multiple of 90 degrees and mirrored or not."""
    turns, mirrored = rng.integers(4, size=len(block)), rng.integers(2, size=len(block))
    pictures = [
        np.rot90(picture[:, ::-1] if mirror else picture, turn)
        for picture, turn, mirror in zip(block.pictures, turns, mirrored, strict=True)
    ]
    return replace(block, pictures=np.stack(pictures))


def _annotated(slide: Slide, config: LessonConfig, rng: np.random.Generator) -> Slide:
    if rng.random() < config.partly_labelled:
        slide = leave_unlabelled(slide, rng)
    return add_cell_types(slide, rng) if rng.random() < config.with_cell_types else slide


def _first_genes(slide: Slide, n: int) -> Slide:
    return replace(slide, counts=slide.counts[:, :n], genes=slide.genes[:n])


def _choose(facts: Facts, kinds: Sequence[str], config: LessonConfig, rng: np.random.Generator) -> list[QuestionSpec]:
    return [
        spec
        for kind in kinds
        if config.mixture.get(kind)
        for spec in TASKS[kind].choose_questions(facts, rng, QuestionLimits(config.mixture[kind]))
    ]


def _draw(facts: Facts, canvas: Canvas, specs: list[QuestionSpec]) -> LessonBlock:
    kinds, prompts = asked_kinds(), prompt_numbers()
    claims = [claim_of(spec) for spec in specs]
    types = [CLAIM_TYPES[spec.task] for spec in specs]
    figures = [
        claim_type.question.spec(claim, claim_type.other)  # type: ignore[union-attr]
        for claim, claim_type in zip(claims, types, strict=True)
    ]
    values = np.array([t.check(claim, facts).value for claim, t in zip(claims, types, strict=True)], np.float32)
    return LessonBlock(
        pictures=canvas.pictures(figures),
        kinds=np.array([kinds.index(spec.task) for spec in specs], np.int64),
        prompts=np.array([prompts[spec.task, spec.value, wording_of(spec)] for spec in specs], np.int64),
        answers=np.array([spec.label == "yes" for spec in specs], np.int64),
        values=np.where(np.isfinite(values), values, np.nan).astype(np.float32),
    )
