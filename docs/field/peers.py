"""Methods of other groups for the tasks of docs/field_tasks.md: `pip install 'nichelens[peers]'`.

They run with their own defaults on one CPU, but for the rounds of Tangram. A method that is not installed, or that
would take too long, is left out with the reason.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import logging
import warnings
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import scipy.sparse as sp
from field.deconvolution import Mixtures
from field.left_out_genes import GeneLesson, lessons_of
from field.sections import Fold, Section

MOST_WORK = 5e7
"""Training spots × test spots × genes that Tangram may map: each of its rounds multiplies them all."""
TANGRAM_ROUNDS = 300
"""Of its 1,000: on STARmap the median PCC of the first fifth of the genes is .123 after 300 and .120 after 1,000."""
MOST_CELLS = 2000
"""Cells of the reference that the peers of the deconvolution get; with more they take minutes a section."""
NOT_RUN = {
    "SpaGE": "is not on the Python package index",
    "RCTD": "the Python port rctd-py installs, but fetches a table of 404 MB when it first runs",
    "cell2location": "installs, but trains for 30,000 rounds and is made for a GPU",
    "gimVI, Stereoscope, DestVI": "are parts of scvi-tools and train neural networks, which takes hours on a CPU",
    "Spotiphy": "its dependencies could not be resolved in two minutes",
    "novoSpaRc": "needs distances between all pairs of cells; it was among the weakest in the published comparison",
    "Seurat, SpatialDWLS, SPOTlight, CARD": "are R packages",
}
"""Peers that were not run, and why."""


def gene_peers(sections: Sequence[Section]) -> dict[str, Callable[[GeneLesson], np.ndarray]]:
    """Ways to predict left-out genes that are installed and not too slow for these sections."""
    _, lessons = next(lessons_of(sections))
    work = sum(len(part.spots) for part in lessons[0].train) * len(lessons[0].test.spots) * len(lessons[0].shared)
    return {"Tangram": tangram_genes} if _installed("tangram") and work <= MOST_WORK else {}


def deconvolution_peers(parts: Sequence[Fold]) -> dict[str, Callable[[Mixtures], np.ndarray]]:
    """Ways to tell the proportions of cell types that are installed and not too slow for these sections."""
    if max(sum(section.slide.n_spots for section in fold.training) for fold in parts) > MOST_CELLS:
        return {}
    known = {
        "tangram": ("Tangram", tangram_types),
        "tacco": ("TACCO", tacco_types),
        "flashdeconv": ("FlashDeconv", flash_deconv),
    }
    return dict(way for module, way in known.items() if _installed(module))


def tangram_genes(lesson: GeneLesson) -> np.ndarray:
    """Tangram (Biancalani et al., Nature Methods 2021) maps the training spots onto the test spots."""
    import tangram

    with _quiet():
        known = [part.known(lesson.shared) for part in lesson.train]
        cells = _adata(np.vstack(known))
        spots = _adata(lesson.test.known(lesson.shared))
        tangram.pp_adatas(cells, spots)
        found = tangram.map_cells_to_space(
            cells, spots, device="cpu", random_state=0, verbose=False, num_epochs=TANGRAM_ROUNDS
        )
    weight = np.asarray(found.X)
    return weight.T @ lesson.measured / np.maximum(weight.sum(axis=0)[:, None], 1e-12)


def tangram_types(mixtures: Mixtures) -> np.ndarray:
    """Tangram maps the mean profiles of the types onto the squares."""
    import tangram

    with _quiet():
        cells = _adata(mixtures.cells.toarray())
        cells.obs["type"] = [mixtures.types[code] for code in mixtures.type]
        spots = _adata(mixtures.counts)
        tangram.pp_adatas(cells, spots)
        found = tangram.map_cells_to_space(
            cells, spots, mode="clusters", cluster_label="type", device="cpu", random_state=0, verbose=False
        )
    # Each row of the map is spread over the squares and sums to one, so it counts as often as its type has cells.
    order = [list(found.obs["type"]).index(name) for name in mixtures.types]
    n_cells = np.bincount(mixtures.type, minlength=len(mixtures.types))
    return np.asarray(found.X)[order].T * n_cells


def tacco_types(mixtures: Mixtures) -> np.ndarray:
    """TACCO (Mages et al., Nature Biotechnology 2023): optimal transport between cells and squares."""
    import tacco

    with _quiet():
        cells = _adata(mixtures.cells)
        cells.obs["type"] = [mixtures.types[code] for code in mixtures.type]
        spots = _adata(sp.csr_matrix(mixtures.counts))
        tacco.tl.annotate(spots, cells, annotation_key="type", result_key="share", assume_valid_counts=True)
    return spots.obsm["share"][list(mixtures.types)].to_numpy()


def flash_deconv(mixtures: Mixtures) -> np.ndarray:
    """FlashDeconv: weighted least squares with smooth proportions."""
    from flashdeconv import FlashDeconv

    with _quiet():
        return FlashDeconv().fit_transform(mixtures.counts, mixtures.signature, mixtures.xy)


def _installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _adata(value: np.ndarray | sp.spmatrix):
    import pandas as pd
    from anndata import AnnData

    obs = pd.DataFrame(index=[f"spot{row}" for row in range(value.shape[0])])
    return AnnData(value, obs=obs, var=pd.DataFrame(index=[f"gene{code}" for code in range(value.shape[1])]))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what a method tells of its progress to itself."""
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)
