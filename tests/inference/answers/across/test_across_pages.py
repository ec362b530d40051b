"""Comparisons and dictionaries as pages and text: self-contained, escaped, and complete."""

import datetime
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from data_prep.claims import CONTRADICTED, VERDICT_MARKS
from data_prep.facts.facts import Facts
from data_prep.facts.niche_dictionary import NicheDictionary, match_niches
from data_prep.slide import Slide
from inference.answers.across import comparison_page, comparison_text, dictionary_page, dictionary_text
from inference.answers.across.comparison import Comparison, compare_niches, compare_slides
from tests.inference.answers.across.conftest import SMALL, TwoOracles
from tests.oracle import Answering
from tests.two_sections import without

NASTY = "<SCRIPT>alert(1)</SCRIPT>|[x](http://e.vil) `*_"
DAY = datetime.date(2026, 1, 2)


def renamed(slide: Slide, niche: str, name: str) -> Slide:
    """A slide with another name of a niche, and with tags in the names of its genes."""
    niches = tuple(name if one == niche else one for one in slide.niches)
    genes = np.array([f"<i>{gene}|" for gene in slide.genes])
    return replace(slide, niches=niches, genes=genes, meta=replace(slide.meta, slice=f"<b>{slide.meta.slice}</b>|"))


@pytest.fixture(scope="module")
def nasty(section_slides: tuple[Slide, Slide]) -> tuple[Facts, Facts]:
    first, second = section_slides
    return Facts.measure(renamed(first, "Niche A", NASTY)), Facts.measure(renamed(second, "niche a", NASTY.lower()))


@pytest.fixture(scope="module")
def compared(nasty: tuple[Facts, Facts]) -> Comparison:
    """A comparison of which the model says all kinds of wrong things, and some right ones."""
    wrong = Answering(lambda claim: 8.0 if claim.niche == NASTY.lower() else -8.0)
    return compare_slides(wrong, *nasty, NASTY, NASTY.lower())


@pytest.fixture(scope="module")
def dictionary(nasty: tuple[Facts, Facts]) -> NicheDictionary:
    return match_niches(nasty)


def assert_self_contained(page: str) -> None:
    """No script, no foreign file, no open tag."""
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert sources
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert not re.search(r"@import|url\(", page)
    assert "<script" not in page.lower()
    assert "<i>" not in page
    assert "prefers-color-scheme: dark" in page
    open_tags: list[str] = []

    class Balance(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag not in ("meta", "img", "br"):
                open_tags.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert open_tags.pop() == tag

    Balance().feed(page)
    assert open_tags == []


def test_the_page_of_a_comparison(compared: Comparison) -> None:
    page = comparison_page.to_html(compared, DAY)
    assert_self_contained(page)
    assert "&lt;script&gt;alert" in page
    assert "2026-01-02" in page
    findings = [*compared.changes, *compared.found, *compared.kept]
    assert len({finding.verdict for finding in findings}) > 1
    assert page.count("<del>") == sum(finding.verdict == CONTRADICTED for finding in findings) > 0
    for verdict in {finding.verdict for finding in findings}:
        n = sum(finding.verdict == verdict for finding in findings)
        assert page.count(f'<span class="{verdict}">{VERDICT_MARKS[verdict]} {verdict}</span>') == n
    maps = page.partition("Maps of the genes")[2]
    assert maps.count("<img") == 2 * comparison_page.MAPS_SHOWN


def test_a_comparison_in_markdown(compared: Comparison) -> None:
    text = comparison_text.to_markdown(compared)
    assert "<" not in text.replace("\\<", "")
    assert not re.search(r"(?<!\\)\]\(", text)
    for line in text.splitlines():
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) == 8  # no name makes a column
    assert text.count("~~") == 2 * sum(
        finding.verdict == CONTRADICTED for finding in (*compared.changes, *compared.kept)
    )


def test_a_comparison_without_changes_says_so(sections: tuple[Facts, Facts]) -> None:
    found = compare_slides(TwoOracles(*sections), *sections, "Niche A", SMALL["Niche A"])
    page, text = comparison_page.to_html(found, DAY), comparison_text.to_markdown(found)
    assert page.count(comparison_text.NO_CHANGES) == 2
    assert "Maps of the genes" not in page
    assert "The model is sure of no change" in text
    quiet = compare_niches(Answering(lambda claim: 0.0), sections[0], "Niche A", "Niche B")
    assert "The model is sure of no difference" in comparison_text.to_markdown(quiet)


def test_the_page_of_a_dictionary(dictionary: NicheDictionary, nasty: tuple[Facts, Facts]) -> None:
    page = dictionary_page.to_html(dictionary, nasty[::-1], DAY)
    assert_self_contained(page)
    assert page == dictionary_page.to_html(dictionary, nasty, DAY)
    assert page.count("✓ yes") == 8
    assert "Without a match" not in page


def test_a_niche_without_a_match_is_on_the_page(section_slides: tuple[Slide, Slide]) -> None:
    slides = [Facts.measure(section_slides[0]), Facts.measure(without(section_slides[1], "niche c"))]
    dictionary = match_niches(slides)
    page, text = dictionary_page.to_html(dictionary, slides, DAY), dictionary_text.to_markdown(dictionary)
    for document in (page, text):
        alone = document.partition("Without a match")[2].partition("Best matches")[0]
        assert "Niche C" in alone
        assert "nearest is" in alone
        assert "Niche B" not in alone.partition("nearest is")[0]
    assert "4 niches: 3 on both slides, 1 on one slide only" in text


def test_a_dictionary_as_table_and_json(dictionary: NicheDictionary) -> None:
    table = dictionary_text.to_table(dictionary)
    assert len(table) == 8
    assert table.is_match.all()
    assert set(table.id) == {entry.id for entry in dictionary.entries}
    assert ((table.score - 0.8 * table.marker_similarity - 0.2 * table.place_similarity).abs() < 1e-9).all()
    record = json.loads(dictionary_text.to_json(dictionary))
    assert [entry["id"] for entry in record["entries"]] == ["N1", "N2", "N3", "N4"]
    assert len(record["matches"]) == 8
    text = dictionary_text.to_markdown(dictionary)
    assert "<" not in text.replace("\\<", "")


def test_a_niche_has_one_colour_on_all_slides(dictionary: NicheDictionary, nasty: tuple[Facts, Facts]) -> None:
    """Its own colours would go by size: here the largest niche of one slide is the second of the other."""
    page = dictionary_page.to_html(dictionary, nasty, DAY)
    colours = re.findall(r'class="swatch inline" style="background: rgb\(([^)]*)\)', page)
    assert len(colours) == len(set(colours)) == 4
