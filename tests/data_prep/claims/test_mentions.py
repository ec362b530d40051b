"""Names in free text: found where they are written, and never guessed."""

import numpy as np
import pytest

from data_prep.claims.mentions import GENE, NICHE, Mention, SlideNames, find_mentions
from data_prep.synth.tissue import make_slide

NAMES = SlideNames(
    genes=(
        *("COL1A1", "COL1A2", "KRT19", "CAT", "MET", "REST", "WAS", "HLA", "HLA-DRA", "MT-CO1", "GFAP", "T", "SST"),
        *("IMPACT", "the", "MBP", "Actb", "ACTB"),
    ),
    niches=(
        *("Stroma", "Cancer", "Layer 2", "Layer 2/3", "L5", "WM", "CRABP2+ Malignant", "T-cell zone", "A", "B", "3"),
        *("Core", "Neuron", "1: Granular Cell Layer", "SST", "étage № 4", "CD4+ T", "CD4- T"),
    ),
    cell_types=("Oligo",),
)


def named(text: str, names: SlideNames = NAMES) -> list[str]:
    """The names that a text names without doubt."""
    return [mention.name for mention in find_mentions(text, names) if mention.is_exact]


def doubtful(text: str, names: SlideNames = NAMES) -> list[tuple[str, tuple[str, ...]]]:
    """Words of a text that are no name without doubt, with their near names."""
    found = [mention for mention in find_mentions(text, names) if not mention.is_exact]
    assert all(mention.name == "" for mention in found)
    return [(text[mention.start : mention.end], mention.near) for mention in found]


def test_a_mention_says_what_is_named_and_where():
    text = "Is COL1A1 a marker of Stroma?"
    assert find_mentions(text, NAMES) == [Mention(GENE, "COL1A1", 3, 9), Mention(NICHE, "Stroma", 22, 28)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("is col1a1 up in the stroma", ["COL1A1", "Stroma"]),
        ("COL1A1/COL1A2 and KRT19-high", ["COL1A1", "COL1A2", "KRT19"]),
        ("in `Stroma`, **Cancer** and 'WM'.", ["Stroma", "Cancer", "WM"]),
        ("layer 2/3 against layer 2", ["Layer 2/3", "Layer 2"]),
        ("L2/3, L2, layer five and layer 5", ["Layer 2/3", "Layer 2", "L5", "L5"]),
        ("the white matter and the neurons", ["WM", "Neuron"]),
        ("CRABP2+ malignant; crabp2 malignant", ["CRABP2+ Malignant"] * 2),
        ("the T cell zone, T-cell zone", ["T-cell zone"] * 2),
        ("the granular cell layer", ["1: Granular Cell Layer"]),
        ("étage № 4", ["étage № 4"]),
        ("MT-CO1 or HLA-DRA or HLA", ["MT-CO1", "HLA-DRA", "HLA"]),
        ("Oligo", ["Oligo"]),
    ],
)
def test_usual_writings_of_a_name(text, expected):
    assert named(text) == expected
    assert doubtful(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the cat met the rest, it was the impact", []),
        ("Was CAT at rest?", ["CAT"]),
        ("Is WAS at REST?", ["WAS", "REST"]),
        ("WAS KRT19 HIGH?", ["KRT19"]),
        ("high in the core of cancer", ["Cancer"]),
        ("high in Core", ["Core"]),
        ("the core niche, niche core", ["Core", "Core"]),
        ("gene the, `the`", ["the"]),
    ],
)
def test_a_lower_case_word_is_a_word(text, expected):
    assert named(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Does A border B?", ["A", "B"]),
        ("A gene marks niche 3, and 3 genes are in 3.", ["3", "3"]),
        ("T cells and B cells, 3 of them", []),
        ("the gene T, the T gene", ["T", "T"]),
        ("A marker?", []),
    ],
)
def test_letters_and_numbers_are_names_only_where_names_stand(text, expected):
    assert named(text) == expected


@pytest.mark.parametrize(
    ("text", "words", "near"),
    [
        ("COL1AI in Stroma", "COL1AI", "COL1A1"),
        ("gfpa", "gfpa", "GFAP"),
        ("KRT-19", "KRT-19", "KRT19"),
        ("KRT 19", "KRT 19", "KRT19"),
        ("in Stromma", "Stromma", "Stroma"),
        ("granular layer of cells, granula cell layer", "granula cell layer", "1: Granular Cell Layer"),
        ("the gene cat", "cat", "CAT"),
        ("HLA-DRB9", "HLA-DRB9", "HLA"),
        ("cancer-associated", "cancer-associated", "Cancer"),
        ("non-Stroma", "non-Stroma", "Stroma"),
        ("Cancer 2", "Cancer 2", "Cancer"),
        ("L2/5", "L2/5", "Layer 2"),
        ("malignant", "malignant", "CRABP2+ Malignant"),
    ],
)
def test_a_typing_error_is_a_near_name_and_never_corrected(text, words, near):
    assert (words, near) in [(said, close[0]) for said, close in doubtful(text)]
    assert near not in named(text) or text.startswith("COL1AI")


def test_a_symbol_that_is_not_there_is_found_without_near_names():
    assert doubtful("FOXP3 and the DNA of RNA, 2.6-fold, 95%, log2FC 3") == [("FOXP3", ())]


def test_a_writing_of_two_names_means_neither():
    assert doubtful("cd4 t") == [("cd4 t", ("CD4+ T", "CD4- T"))]
    assert doubtful("actb") == [("actb", ("Actb", "ACTB"))]
    assert named("Actb ACTB CD4- T") == ["Actb", "ACTB", "CD4- T"]


def test_a_name_of_a_gene_and_a_niche_means_what_stands_there():
    kinds = [(m.kind, m.is_exact) for m in find_mentions("Is SST high in SST? Describe SST. Does SST border A?", NAMES)]
    assert kinds == [(GENE, True), (NICHE, True), (GENE, False), (NICHE, True), (NICHE, True)]


def test_without_near_names_only_names_are_found():
    assert find_mentions("COL1AI in Stromma and FOXP3", NAMES, near=False) == []


def test_names_of_a_slide_are_made_once():
    slide = make_slide(0, n_spots=60, n_niches=2, n_genes=8)
    assert SlideNames.of(slide) is SlideNames.of(slide)
    assert SlideNames.of(slide).niches == slide.niches


def test_every_name_is_found_in_a_sentence_of_odd_names():
    rng = np.random.default_rng(0)
    letters = list("abcXYZ019-./+ é漢")
    odd = {"n" + "".join(rng.choice(letters, rng.integers(2, 9))).strip() + "q" for _ in range(200)}
    names = SlideNames(("GFAP",), tuple(sorted(odd)))
    for name in names.niches:
        (gene, niche) = find_mentions(f"Is GFAP a marker of {name}?", names)
        assert (gene.name, niche.name) == ("GFAP", name)


def test_a_question_over_sixty_thousand_genes_is_read_in_time():
    names = SlideNames(tuple(f"GENE{number}" for number in range(60_000)), ("Stroma",))
    assert named("Is GENE59999 a marker of Stroma?", names) == ["GENE59999", "Stroma"]
    assert named("Is GENE60000 a marker of stroma?", names) == ["Stroma"]
