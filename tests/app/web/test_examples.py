"""Examples by name: fetched with the libraries' own functions, from a server of the test's own instead of theirs."""

import functools
import hashlib
import http.server
import json
import tarfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from anndata import AnnData
from PIL import Image

from app.niche_column import FOUND
from app.web import examples
from app.web.examples import EXAMPLES, fetch, is_fetched, label
from app.web.upload import open_slides
from data_prep.errors import NicheLensError
from tests.data_prep.read.slide_files import space_ranger

BRAIN, MERFISH = "visium-mouse-brain", "merfish-hypothalamus"


class Stand:
    """A server with the files of a folder.

    Attributes:
        url: its address.
        asked: paths that were asked for.
        cut: paths of which only the first half is sent.
    """

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []
        self.cut: set[str] = set()
        self.folder = folder
        stand = self

        class Handler(http.server.SimpleHTTPRequestHandler):
            def do_GET(self) -> None:
                stand.asked.append(Path(self.path).name)
                if Path(self.path).name in stand.cut:
                    content = (folder / self.path.lstrip("/")).read_bytes()
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content[: len(content) // 2])
                    return
                super().do_GET()

            def log_message(self, *_: object) -> None: ...

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder))
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stand]:
    """The server; the cache of the test is empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(examples, "LOOK_SECONDS", 0.02)
    (tmp_path / "served").mkdir()
    stand = Stand(tmp_path / "served")
    yield stand
    stand.stop()


def expect(monkeypatch: pytest.MonkeyPatch, name: str, served: dict[str, Path]) -> None:
    """The checksums of made-up files instead of the published ones."""
    files = {
        kept: (path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())
        for kept, path in zip(EXAMPLES[name].files, served.values(), strict=True)
    }
    monkeypatch.setitem(EXAMPLES, name, replace(EXAMPLES[name], files=files))


@pytest.fixture
def brain(stand: Stand, toy_adata: AnnData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stand:
    """A small section in the files of 10x Genomics, which scanpy fetches from here."""
    import scanpy.readwrite

    outs = space_ranger(tmp_path / "outs", toy_adata, header=False)
    for resolution in ("hires", "lowres"):
        Image.new("RGB", (8, 8)).save(outs / "spatial" / f"tissue_{resolution}_image.png")
    (outs / "spatial" / "scalefactors_json.json").write_text(json.dumps({"tissue_hires_scalef": 1.0}))
    with h5py.File(outs / "filtered_feature_bc_matrix.h5", "r+") as file:
        file.attrs.update(
            {"library_ids": np.array([b"V1_Adult_Mouse_Brain"], "S"), "chemistry_description": "Spatial 3' v1"}
        )
    served = {}
    there = stand.folder / "samples/spatial-exp/1.1.0/V1_Adult_Mouse_Brain"
    there.mkdir(parents=True)
    for name in ("V1_Adult_Mouse_Brain_filtered_feature_bc_matrix.h5", "V1_Adult_Mouse_Brain_spatial.tar.gz"):
        served[name] = there / name
    matrix, spatial = served.values()
    matrix.write_bytes((outs / "filtered_feature_bc_matrix.h5").read_bytes())
    with tarfile.open(spatial, "w:gz") as archive:
        archive.add(outs / "spatial", "spatial")
    download = scanpy.readwrite._download
    monkeypatch.setattr(
        scanpy.readwrite,
        "_download",
        lambda url, path: download(url.replace("https://cf.10xgenomics.com", stand.url), path),
    )
    expect(monkeypatch, BRAIN, served)
    return stand


@pytest.fixture
def merfish(stand: Stand, toy: Callable[..., AnnData], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Stand:
    """Two small sections as squidpy has them, which it fetches from here."""
    pytest.importorskip("squidpy", reason="squidpy is not installed; pip install 'nichelens[examples]'")
    import scanpy
    from squidpy.datasets import _downloader

    adata = toy(donors=("D1", "D2"))
    adata.obs["Bregma"] = [-9.0] * 256 + [26.0] * 256
    adata.obs["Cell_class"] = pd.Categorical(adata.obs["region"].astype(str))
    adata.obs = adata.obs[["Bregma", "Cell_class"]]
    values = adata.X.toarray() * 1.37
    values[3, 5] = np.nan
    adata.X = sp.csr_matrix(values)
    adata.var_names = [*(f"Blank-{i}" for i in range(1, 4)), *(f"Gene{i}" for i in range(3, 80))]
    (stand.folder / "figshare").mkdir()
    served = stand.folder / "figshare/merfish.h5ad"
    adata.write_h5ad(served)
    monkeypatch.setattr(scanpy.settings, "_datasetdir", tmp_path / "datasets")
    downloader = _downloader.get_downloader()
    entry = downloader.registry.datasets["merfish"]
    file = replace(entry.files[0], sha256=hashlib.sha256(served.read_bytes()).hexdigest())
    monkeypatch.setitem(downloader.registry.datasets, "merfish", replace(entry, files=[file], shape=(512, 80)))
    monkeypatch.setattr(downloader, "_s3_base_url", stand.url)
    expect(monkeypatch, MERFISH, {"merfish.h5ad": served})
    return stand


def test_a_section_of_10x_genomics_is_fetched_once_and_opened(brain: Stand, toy_adata: AnnData) -> None:
    told: list[float] = []
    path, niche_key = fetch(BRAIN, lambda share, what: told.append(share))
    assert niche_key == FOUND
    assert sorted(brain.asked) == [
        "V1_Adult_Mouse_Brain_filtered_feature_bc_matrix.h5",
        "V1_Adult_Mouse_Brain_spatial.tar.gz",
    ]
    assert all(0 <= share <= 1 for share in told)
    opened = open_slides(path, [niche_key])
    np.testing.assert_array_equal(opened.slide().counts.toarray(), toy_adata.X.toarray())
    assert (path / "spatial" / "tissue_hires_image.png").exists()
    assert fetch(BRAIN) == (path, niche_key)
    assert len(brain.asked) == 2


def test_the_size_is_shown_before_a_fetch(brain: Stand) -> None:
    published = {
        "V1_Adult_Mouse_Brain/filtered_feature_bc_matrix.h5": 21_106_953,
        "V1_Adult_Mouse_Brain/V1_Adult_Mouse_Brain_spatial.tar.gz": 9_039_745,
    }
    assert replace(EXAMPLES[BRAIN], files={f: (s, "") for f, s in published.items()}).megabytes == pytest.approx(
        30.1, abs=0.1
    )
    assert "Visium, 0 MB" in label(BRAIN)
    assert not is_fetched(BRAIN)
    fetch(BRAIN)
    assert label(BRAIN) == "Adult mouse brain (Visium, fetched)"


@pytest.mark.parametrize("part", ["filtered_feature_bc_matrix.h5", "spatial.tar.gz"])
def test_what_came_broken_is_fetched_again_and_the_rest_is_kept(brain: Stand, part: str) -> None:
    brain.cut.add(f"V1_Adult_Mouse_Brain_{part}")
    with pytest.raises(NicheLensError, match=r"^visium-mouse-brain: (came broken|cannot be fetched).*"):
        fetch(BRAIN)
    assert not is_fetched(BRAIN)
    kept = [file.name for file in (examples.cache_folder() / BRAIN).rglob("*") if file.name.endswith((".h5", ".gz"))]
    brain.cut.clear()
    brain.asked.clear()
    path, _ = fetch(BRAIN)
    assert len(brain.asked) == 2 - len(kept)
    assert part in brain.asked[0] or len(brain.asked) == 2
    assert open_slides(path).slide().n_spots == 256


def test_a_cache_that_was_damaged_is_mended(brain: Stand) -> None:
    path, _ = fetch(BRAIN)
    (path / "filtered_feature_bc_matrix.h5").write_bytes(b"damaged")
    (path / "spatial" / "tissue_positions_list.csv").write_text("damaged")
    assert fetch(BRAIN)[0] == path
    assert open_slides(path).slide().n_spots == 256
    assert len(brain.asked) == 3


def test_sections_of_squidpy_are_fetched_and_prepared(merfish: Stand) -> None:
    path, niche_key = fetch(MERFISH)
    opened = open_slides(path, [niche_key])
    assert opened.slice_names == ["Bregma 26", "Bregma -9"]
    slide = opened.slide()
    assert slide.niches == ("Layer 1", "Layer 2", "Layer 3", "Layer 4")
    assert "Gene5" not in slide.genes  # a value is missing
    assert not any(gene.startswith("Blank") for gene in slide.genes)
    assert slide.n_genes == 76
    assert (slide.meta.technology, slide.meta.organism) == ("MERFISH", "mouse")
    assert "taken as volume-normalised counts" in slide.meta.notes[0]
    fetch(MERFISH)
    assert merfish.asked == ["merfish.h5ad"]


def test_broken_sections_of_squidpy_are_no_slide(merfish: Stand) -> None:
    merfish.cut.add("merfish.h5ad")
    with pytest.raises(NicheLensError, match="merfish-hypothalamus: cannot be fetched"):
        fetch(MERFISH)
    assert not list((examples.cache_folder() / MERFISH).glob("*.h5ad"))


@pytest.mark.parametrize("name", [BRAIN, MERFISH])
def test_offline_is_one_line_and_nothing_is_left(name: str, request: pytest.FixtureRequest) -> None:
    stand = request.getfixturevalue("brain" if name == BRAIN else "merfish")
    stand.stop()
    with pytest.raises(NicheLensError, match="is this machine offline") as caught:
        fetch(name)
    assert str(caught.value).startswith(f"{name}: cannot be fetched (")
    assert "\n" not in str(caught.value)
    assert [path for path in (examples.cache_folder() / name).rglob("*") if path.is_file()] == []


def test_a_server_without_the_file_is_not_called_offline(brain: Stand) -> None:
    for file in brain.folder.rglob("*.h5"):
        file.unlink()
    with pytest.raises(NicheLensError, match=r"404.*the server does not have it"):
        fetch(BRAIN)


def test_without_squidpy_the_extra_is_named(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "squidpy", None)
    with pytest.raises(NicheLensError, match=r"needs squidpy; pip install 'nichelens\[examples\]'"):
        fetch(MERFISH)


def test_who_stops_waiting_gets_away_at_once(brain: Stand) -> None:
    def stop(share: float, what: str) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        fetch(BRAIN, stop)
    assert fetch(BRAIN)[0].exists()  # waits for the fetch that goes on


def test_a_cache_that_cannot_be_written_is_one_line(
    brain: Stand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(NicheLensError, match="examples cannot be kept there"):
        fetch(BRAIN)


@pytest.mark.parametrize("name", ["visium-mouse-brian", "../../etc", "", "http://127.0.0.1/slide.h5ad"])
def test_other_names_fetch_nothing(stand: Stand, name: str) -> None:
    with pytest.raises(NicheLensError, match=r"no example '.*'; .*merfish-hypothalamus, visium-mouse-brain|no example"):
        fetch(name)
    assert stand.asked == []
    assert not examples.cache_folder().exists()
