"""A toy slide with files about it: four niches in quadrants, gene i raised in niche i % 4."""

from collections.abc import Callable
from pathlib import Path

import pytest

from data_prep.facts.facts import Facts
from data_prep.knowledge.on_slide import with_knowledge
from data_prep.knowledge.reading import read_knowledge
from data_prep.read.options import ReadOptions
from data_prep.slide_loading import load_slides
from tests.known_files import write_knowledge


@pytest.fixture(scope="session")
def knowledge_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Marker lists, gene sets, a gene table and pairs; see `write_knowledge`."""
    return write_knowledge(tmp_path_factory.mktemp("knowledge"))


@pytest.fixture(scope="session")
def known_facts(toy: Callable, tmp_path_factory: pytest.TempPathFactory, knowledge_folder: Path) -> Facts:
    """Facts of the toy slide, with knowledge."""
    path = tmp_path_factory.mktemp("slides") / "toy.h5ad"
    adata = toy(side=32)
    adata.uns["organism"] = "human"
    adata.write_h5ad(path)
    (slide,) = load_slides([path], ReadOptions(niche_keys=("region",)))
    return Facts.measure(with_knowledge(slide, read_knowledge([knowledge_folder])))
