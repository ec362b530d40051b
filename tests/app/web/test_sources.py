"""Which slides the page opens by name."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest
from anndata import AnnData

from app.web.sources import GIVEN, SYNTHETIC, UPLOAD, Sources
from app.web.upload import open_slides
from data_prep.errors import NicheLensError


class OneFolder:
    """Opens what lies in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def resolve(self, path: str) -> Path:
        found = (self.folder / path).resolve()
        if found.parent != self.folder:
            message = f"{path}: outside"
            raise NicheLensError(message)
        return found


class OneExample:
    """An example slide that is at hand."""

    EXAMPLES: ClassVar = {"toy": None}

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fetched: list[str] = []

    def fetch(self, name: str, progress: object = None) -> tuple[Path, str]:
        self.fetched.append(name)
        return self.path, "half"

    def is_fetched(self, name: str) -> bool:
        return name in self.fetched

    def label(self, name: str) -> str:
        return "Toy (30 MB)"


@pytest.fixture
def file(toy_adata: AnnData, write_h5ad: Callable[..., Path]) -> Path:
    toy_adata.obs["half"] = ["left" if i % 2 else "right" for i in range(toy_adata.n_obs)]
    return write_h5ad(toy_adata)


def test_visitors_share_what_is_opened() -> None:
    sources = Sources()
    assert sources.first == SYNTHETIC
    assert sources.open(SYNTHETIC) is sources.open(SYNTHETIC)


def test_the_slide_of_the_command_line_comes_first_and_is_read_again_for_another_column(file: Path) -> None:
    given = open_slides(file)
    sources = Sources(given)
    assert sources.first == GIVEN
    assert sources.open(GIVEN) is given
    assert sources.open(GIVEN, "half").slide().niches == ("left", "right")


def test_a_path_is_opened_only_below_an_allowed_folder(file: Path) -> None:
    with pytest.raises(NicheLensError, match="no slide 'file:"):
        Sources().open(f"file:{file}")
    sources = Sources(folders=OneFolder(file.parent))
    assert sources.open(f"file:{file.name}").path == file
    with pytest.raises(NicheLensError, match="outside"):
        sources.open("file:../other.h5ad")


def test_an_example_is_opened_by_its_name_with_its_usual_column(file: Path) -> None:
    sources = Sources(examples=OneExample(file))
    assert sources.open("example:toy").niche_key == "half"
    assert sources.open("example:toy", "region").niche_key == "region"
    with pytest.raises(NicheLensError, match="no slide 'example:other'"):
        sources.open("example:other")


def test_a_link_alone_fetches_nothing(file: Path) -> None:
    examples = OneExample(file)
    sources = Sources(examples=examples)
    assert sources.example_labels() == {"toy": "Toy (30 MB)"}
    with pytest.raises(NicheLensError, match="has not been fetched"):
        sources.open("example:toy", may_fetch=False)
    assert examples.fetched == []
    sources.open("example:toy")
    assert sources.open("example:toy", may_fetch=False).path == file


def test_a_link_to_an_upload_says_that_uploads_are_not_shared() -> None:
    sources = Sources()
    assert not sources.is_shareable(UPLOAD)
    with pytest.raises(NicheLensError, match="uploads are not shared"):
        sources.open(UPLOAD)
