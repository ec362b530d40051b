"""The page of a slide: complete, self-contained, and safe whatever genes and niches are called."""

import dataclasses
import datetime
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from data_prep.facts.facts import Facts
from inference.answers.report import choose_candidates, describe, report

NASTY = "<script>alert('x')</script>&\"niche"


@pytest.fixture(scope="module")
def nasty(facts):
    """The same slide with genes and a niche that are HTML."""
    genes = np.array([f"<i>{gene}&1</i>" for gene in facts.slide.genes])
    niches = (NASTY, *facts.slide.niches[1:])
    return Facts.measure(dataclasses.replace(facts.slide, genes=genes, niches=niches))


@pytest.fixture(scope="module")
def page(engine, nasty):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "yes_probability", lambda questions, **_: np.linspace(0.99, 0.01, len(questions)))
        said = "The niche lies in the centre of the tissue. Panels A and B are its markers. The niche sings."
        patch.setattr(engine, "answer", lambda questions, **_: [said] * len(questions))
        return report(engine, [nasty], date=datetime.date(2026, 1, 2))


def test_names_cannot_inject_html(page, nasty):
    assert "<script" not in page
    assert "<i>GENE" not in page
    assert "&lt;script&gt;alert" in page
    assert re.search("&lt;i&gt;GENE[0-9]+&amp;1&lt;/i&gt;", page)


def test_page_is_self_contained_and_well_formed(page):
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert sources
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert not re.search(r"@import|url\(|https?:", page)
    open_tags = []

    class Balance(HTMLParser):
        def handle_starttag(self, tag, attrs):
            if tag not in ("meta", "img", "br"):
                open_tags.append(tag)

        def handle_endtag(self, tag):
            assert open_tags.pop() == tag

    Balance().feed(page)
    assert open_tags == []


def test_page_has_every_niche_claim_and_number(page, nasty):
    assert page.count('<article class="niche">') == len(nasty.shapes)
    for niche in nasty.slide.niches[1:]:
        assert f"<h3>{niche}</h3>" in page
    assert page.count("? not understood") == len(nasty.shapes)
    assert "sings." in page
    for word in ("supported", "contradicted"):
        assert f" {word}</td>" in page  # in words, not by colour alone
    assert "Not for clinical use" in page
    assert "2026-01-02" in page
    assert "centre (x, y)" in page


def test_describe_uses_the_models_own_screen(engine, facts, monkeypatch):
    def wants_the_first_genes(questions, **_):
        return np.array([0.95 if q.specs[0].genes[0] in favourites else 0.05 for q in questions])

    favourites = set(facts.slide.genes[:2])
    monkeypatch.setattr(engine, "yes_probability", wants_the_first_genes)
    monkeypatch.setattr(engine, "answer", lambda questions, **_: ["The niche is compact."] * len(questions))
    seen = []
    described = describe(engine, facts, progress=lambda *counts: seen.append(counts))
    assert [d.niche for d in described] == list(facts.slide.niches)
    for description in described:
        assert favourites < set(description.question.specs[1].genes)
        assert set(description.markers.gene) == favourites
        assert len(description.answer.ledger.entries) == 1
    assert seen[-1][1] == len(facts.slide.niches) * (facts.slide.n_genes + 1)


def test_candidates_are_two_markers_and_two_hard_decoys_in_a_fixed_random_order():
    genes = [f"g{i}" for i in range(8)]
    here = pd.DataFrame({"niche": "here", "gene": genes, "p_marker": [0.9, 0.8, 0.7, 0.3, 0.2, 0.1, 0.1, 0.0]})
    there = pd.DataFrame({"niche": "there", "gene": genes, "p_marker": [0.1, 0.1, 0.1, 0.1, 0.9, 0.9, 0.1, 0.0]})
    table = pd.concat([here, there])
    table["verdict"] = ["yes" if p > 0.65 else "no" for p in table.p_marker]
    chosen = choose_candidates(table, "here", "slide")
    assert sorted(chosen) == ["g0", "g1", "g4", "g5"]
    assert choose_candidates(table, "here", "slide") == chosen
    orders = {tuple(choose_candidates(table, "here", f"slide{i}")) for i in range(20)}
    assert len(orders) > 5
    few = table[table.gene.isin(["g0", "g1", "g7"])]
    assert len(choose_candidates(few, "here", "slide")) == 2


def test_a_slide_with_three_genes_is_not_described_but_reported(engine, facts):
    slide = facts.slide
    most = np.argsort(-np.asarray(slide.counts.sum(axis=0)).ravel())[:3]
    small = Facts.measure(dataclasses.replace(slide, counts=slide.counts[:, most], genes=slide.genes[most]))
    page = report(engine, [small])
    assert page.count("Not described") == len(small.shapes)
