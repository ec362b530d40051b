"""Words of one family have one stem, in British and American spelling; words of two families have two."""

import pytest

from data_prep.facts.known.search.concept_names import plain_concept, spoken_concept
from data_prep.facts.known.search.word_stems import spell_lymphocytes, terms_of, words_of


@pytest.mark.parametrize(
    "family",
    [
        "myelin myelinated myelination myelinating",
        "tumour tumor tumours tumoral",
        "hypoxia hypoxic",
        "endothelium endothelial",
        "epithelium epithelia epithelial",
        "glia glial",
        "neuron neurons neuronal",
        "haemoglobin hemoglobin haemoglobins",
        "cilia ciliated cilium ciliary",
        "meninges meningeal",
        "oedema edema",
        "organisation organization",
        "fibre fibers",
        "foot feet",
    ],
)
def test_words_of_a_family_have_one_stem(family: str) -> None:
    assert len(set(words_of(family))) == 1


@pytest.mark.parametrize("pair", ["muscle mucus", "neuron nephron", "granule granuloma", "cortex cord", "blood bone"])
def test_words_of_two_families_stay_apart(pair: str) -> None:
    assert len(set(words_of(pair))) == 2


def test_grammar_and_words_for_tissue_as_such_are_left_out() -> None:
    assert words_of("the cells of this tissue with a layer") == []
    assert words_of("!!! ??? -") == []


def test_hyphens_split_words_and_neighbours_make_terms() -> None:
    assert terms_of("collagen-rich matrix") == ["collagen", "matrix", "collagen matrix"]


def test_t_and_b_cells_are_words() -> None:
    assert words_of("T and B lymphocytes") == ["tcell", "bcell", "lymphocyt"]
    assert words_of("T cell activation")[0] == "tcell"
    assert spell_lymphocytes("vitamin B and iron") == "vitamin B and iron"


def test_names_of_lists_lose_collection_and_identifier() -> None:
    assert plain_concept("HALLMARK_TNFA_SIGNALING") == "tnfa signaling"
    assert plain_concept("myelination (GO:0042552)") == "myelination"
    assert plain_concept("GOBP_HEART_DEVELOPMENT") == "heart development"
    assert spoken_concept("Astrocytes") == "astrocytes"
    assert spoken_concept("T cells") == "T cells"
    assert spoken_concept("myelination (GO:0042552)") == "myelination (GO:0042552)"
