"""Evidence cards: everything about a gene in a niche in one safe file, and an index of them."""

import datetime
import html
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from data_prep.claims import Claim, check
from data_prep.facts.facts import Facts
from data_prep.figures.png import data_url, encode_png
from inference.answers.cards.card_folder import INDEX, LIST, card_name, write_cards
from inference.answers.cards.evidence_card import strongest
from inference.answers.screen import screen_markers
from tests.oracle import Oracle

DATE = datetime.date(2026, 1, 2)
ALLOWED = {"html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section", "div", "span"}
ALLOWED |= {"h1", "h2", "p", "b", "br", "a", "dl", "dt", "dd", "figure", "figcaption", "img"}
ALLOWED |= {"table", "thead", "tbody", "tr", "th", "td"}
ODD = ("../../x", "H2-K1", "层 ☃", "<script>alert(1)</script>", "CON", "a" * 200, "q\"' onerror=x", "{{ 7*7 }}")


@pytest.fixture(scope="module")
def oracle(facts):
    return Oracle(facts)


@pytest.fixture(scope="module")
def table(facts, oracle):
    return screen_markers(oracle, facts)


@pytest.fixture(scope="module")
def folder(facts, oracle, table, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cards") / "cards"
    command = "nichelens markers 'a b.h5ad' --cards <x>"
    write_cards(folder, oracle, [facts], table, most=6, command=command, date=DATE)
    return folder


class Tags(HTMLParser):
    """The tags of a page and their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list) -> None:
        """Notes a tag."""
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}


def text_of(page: str) -> str:
    """What a page shows, without its pictures."""
    return " ".join(html.unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL)).split())


def test_the_strongest_of_each_niche_come_first(table):
    chosen = strongest(table, 6)
    assert set(chosen.verdict) == {"yes"}
    assert chosen["rank"].is_monotonic_increasing
    n_niches = table.niche[table.verdict == "yes"].nunique()
    assert chosen.niche.head(n_niches).nunique() == n_niches
    assert len(strongest(table, 10_000)) == (table.verdict == "yes").sum()


def test_a_card_has_the_numbers_of_the_table_and_the_evidence(folder, facts, table, oracle):
    row = strongest(table, 6).iloc[0]
    page = (folder / card_name(row.slice, row.gene, row.niche)).read_text()
    entry = check(Claim("enriched", row.gene, row.niche), facts)
    shown = text_of(page)
    for words in (
        f"{row.gene} in {row.niche}",
        f"{row.log2fc:+.2f} ± {row.log2fc_error:.2f}",
        f"{row.effect:+.2f}",
        f"✓ supported : {entry.sentence}",
        entry.threshold,
        f"{entry.n_spots} spots with a median of {entry.depth:,.0f} counts",
        f"{row['rank']} of {facts.slide.n_genes} genes asked",
        oracle.contract_hash,
        "2026-01-02",
        "nichelens markers 'a b.h5ad' --cards <x>",
    ):
        assert words in shown
    assert data_url(encode_png(facts.canvas.focus([row.gene], row.niche)[0])) in page
    for niche in facts.slide.niches:
        assert f'<th scope="row">{niche}</th>' in page


def test_pages_need_nothing_from_elsewhere(folder):
    for file in folder.glob("*.html"):
        page = file.read_text()
        assert not re.search(r"<script|<link|@import|url\(|https?:|<iframe|javascript:", page)
        sources = re.findall(r'src="([^"]*)"', page)
        assert sources
        assert all(source.startswith("data:image/png;base64,") for source in sources)


def test_the_index_leads_to_every_card(folder, table):
    page = (folder / INDEX).read_text()
    links = re.findall(r'href="([^"]*)"', page)
    assert sorted([*links, INDEX]) == sorted(file.name for file in folder.glob("*.html"))
    assert len(links) == 6
    n_markers = (table.verdict == "yes").sum()
    assert n_markers > 6
    assert f"called {n_markers} a marker. 6 of them have a card, the strongest of each niche first." in text_of(page)


def test_the_list_names_every_card(folder, table):
    cards = json.loads((folder / LIST).read_text())["cards"]
    for card, row in zip(cards, strongest(table, 6).itertuples(), strict=True):
        assert (card["gene"], card["niche"], card["rank"]) == (row.gene, row.niche, row.rank)
        assert (folder / card["file"]).is_file()


def test_odd_names_make_safe_files_and_are_shown_as_text(facts, tmp_path):
    slide = facts.slide
    renamed = Facts.measure(
        replace(
            slide,
            genes=np.array([*ODD, *slide.genes[len(ODD) :]]),
            niches=tuple(ODD[: len(slide.niches)]),
            meta=replace(slide.meta, slice="<b>../S</b>"),
        )
    )
    engine = Oracle(renamed)
    engine.logit = lambda _: 4.0  # every gene passes
    table = screen_markers(engine, renamed, list(ODD))
    assert write_cards(tmp_path / "cards", engine, [renamed], table, most=1000) == len(table)
    files = [file.name for file in (tmp_path / "cards").glob("*.html")]
    assert len(files) == len({name.lower() for name in files}) == len(table) + 1
    assert all(re.fullmatch(r"[A-Za-z0-9-]{1,120}\.html", name) for name in files)
    assert [path.name for path in tmp_path.iterdir()] == ["cards"]
    for file in (tmp_path / "cards").glob("*.html"):
        tags = Tags()
        tags.feed(file.read_text(encoding="utf-8"))
        assert tags.names <= ALLOWED
        assert not [name for name in tags.attributes if name.startswith("on")]
    for gene in ODD:
        page = (tmp_path / "cards" / card_name("<b>../S</b>", gene, ODD[3])).read_text(encoding="utf-8")
        assert f"{gene} in {ODD[3]}" in text_of(page)


def test_a_screen_without_markers_has_an_empty_index(facts, oracle, table, tmp_path):
    assert write_cards(tmp_path / "cards", oracle, [facts], table.assign(verdict="no")) == 0
    assert "called no gene a marker" in text_of((tmp_path / "cards" / INDEX).read_text())


def test_names_that_look_alike_get_files_of_their_own():
    names = {card_name("S", gene, niche) for gene in ("A/B", "A B", "a b", "A-B", "Ä-B") for niche in ("x", "X")}
    assert len({name.lower() for name in names}) == 10
    assert card_name("S", "a", "b-c") != card_name("S", "a-b", "c")
