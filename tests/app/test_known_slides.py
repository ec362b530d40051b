"""KnownSlides maps what is known to each slide once, for all visitors, and lets it go with the slide."""

import copy
import gc
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.known_slides import KnownSlides
from app.web.slide_cache import SlideCache
from data_prep.errors import NicheLensError
from data_prep.facts.facts import Facts
from data_prep.knowledge.on_slide import SlideKnowledge


@pytest.fixture
def known(knowledge_folder: Path) -> KnownSlides:
    return KnownSlides.read([knowledge_folder])


@pytest.fixture
def mapped(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Slice and tissue of each mapping."""
    calls: list[tuple[str, str]] = []
    of = SlideKnowledge.of

    def counted(knowledge: object, slide: object, tissue: str) -> SlideKnowledge:
        calls.append((slide.meta.slice, tissue))
        return of(knowledge, slide, tissue)

    monkeypatch.setattr(SlideKnowledge, "of", counted)
    return calls


def test_a_slide_is_mapped_once_and_measured_never(
    known: KnownSlides, mapped: list, toy_cache: SlideCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (toy_cache.facts(name, 128) for name in ("S1", "S2"))
    monkeypatch.setattr(Facts, "measure", None)
    told = known.facts(first)
    assert told.known is not None
    assert known.facts(first) is told
    assert known.facts(second) is not told
    assert mapped == [("S1", ""), ("S2", "")]
    assert (told.markers, told.shapes, told.tissue) == (first.markers, first.shapes, first.tissue)
    assert told.canvas.size == first.canvas.size
    assert first.known is None
    assert first.slide.knowledge is None


def test_threads_share_one_mapping(known: KnownSlides, mapped: list, toy_cache: SlideCache) -> None:
    slices = [toy_cache.facts(name, 128) for name in ("S1", "S2")] * 8
    with ThreadPoolExecutor(8) as threads:
        told = list(threads.map(known.facts, slices))
    assert len({id(facts) for facts in told}) == len(mapped) == 2


def test_the_tissue_of_the_server_is_that_of_all_slides(
    knowledge_folder: Path, mapped: list, toy_cache: SlideCache
) -> None:
    KnownSlides.read([knowledge_folder], "mouse cortex").facts(toy_cache.facts("S1", 128))
    assert mapped == [("S1", "mouse cortex")]


def test_a_closed_slide_is_let_go(known: KnownSlides, toy_cache: SlideCache) -> None:
    facts = Facts.measure(toy_cache.slide("S1"), 128)
    told = weakref.ref(known.facts(facts))
    assert told() is not None
    del facts
    gc.collect()
    assert told() is None


def test_all_visitors_have_the_same(known: KnownSlides) -> None:
    assert copy.deepcopy({"page": known})["page"] is known


def test_files_that_cannot_be_read_are_one_line(tmp_path: Path, refused: Callable[..., str]) -> None:
    with pytest.raises(NicheLensError, match=r"absent\.gmt: "):
        KnownSlides.read([tmp_path / "absent.gmt"])
    assert "absent.gmt: " in refused("demo", "--knowledge", tmp_path / "absent.gmt")
