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
