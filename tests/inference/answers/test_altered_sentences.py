"""Lies made from what a model truly said: one name, value or direction of a true sentence is another one."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from data_prep.claims import CLAIM_TYPES, CONTRADICTED, SUPPORTED, Claim, check, sentence
from data_prep.facts.facts import Facts
from inference.answers.asking import ask, describe_niche
from inference.engine.engine import Engine
from inference.engine.load_engine import load_engine
from tests.data_prep.claims.planted_worlds import World, make_world

OPPOSITE = {"enriched": "not_enriched", "not_enriched": "enriched", "patterned": "not_patterned"}
GENES_ASKED = 3


@pytest.fixture(scope="module")
def worlds() -> list[World]:
    return [make_world(seed, 2.0, size=128) for seed in range(2000, 2004)]


@pytest.fixture(scope="module")
def said(worlds: list[World]) -> list[tuple[World, list[Claim]]]:
    """What the bundled model says in interviews of a niche and of some genes on each slide."""
    model = load_engine(None, device="cpu")
    return [(world, list(dict.fromkeys(interview(model, world.facts)))) for world in worlds]


def interview(model: Engine, facts: Facts) -> Iterator[Claim]:
    niche = max(facts.shapes, key=lambda name: facts.shapes[name].area_fraction)
    *_, answer = describe_niche(model, facts, niche)
    yield from answer.claims
    genes = [str(gene) for gene in facts.slide.genes[: 2 * GENES_ASKED]]
    for gene, other in zip(genes[::2], genes[1::2], strict=True):
        *_, answer = ask(model, facts, gene, niche, others=[other])
        yield from answer.claims


def altered(claim: Claim, facts: Facts) -> Iterator[Claim]:
    """The claim with another gene, niche, value or other, or turned into its denial."""
    claim_type, slide = CLAIM_TYPES[claim.kind], facts.slide
    names = {"gene": [str(gene) for gene in slide.genes], "niche": slide.niches, "cell type": slide.cell_types}
    choices = {
        "gene": names["gene"] if claim.gene else (),
        "niche": names["niche"] if claim.niche else (),
        "value": tuple(claim_type.values) if claim.value else (),
        "other": names[claim_type.other] if claim.other else (),
    }
    for field, values in choices.items():
        yield from (replace(claim, **{field: value}) for value in values if value != getattr(claim, field))
    if claim.kind in OPPOSITE:
        yield replace(claim, kind=OPPOSITE[claim.kind], value="")


def test_an_altered_sentence_is_not_supported(said: list[tuple[World, list[Claim]]]) -> None:
    rng, found, wrong, texts = np.random.default_rng(0), Counter(), [], set()
    for world, claims in said:
        plant = dict(world.said)
        for claim in claims:
            if not plant.get(claim):
                continue
            lies = [lie for lie in altered(claim, world.facts) if plant.get(lie) is False]
            for number in rng.permutation(len(lies))[:12]:
                lie = lies[number]
                entry = check(lie, world.facts)
                found[entry.verdict] += 1
                texts.add((world.facts.slide.name, sentence(lie, real_names=True)))
                assert sentence(lie, real_names=True) != sentence(claim, real_names=True)
                if entry.verdict == SUPPORTED:
                    wrong.append((claim, lie, entry.value))
    assert found.total() >= 200
    assert len(texts) >= 120
    assert len(wrong) <= 0.01 * found.total(), wrong
    assert found[CONTRADICTED] >= 0.7 * found.total(), found


def test_a_tick_stands_beside_no_sentence_that_the_plant_denies(said: list[tuple[World, list[Claim]]]) -> None:
    """Of what the model itself says, right or wrong, the counts support nothing that is planted false."""
    found = Counter()
    for world, claims in said:
        plant = dict(world.said)
        for claim in claims:
            if claim in plant:
                found[plant[claim], check(claim, world.facts).verdict] += 1
    told_true = sum(n for (is_true, _), n in found.items() if is_true)
    assert told_true >= 50
    assert found[False, SUPPORTED] <= 0.01 * found.total(), found
    assert found[True, CONTRADICTED] <= 0.01 * found.total(), found
