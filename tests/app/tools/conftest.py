"""A toolbox over the toy slide: four niches in quadrants, gene i raised tenfold in niche i % 4."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.known_slides import KnownSlides
from app.tools.allowed_folders import AllowedFolders
from app.tools.asking_tools import AskingTools
from app.tools.comparing_tools import ComparingTools
from app.tools.known_tools import KnownTools
from app.tools.looking_tools import LookingTools
from app.tools.opened_slides import SlideStore
from app.tools.toolbox import Toolbox
from app.web.slide_cache import SlideCache
from app.web.upload import open_slides


@pytest.fixture
def store() -> SlideStore:
    return SlideStore()


@pytest.fixture
def make_toolbox(store: SlideStore, toy_cache: SlideCache) -> Callable[..., Toolbox]:
    """Makes a toolbox whose model answers what the counts say."""
    from tests.oracle import Oracle

    def make(*folders: Path, known: KnownSlides | None = None) -> Toolbox:
        oracle = Oracle(toy_cache.facts("S1", 128))
        looking = LookingTools(
            store,
            AllowedFolders.of(folders),
            lambda: {"toy": lambda: toy_cache},
            lambda path, column: open_slides(path, [column] if column else []),
        )
        return Toolbox(
            looking,
            AskingTools(store, lambda _: oracle),
            ComparingTools(store, lambda _: oracle),
            KnownTools(store, lambda _: oracle, known) if known else None,
        )

    return make


@pytest.fixture
def toolbox(make_toolbox: Callable[..., Toolbox]) -> Toolbox:
    """Opens examples only."""
    return make_toolbox()


@pytest.fixture
def ask(toolbox: Toolbox) -> Callable[..., Any]:
    """Calls a tool about the first slice of the toy slide."""
    opened = toolbox.call("open_slide", {"example": "toy"})
    slide = opened["slices"][0]["slide"]
    return lambda name, **arguments: toolbox.call(name, {"slide": slide, **arguments})
