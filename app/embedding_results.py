"""Vectors of genes, spots and niches in an AnnData object, and genes with like maps: `nichelens.embed`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from app.across_results import bundled_engine
from app.anndata_results import NO_SLASH
from app.notebook import Slides
from data_prep import anndata_keys as keys
from data_prep.errors import NicheLensError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from anndata import AnnData

    from data_prep.facts.facts import Facts
    from data_prep.facts.gene_vectors import GeneVectors
    from data_prep.slide import Slide
    from inference.engine.engine import Engine

PICTURED_GENES = 1000
"""Genes that a vision tower is shown, the most variable: it reads about a hundred pictures a second on a CPU."""

Progress = Callable[[int, int], None]


def embed(
    slides: Slides | Sequence[Slides], *, tower: Engine | bool = False, progress: Progress | None = None
) -> AnnData:
    """Vectors of the genes, spots and niches of one or several slides, as `nichelens embed` writes them.

    The AnnData object has the spots of all slides and the genes that all have, with raw counts in `X`, positions in
    `obsm['spatial']`, and `slice`, `donor` and `niche` in `obs`. NicheLens writes into it:

    - `obsm['nichelens_spots']`: spots; surroundings that express alike have like vectors, on all slides;
    - `varm['nichelens_maps']`: genes; the product of two vectors is the correlation of their maps;
    - `varm['nichelens_profiles']`: niches; the cosine of two columns is their marker similarity;
    - `varm['nichelens_pictures']`: genes, what a vision tower makes of their maps; only with `tower`;
    - `uns['nichelens_embedding']`: how they were made.

    Args:
        slides: of `read`: one source with one or several slices, or several sources.
        tower: a model of `load_engine`, or True for the bundled one, whose vision tower looks at the maps too. It is no
            better than `nichelens_maps` (`docs/embeddings.md`).
        progress: called with (slides measured so far, all slides).

    Raises:
        NicheLensError: the slides share too few genes.
    """
    from data_prep.figures.spec import NATIVE_SIZE

    sources = [slides] if isinstance(slides, Slides) else list(slides)
    engine = bundled_engine() if tower is True else tower or None
    facts: list[Facts] = []
    n_slides = sum(len(source) for source in sources)
    for source in sources:
        facts += source.facts(engine.image_size if engine else NATIVE_SIZE)
        if progress:
            progress(len(facts), n_slides)
    return embedded(facts, engine)


def embedded(facts: Sequence[Facts], engine: Engine | None = None, progress: Progress | None = None) -> AnnData:
    """The object of `embed`.

    Args:
        facts: of each slide.
        engine: its vision tower looks at the maps too; None for no tower.
        progress: called with (pictures read so far, all pictures).
    """
    import anndata
    import numpy as np
    import pandas as pd
    import scipy.sparse as sp

    from data_prep.facts.gene_vectors import GeneVectors
    from data_prep.facts.niche_dictionary import slides_in_order
    from data_prep.facts.spot_vectors import SpotVectors

    if not facts:
        message = "embed() needs at least one slide"
        raise NicheLensError(message)
    names, ordered = slides_in_order(facts)
    slides = [one.slide for one in ordered]
    genes, spots = GeneVectors.of(slides), SpotVectors.of(slides)
    columns = [[slide.gene_index(gene) for gene in genes.genes] for slide in slides]
    obs = pd.concat([_about_spots(slide, name) for slide, name in zip(slides, names, strict=True)]).astype("category")
    if not obs.index.is_unique:
        obs.index = obs[keys.SLICE].astype(str) + ":" + obs.index
    adata = anndata.AnnData(
        X=sp.vstack([slide.counts[:, codes].tocsr() for slide, codes in zip(slides, columns, strict=True)]).tocsr(),
        obs=obs,
        var=pd.DataFrame(index=genes.genes.astype(object)),
    )
    adata.obsm[keys.SPATIAL] = np.concatenate([slide.xy for slide in slides])
    adata.obsm[keys.SPOT_VECTORS] = np.concatenate(spots.of_slide)
    adata.varm[keys.GENE_VECTORS] = genes.vectors
    adata.varm[keys.NICHE_PROFILES] = _profiles(names, ordered, genes)
    if engine is not None:
        adata.varm[keys.PICTURE_VECTORS] = _pictured(engine, ordered, genes, progress)
    adata.uns[keys.EMBEDDING] = {
        "slides": names,
        "spot_genes": spots.genes.tolist(),
        "niches_from": [slide.meta.niches_from for slide in slides],
        **({"tower": engine.name, "figure_contract": engine.contract_hash} if engine else {}),
    }
    return adata


def similar_genes(slide: Slides, gene: str, n: int = 10) -> pd.DataFrame:
    """The genes whose maps are most like that of a gene.

    Args:
        slide: of `read`. If it has several slices, choose one first: ``slide["S1"]``.
        gene: symbol.
        n: how many genes.

    Returns:
        One row for each gene, the most similar first: "gene", "likeness" (the correlation of the maps as logs, by
        which they are ranked), "correlation" of the maps with its "error", and the "verdict" of the counts on "the two
        genes share their place".

    Raises:
        NicheLensError: there is no such gene, it has too few counts for a map, or there are several slices.
    """
    from data_prep.figures.spec import NATIVE_SIZE

    return genes_like(slide.only_slice_with().facts(NATIVE_SIZE)[0], gene, n)


def genes_like(facts: Facts, gene: str, n: int) -> pd.DataFrame:
    """The table of `similar_genes`."""
    import pandas as pd

    from data_prep.claims import Claim, check
    from data_prep.facts.gene_vectors import like_maps

    found = like_maps(facts.slide, gene, n)
    facts.gene_maps.prefetch_pairs([gene, *(other for other, _ in found)])
    entries = [check(Claim("colocalised", gene, other=other), facts) for other, _ in found]
    return pd.DataFrame(
        {
            "gene": [other for other, _ in found],
            "likeness": [likeness for _, likeness in found],
            "correlation": [facts.gene_maps.map_correlation(gene, other).value for other, _ in found],
            "error": [facts.gene_maps.map_correlation(gene, other).error for other, _ in found],
            "verdict": [entry.verdict for entry in entries],
        }
    )


def gene_table(adata: AnnData) -> pd.DataFrame:
    """The vectors of the genes as a table: "gene", and a column for each component, empty where there is none."""
    import pandas as pd

    vectors = pd.DataFrame(adata.varm[keys.GENE_VECTORS])
    vectors.columns = [f"map_{number}" for number in range(1, vectors.shape[1] + 1)]
    vectors.insert(0, "gene", adata.var_names.to_numpy())
    return vectors


def _about_spots(slide: Slide, name: str) -> pd.DataFrame:
    """Slice, donor and niche of each spot."""
    import numpy as np
    import pandas as pd

    spots = slide.spot_names if len(slide.spot_names) else np.arange(slide.n_spots).astype(str)
    niche = np.array([*slide.niches, None], dtype=object)[slide.niche]
    table = {keys.SLICE: name, keys.DONOR: slide.meta.donor, keys.NICHE: niche}
    return pd.DataFrame(table, index=pd.Index(spots.astype(object)))


def _profiles(names: Sequence[str], facts: Sequence[Facts], genes: GeneVectors) -> pd.DataFrame:
    """Profiles of the niches of all slides, genes × niches."""
    import pandas as pd

    from data_prep.facts.niche_profiles import NicheProfiles

    columns = {}
    for name, one in zip(names, facts, strict=True):
        profiles = NicheProfiles.of(one, genes.genes.tolist())
        for niche, profile in zip(profiles.niches, profiles.shrunken.T, strict=True):
            column = f"{name}: {niche}".replace("/", NO_SLASH)
            columns[column] = pd.Series(profile, profiles.genes).reindex(genes.genes).to_numpy(float)
    return pd.DataFrame(columns, index=genes.genes.astype(object))


def _pictured(engine: Engine, facts: Sequence[Facts], genes: GeneVectors, progress: Progress | None) -> np.ndarray:
    """Vectors of what a tower makes of the maps of the most variable genes that have a map."""
    import numpy as np

    from data_prep.facts.variable_genes import variable_genes
    from inference.engine.picture_vectors import picture_features, picture_vectors

    rows = {str(gene): row for row, gene in enumerate(genes.genes) if not np.isnan(genes.vectors[row]).any()}
    shown = [gene for gene in variable_genes(facts[0].slide) if gene in rows][:PICTURED_GENES]
    n_all = len(facts) * len(shown)
    features = []
    for number, one in enumerate(facts):
        before = number * len(shown)
        tell = (lambda done, _, before=before: progress(before + done, n_all)) if progress else None
        features.append(picture_features(engine, one.canvas, shown, tell))
    found = picture_vectors(features)
    vectors = np.full((len(genes.genes), found.shape[1]), np.nan, np.float32)
    vectors[[rows[gene] for gene in shown]] = found
    return vectors
