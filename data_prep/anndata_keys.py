"""Every name that NicheLens looks for in an AnnData object, or writes into one."""

# Coordinates and counts
SPATIAL = "spatial"
"""obsm: x and y of the spots, (n_spots, 2). uns: pictures and scale factors of a Visium slide."""
LOG1P = "log1p"
"""uns: scanpy leaves it where it has logged X."""

# Columns of obs, read unless other names are given
SLICE = "slice"
"""obs: which section a spot belongs to."""
DONOR = "donor"
"""obs: which person or animal a spot comes from."""
REGION = "region"
"""obs: niches of synthetic slides."""
LIKELY_NICHES = ("region", "niche", "layer", "domain", "annotation", "compartment", "cell_type", "cluster", "leiden")
"""obs: names that columns with niches often have, the most likely first."""

# Where the slide comes from
META = ("organism", "tissue", "technology")
"""obs where the column is constant, else uns, else uns['source']."""
SOURCE = "source"
"""uns: a mapping that says where the slide comes from."""
SPATIALDATA = "spatialdata_attrs"
"""uns: which shapes of a SpatialData store a table describes."""

# Columns of var, compared in small letters
SYMBOLS = ("gene_symbols", "gene_symbol", "gene_name", "gene_names", "feature_name", "symbol", "gene_short_name")
"""var: columns in which readers and portals keep symbols beside ids."""
GENE_IDS = ("gene_ids", "gene_id", "ensembl_id", "ensembl", "feature_id")
"""var: columns with Ensembl ids beside symbols."""

# Written by synthetic slides
PLANTED_KIND = "planted_kind"
"""var: what kind of gene was planted."""
PLANTED_NICHES = "planted_niches"
"""var: the niches in which a gene was raised or lowered, joined by commas."""
PLANTED_LOG2FC = "planted_log2fc"
"""var: log2 fold change in the first planted niche. varm: the same for every niche."""

# Written by the Python API
RESULTS = "nichelens"
"""uns: model, version, settings and thresholds of a screen, and its table."""
RESULT_P_MARKER = "nichelens_p_marker"
"""varm: probability that a gene is a marker of a niche, (n_genes, n_niches); NaN where it was not asked."""
RESULT_LOG2FC = "nichelens_log2fc"
"""varm: log2 fold change of niche over rest, (n_genes, n_niches); NaN where it was not asked."""
RESULT_EFFECT = "nichelens_effect"
"""varm: log2 fold change less two standard errors, (n_genes, n_niches); NaN where it was not asked."""

# Written by `nichelens embed`
EMBEDDING = "nichelens_embedding"
"""uns: version, slides, and the genes and settings behind the vectors."""
SPOT_VECTORS = "nichelens_spots"
"""obsm: vectors of the spots' surroundings, (n_spots, n_components); of one space for all slides of the object."""
GENE_VECTORS = "nichelens_maps"
"""varm: vectors of the genes' maps, (n_genes, n_components); NaN for a gene with too few counts."""
PICTURE_VECTORS = "nichelens_pictures"
"""varm: what a vision tower makes of the genes' maps, (n_genes, n_components); NaN for genes that it was not shown."""
NICHE_PROFILES = "nichelens_profiles"
"""varm: DataFrame of genes × niches, log2 fold changes shrunken by their errors; NaN for genes that are detected too
rarely. Columns are "slice: niche"."""
NICHE = "niche"
"""obs: niche of a spot; NA without one."""

# Written by `nichelens niches`
NICHE_CONFIDENCE = "niche_confidence"
"""obs: confidence of a computed niche, 0..1; NaN for spots that were not looked at. The niche itself is in `NICHE`."""
FOUND_NICHES = "nichelens_niches"
"""uns: number of computed niches, reason, curve, preparation, and slices that were looked at together."""
