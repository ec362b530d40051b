"""Example slides, fetched by name with the dataset functions of scanpy and squidpy, and kept in the user's cache.

    path, niche_key = fetch("visium-mouse-brain")

Only slides with counts are listed. Some preprocessed slides of `squidpy.datasets`, Slide-seqV2 for example, hold
log-normalised values without the counts, so the ledger could compute nothing from them.
"""

from __future__ import annotations

import hashlib
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from socket import gaierror
from typing import Any
from urllib.error import URLError

from app.niche_column import FOUND
from app.web.upload import Progress
from data_prep.errors import NicheLensError, first_line, suggest

LOOK_SECONDS = 0.3
"""How often progress is told."""
_DONE = "complete"
"""Written last: a folder without it was not finished."""


@dataclass(frozen=True)
class Example:
    """A published slide.

    Attributes:
        title: what people call it.
        technology: for example "Visium".
        organism: for example "mouse".
        about: how large it is, and what is done with it, in one or two sentences.
        niche_key: column with its niches; `FOUND` where it has none.
        source: who published it.
        files: path in the cache → (size in bytes, SHA-256) of what is fetched.
        download: calls the library's function with the folder to fetch to.
        slide: path of the slide in the cache.
    """

    title: str
    technology: str
    organism: str
    about: str
    niche_key: str
    source: str
    files: dict[str, tuple[int, str]]
    download: Callable[[Path], Any]
    slide: str

    @property
    def megabytes(self) -> float:
        """Size to be fetched, in MB (10⁶ bytes)."""
        return sum(size for size, _ in self.files.values()) / 1e6


def fetch(name: str, progress: Progress | None = None) -> tuple[Path, str]:
    """The slide of an example and the column with its niches; fetched if the cache does not have it.

    What is whole of an interrupted fetch is kept, the rest is fetched again.

    Args:
        name: a key of `EXAMPLES`.
        progress: is told the share that is fetched; what it raises ends the waiting, and the fetch goes on behind it.

    Raises:
        NicheLensError: no such example, no network, a broken file, a missing library, or no place to keep it.
    """
    example = EXAMPLES.get(name)
    if example is None:
        message = f"no example '{name}'; {suggest(name, EXAMPLES, kind='examples', show_all=True)}"
        raise NicheLensError(message)
    folder = cache_folder() / name
    failed: list[BaseException] = []

    def work() -> None:
        try:
            _fetch(name, example, folder)
        except BaseException as error:  # it is raised again in the caller's thread
            failed.append(error)

    worker = threading.Thread(target=work, name=f"fetch {name}", daemon=True)
    worker.start()
    while worker.is_alive():
        worker.join(LOOK_SECONDS)
        if progress:
            total = example.megabytes
            so_far = min(_size(folder) / 1e6, total)
            progress(so_far / total, f"fetching {example.title}: {so_far:.0f} of {total:.0f} MB")
    if failed:
        raise failed[0]
    return folder / example.slide, example.niche_key


def is_fetched(name: str) -> bool:
    """Whether the cache has an example, so that it opens without a network."""
    return (cache_folder() / name / _DONE).exists()


def label(name: str) -> str:
    """One line for a list of examples: what it is, and how much would be fetched."""
    example = EXAMPLES[name]
    size = "fetched" if is_fetched(name) else f"{example.megabytes:.0f} MB"
    return f"{example.title} ({example.technology}, {size})"


def cache_folder() -> Path:
    """Where examples are kept: below the user's cache folder, which XDG_CACHE_HOME sets on Linux."""
    from platformdirs import user_cache_path

    return user_cache_path("nichelens", appauthor=False) / "examples"


def _fetch(name: str, example: Example, folder: Path) -> None:
    """Fetches what is missing or broken; several processes take turns."""
    from filelock import FileLock

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_suffix(".lock")):
            broken = [file for file, (_, digest) in example.files.items() if _digest(folder / file) != digest]
            if not broken and (folder / example.slide).exists() and (folder / _DONE).exists():
                return
            _remove_all_but(folder, {file for file in example.files if file not in broken})
            _download(name, example, folder)
            (folder / _DONE).touch()
    except (PermissionError, NotADirectoryError, FileExistsError) as error:
        message = f"{error.filename}: examples cannot be kept there ({error.strerror}); set XDG_CACHE_HOME"
        raise NicheLensError(message) from error


def _download(name: str, example: Example, folder: Path) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # scanpy says that its function will move to squidpy
            example.download(folder)
    except ImportError as error:
        message = f"{name}: needs {error.name or 'squidpy'}; pip install 'nichelens[examples]'"
        raise NicheLensError(message) from error
    except Exception as error:  # the library reads what it fetched, and a broken file makes it raise anything
        _remove_broken(example, folder)
        message = f"{name}: cannot be fetched ({_reason(error)}); {_advice(error)}"
        raise NicheLensError(message) from error
    if broken := _remove_broken(example, folder):
        message = f"{name}: came broken ({', '.join(broken)}); the broken part is deleted, fetch it again"
        raise NicheLensError(message)


def _remove_broken(example: Example, folder: Path) -> list[str]:
    broken = [file for file, (_, digest) in example.files.items() if _digest(folder / file) != digest]
    for file in broken:
        (folder / file).unlink(missing_ok=True)
    return broken


def _remove_all_but(folder: Path, kept: set[str]) -> None:
    """Deletes what an earlier fetch unpacked or left half-written."""
    whole = {folder / file for file in kept}
    for path in sorted(folder.rglob("*"), reverse=True):
        if path in whole:
            continue
        with suppress(OSError):  # a folder that holds something whole
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()


def _causes(error: BaseException) -> list[BaseException]:
    """An error and what is behind it: squidpy raises groups, and requests wraps what the socket said."""
    behind = list(error.exceptions) if isinstance(error, BaseExceptionGroup) else [error.__cause__ or error.__context__]
    return [error, *(cause for one in behind if one is not None for cause in _causes(one))]


def _reason(error: Exception) -> str:
    told = next((cause for cause in _causes(error) if not isinstance(cause, BaseExceptionGroup)), error)
    return " ".join(first_line(told).split())[:160]  # type: ignore[arg-type]


def _advice(error: Exception) -> str:
    causes = _causes(error)
    if any(getattr(cause, "code", None) or getattr(cause, "response", None) is not None for cause in causes):
        return "the server does not have it, or refuses; try later, or open a file of your own"
    if any(isinstance(cause, ConnectionError | TimeoutError | URLError | gaierror) for cause in causes):
        return (
            "is this machine offline? Connect it, or open a file of your own; what was fetched opens without a network"
        )
    return "try again; the whole parts are kept"


def _digest(file: Path) -> str:
    """SHA-256 of a file; "" if there is none."""
    if not file.is_file():
        return ""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _size(folder: Path) -> int:
    """Bytes of the files below a folder; files may vanish meanwhile."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            total += path.stat().st_size if path.is_file() else 0
    return total


def _visium_brain(folder: Path) -> None:
    _into(folder, lambda scanpy: scanpy.datasets.visium_sge(_BRAIN))


def _merfish(folder: Path) -> None:
    import numpy as np
    import pandas as pd
    import squidpy

    adata = _into(folder, lambda _: squidpy.datasets.merfish(folder / _MERFISH_RAW))
    values = adata.X.toarray() if hasattr(adata.X, "toarray") else np.asarray(adata.X)
    whole = np.isfinite(values).all(axis=0)
    control = adata.var_names.str.lower().str.startswith("blank")
    adata = adata[:, whole & ~control].copy()
    adata.obs["slice"] = pd.Categorical([f"Bregma {float(place):g}" for place in adata.obs["Bregma"]])
    adata.uns = {"organism": "mouse", "tissue": "hypothalamus, preoptic region", "technology": "MERFISH"}
    adata.write_h5ad(folder / _MERFISH_SLIDE)


_settings = threading.Lock()


def _into(folder: Path, call: Callable[[Any], Any]) -> Any:
    """Calls a dataset function while scanpy's folder for datasets is ours; it is a setting of the whole process."""
    import scanpy

    with _settings:
        before = scanpy.settings.datasetdir
        scanpy.settings.datasetdir = folder
        try:
            return call(scanpy)
        finally:
            scanpy.settings.datasetdir = before


_BRAIN = "V1_Adult_Mouse_Brain"
_MERFISH_RAW, _MERFISH_SLIDE = "merfish.h5ad", "merfish-hypothalamus.h5ad"
EXAMPLES: dict[str, Example] = {
    "visium-mouse-brain": Example(
        title="Adult mouse brain",
        technology="Visium",
        organism="mouse",
        about="One coronal section, about 2,700 spots of the whole transcriptome. It has no labels: niches are found.",
        niche_key=FOUND,
        source="10x Genomics, V1_Adult_Mouse_Brain (CC BY 4.0); scanpy.datasets.visium_sge",
        files={
            f"{_BRAIN}/filtered_feature_bc_matrix.h5": (
                21_106_953,
                "eb78379e02dcf48036abf05b67233e73ecb0d880787feb82f76ff16f6ce01eb3",
            ),
            f"{_BRAIN}/{_BRAIN}_spatial.tar.gz": (
                9_039_745,
                "46d6b05ba740f232d6bf4b27b9a8846815851e000985fb878f1364bab04e5bd4",
            ),
        },
        download=_visium_brain,
        slide=_BRAIN,
    ),
    "merfish-hypothalamus": Example(
        title="Mouse hypothalamus",
        technology="MERFISH",
        organism="mouse",
        about="Twelve sections of one animal, 73,655 cells of 16 classes. Control probes, and genes without a value in "
        "some cells, are left out.",
        niche_key="Cell_class",
        source="Moffitt et al., Science 2018 (doi.org/10.1126/science.aau5324); squidpy.datasets.merfish",
        files={
            _MERFISH_RAW: (49_200_000, "371723d48413ba76aba49ccf7ea24867b1db940529216fe2902484f5c2a48904"),
        },
        download=_merfish,
        slide=_MERFISH_SLIDE,
    ),
}
"""Examples by name. Sizes and checksums are those that the libraries and the publishers state."""
