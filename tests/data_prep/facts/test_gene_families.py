"""Families of genes are found by their symbols, in both species, and not by symbols that look alike."""

import numpy as np
import pytest
import scipy.sparse as sp

from data_prep.facts.gene_families import (
    CONTROLS,
    HAEMOGLOBIN,
    MITOCHONDRIAL,
    RIBOSOMAL,
    find_families,
    measure_families,
)


@pytest.mark.parametrize(
    ("family", "members", "others"),
    [
        (MITOCHONDRIAL, ["MT-ND1", "mt-Nd4l", "MT.CO2"], ["MT1X", "MTOR", "Mtch1", "MTRNR2L1"]),
        (
            RIBOSOMAL,
            ["RPS3A", "Rpl36al", "RPLP0", "RPSA", "RPS4Y1", "Rps27l"],
            ["RPS6KA1", "Rps6kb1", "RPL39P5", "RPN1"],
        ),
        (HAEMOGLOBIN, ["HBA1", "HBB", "HBG2", "Hba-a1", "Hbb-bs", "Hbb-bh1"], ["HBEGF", "HBP1", "HBS1L", "Hbb-like"]),
        (CONTROLS, ["Blank-12", "BLANK_0003", "NegControlProbe_00042", "antisense_PROKR2"], ["NEGR1", "Negr1", "BLNK"]),
    ],
)
def test_members_are_found_and_look_alikes_are_not(family: str, members: list[str], others: list[str]) -> None:
    genes = np.array([*members, *others])
    assert find_families(genes)[family].tolist() == list(range(len(members)))


def test_the_share_of_a_family_is_that_of_the_spot() -> None:
    counts = sp.csc_matrix(np.array([[3, 1, 4], [0, 2, 2], [0, 0, 5]], dtype=np.float32))
    genes = np.array(["MT-ND1", "MT-CO1", "ACTB"])
    families = measure_families(counts, genes, np.array([8.0, 4.0, 5.0]))
    assert set(families) == {MITOCHONDRIAL}
    assert families[MITOCHONDRIAL].share.tolist() == [0.5, 0.5, 0.0]
    assert (families[MITOCHONDRIAL].median, families[MITOCHONDRIAL].above(0.4)) == (0.5, 2)
