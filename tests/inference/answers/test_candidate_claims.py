"""What is asked: every claim that could be made, and nothing that could not."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from data_prep.claims import ASKED_KINDS, CLAIM_TYPES, CONTRADICTED, SUPPORTED, Claim, check
from data_prep.facts.facts import Facts
from data_prep.facts.marker_rule import UNCLEAR
from data_prep.synth.tissue import make_slide
from inference.answers import candidate_claims as candidates
from inference.answers.statements import subject_of


@pytest.fixture(scope="module")
def typed(facts):
    """The slide with three cell types."""
    codes = np.arange(facts.slide.n_spots, dtype=np.int32) % 3
    return replace(facts.slide, cell_type=codes, cell_types=("T", "B", "Fibroblast"))


def test_every_asked_kind_has_its_place_in_an_interview(typed):
    niche, *others = typed.niches
    gene, partner = map(str, typed.genes[:2])
    found = [
        *candidates.slide_claims(ASKED_KINDS, typed),
        *candidates.niche_claims(ASKED_KINDS, typed, niche, others),
        *candidates.gene_in_niche_claims(ASKED_KINDS, typed, gene, niche, others),
        *candidates.gene_claims(ASKED_KINDS, typed, gene),
        *candidates.pair_claims(ASKED_KINDS, typed, gene, [partner]),
    ]
    assert {claim.kind for claim in found} == set(ASKED_KINDS)
    assert len(set(found)) == len(found)
    assert {claim.niche for claim in found} == {"", niche}
    assert {claim.gene for claim in found} == {"", gene}
    for claim in found:
        assert claim.value in CLAIM_TYPES[claim.kind].asked_values


def test_only_given_niches_are_neighbours(facts):
    niche, other, *_ = facts.slide.niches
    gene = str(facts.slide.genes[0])
    found = candidates.niche_claims(["adjacent"], facts.slide, niche, [other])
    found += candidates.gene_in_niche_claims(["spills_over"], facts.slide, gene, niche, [other])
    assert {claim.other for claim in found} == {other}
    assert candidates.gene_in_niche_claims(["spills_over"], facts.slide, gene, niche) == []


def test_the_nearest_niches_come_first():
    slide = make_slide(1, n_spots=600, n_niches=6, n_genes=8, layout="hex", pattern="layers")
    contacts = Facts.measure(slide).shapes
    for niche in slide.niches:
        touching = {other for other, share in contacts[niche].contacts.items() if share > 0.1}
        nearest = candidates.nearest_niches(slide, niche)
        assert sorted(nearest) == sorted(set(slide.niches) - {niche})
        assert set(candidates.nearest_niches(slide, niche, len(touching))) == touching


def test_genes_without_counts_are_not_asked_about(facts):
    counts = facts.slide.counts.tolil()
    counts[:, :20] = 0
    silent = Facts.measure(facts.slide.with_counts(sp.csr_matrix(counts)))
    genes = candidates.candidate_genes(silent, facts.slide.niches[0])
    known = silent.markers.label[:, 0] != UNCLEAR
    assert sorted(genes) == sorted(str(gene) for gene in facts.slide.genes[20:][known[20:]])


def test_only_what_the_counts_know_is_answerable(facts):
    claims = [
        claim
        for niche in facts.shapes
        for claim in [
            *candidates.niche_claims(ASKED_KINDS, facts.slide, niche, candidates.nearest_niches(facts.slide, niche)),
            *(Claim("enriched", str(gene), niche) for gene in facts.slide.genes),
            *(
                claim
                for gene in map(str, facts.slide.genes)
                for claim in candidates.gene_in_niche_claims(["spills_over", "partial"], facts.slide, gene, niche)
            ),
        ]
    ]
    kept = list(candidates.answerable(claims, facts))
    assert [claim for claim in claims if claim in set(kept)] == kept
    for claim in claims:
        verdict = check(claim, facts).verdict
        if len(CLAIM_TYPES[claim.kind].asked_values) == 1:
            assert (claim in kept) == (verdict in (SUPPORTED, CONTRADICTED))
        rivals = [other for other in claims if subject_of(other) == subject_of(claim)]
        found = {check(other, facts).verdict for other in rivals}
        assert all((other in kept) == (SUPPORTED in found or found == {CONTRADICTED}) for other in rivals)
    assert 0 < len(kept) < len(claims)


def test_the_choice_of_genes_is_the_same_each_time(facts):
    niche = facts.slide.niches[0]
    genes = candidates.candidate_genes(facts, niche, 6)
    assert genes == candidates.candidate_genes(Facts.measure(facts.slide, 64), niche, 6)
    assert len(genes) == 6


def test_common_cell_types_are_asked_about(facts):
    codes = np.repeat(np.arange(20, dtype=np.int32), np.arange(1, 21))[: facts.slide.n_spots]
    codes = np.concatenate([codes, np.full(facts.slide.n_spots - len(codes), 19, np.int32)])
    slide = replace(facts.slide, cell_type=codes, cell_types=tuple(f"type {i}" for i in range(20)))
    found = candidates.niche_claims(["composed_of"], slide, slide.niches[0], [])
    assert {claim.other for claim in found} == {f"type {i}" for i in range(12, 20)}
