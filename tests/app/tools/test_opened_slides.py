"""Who opens a slide gets an id that nobody can guess; slides close when they are old, or too many."""

import gc
import re

import numpy as np
import pytest

from app.tools.opened_slides import SlideStore
from app.web.slide_cache import SlideCache
from data_prep.errors import NicheLensError
from data_prep.synth.tissue import make_slide


@pytest.fixture
def opened() -> SlideCache:
    return SlideCache([make_slide(1, n_spots=200, n_niches=3, n_genes=20)])


def only_id(store: SlideStore, opened: SlideCache) -> str:
    (slide_id,) = store.put(opened)
    return slide_id


def test_each_user_has_an_id_of_their_own(store: SlideStore, opened: SlideCache) -> None:
    ids = {only_id(store, opened) for _ in range(50)}
    assert len(ids) == 50
    assert all(re.fullmatch(r"[\w-]{22}\.0", slide_id) for slide_id in ids)  # 128 random bits
    one, two = sorted(ids)[:2]
    assert store.get(one).slide is store.get(two).slide  # what was read is shared


@pytest.mark.parametrize("slide_id", ["", "0", ".0", "guess.0", "é.0", "{id}", "{id}.1", "{id}.-1", "x" * 999])
def test_no_other_id_opens_a_slide(store: SlideStore, opened: SlideCache, slide_id: str) -> None:
    own = only_id(store, opened).removesuffix(".0")
    with pytest.raises(NicheLensError, match="no slide is open under the id") as error:
        store.get(slide_id.format(id=own))
    assert len(str(error.value)) < 300


def test_slices_have_ids(store: SlideStore, toy_cache: SlideCache) -> None:
    ids = store.put(toy_cache)
    assert list(ids.values()) == ["S1", "S2"]
    assert [store.get(slide_id).slide.meta.slice for slide_id in ids] == ["S1", "S2"]


def test_a_slide_closes_without_use(opened: SlideCache) -> None:
    now = [0.0]
    store = SlideStore(open_seconds=60, clock=lambda: now[0])
    used, unused = only_id(store, opened), only_id(store, opened)
    now[0] = 50
    store.get(used)
    now[0] = 70
    assert store.get(used)
    with pytest.raises(NicheLensError, match="a slide closes after 1 minutes without use"):
        store.get(unused)
    assert len(store) == 1


def test_the_slide_used_longest_ago_makes_room(opened: SlideCache) -> None:
    store = SlideStore(most_open=2)
    first, second = only_id(store, opened), only_id(store, opened)
    store.get(first)
    third = only_id(store, opened)
    assert store.get(first)
    assert store.get(third)
    with pytest.raises(NicheLensError):
        store.get(second)


def test_memory_is_bounded_and_shared_slides_count_once(opened: SlideCache) -> None:
    another = SlideCache([make_slide(2, n_spots=200, n_niches=3, n_genes=20)])
    store = SlideStore(most_bytes=300_000)  # room for one
    shared = [only_id(store, opened) for _ in range(5)]
    assert len(store) == 5
    newest = only_id(store, another)
    assert store.get(newest)
    assert len(store) == 1
    for slide_id in shared:
        with pytest.raises(NicheLensError):
            store.get(slide_id)


def test_a_file_is_read_once_while_somebody_has_it_open(opened: SlideCache) -> None:
    store, reads = SlideStore(most_open=1), []

    def read() -> SlideCache:
        reads.append(1)
        return SlideCache([make_slide(len(reads), n_spots=200, n_niches=3, n_genes=20)])

    first = only_id(store, store.share("file", read))
    second = only_id(store, store.share("file", read))
    assert len(reads) == 1
    with pytest.raises(NicheLensError):
        store.get(first)
    assert np.isfinite(store.get(second).slide.xy).all()
    store.put(opened)  # closes the file
    gc.collect()
    store.share("file", read)
    assert len(reads) == 2


def test_a_read_that_fails_is_tried_again(store: SlideStore, opened: SlideCache) -> None:
    def fail() -> SlideCache:
        message = "is no slide"
        raise NicheLensError(message)

    with pytest.raises(NicheLensError, match="is no slide"):
        store.share("file", fail)
    assert store.share("file", lambda: opened) is opened
