"""What the page keeps of the slides of one file."""

import threading
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import pytest
from anndata import AnnData

from app.web.page_state import PageState
from app.web.slide_cache import SlideCache
from app.web.upload import open_slides


@pytest.fixture
def opened(toy: Callable[..., AnnData], write_h5ad: Callable[..., Path]) -> SlideCache:
    return open_slides(write_h5ad(toy(donors=("D1", "D2"))))


def test_slides_are_chosen_by_their_slice(opened: SlideCache) -> None:
    assert opened.slice_names == ["S1", "S2"]
    assert opened.slide().meta.slice == "S1"
    assert opened.slide("S2").meta.slice == "S2"
    assert opened.title() == "toy.h5ad"
    assert opened.about("S2") == "human, S2, one of 2 slices, 256 spots × 80 genes, 4 niches"


def test_a_slice_is_measured_once_for_each_size(opened: SlideCache) -> None:
    assert opened.facts("S2", 64) is opened.facts("S2", 64)
    assert opened.facts("S2", 64).canvas.size == 64
    assert opened.canvas("S1", 64) is opened.canvas("S1", 64)
    assert opened.canvas("S1", 128) is not opened.canvas("S1", 64)


def test_the_preprocessing_is_compared_once_and_only_if_asked(opened: SlideCache) -> None:
    facts = opened.facts("S1", 64)
    plain, compared = opened.quality("S1", facts), opened.quality("S1", facts, preprocessing=True)
    assert plain.choices is None
    assert compared.choices is not None
    assert compared.check is plain.check
    assert opened.quality("S1", facts, preprocessing=True) is compared
    assert opened.quality("S1", facts) is plain


def test_genes_come_the_most_variable_first(opened: SlideCache) -> None:
    assert sorted(opened.genes("S1")) == sorted(opened.slide("S1").genes)
    assert opened.genes("S1") is opened.genes("S1")


def test_a_page_of_another_visitor_shares_the_slides(opened: SlideCache) -> None:
    assert deepcopy(PageState(opened)).opened is opened


def test_whoever_leaves_does_not_wait_for_another_visitor_s_measuring(opened: SlideCache) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(done: int, total: int) -> None:
        begun.set()
        assert go_on.wait(20)

    def gone(done: int, total: int) -> None:
        raise InterruptedError

    measuring = threading.Thread(target=opened.facts, args=("S1", 64, slow))
    measuring.start()
    assert begun.wait(20)
    with pytest.raises(InterruptedError):
        opened.facts("S1", 64, gone)
    go_on.set()
    measuring.join()
    assert opened.facts("S1", 64, gone).canvas.size == 64


def test_a_measuring_that_was_stopped_is_begun_anew(opened: SlideCache) -> None:
    def gone(done: int, total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        opened.facts("S1", 64, gone)
    assert opened.facts("S1", 64).canvas.size == 64
