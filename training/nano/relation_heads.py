"""What the pictures of a question show together: dense targets read inside the decoder, by heads that are thrown away.

`training.nano.picture_heads` teaches the tower to see one picture. To say in which niches a gene is enriched, or whether two
genes share their place, the decoder must lay one picture over another, which words alone hardly teach. So half way up the
decoder each image token of a later picture is asked how bright the first picture is at the same place, above its mean,
and within each niche colour of its own; one layer further up the end of the prompt is asked for the sums of these over
the picture; and one layer below the top for the numbers that decide the answer.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from data_prep.facts.facts import Facts
from data_prep.facts.niche_shapes import FORMS
from data_prep.figures.canvas import PANELS, TYPE_PANELS
from data_prep.figures.palette import NICHE_COLOURS
from data_prep.tasks import Example
from training.nano.head_outputs import Layout, Reading
from training.nano.picture_heads import AREAS, BLACK, COLOURED, COLOURS, LIT, N_COLOURS

_COLOURS = list(NICHE_COLOURS)
N_OVERLAY = 3 + N_COLOURS
"""Per block: how much brighter than its mean the first picture is; the same times how much brighter the later one is,
and within the later one's black and its colours."""
_N_AREAS = 1 + N_COLOURS
_OVERLAY_SCALE = (10.0, 40.0, 28.0, *(40.0,) * N_COLOURS)
"""Brings the numbers of an overlay to a spread of about a half."""
_SUM_SCALE, _AREA_SCALE = 3.0, 10.0
_LEVEL_SCALE = 6.0
_OVERLAY_WEIGHT, _SUM_WEIGHT = 10.0, 20.0
_MOST = 4.0
"""log2 ratios beyond this are not told apart."""
RELATIONS = Layout(
    {
        "folds": N_COLOURS,  # log2 fold change of the gene in the niche of each colour
        "fold": 1,  # in the asked niche
        "panels": len(PANELS),  # of each panel's gene there
        "halves": 2,  # log2 ratio of the asked niche's left half to its right one, of the upper to the lower
        "rim": 1,  # log2 ratio of its rim to its core
        "pair": 1,  # correlation of the maps of two genes
        "trend": 2,  # rank correlation of the gene with x and y
        "depth": 1,  # with sequencing depth, niche held fixed
        "moran": 1,  # Moran's I
        "gene": 2,  # centre of the gene, 0..1
        "niche": 2,  # centre of the asked niche
        "area": 1,  # log of its share of the tissue
        "piece": 1,  # share of its largest piece
        "shape": 4,  # homophily, coverage, hollow, log of the aspect: what decides its form
        "form": len(FORMS),  # one-hot
        "adjacent": N_COLOURS,  # share of its border that is with each colour
        "types": len(TYPE_PANELS),  # share of each cell type in it
    },
    binary=("form",),
    scales={
        "pair": 4.0,
        "trend": 2.0,
        "depth": 2.0,
        "moran": 2.0,
        "gene": 6.0,
        "niche": 6.0,
        "piece": 2.0,
        "shape": 2.0,
        "adjacent": 4.0,
        "types": 4.0,
    },
    weights={"folds": 4.0, "adjacent": 4.0, "halves": 2.0, "gene": 2.0, "niche": 2.0},
)
"""The numbers behind one question."""


class RelationHeads(nn.Module):
    """Reads the relations off the decoder's hidden states.

    Args:
        width: of the decoder.
        layers: of the decoder.
        tokens: image tokens per picture.
    """

    def __init__(self, width: int, layers: int, tokens: int) -> None:
        """See the class."""
        super().__init__()
        self.register_buffer("scale", torch.tensor(_OVERLAY_SCALE), persistent=False)
        self.side = round(tokens**0.5)
        self.half, self.late = max((layers - 1) // 2, 1), max(layers - 1, 1)
        self.overlay = nn.Linear(width, N_OVERLAY)
        self.gathered = nn.Linear(width, N_OVERLAY + _N_AREAS)
        self.told = nn.Linear(width, RELATIONS.size)

    def readings(
        self,
        hidden: tuple[torch.Tensor, ...],
        is_image: torch.Tensor,
        ends: torch.Tensor,
        maps: torch.Tensor,
        overlays: torch.Tensor,
        relations: torch.Tensor,
    ) -> Iterator[Reading]:
        """What some questions are about, as read.

        Args:
            hidden: embeddings, then the states after each layer: (n, length, width) each.
            is_image: (n, length), where image tokens stand.
            ends: (n,) place of each prompt's last token.
            maps: of ``training.nano.picture_heads.picture_maps``.
            overlays: (n_pairs, 3), the pictures to lay over each other, the first and a later one, and the question.
            relations: (n, RELATIONS.size), NaN where not asked.
        """
        late = hidden[self.late][torch.arange(len(ends), device=ends.device), ends]
        yield from RELATIONS.readings(self.told(_unit(late)), relations, "told: ")
        if not len(overlays):
            return
        first, later, question = overlays.T
        of_picture = hidden[self.half][is_image].view(len(maps), self.side**2, -1)
        read = self.overlay(_unit(of_picture[later])).float()
        wanted = self.scale * overlay_targets(maps[first], maps[later], self.side)
        yield Reading("overlays", read, wanted, _OVERLAY_WEIGHT)
        next_one = later == first + 1
        end = hidden[min(self.half + 1, self.late)][question, ends[question]][next_one]
        areas = maps[later[next_one]][:, AREAS].mean(dim=(2, 3))
        # The first of the sums is nil by its making: in its place stands the mean itself, of which they are the excess.
        level = _LEVEL_SCALE * _mean_light(maps[first[next_one]]).flatten(1)
        sums = torch.cat([level, _SUM_SCALE * wanted[next_one].mean(dim=1)[:, 1:], _AREA_SCALE * areas], dim=1)
        yield Reading("sums", self.gathered(_unit(end)).float(), sums, _SUM_WEIGHT)


def overlay_targets(first: torch.Tensor, later: torch.Tensor, side: int) -> torch.Tensor:
    """How bright the first picture is above its mean in each block, and within what the later one shows there.

    Args:
        first: ``training.nano.picture_heads.picture_maps`` of maps of genes.
        later: the same of the pictures that lie over them.
        side: blocks along one side.

    Returns:
        (n, side², N_OVERLAY).
    """
    light = _above_mean(first)
    within = torch.cat([_above_mean(later), later[:, [BLACK]], later[:, COLOURS]], dim=1)
    shares = F.adaptive_avg_pool2d(torch.cat([light, light * within], dim=1), side)
    return shares.flatten(2).transpose(1, 2)


def _above_mean(maps: torch.Tensor) -> torch.Tensor:
    """Brightness less its mean over what is in colour, 0 elsewhere: (n, 1, size, size)."""
    return maps[:, [LIT]] - _mean_light(maps) * maps[:, [COLOURED]]


def _mean_light(maps: torch.Tensor) -> torch.Tensor:
    """Mean brightness of what is in colour: (n, 1, 1, 1)."""
    lit, coloured = maps[:, [LIT]], maps[:, [COLOURED]]
    return lit.sum(dim=(2, 3), keepdim=True) / coloured.sum(dim=(2, 3), keepdim=True).clamp(min=1.0)


def relation_targets(facts: Facts, example: Example) -> np.ndarray:
    """The numbers behind an example's answer, in the layout of ``RELATIONS``; NaN where the question is not about them.

    Args:
        facts: of the slide, at full depth.
        example: what is asked of it.
    """
    found = np.full(RELATIONS.size, np.nan, np.float32)
    places, kinds = RELATIONS.places, {spec.kind for spec in example.question.specs}
    asked = facts.slide.niche_index(example.niche) if example.niche else None
    if example.task == "compare":
        found[places["pair"]] = facts.expression.map_correlation(*example.genes)
    elif kinds & {"focus", "expression"}:
        (gene,) = example.genes
        folds = facts.markers.log2fc[facts.slide.gene_index(gene)].clip(-_MOST, _MOST)
        found[places["gene"]] = facts.gene_centroids([gene])[0]
        if asked is not None:
            found[places["fold"]] = folds[asked]
        if "expression" in kinds:
            colours = facts.canvas.niche_colours()
            for name, colour in colours.items():
                found[places["folds"]][_COLOURS.index(colour)] = folds[facts.slide.niche_index(name)]
    if example.task == "pattern":
        _of_pattern(found, facts, example.genes[0], example.niche)
    if "montage" in kinds:
        rows = [facts.slide.gene_index(gene) for gene in example.genes]
        found[places["panels"]][: len(rows)] = facts.markers.log2fc[rows, asked].clip(-_MOST, _MOST)
    if "niches" in kinds and example.niche:
        _of_niche(found, facts, example.niche)
    for spec in example.question.specs:
        if spec.kind == "composition":
            shares = [facts.composition[example.niche][name] for name in spec.genes]
            found[places["types"]][: len(shares)] = shares
    return found


def _of_pattern(found: np.ndarray, facts: Facts, gene: str, niche: str) -> None:
    measured, places = facts.expression, RELATIONS.places
    halves = measured.halves(gene, niche)
    ratios = np.array([halves["left"].log2_ratio, halves["upper"].log2_ratio])
    found[places["halves"]] = ratios.clip(-_MOST, _MOST)
    found[places["rim"]] = np.clip(measured.rim(gene, niche).log2_ratio, -_MOST, _MOST)
    found[places["trend"]] = measured.trend(gene)
    found[places["depth"]] = measured.depth_correlation(gene)
    found[places["moran"]] = measured.moran(gene)[0]


def _of_niche(found: np.ndarray, facts: Facts, niche: str) -> None:
    shape, places = facts.shapes[niche], RELATIONS.places
    found[places["niche"]] = shape.centroid
    found[places["area"]] = np.log(shape.area_fraction)
    found[places["piece"]] = max(shape.pieces, default=0.0)
    found[places["shape"]] = shape.homophily, shape.coverage, shape.hollow, np.log(shape.aspect)
    found[places["form"]] = [form == shape.form for form in FORMS]
    for other, colour in facts.canvas.niche_colours().items():
        if other != niche:
            found[places["adjacent"]][_COLOURS.index(colour)] = shape.contacts[other]


def _unit(hidden: torch.Tensor) -> torch.Tensor:
    return F.layer_norm(hidden.float(), hidden.shape[-1:])
