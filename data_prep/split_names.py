"""Names of the splits of a dataset."""

TRAIN, VALIDATION = "train", "validation"
TEST_SLIDE, TEST_GENE, TEST_BOTH = "test_slide", "test_gene", "test_both"
AMBIGUOUS = "ambiguous"

SPLITS = {
    TRAIN: "training donors, training genes",
    VALIDATION: "for calibration and early stopping",
    TEST_SLIDE: "donors never seen, genes seen",
    TEST_GENE: "slides seen, genes never seen",
    TEST_BOTH: "neither donor nor gene seen",
    AMBIGUOUS: "claims that the counts cannot decide; without answers, never trained on",
}
"""Split → its content, in the order in which a dataset card lists them."""
LEARNED_SPLITS = (TRAIN, VALIDATION)
"""Splits that a model learns from."""
UNSEEN_DONOR_SPLITS = (TEST_SLIDE, TEST_BOTH)
"""Splits whose donors a model never learns from."""
UNSEEN_GENE_SPLITS = (TEST_GENE, TEST_BOTH)
"""Splits whose genes a model never learns from."""
