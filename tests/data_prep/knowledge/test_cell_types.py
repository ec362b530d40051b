"""Cell types: lists of one name come together, and a name says what a type is a kind of."""

from collections.abc import Sequence

import numpy as np
import pytest

from data_prep.knowledge.cell_types import KnownTypes, plain_name
from data_prep.knowledge.citation import Source
from data_prep.knowledge.gene_list import GENE_SET, MARKER_LIST, GeneList
from data_prep.knowledge.on_slide import MappedList

N_GENES = 20


def a_list(name: str, codes: Sequence[int], tissue: str = "", kind: str = MARKER_LIST) -> MappedList:
    genes = {f"G{code}": code + 1 for code in codes}
    of_list = GeneList(name, name, kind, genes, Source("lists.tsv", "1"), tissue=tissue)
    return MappedList(of_list, {gene: gene for gene in genes}, np.array(sorted(codes), np.int64))


def types_of(*lists: MappedList, organs: frozenset[str] = frozenset()) -> KnownTypes:
    return KnownTypes.of(lists, organs, N_GENES)


def family(types: KnownTypes, name: str) -> list[str]:
    return [types.names[at] for at in types.family(types.index(name))]


@pytest.mark.parametrize(
    "spelled", ["Oligodendrocytes", "Oligodendrocyte", "oligodendrocyte cells", "OLIGODENDROCYTE CELL"]
)
def test_spellings_of_one_name_are_one_type(spelled: str) -> None:
    assert plain_name(spelled) == "oligodendrocyte"
    types = types_of(a_list("Oligodendrocytes", [0, 1]), a_list(spelled + " ", [1, 2]), a_list("Neurons", [5]))
    assert types.names == ("Oligodendrocytes", "Neurons")
    assert types.index(spelled) == 0
    assert types.codes(0).tolist() == [0, 1, 2]


def test_different_types_stay_apart() -> None:
    names = ("T cells", "B cells", "NK cells", "Basal cells", "Glial cells", "Gas", "Basket cells", "")
    assert len({plain_name(name) for name in names}) == len(names)


def test_a_gene_counts_for_each_list_that_names_it_and_less_the_more_types_do() -> None:
    types = types_of(a_list("Alpha", [0, 1]), a_list("alphas", [0]), a_list("Beta", [1]))
    weights = types.weights.toarray()
    assert weights[0].tolist() == [2.0, 0.0]
    assert weights[1] == pytest.approx([2**-0.5, 2**-0.5])
    assert weights[2:].sum() == 0


def test_gene_sets_and_lists_of_other_organs_are_no_types() -> None:
    lists = (
        a_list("Set", [0], kind=GENE_SET),
        a_list("Islet", [1], tissue="Pancreas"),
        a_list("Neuron", [2], tissue="Brain"),
        a_list("Anything", [3]),
    )
    assert types_of(*lists, organs=frozenset(("brain",))).names == ("Neuron", "Anything")
    assert types_of(*lists).names == ("Islet", "Neuron", "Anything")


@pytest.mark.parametrize(
    ("name", "wider"),
    [
        ("Interneurons", ["Neurons"]),
        ("Purkinje neurons", ["Neurons"]),
        ("GABAergic interneurons", ["Interneurons", "Neurons"]),
        ("Cerebellar granule neurons", ["Granule neurons", "Neurons"]),
        ("Bergmann glia", ["Astrocytes"]),
        ("Memory B cells", ["B cells"]),
        ("B cells memory", ["B cells"]),
        ("Plasma cells", ["B cells"]),
        ("Myofibroblasts", ["Fibroblasts"]),
        ("Neurons", []),
        ("B cells", []),
        ("Basophils", []),
    ],
)
def test_a_name_says_what_a_type_is_a_kind_of(name: str, wider: list) -> None:
    names = ("Neurons", "Granule neurons", "Interneurons", "Astrocytes", "B cells", "Fibroblasts", name)
    types = types_of(*(a_list(one, [at]) for at, one in enumerate(dict.fromkeys(names))))
    assert family(types, name) == wider


def test_a_type_without_its_wider_one_has_no_family() -> None:
    types = types_of(a_list("Purkinje neurons", [0]), a_list("Astrocytes", [1]))
    assert types.family(0) == ()


def test_unknown_names_have_no_number() -> None:
    assert types_of(a_list("Alpha", [0])).index("Gamma") is None
    assert types_of().index("Alpha") is None
    assert types_of().names == ()
