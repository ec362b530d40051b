"""Training examples drawn on the fly from synthetic tissue: a fresh slide for every few dozen questions.

The truth is measured on the slide's counts by the same rule as on a real slide, not read from what was planted; some
slides are then drawn from thinned counts, so that the model learns to read sparse maps against a full-depth truth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from data_prep import palette, tasks
from data_prep.claims import (
    ADJACENT_SPOKEN,
    EXTENTS,
    PLACES,
    THE_NICHE,
    THIS_GENE,
    Claim,
    gene_in_niche,
    niche_claims,
    refer,
    speak,
    speak_answer,
)
from data_prep.facts import Facts
from data_prep.figure import PANELS, Canvas
from data_prep.shape import FORMS, compass
from data_prep.synth import make_slide
from data_prep.truth import thin

VALIDATION_SEED = 2**40
"""Seeds from here on are never trained on."""
TAUGHT = ("located", "extent", "form", "adjacent")
"""What the base learns to say of a niche beside its markers."""
_PLACE_WORDS = ("Layer", "Region", "cortex", "tumour", "stroma", "Cluster", "white matter", "L", "gland", "immune")


@dataclass(frozen=True)
class SyntheticConfig:
    """What is drawn from each synthetic slide.

    Attributes:
        genes: genes per slide.
        quads: most checkerboard quads of marker questions per slide (four questions each).
        flat: extra "no" questions per slide about genes that mark no niche, as a screen meets them.
        descriptions: most niche descriptions per slide.
        thinned: share of slides drawn from thinned counts.
        thinnest: smallest share of the counts that thinning leaves.
        named: share of the marker questions asked by gene symbol and niche name.
    """

    genes: int = 96
    quads: int = 10
    flat: int = 6
    descriptions: int = 12
    thinned: float = 0.3
    thinnest: float = 0.05
    named: float = 0.1


@dataclass(frozen=True, eq=False)
class Lesson:
    """A training example with the dense targets of its pictures.

    Attributes:
        images: (n_images, size, size, 3) uint8.
        prompt: the question.
        completion: the right answer.
        log2fc: (4,) log2 fold change of the gene (marker: first entry) or of the four panels; NaN where not asked.
        niche: (place, extent, form) as indices into the vocabulary, or -1 for marker questions.
        adjacent: (10,) 1 where the asked niche borders that colour, 0 where not, -1 where not asked.
        task: marker or describe.
    """

    images: np.ndarray
    prompt: str
    completion: str
    log2fc: np.ndarray
    niche: np.ndarray
    adjacent: np.ndarray
    task: str


def lessons(seed: int, config: SyntheticConfig) -> list[Lesson]:
    """All lessons of the synthetic slide with this seed, in an order that the seed decides too."""
    rng = np.random.default_rng([seed, 7])
    facts = Facts.measure(make_slide(seed, n_genes=config.genes))
    canvas = facts.canvas
    if rng.random() < config.thinned:
        keep = np.exp(rng.uniform(np.log(config.thinnest), 0.0))
        slide = facts.slide
        canvas = Canvas(slide.with_counts(thin(slide.counts, np.full(slide.n_spots, keep), seed)), canvas.size)
    made = [*_marker_lessons(facts, canvas, config, rng), *_describe_lessons(facts, canvas, config, rng)]
    return [made[i] for i in rng.permutation(len(made))]


def template_texts(n: int = 4000, seed: int = 0) -> Iterator[str]:
    """Prompts and answers with random claims: what the tokenizer learns its words from."""
    rng = np.random.default_rng(seed)
    colours = list(palette.NICHE_COLOURS)
    for _ in range(n):
        symbol, region = random_names(rng)
        yield rng.choice([tasks.MARKER_PROMPT, tasks.NAMED_MARKER_PROMPT.format(gene=symbol, niche=region)])
        kind = str(rng.choice(["enriched", "not_enriched", "depleted"]))
        strength = str(rng.choice(["strongly", "moderately"])) if kind == "enriched" else ""
        place = Claim("located", gene=THIS_GENE, value=str(rng.choice(PLACES)))
        yield speak_answer([Claim(kind, THIS_GENE, THE_NICHE, strength), place], kind == "enriched")
        yield tasks.DESCRIBE_PROMPT
        near = rng.choice(colours, rng.integers(0, 5), replace=False)
        yes = rng.random(len(PANELS)) < 0.5
        yield speak(
            [
                Claim("located", niche=THE_NICHE, value=str(rng.choice(PLACES))),
                Claim("extent", niche=THE_NICHE, value=str(rng.choice(EXTENTS))),
                Claim("form", niche=THE_NICHE, value=str(rng.choice(FORMS))),
                *(Claim("adjacent", niche=THE_NICHE, other=str(colour)) for colour in near),
                *(
                    Claim("enriched", panel, THE_NICHE)
                    for panel, is_marker in zip(PANELS, yes, strict=True)
                    if is_marker
                ),
                *(
                    Claim("not_enriched", panel, THE_NICHE)
                    for panel, is_marker in zip(PANELS, yes, strict=True)
                    if not is_marker
                ),
            ]
        )


def random_names(rng: np.random.Generator) -> tuple[str, str]:
    """A made-up gene symbol and niche name, so that a model learns that a name says nothing."""
    letters = "".join(rng.choice(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), rng.integers(2, 5)))
    symbol = f"{letters}{rng.integers(1, 30)}" if rng.random() < 0.7 else letters
    symbol = symbol.capitalize() if rng.random() < 0.4 else symbol
    return symbol, f"{rng.choice(_PLACE_WORDS)} {rng.integers(1, 9)}"


def _marker_lessons(
    facts: Facts, canvas: Canvas, config: SyntheticConfig, rng: np.random.Generator
) -> Iterator[Lesson]:
    label = facts.markers.label
    asked = [
        (gene, niche)
        for genes, niches in tasks.checkerboard_quads(label, rng, config.quads)
        for gene in genes
        for niche in niches
    ]
    flat = np.flatnonzero((label != 1).all(axis=1) & (facts.markers.frac_out.max(axis=1) > 0))
    for gene in rng.permutation(flat)[: config.flat]:
        niches = np.flatnonzero(label[gene] == 0)
        if niches.size:
            asked.append((int(gene), int(rng.choice(niches))))
    if not asked:
        return
    genes = sorted({gene for gene, _ in asked})
    symbols = [str(facts.slide.genes[gene]) for gene in genes]
    levels = canvas.levels(symbols, within_niche=True)
    places = facts.gene_centroids(symbols)
    for niche in sorted({niche for _, niche in asked}):
        name = facts.slide.niches[niche]
        columns = [genes.index(gene) for gene, other in asked if other == niche]
        for column, image in zip(columns, canvas.focus_levels(levels[:, columns], name), strict=True):
            enrichment = replace(gene_in_niche(facts, symbols[column], name), gene=THIS_GENE, niche=THE_NICHE)
            place = Claim("located", gene=THIS_GENE, value=compass(*places[column]))
            symbol, region = random_names(rng)
            named = tasks.NAMED_MARKER_PROMPT.format(gene=symbol, niche=region)
            yield Lesson(
                images=image[None],
                prompt=named if rng.random() < config.named else tasks.MARKER_PROMPT,
                completion=speak_answer([enrichment, place], enrichment.kind == "enriched"),
                log2fc=np.array([facts.markers.log2fc[genes[column], niche], np.nan, np.nan, np.nan], np.float32),
                niche=np.full(3, -1),
                adjacent=np.full(len(palette.NICHE_COLOURS), -1),
                task="marker",
            )


def _describe_lessons(
    facts: Facts, canvas: Canvas, config: SyntheticConfig, rng: np.random.Generator
) -> Iterator[Lesson]:
    names = list(facts.shapes)
    colours = list(palette.NICHE_COLOURS)
    for name in rng.permutation(names + names)[: config.descriptions]:
        niche = facts.slide.niche_index(str(name))
        panels = tasks.draw_panels(facts.markers.label, niche, rng)
        if panels is None:
            continue
        symbols = [str(facts.slide.genes[gene]) for gene in panels]
        question = tasks.describe_question(canvas, str(name), symbols)
        shape = [claim for claim in niche_claims(facts, str(name)) if claim.kind in TAUGHT]
        claims = [refer(claim, question.names) for claim in [*shape, *tasks.panel_claims(facts, str(name), symbols)]]
        value = {claim.kind: claim.value for claim in claims}
        adjacent = np.full(len(colours), -1)
        for other, colour in canvas.niche_colours().items():
            if other != name:
                adjacent[colours.index(colour)] = facts.shapes[str(name)].contacts[other] >= ADJACENT_SPOKEN
        yield Lesson(
            images=np.stack(question.images),
            prompt=question.prompt,
            completion=speak(claims),
            log2fc=facts.markers.log2fc[panels, niche],
            niche=np.array(
                [PLACES.index(value["located"]), EXTENTS.index(value["extent"]), FORMS.index(value["form"])]
            ),
            adjacent=adjacent,
            task="describe",
        )
