"""The page of a slide: complete, self-contained, and safe whatever genes and niches are called."""

import dataclasses
import datetime
import html
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from data_prep.facts.facts import Facts
from data_prep.figures.canvas import Canvas
from inference.answers.readable import percent
from inference.answers.report import describe_slides
from inference.answers.report_page import to_html
from tests.oracle import Answering, Oracle

NASTY = "<script>alert('x')</script>&\"niche"


@pytest.fixture(scope="module")
def nasty(facts):
    """The same slide with genes and a niche that are HTML."""
    genes = np.array([f"<i>{gene}&1</i>" for gene in facts.slide.genes])
    niches = (NASTY, *facts.slide.niches[1:])
    return Facts.measure(dataclasses.replace(facts.slide, genes=genes, niches=niches))


@pytest.fixture(scope="module")
def page(nasty):
    oracle = Oracle(nasty, noise=3.0)
    return to_html(oracle, describe_slides(oracle, [nasty]), datetime.date(2026, 1, 2))


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
    reports = describe_slides(Oracle(nasty, noise=3.0), [nasty])
    answers = [niche.answer for niche in reports[0].niches]
    for entry in (entry for answer in answers for entry in answer.ledger.entries):
        words = html.escape(entry.sentence).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")
        assert f'<td class="claim">{words}</td>' in page
        assert f"{html.escape(percent(entry.probability))}</td>" in page
    n_asked, n_supported = (
        sum(len(answer.asked) for answer in answers),
        sum(answer.ledger.n_supported for answer in answers),
    )
    words = " ".join(page.split())
    assert f"answered {n_asked} yes/no questions" in words
    assert f"{n_supported} claims supported" in words
    for word in ("supported", "contradicted"):
        assert f" {word}</td>" in page  # in words, not by colour alone
    assert "Not for clinical use" in page
    assert "2026-01-02" in page


def test_a_niche_of_which_nothing_is_said_is_on_the_page(facts):
    unsure = Answering(lambda claim: 0.0)
    page = to_html(unsure, describe_slides(unsure, [facts]))
    assert page.count("not sure enough of anything") == len(facts.shapes)
    assert page.count("None of the genes asked.") == len(facts.shapes)
    assert "What the counts say" not in page


def test_slices_share_one_page(slide_of_three_genes):
    slices = [
        dataclasses.replace(
            slide_of_three_genes,
            canvas=Canvas(
                dataclasses.replace(
                    slide_of_three_genes.slide,
                    meta=dataclasses.replace(slide_of_three_genes.slide.meta, slice=name),
                )
            ),
        )
        for name in ("first", "second")
    ]
    oracle = Oracle(slide_of_three_genes)
    page = to_html(oracle, describe_slides(oracle, slices))
    assert [part.partition("<")[0] for part in page.split("<h2>")[1:]] == ["first", "second"]
    assert f"2, with {2 * len(slide_of_three_genes.shapes)} niches" in page
