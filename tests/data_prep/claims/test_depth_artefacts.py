"""Claims about the slide: planted artefacts are told from sound slides, and are spoken, heard and asked about."""

from collections import Counter
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from data_prep.claims import CLAIM_TYPES, CONTRADICTED, SUPPORTED, UNCHECKABLE, UNCLEAR, Claim, check, hear, speak
from data_prep.claims.asked_by import denial
from data_prep.claims.slide_names import SlideNames
from data_prep.errors import NicheLensError
from data_prep.facts.artefacts import Artefacts, Stripe, measure_artefacts
from data_prep.facts.facts import Facts
from data_prep.facts.measurement import Measurement
from data_prep.slide import Slide
from data_prep.synth.planted_artefacts import VISIBLE, plant
from data_prep.synth.tissue import make_slide, make_tissue
from tests.data_prep.facts.toy_slides import slide_of

PLANTED = {"edge_artefact": "edge", "stripe": "stripe", "bubble": "bubble"}
"""Kind of claim → kind of planted artefact."""
SEEDS = range(60, 68)


@cache
def sound_slide(seed: int) -> Slide:
    """The first slide from a seed on whose own edge is not poor."""
    while True:
        slide, truth = make_tissue(seed, n_spots=1200, n_genes=32)
        if not truth.edge_loss:
            return slide
        seed += 1000


@cache
def facts_of(seed: int, planted: str) -> Facts:
    slide = sound_slide(seed)
    return Facts.measure(plant(slide, planted, 2.0, seed)[0] if planted else slide, 64)


@pytest.mark.parametrize("kind", PLANTED)
def test_planted_artefacts_are_told_from_sound_slides_and_from_other_artefacts(kind: str) -> None:
    true = Counter(check(Claim(kind), facts_of(seed, PLANTED[kind])).verdict for seed in SEEDS)
    others = [planted for planted in ("", *PLANTED.values()) if planted != PLANTED[kind]]
    false = Counter(check(Claim(kind), facts_of(s, others[s % len(others)])).verdict for s in SEEDS)
    assert true[SUPPORTED] >= 6, true
    assert true[CONTRADICTED] <= 1, true
    assert false[CONTRADICTED] >= 5, false
    assert false[SUPPORTED] <= 1, false


def test_an_entry_says_where_it_was_measured() -> None:
    facts = facts_of(60, "stripe")
    entry = check(Claim("stripe"), facts)
    assert entry.verdict == SUPPORTED
    assert entry.sentence == "A stripe of low depth crosses the tissue."
    assert entry.number < -1
    assert 0 < entry.error < 1
    assert entry.n_spots == facts.artefacts.stripes[0].spots.sum()
    assert entry.depth == np.median(facts.slide.depth[facts.artefacts.stripes[0].spots])


def with_stripe(z: float, ratio: float, *, flagged: bool = False) -> Facts:
    """Facts of a slide on which the clearest band has such numbers."""
    facts = Facts.measure(make_slide(1, n_spots=200, n_niches=2, n_genes=8), 64)
    depth = facts.slide.depth
    stripe = Stripe(Measurement(ratio, 0.05), z, depth < np.median(depth))
    assert stripe.is_flagged == flagged
    found = measure_artefacts(facts.slide)
    artefacts = replace(found, stripes=(stripe,) if flagged else (), next_stripe=stripe)
    facts.__dict__["artefacts"] = artefacts
    return facts


@pytest.mark.parametrize(
    ("z", "ratio", "verdict", "needs"),
    [
        (-9.0, -1.0, SUPPORTED, ""),
        (-3.0, -0.2, CONTRADICTED, ""),
        (-4.5, -0.4, UNCLEAR, "truly between the limits: more data would not decide"),
        (-2.0, -1.2, UNCLEAR, "more spots"),
        (-3.5, -0.9, UNCLEAR, "more spots"),
        (-2.5, -0.4, UNCLEAR, "more spots"),
    ],
)
def test_weak_stripes_and_noisy_slides_are_unclear(z: float, ratio: float, verdict: str, needs: str) -> None:
    """A stripe that is nearly one is not denied, and neither is any stripe where noise would hide it."""
    entry = check(Claim("stripe"), with_stripe(z, ratio, flagged=verdict == SUPPORTED))
    assert (entry.verdict, entry.needs) == (verdict, needs)


@pytest.mark.parametrize(("n_spots", "kind"), [(250, "stripe"), (250, "bubble"), (500, "stripe"), (500, "bubble")])
def test_what_people_see_on_a_small_slide_is_not_denied(n_spots: int, kind: str) -> None:
    """Half of the counts are lost. Few places are there to compare with, so chance is large."""
    verdicts = Counter()
    for seed in range(20, 32):
        try:
            slide, planted = plant(make_tissue(seed, n_spots=n_spots, n_genes=24)[0], kind, 1.0, seed)
        except NicheLensError:  # no room
            continue
        if planted.visibility >= VISIBLE:
            verdicts[check(Claim(kind), Facts.measure(slide, 64)).verdict] += 1
    assert verdicts.total() >= 6
    assert not verdicts[CONTRADICTED], verdicts


@pytest.mark.parametrize(
    ("value", "error", "verdict"),
    [(-0.36, 0.118, SUPPORTED), (-0.36, 0.125, UNCLEAR), (-0.34, 0.05, UNCLEAR), (-0.05, 0.05, CONTRADICTED)],
)
def test_the_claim_about_the_edge_agrees_with_the_flag(value: float, error: float, verdict: str) -> None:
    facts = with_stripe(-3.0, -0.2)
    edge = Measurement(value, error)
    artefacts = replace(facts.artefacts, edge=edge)
    facts.__dict__["artefacts"] = artefacts
    assert check(Claim("edge_artefact"), facts).verdict == verdict
    assert ("edge" in artefacts.flags) == (verdict == SUPPORTED)


@pytest.mark.parametrize("kind", list(PLANTED))
def test_what_is_no_shallower_than_its_surroundings_has_no_tick(kind: str) -> None:
    spoilt = facts_of(60, PLANTED[kind])
    artefacts = spoilt.artefacts
    places = {"edge_artefact": artefacts.edge_spots}
    places |= {
        name: found[0].spots for name, found in (("stripe", artefacts.stripes), ("bubble", artefacts.bubbles)) if found
    }
    assert check(Claim(kind), spoilt).verdict == SUPPORTED
    deep = spoilt.slide.with_counts(spoilt.slide.counts.multiply(1 + 99 * places[kind][:, None]).tocsc())
    hidden = Facts.measure(deep, 64)
    hidden.__dict__["artefacts"] = artefacts  # a niche that is deep explains what hides the loss
    evidence = check(Claim(kind), hidden)
    assert evidence.verdict == UNCLEAR
    assert "no lower than beside it" in evidence.value


def test_nothing_is_denied_where_nothing_could_be_compared() -> None:
    xy = np.stack(np.meshgrid(np.arange(60.0), np.arange(3.0)), axis=-1).reshape(-1, 2)
    rate = np.where((xy[:, :1] > 25) & (xy[:, :1] < 32), 1.0, 10.0) * np.ones((1, 20))
    slide = slide_of(np.random.default_rng(0).poisson(rate), (xy[:, 0] > 45).astype(int), ("A", "B"), xy)
    found = [check(Claim(kind), Facts.measure(slide, 64)) for kind in ("stripe", "bubble")]
    assert [(entry.verdict, entry.needs) for entry in found] == [(UNCLEAR, "more spots")] * 2


def test_nobody_can_tell_on_a_tiny_slide() -> None:
    facts = Facts.measure(make_slide(1, n_spots=80, n_niches=2, n_genes=8), 64)
    assert isinstance(facts.artefacts, Artefacts)
    assert {check(Claim(kind), facts).verdict for kind in PLANTED} == {UNCHECKABLE}


@pytest.mark.parametrize("kind", PLANTED)
def test_what_is_spoken_is_heard(kind: str) -> None:
    claim = Claim(kind)
    for template in CLAIM_TYPES[kind].sentences:
        assert hear(template) == [claim]
    assert hear(speak([claim, Claim("patterned", "this gene")])) == [claim, Claim("patterned", "this gene")]
    assert hear(denial(claim)) == []


@pytest.mark.parametrize(
    ("said", "kinds"),
    [
        ("Sequencing depth clearly drops towards the edges.", ["edge_artefact"]),
        ("The edges have lower counts.", ["edge_artefact"]),
        ("There is an edge effect.", ["edge_artefact"]),
        ("A scratch of low depth runs across the slide.", ["stripe"]),
        ("The tissue shows a stripe with fewer counts, and GENE001 marks Niche A.", ["stripe", "enriched"]),
        ("The slide has a bubble.", ["bubble"]),
        ("There is no edge effect.", []),
        ("There is no stripe of low depth.", []),
        ("If there is a bubble of low depth, ask again.", []),
        ("GENE001 counts drop at the edge of the tissue.", []),
        ("Counts of GENE001 drop at the edge of the tissue.", []),
        ("Depth drops at the edge of Niche A.", []),
        ("In Niche A, GENE001 is enriched, and depth drops at the edge.", ["enriched"]),
        ("GENE001 marks Niche A, and there is a bubble in Niche A.", ["enriched"]),
        ("GENE001 marks Niche A and depth drops at the edge.", ["enriched", "edge_artefact"]),
        ("The tissue has a round patch with fewer counts.", ["bubble"]),
    ],
)
def test_free_prose_is_heard(said: str, kinds: list[str]) -> None:
    names = SlideNames.of(make_slide(3, n_spots=100, n_niches=3, n_genes=20))
    assert [claim.kind for claim in hear(said, names)] == kinds
