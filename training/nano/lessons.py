"""Lessons: training examples from synthetic tissue, a new slide for every few dozen questions.

The right answers are measured on the slide's counts by the same rules as on a real slide. Some slides are then drawn
from thinned counts, so that the model learns to give the answers of full depth from sparse maps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from data_prep import tasks
from data_prep.claims import (
    ADJACENT_SPOKEN,
    CLAIM_TYPES,
    FIRST_GENE,
    SECOND_GENE,
    THE_NICHE,
    THIS_GENE,
    Claim,
    speak,
    speak_answer,
)
from data_prep.claims.claim_type import slots
from data_prep.facts.facts import Facts
from data_prep.facts.niche_shapes import FORMS
from data_prep.facts.thinning import thin
from data_prep.figures.canvas import Canvas
from data_prep.figures.palette import NICHE_COLOURS
from data_prep.figures.spec import PANELS, TYPE_PANELS, FigureSpec
from data_prep.slide import Slide
from data_prep.synth.tissue import SynthTruth, make_tissue
from data_prep.tasks import Example, QuestionLimits, QuestionSpec
from training.nano.picture_heads import PICTURE_TARGETS
from training.nano.relation_heads import measure_relations

VALIDATION_SEED = 2**40
"""Seeds from this one on are never used in training."""
NEEDS_KNOWLEDGE = ("identity",)
"""Tasks that synthetic tissue cannot teach, since they need knowledge: what a niche is called."""
NEEDS_DEPTH = ("pattern", "compare")
"""Tasks about the drawn counts themselves, whose right answers change when counts are thinned."""
SPECIAL_KINDS = ("partial", "rim", "spill", "gradient", "depth")
_NICHE_WORDS = ("Layer", "Region", "cortex", "tumour", "stroma", "Cluster", "white matter", "L", "gland", "immune")
_MAX_CELL_TYPES = 9


@dataclass(frozen=True)
class LessonConfig:
    """The lessons of a synthetic slide.

    Attributes:
        genes: genes per slide.
        marker: most questions of the task `marker`, in checkerboard quads.
        flat: extra "no" questions about genes that mark no niche, which a screen meets often.
        marker_panel: most questions of the task `marker_panel`.
        niches_of_gene: most questions of the task `niches_of_gene`.
        pattern: most questions of the task `pattern`.
        special: extra questions of the task `pattern` about genes that were planted as partial, rim, spill, gradient or
            depth. Few genes are.
        describe: most questions of the task `describe`.
        compare: most questions of the task `compare`.
        thinned: share of slides that are drawn from thinned counts.
        least_depth: smallest share of the counts that thinning leaves.
        named: share of the marker questions that use a gene symbol and a niche name.
        with_cell_types: share of slides with cell types.
        reworded: share of answers in other than the simplest words.
        recoloured: share of lessons whose niches take colours at random. Otherwise niches take colours in order of
            size, so the last colours are rare.
    """

    genes: int = 96
    marker: int = 24
    flat: int = 6
    marker_panel: int = 10
    niches_of_gene: int = 18
    pattern: int = 12
    special: int = 12
    describe: int = 18
    compare: int = 6
    thinned: float = 0.35
    least_depth: float = 0.02
    named: float = 0.1
    with_cell_types: float = 0.25
    reworded: float = 0.1
    recoloured: float = 0.6


@dataclass(frozen=True, eq=False)
class Lesson:
    """A training example with its dense targets.

    Attributes:
        images: (n_images, size, size, 3) uint8.
        prompt: the question.
        completion: the right answer.
        claims: the claims of the answer, in references.
        task: one of `data_prep.tasks.TASKS`.
        label: "yes" or "no" for yes/no tasks, else "".
        targets: (n_images, PICTURE_TARGETS.size) float32, the numbers behind each picture; NaN where one does not
            apply.
        relations: (RELATION_TARGETS.size,) float32, the numbers behind the answer; likewise.
        is_overlay: whether the answer compares later pictures with the first one, a gene's map, position by position.
    """

    images: np.ndarray
    prompt: str
    completion: str
    claims: tuple[Claim, ...]
    task: str
    label: str
    targets: np.ndarray
    relations: np.ndarray
    is_overlay: bool


def make_lessons(seed: int, config: LessonConfig) -> list[Lesson]:
    """All lessons of the synthetic slide with this seed, in a random order that depends on the seed."""
    rng = np.random.default_rng([seed, 7])
    slide, planted = make_tissue(seed, n_genes=config.genes)
    if rng.random() < config.with_cell_types:
        slide = _with_cell_types(slide, rng)
    canvas = full = _RecolouredCanvas(slide)
    facts = Facts.of_canvas(full)
    if rng.random() < config.thinned:
        keep = np.exp(rng.uniform(np.log(config.least_depth), 0.0))
        thinned = slide.with_counts(thin(slide.counts, np.full(slide.n_spots, keep), seed))
        canvas = _RecolouredCanvas(thinned)
    lessons = []
    for name, task in tasks.TASKS.items():
        if name in NEEDS_KNOWLEDGE or (name in NEEDS_DEPTH and canvas is not full):
            continue
        limits = QuestionLimits(getattr(config, name), named_share=config.named)
        specs = list(task.choose_questions(facts, rng, limits))
        if name == "marker":
            specs += _flat_specs(facts, config.flat, rng)
        if name == "pattern":
            specs += _special_specs(facts, planted, config.special, rng)
        for spec in specs:
            colours = list(NICHE_COLOURS)
            if rng.random() < config.recoloured:
                colours = rng.permutation(colours).tolist()
            full.palette = canvas.palette = colours
            example = task.make_example(facts, spec, canvas)
            lessons.append(_make_lesson(facts, example, spec, rng.random() < config.reworded, rng))
    return [lessons[i] for i in rng.permutation(len(lessons))]


class _RecolouredCanvas(Canvas):
    """Draws a slide with the niche colours in another order.

    Attributes:
        palette: names of all niche colours; the largest niche takes the first.
    """

    def __init__(self, slide: Slide) -> None:
        super().__init__(slide)
        self.palette = list(NICHE_COLOURS)

    def niche_colours(self) -> dict[str, str]:
        return dict(zip(super().niche_colours(), self.palette, strict=False))


def template_texts(n: int = 6000, seed: int = 0) -> Iterator[str]:
    """Prompts and answers with random claims, from which the tokenizer learns its words."""
    rng = np.random.default_rng(seed)
    kinds = list(CLAIM_TYPES.values())
    choices = {
        "gene": (THIS_GENE, THIS_GENE, FIRST_GENE, SECOND_GENE, *PANELS),
        "niche": (THE_NICHE, *NICHE_COLOURS),
    }
    others = {"niche": tuple(NICHE_COLOURS), "gene": choices["gene"], "cell type": TYPE_PANELS}
    for index in range(n):
        symbol, region = random_names(rng)
        yield _pick(rng, (tasks.NAMED_MARKER_PROMPT.format(gene=symbol, niche=region), *tasks.PROMPTS))
        known = kinds[index % len(kinds)]
        if known.kind in NEEDS_KNOWLEDGE or not (known.values or "{value}" not in known.sentences[0]):
            continue
        values = choices | {"value": tuple(known.values), "other": others[known.other]}
        said = [
            known.say(
                template, Claim(known.kind, **{slot: _pick(rng, values[slot]) for slot in sorted(slots(template))})
            )
            for template in known.sentences
        ]
        yield f"{_pick(rng, ('Yes. ', 'No. ', ''))}{' '.join(said)}"
        if known.joined:
            slot = known.list_slot
            items = rng.permutation(PANELS if slot == "genes" else list(NICHE_COLOURS))[: rng.integers(1, 5)]
            group = [Claim(known.kind, **{"niche": THE_NICHE, "gene": THIS_GENE} | {slot[:-1]: str(i)}) for i in items]
            yield " ".join(known.say_joined(pair, group) for pair in known.joined)


def random_names(rng: np.random.Generator) -> tuple[str, str]:
    """A made-up gene symbol and niche name, so that the model learns that names tell nothing."""
    letters = "".join(rng.choice(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), rng.integers(2, 5)))
    symbol = f"{letters}{rng.integers(1, 30)}" if rng.random() < 0.7 else letters
    symbol = symbol.capitalize() if rng.random() < 0.4 else symbol
    return symbol, f"{rng.choice(_NICHE_WORDS)} {rng.integers(1, 9)}"


def _with_cell_types(slide: Slide, rng: np.random.Generator) -> Slide:
    """The slide with made-up cell types, mixed differently in each niche."""
    n_types = int(rng.integers(2, _MAX_CELL_TYPES + 1))
    mixture = rng.dirichlet(np.full(n_types, rng.choice([0.3, 1.0])), len(slide.niches) + 1)
    # Cumulative shares turn one uniform number for each spot into its type.
    drawn = (rng.random(slide.n_spots)[:, None] > np.cumsum(mixture, axis=1)[slide.niche]).sum(axis=1)
    codes = np.minimum(drawn, n_types - 1).astype(np.int32)
    return replace(slide, cell_type=codes, cell_types=tuple(f"type {i}" for i in range(n_types)))


def _flat_specs(facts: Facts, n: int, rng: np.random.Generator) -> list[QuestionSpec]:
    """Marker questions about genes that mark no niche."""
    label = facts.markers.label
    flat = np.flatnonzero((label != 1).all(axis=1) & (facts.markers.frac_out.max(axis=1) > 0))
    pairs = [(int(gene), np.flatnonzero(label[gene] == 0)) for gene in rng.permutation(flat)[:n]]
    return [tasks.Marker().spec(facts, gene, int(rng.choice(niches))) for gene, niches in pairs if niches.size]


def _special_specs(facts: Facts, planted: SynthTruth, n: int, rng: np.random.Generator) -> list[QuestionSpec]:
    """Pattern questions about genes with a planted special pattern that is visible."""
    specs: list[QuestionSpec] = []
    for gene in rng.permutation(np.flatnonzero(np.isin(planted.kind, SPECIAL_KINDS))):
        symbol = str(facts.slide.genes[gene])
        niche = next(iter(planted.niches[gene]), "") or str(rng.choice(facts.slide.niches))
        if len(specs) < n and niche in facts.shapes and tasks.has_spatial_claim(facts, symbol, niche):
            specs.append(QuestionSpec("pattern", niche, (symbol,), seed=int(rng.integers(1, 2**31))))
    return specs


def _make_lesson(
    facts: Facts, example: Example, spec: QuestionSpec, reworded: bool, rng: np.random.Generator
) -> Lesson:
    said = speak_answer(example.claims, example.label == "yes") if example.label else speak(example.claims)
    prompt = example.question.prompt
    if spec.named:
        symbol, region = random_names(rng)
        prompt = tasks.NAMED_MARKER_PROMPT.format(gene=symbol, niche=region)
    return Lesson(
        images=np.stack(example.question.images),
        prompt=prompt,
        completion=example.completion if reworded else said,
        claims=example.claims,
        task=example.task,
        label=example.label,
        targets=np.stack([_measure_picture(facts, spec) for spec in example.question.specs]),
        relations=measure_relations(facts, example),
        is_overlay=len(example.question.specs) > 1 and example.question.specs[0].kind == "expression",
    )


def _measure_picture(facts: Facts, spec: FigureSpec) -> np.ndarray:
    """The numbers behind a picture, in the layout of `PICTURE_TARGETS`; NaN where one does not apply."""
    targets = np.full(PICTURE_TARGETS.size, np.nan, np.float32)
    niche = facts.slide.niche_index(spec.niche) if spec.niche else None
    if spec.kind in ("focus", "montage"):
        rows = [facts.slide.gene_index(gene) for gene in spec.genes]
        fold = facts.markers.log2fc[rows, niche].clip(-4, 4)
        targets[PICTURE_TARGETS.slices["fold" if spec.kind == "focus" else "panels"]][: len(fold)] = fold
    if spec.kind in ("focus", "expression"):
        targets[PICTURE_TARGETS.slices["place"]] = facts.gene_centroids([spec.genes[0]])[0]
    if spec.kind == "expression":
        targets[PICTURE_TARGETS.slices["trend"]] = facts.gene_maps.trend(spec.genes[0])
    if spec.kind == "composition":
        shares = [facts.composition[spec.niche][name] for name in spec.genes]
        targets[PICTURE_TARGETS.slices["types"]][: len(shares)] = shares
    if spec.kind == "niches" and spec.niche:
        shape = facts.shapes[spec.niche]
        targets[PICTURE_TARGETS.slices["place"]] = shape.centroid
        targets[PICTURE_TARGETS.slices["area"]] = np.log(shape.area_fraction)
        targets[PICTURE_TARGETS.slices["form"]] = [form == shape.form for form in FORMS]
        targets[PICTURE_TARGETS.slices["piece"]] = max(shape.pieces, default=0.0)
        colours = list(NICHE_COLOURS)
        for other, colour in facts.canvas.niche_colours().items():
            if other != spec.niche:
                borders = shape.contacts[other] >= ADJACENT_SPOKEN
                targets[PICTURE_TARGETS.slices["adjacent"]][colours.index(colour)] = borders
    return targets


def _pick(rng: np.random.Generator, choices: tuple[str, ...]) -> str:
    return str(choices[int(rng.integers(len(choices)))])
