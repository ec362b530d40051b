"""Dense targets of what the pictures of a question show together, and throw-away heads that read them in the decoder.

`training.nano.picture_heads` teaches the tower to see one picture. To say in which niches a gene is enriched, or
whether two genes are expressed in the same place, the decoder must compare one picture with another, which words alone
hardly teach. So heads read three groups of numbers off its states:

- half way up, at each image token of a later picture: how bright the first picture is at the same position, above its
  mean, and within each niche colour of the later picture;
- one layer further up, at the end of the prompt: the sums of these numbers over the picture;
- one layer below the top, at the end of the prompt: the numbers that decide the answer.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from data_prep.facts.facts import Facts
from data_prep.facts.niche_shapes import FORMS
from data_prep.figures.palette import NICHE_COLOURS
from data_prep.figures.spec import PANELS, TYPE_PANELS
from data_prep.tasks import Example
from training.nano.head_outputs import HeadOutput, TargetLayout
from training.nano.picture_heads import AREAS, BLACK, COLOURED, COLOURS, LIT, N_COLOURS

_COLOURS = list(NICHE_COLOURS)
N_OVERLAY = 3 + N_COLOURS
"""Numbers of a block: the brightness of the first picture above its mean; the same times that of the later picture; and
the first picture's within the later picture's black and each of its colours."""
_N_AREAS = 1 + N_COLOURS
_OVERLAY_SCALE = (10.0, 40.0, 28.0, *(40.0,) * N_COLOURS)
"""Scales the numbers of an overlay to a spread of about a half."""
_SUM_SCALE, _AREA_SCALE = 3.0, 10.0
_LEVEL_SCALE = 6.0
_OVERLAY_WEIGHT, _SUM_WEIGHT = 10.0, 20.0
_MAX_LOG2 = 4.0
"""log2 ratios are clipped to -_MAX_LOG2.._MAX_LOG2."""
RELATION_TARGETS = TargetLayout(
    {
        "folds": N_COLOURS,  # log2 fold change of the gene in the niche of each colour
        "fold": 1,  # log2 fold change of the gene in the asked niche
        "panels": len(PANELS),  # log2 fold change of each panel's gene in the asked niche
        "halves": 2,  # log2 ratio of the asked niche's left half to its right half, and of the upper to the lower
        "rim": 1,  # log2 ratio of the asked niche's rim to its core
        "pair": 1,  # correlation of the maps of two genes
        "trend": 2,  # rank correlation of the gene with x and y
        "depth": 1,  # correlation of the gene with sequencing depth, within niches
        "moran": 1,  # Moran's I
        "gene": 2,  # centre of the gene, 0..1
        "niche": 2,  # centre of the asked niche
        "area": 1,  # log of its share of the tissue
        "piece": 1,  # share of its largest piece
        "shape": 4,  # homophily, coverage, hollow, log of the aspect ratio: they decide its form
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
    """Predicts the relations from the decoder's hidden states. The names of the layers are those in checkpoints."""

    def __init__(self, width: int, layers: int, tokens: int) -> None:
        """Builds the layers.

        Args:
            width: width of the decoder.
            layers: layers of the decoder.
            tokens: image tokens per picture.
        """
        super().__init__()
        self.register_buffer("scale", torch.tensor(_OVERLAY_SCALE), persistent=False)
        self.side = round(tokens**0.5)
        self.half, self.late = max((layers - 1) // 2, 1), max(layers - 1, 1)
        self.overlay = nn.Linear(width, N_OVERLAY)
        self.gathered = nn.Linear(width, N_OVERLAY + _N_AREAS)
        self.told = nn.Linear(width, RELATION_TARGETS.size)

    def outputs(
        self,
        hidden: tuple[torch.Tensor, ...],
        is_image: torch.Tensor,
        prompt_ends: torch.Tensor,
        maps: torch.Tensor,
        overlays: torch.Tensor,
        relations: torch.Tensor,
    ) -> Iterator[HeadOutput]:
        """Predictions for some questions.

        Args:
            hidden: embeddings, then the states after each layer: (n, length, width) each.
            is_image: (n, length), whether a token is an image token.
            prompt_ends: (n,) index of each prompt's last token.
            maps: of `training.nano.picture_heads.picture_maps`.
            overlays: (n_pairs, 3) indices of the first picture, of a later picture, and of their question.
            relations: (n, RELATION_TARGETS.size), NaN where a number does not apply.
        """
        questions = torch.arange(len(prompt_ends), device=prompt_ends.device)
        late = hidden[self.late][questions, prompt_ends]
        yield from RELATION_TARGETS.outputs(self.told(_normed(late)), relations, "decoder: ")
        if not len(overlays):
            return
        first, later, question = overlays.T
        of_picture = hidden[self.half][is_image].view(len(maps), self.side**2, -1)
        targets = self.scale * overlay_targets(maps[first], maps[later], self.side)
        yield HeadOutput("overlays", self.overlay(_normed(of_picture[later])).float(), targets, _OVERLAY_WEIGHT)
        # One end of a prompt can hold the sums of one overlay only: that of the second picture.
        is_second = later == first + 1
        ends = hidden[min(self.half + 1, self.late)][question, prompt_ends[question]][is_second]
        areas = maps[later[is_second]][:, AREAS].mean(dim=(2, 3))
        # The first sum, of the brightness above its mean, is always 0, so the mean itself takes its position.
        level = _LEVEL_SCALE * _mean_light(maps[first[is_second]]).flatten(1)
        sums = torch.cat([level, _SUM_SCALE * targets[is_second].mean(dim=1)[:, 1:], _AREA_SCALE * areas], dim=1)
        yield HeadOutput("sums", self.gathered(_normed(ends)).float(), sums, _SUM_WEIGHT)


def overlay_targets(first: torch.Tensor, later: torch.Tensor, side: int) -> torch.Tensor:
    """Brightness of the first picture above its mean in each block, and within what the later picture shows there.

    Args:
        first: `training.nano.picture_heads.picture_maps` of maps of genes.
        later: the same of the pictures that are compared with them.
        side: blocks along one side.

    Returns:
        (n, side², N_OVERLAY).
    """
    light = _above_mean(first)
    within = torch.cat([_above_mean(later), later[:, [BLACK]], later[:, COLOURS]], dim=1)
    shares = F.adaptive_avg_pool2d(torch.cat([light, light * within], dim=1), side)
    return shares.flatten(2).transpose(1, 2)


def _above_mean(maps: torch.Tensor) -> torch.Tensor:
    """Brightness minus its mean over the coloured pixels, 0 elsewhere: (n, 1, size, size)."""
    return maps[:, [LIT]] - _mean_light(maps) * maps[:, [COLOURED]]


def _mean_light(maps: torch.Tensor) -> torch.Tensor:
    """Mean brightness of the coloured pixels: (n, 1, 1, 1)."""
    lit, coloured = maps[:, [LIT]], maps[:, [COLOURED]]
    return lit.sum(dim=(2, 3), keepdim=True) / coloured.sum(dim=(2, 3), keepdim=True).clamp(min=1.0)


def measure_relations(facts: Facts, example: Example) -> np.ndarray:
    """The numbers behind an example's answer, in the layout of `RELATION_TARGETS`; NaN where one does not apply.

    Args:
        facts: of the slide, at full depth.
        example: a question about the slide with its answer.
    """
    targets = np.full(RELATION_TARGETS.size, np.nan, np.float32)
    slices, kinds = RELATION_TARGETS.slices, {spec.kind for spec in example.question.specs}
    asked = facts.slide.niche_index(example.niche) if example.niche else None
    if example.task == "compare":
        targets[slices["pair"]] = facts.gene_maps.map_correlation(*example.genes)
    elif kinds & {"focus", "expression"}:
        (gene,) = example.genes
        folds = facts.markers.log2fc[facts.slide.gene_index(gene)].clip(-_MAX_LOG2, _MAX_LOG2)
        targets[slices["gene"]] = facts.gene_centroids([gene])[0]
        if asked is not None:
            targets[slices["fold"]] = folds[asked]
        if "expression" in kinds:
            colours = facts.canvas.niche_colours()
            for name, colour in colours.items():
                targets[slices["folds"]][_COLOURS.index(colour)] = folds[facts.slide.niche_index(name)]
    if example.task == "pattern":
        _measure_pattern(targets, facts, example.genes[0], example.niche)
    if "montage" in kinds:
        rows = [facts.slide.gene_index(gene) for gene in example.genes]
        targets[slices["panels"]][: len(rows)] = facts.markers.log2fc[rows, asked].clip(-_MAX_LOG2, _MAX_LOG2)
    if "niches" in kinds and example.niche:
        _measure_niche(targets, facts, example.niche)
    for spec in example.question.specs:
        if spec.kind == "composition":
            shares = [facts.composition[example.niche][name] for name in spec.genes]
            targets[slices["types"]][: len(shares)] = shares
    return targets


def _measure_pattern(targets: np.ndarray, facts: Facts, gene: str, niche: str) -> None:
    measured, slices = facts.gene_maps, RELATION_TARGETS.slices
    halves = measured.halves(gene, niche)
    ratios = np.array([halves["left"].log2_ratio, halves["upper"].log2_ratio])
    targets[slices["halves"]] = ratios.clip(-_MAX_LOG2, _MAX_LOG2)
    targets[slices["rim"]] = np.clip(measured.rim(gene, niche).log2_ratio, -_MAX_LOG2, _MAX_LOG2)
    targets[slices["trend"]] = measured.trend(gene)
    targets[slices["depth"]] = measured.depth_correlation(gene)
    targets[slices["moran"]] = measured.moran(gene)[0]


def _measure_niche(targets: np.ndarray, facts: Facts, niche: str) -> None:
    shape, slices = facts.shapes[niche], RELATION_TARGETS.slices
    targets[slices["niche"]] = shape.centroid
    targets[slices["area"]] = np.log(shape.area_fraction)
    targets[slices["piece"]] = max(shape.pieces, default=0.0)
    targets[slices["shape"]] = shape.homophily, shape.coverage, shape.hollow, np.log(shape.aspect)
    targets[slices["form"]] = [form == shape.form for form in FORMS]
    for other, colour in facts.canvas.niche_colours().items():
        if other != niche:
            targets[slices["adjacent"]][_COLOURS.index(colour)] = shape.contacts[other]


def _normed(hidden: torch.Tensor) -> torch.Tensor:
    return F.layer_norm(hidden.float(), hidden.shape[-1:])
