"""The figure of a list: where its genes, added up, are raised."""

from dataclasses import replace

import numpy as np
import pytest

from data_prep.errors import NicheLensError
from data_prep.figures import palette
from data_prep.figures.canvas import Canvas
from data_prep.figures.spec import KNOWN_FIGURES, FigureSpec
from data_prep.knowledge.gene_list import GENE_SET
from data_prep.knowledge.on_slide import with_knowledge
from data_prep.slide import Slide
from tests.data_prep.claims.known_lists import gene_list, knowledge_of
from tests.data_prep.figures.pixel_reading import brightness, has_colour, is_coloured, is_tissue, tissue_of

LISTS = [
    gene_list("Left", ["L"]),
    gene_list("BOTH", ["L", "TOP"], GENE_SET),
    gene_list("Even", ["FLAT"]),
    gene_list("Elsewhere", ["NOT", "HERE"]),
    replace(gene_list("Left again", ["TOP"]), name="lefts"),
]


@pytest.fixture
def known(slide: Slide) -> Slide:
    return with_knowledge(slide, knowledge_of(LISTS))


@pytest.mark.parametrize("depth", [1.0, 0.01])
def test_a_list_of_one_gene_is_drawn_as_the_gene(known: Slide, depth: float) -> None:
    """Also where counts are so few that neighbours of a niche are pooled."""
    counts = np.random.default_rng(0).poisson(depth * known.counts.toarray())
    counts[:, 3] += 1  # every spot has a count
    canvas = Canvas(known.with_counts(counts))
    for label, gene in (("Left", "L"), ("Even", "FLAT"), ("Left again", "TOP")):
        np.testing.assert_array_equal(canvas.signature(label, "left"), canvas.focus([gene], "left")[0])


def test_a_niche_is_bright_where_the_list_is_raised(known: Slide) -> None:
    """L is in the left niche, TOP in the upper half of the tissue. Outside the niche grey is as bright."""
    picture = brightness(tissue_of(Canvas(known).signature("BOTH", "left")))
    left, right, upper, lower = slice(10, 50), slice(70, 110), slice(10, 50), slice(70, 110)
    both, left_only, top_only, none = (
        picture[rows, columns].mean()
        for rows, columns in ((upper, left), (lower, left), (upper, right), (lower, right))
    )
    assert both > 1.5 * max(left_only, top_only)
    assert min(left_only, top_only) > 1.5 * none


def test_only_the_asked_niche_is_coloured(known: Slide) -> None:
    picture = tissue_of(Canvas(known).signature("Even", "right"))
    half = np.arange(120)[None, :]
    assert is_coloured(picture)[:, 64:][is_tissue(picture)[:, 64:]].all()
    assert not is_coloured(picture)[:, np.flatnonzero(half[0] < 56)].any()


def test_the_bar_tells_the_counts_of_the_whole_list(known: Slide) -> None:
    """A list of many genes rests on more counts than each of them: its bar is longer."""
    genes = [str(gene) for gene in known.genes]
    slide = with_knowledge(
        known.with_counts(known.counts * 0.02), knowledge_of([gene_list("All", genes), gene_list("One", ["FLAT"])])
    )
    canvas = Canvas(slide)
    filled = {name: has_colour(canvas.signature(name, "left"), palette.ASKED)[122:].sum() for name in ("All", "One")}
    assert filled["All"] > filled["One"] > 0


def test_a_type_is_drawn_with_the_genes_of_all_its_lists(known: Slide) -> None:
    """ "Left" is a list, and "lefts" another one of the same type: by label the list is drawn, by name the type."""
    canvas = Canvas(known)
    np.testing.assert_array_equal(canvas.signature("LEFT", "left"), canvas.signature("BOTH", "left"))
    assert (canvas.signature("Left", "left") != canvas.signature("LEFT", "left")).any()


def test_a_spec_draws_it_alone_and_among_others(known: Slide) -> None:
    canvas = Canvas(known)
    specs = [FigureSpec(kind, niche="left", other=name) for kind in KNOWN_FIGURES for name in ("BOTH", "Even", "BOTH")]
    pictures = canvas.pictures([*specs, FigureSpec("focus", ("L",), "left")])
    for picture, spec in zip(pictures, specs, strict=False):
        np.testing.assert_array_equal(picture, canvas.signature(spec.other, "left"))


@pytest.mark.parametrize("name", ["Gamma", "Elsewhere", ""])
def test_an_unknown_list_ends_in_one_line(known: Slide, name: str) -> None:
    with pytest.raises(
        NicheLensError, match=r"toy: no gene of a list called '.*'; give the files .*--knowledge"
    ) as info:
        Canvas(known).signature(name, "left")
    assert "\n" not in str(info.value)


def test_without_knowledge_there_is_no_such_figure(slide: Slide) -> None:
    with pytest.raises(NicheLensError, match="toy: no gene of a list called 'Left'"):
        Canvas(slide).pixels(FigureSpec("signature", niche="left", other="Left"))


def test_unlabelled_tissue_changes_no_pixel(known: Slide) -> None:
    niche = known.niche.copy()
    niche[known.xy[:, 1] > 16] = -1
    slide = replace(known, niche=niche)
    louder = slide.counts.toarray()
    louder[niche < 0] *= 9
    ours, theirs = (Canvas(one).signature("BOTH", "left") for one in (slide, slide.with_counts(louder)))
    np.testing.assert_array_equal(ours, theirs)
