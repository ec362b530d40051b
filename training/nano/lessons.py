"""Training examples drawn on the fly from synthetic tissue: a fresh slide for every few dozen questions.

The truth is measured on the slide's counts by the same rules as on a real slide, not read from what was planted; some
slides are then drawn from thinned counts, so that the model learns to read sparse maps against a full-depth truth.
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
from data_prep.facts.marker_rule import thin
from data_prep.facts.niche_shapes import FORMS
from data_prep.figures.canvas import PANELS, TYPE_PANELS, Canvas, FigureSpec
from data_prep.figures.palette import NICHE_COLOURS
from data_prep.slide import Slide
from data_prep.synth.tissue import SynthTruth, make_tissue
from data_prep.tasks import Example, PlanConfig, Recipe
from training.nano.picture_heads import PICTURE
from training.nano.relation_heads import relation_targets

VALIDATION_SEED = 2**40
"""Seeds from here on are never trained on."""
NEEDS_KNOWLEDGE = ("identity",)
"""Tasks that no synthetic tissue can teach: what a niche is called."""
NEEDS_DEPTH = ("pattern", "compare")
"""Tasks that are about the counts as they are drawn, so thinned counts have another truth."""
SPECIAL = ("partial", "rim", "spill", "gradient", "depth")
_PLACE_WORDS = ("Layer", "Region", "cortex", "tumour", "stroma", "Cluster", "white matter", "L", "gland", "immune")
_MOST_TYPES = 9


@dataclass(frozen=True)
class LessonConfig:
    """What is drawn from each synthetic slide.

    Attributes:
        genes: genes per slide.
        marker: most marker questions, in checkerboard quads.
        flat: extra "no" questions about genes that mark no niche, as a screen meets them.
        marker_panel: most questions of this task; so for the next four.
        niches_of_gene: as before.
        pattern: as before.
        special: extra questions of this task about genes that were planted as partial, rim, spill, gradient or depth,
            of which there are few.
        describe: as before.
        compare: as before.
        thinned: share of slides drawn from thinned counts.
        thinnest: smallest share of the counts that thinning leaves.
        named: share of the marker questions asked by gene symbol and niche name.
        typed: share of slides with cell types.
        varied: share of the answers in other than the plainest words.
        recoloured: share of the lessons whose niches take any colours. Elsewhere they take them in order of size, so
            the later colours are seldom seen.
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
    thinnest: float = 0.02
    named: float = 0.1
    typed: float = 0.25
    varied: float = 0.1
    recoloured: float = 0.6


@dataclass(frozen=True, eq=False)
class Lesson:
    """A training example with the dense targets of its pictures.

    Attributes:
        images: (n_images, size, size, 3) uint8.
        prompt: the question.
        completion: the right answer.
        claims: that the answer speaks, in references.
        task: one of ``data_prep.tasks.TASKS``.
        label: "yes" or "no" for yes/no tasks, else "".
        targets: (n_images, PICTURE.size) float32 numbers that each picture shows
            (`training.nano.picture_heads`), NaN where not asked.
        relations: (RELATIONS.size,) float32 numbers that the pictures show together
            (`training.nano.relation_heads`); likewise.
        overlaid: whether the later pictures lie over the first one, which is a gene's map.
    """

    images: np.ndarray
    prompt: str
    completion: str
    claims: tuple[Claim, ...]
    task: str
    label: str
    targets: np.ndarray
    relations: np.ndarray
    overlaid: bool


def lessons(seed: int, config: LessonConfig) -> list[Lesson]:
    """All lessons of the synthetic slide with this seed, in an order that the seed decides too."""
    rng = np.random.default_rng([seed, 7])
    slide, planted = make_tissue(seed, n_genes=config.genes)
    if rng.random() < config.typed:
        slide = _with_cell_types(slide, rng)
    facts = Facts.measure(slide)
    canvas = full = _Recoloured(slide)
    facts = replace(facts, canvas=full)
    if rng.random() < config.thinned:
        keep = np.exp(rng.uniform(np.log(config.thinnest), 0.0))
        thinned = slide.with_counts(thin(slide.counts, np.full(slide.n_spots, keep), seed))
        canvas = _Recoloured(thinned)
    made = []
    for name, task in tasks.TASKS.items():
        if name in NEEDS_KNOWLEDGE or (name in NEEDS_DEPTH and canvas is not full):
            continue
        recipes = list(task.plan(facts, rng, None, getattr(config, name), PlanConfig(config.named)))
        if name == "marker":
            recipes += _flat_recipes(facts, config.flat, rng)
        if name == "pattern":
            recipes += _special_recipes(facts, planted, config.special, rng)
        for recipe in recipes:
            colours = list(NICHE_COLOURS)
            if rng.random() < config.recoloured:
                colours = rng.permutation(colours).tolist()
            full.palette = canvas.palette = colours
            example = task.make(facts, recipe, canvas)
            made.append(_lesson(facts, example, recipe, rng.random() < config.varied, rng))
    return [made[i] for i in rng.permutation(len(made))]


class _Recoloured(Canvas):
    """Draws a slide with any order of the niche colours.

    Attributes:
        palette: all names of colours; the largest niche takes the first.
    """

    def __init__(self, slide: Slide) -> None:
        super().__init__(slide)
        self.palette = list(NICHE_COLOURS)

    def niche_colours(self) -> dict[str, str]:
        return dict(zip(super().niche_colours(), self.palette, strict=False))


def template_texts(n: int = 6000, seed: int = 0) -> Iterator[str]:
    """Prompts and answers with random claims: what the tokenizer learns its words from."""
    rng = np.random.default_rng(seed)
    kinds = list(CLAIM_TYPES.values())
    choices = {
        "gene": (THIS_GENE, THIS_GENE, FIRST_GENE, SECOND_GENE, *PANELS),
        "niche": (THE_NICHE, *NICHE_COLOURS),
    }
    others = {"niche": tuple(NICHE_COLOURS), "gene": choices["gene"], "cell type": TYPE_PANELS}
    for place in range(n):
        symbol, region = random_names(rng)
        yield _pick(rng, (tasks.NAMED_MARKER_PROMPT.format(gene=symbol, niche=region), *tasks.PROMPTS))
        known = kinds[place % len(kinds)]
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
    """A made-up gene symbol and niche name, so that a model learns that a name says nothing."""
    letters = "".join(rng.choice(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), rng.integers(2, 5)))
    symbol = f"{letters}{rng.integers(1, 30)}" if rng.random() < 0.7 else letters
    symbol = symbol.capitalize() if rng.random() < 0.4 else symbol
    return symbol, f"{rng.choice(_PLACE_WORDS)} {rng.integers(1, 9)}"


def _with_cell_types(slide: Slide, rng: np.random.Generator) -> Slide:
    """The slide with made-up cell types, mixed otherwise in every niche."""
    n_types = int(rng.integers(2, _MOST_TYPES + 1))
    mixture = rng.dirichlet(np.full(n_types, rng.choice([0.3, 1.0])), len(slide.niches) + 1)
    # Cumulative shares turn one uniform number for each spot into its type.
    drawn = (rng.random(slide.n_spots)[:, None] > np.cumsum(mixture, axis=1)[slide.niche]).sum(axis=1)
    codes = np.minimum(drawn, n_types - 1).astype(np.int32)
    return replace(slide, cell_type=codes, cell_types=tuple(f"type {i}" for i in range(n_types)))


def _flat_recipes(facts: Facts, n: int, rng: np.random.Generator) -> list[Recipe]:
    """Marker questions about genes that mark no niche."""
    label = facts.markers.label
    flat = np.flatnonzero((label != 1).all(axis=1) & (facts.markers.frac_out.max(axis=1) > 0))
    pairs = [(int(gene), np.flatnonzero(label[gene] == 0)) for gene in rng.permutation(flat)[:n]]
    return [tasks.Marker().recipe(facts, gene, int(rng.choice(niches))) for gene, niches in pairs if niches.size]


def _special_recipes(facts: Facts, planted: SynthTruth, n: int, rng: np.random.Generator) -> list[Recipe]:
    """Pattern questions about genes that were planted to do what most genes do not, and can be seen to do it."""
    found: list[Recipe] = []
    for gene in rng.permutation(np.flatnonzero(np.isin(planted.kind, SPECIAL))):
        symbol = str(facts.slide.genes[gene])
        niche = next(iter(planted.niches[gene]), "") or str(rng.choice(facts.slide.niches))
        if len(found) < n and niche in facts.shapes and tasks.has_spatial_claim(facts, symbol, niche):
            found.append(Recipe("pattern", niche, (symbol,), seed=int(rng.integers(1, 2**31))))
    return found


def _lesson(facts: Facts, example: Example, recipe: Recipe, varied: bool, rng: np.random.Generator) -> Lesson:
    said = speak_answer(example.claims, example.label == "yes") if example.label else speak(example.claims)
    prompt = example.question.prompt
    if recipe.named:
        symbol, region = random_names(rng)
        prompt = tasks.NAMED_MARKER_PROMPT.format(gene=symbol, niche=region)
    return Lesson(
        images=np.stack(example.question.images),
        prompt=prompt,
        completion=example.completion if varied else said,
        claims=example.claims,
        task=example.task,
        label=example.label,
        targets=np.stack([_targets(facts, spec) for spec in example.question.specs]),
        relations=relation_targets(facts, example),
        overlaid=len(example.question.specs) > 1 and example.question.specs[0].kind == "expression",
    )


def _targets(facts: Facts, spec: FigureSpec) -> np.ndarray:
    """The numbers behind one picture, in the layout of ``PICTURE``."""
    found = np.full(PICTURE.size, np.nan, np.float32)
    niche = facts.slide.niche_index(spec.niche) if spec.niche else None
    if spec.kind in ("focus", "montage"):
        rows = [facts.slide.gene_index(gene) for gene in spec.genes]
        fold = facts.markers.log2fc[rows, niche].clip(-4, 4)
        found[PICTURE.places["fold" if spec.kind == "focus" else "panels"]][: len(fold)] = fold
    if spec.kind in ("focus", "expression"):
        found[PICTURE.places["place"]] = facts.gene_centroids([spec.genes[0]])[0]
    if spec.kind == "expression":
        found[PICTURE.places["trend"]] = facts.expression.trend(spec.genes[0])
    if spec.kind == "composition":
        shares = [facts.composition[spec.niche][name] for name in spec.genes]
        found[PICTURE.places["types"]][: len(shares)] = shares
    if spec.kind == "niches" and spec.niche:
        shape = facts.shapes[spec.niche]
        found[PICTURE.places["place"]] = shape.centroid
        found[PICTURE.places["area"]] = np.log(shape.area_fraction)
        found[PICTURE.places["form"]] = [form == shape.form for form in FORMS]
        found[PICTURE.places["piece"]] = max(shape.pieces, default=0.0)
        colours = list(NICHE_COLOURS)
        for other, colour in facts.canvas.niche_colours().items():
            if other != spec.niche:
                borders = shape.contacts[other] >= ADJACENT_SPOKEN
                found[PICTURE.places["adjacent"]][colours.index(colour)] = borders
    return found


def _pick(rng: np.random.Generator, choices: tuple[str, ...]) -> str:
    return str(choices[int(rng.integers(len(choices)))])
