"""What a visitor does: choose, ask, describe, compare, find markers."""

import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from data_prep.figures.palette import expression_table
from tests.browser.visitor import MARKS, ask, choose, chosen, drawn, legend, niches, spot_of, type_gene

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


def test_ask_and_read_the_ledger(page: "Page") -> None:
    type_gene(page, "GENE012")
    drawn(page, gene="GENE012", mode="gene")
    headline, marks = ask(page)
    assert re.search(r"(Yes, a marker|No, not a marker|Not sure)\s+GENE012 in .+: probability of yes", headline)
    assert not re.search(r"\b(0|100)%", headline)
    assert page.locator(".answer").locator("visible=true").inner_text()
    assert set(marks) <= set(MARKS)
    assert page.get_by_text("not for clinical use").is_visible()


def test_choosing_another_gene_empties_the_answer(page: "Page") -> None:
    ask(page)
    type_gene(page, "GENE003")
    drawn(page, gene="GENE003")
    page.locator("ul.ledger").wait_for(state="detached")
    assert page.locator(".answer.empty").first.is_visible()


def test_a_gene_has_the_colours_of_the_model_s_figures(page: "Page") -> None:
    type_gene(page, "GENE012")
    drawn(page, gene="GENE012", mode="gene")
    none, most = (f"rgb({', '.join(map(str, colour))})" for colour in expression_table(2))
    key = page.locator(".map-key .key-row i").evaluate("(bar) => getComputedStyle(bar).backgroundImage")
    assert key.startswith(f"linear-gradient(90deg, {none}, ")
    assert key.endswith(f", {most})")
    drawn_colours = page.evaluate(
        "document.querySelector('#tissue-map .map-plot').data.flatMap((trace) => trace.marker.color)"
    )
    assert "#{:02x}{:02x}{:02x}".format(*expression_table(2)[1]) in drawn_colours
    page.get_by_role("tab", name="Compare").click()
    page.locator('#genes-view [data-genes^="GENE012"]').wait_for()
    scale = page.evaluate("document.querySelector('#genes-view .gene-maps').data[0].marker.colorscale.at(-1)[1]")
    assert scale == "#{:02x}{:02x}{:02x}".format(*expression_table(2)[1])


def test_a_click_on_the_tissue_chooses_its_niche(page: "Page") -> None:
    largest, second, third = niches(page)[:3]
    assert chosen(page, "Niche") == largest
    for niche, click in (
        (second, lambda: page.mouse.click(*spot_of(page, second))),
        (third, lambda: legend(page, third).click()),
    ):
        click()
        drawn(page, niche=niche)
        page.wait_for_function(
            "(niche) => [...document.querySelectorAll('#choosers input')].some((list) => list.value === niche)",
            arg=niche,
        )
        assert legend(page, niche).get_attribute("aria-pressed") == "true"
        assert legend(page, largest).get_attribute("aria-pressed") == "false"


def test_hovering_tells_niche_spot_depth_and_counts(page: "Page") -> None:
    type_gene(page, "GENE012")
    drawn(page, gene="GENE012")
    niche = niches(page)[0]
    x, y = spot_of(page, niche)
    page.mouse.move(x - 30, y)
    page.mouse.move(x, y, steps=5)
    tip = page.locator(".map-tip").locator("visible=true")
    tip.wait_for()
    assert re.search(rf"{re.escape(niche)}\s*spot [\d,]+, [\d,]+ counts\s*GENE012: [\d.]+ counts?", tip.inner_text())


def test_a_gene_that_is_not_there_is_said_to_be_absent(page: "Page") -> None:
    before = chosen(page, "Gene")
    type_gene(page, "GENE3333")
    page.get_by_text("This slide has no gene “GENE3333”. Did you mean").wait_for()
    near = page.locator("#gene-note .chip").all_inner_texts()
    assert near
    drawn(page, gene=before)
    page.locator("#gene-note .chip").first.click()
    drawn(page, gene=near[0])
    page.wait_for_function("(gene) => document.querySelector('.gene-box input').value === gene", arg=near[0])


def test_genes_are_found_by_a_part_of_their_name(page: "Page") -> None:
    box = page.get_by_role("combobox", name="Gene", exact=True)
    box.click()
    box.fill("e11")
    options = page.get_by_role("listbox", name="Gene").get_by_role("option")
    assert "GENE110" in options.all_inner_texts()
    page.keyboard.press("ArrowDown")
    first = options.first.inner_text()
    page.keyboard.press("Enter")
    drawn(page, gene=first)


def test_describe_a_niche(page: "Page") -> None:
    niche = niches(page)[1]
    choose(page, "Niche", niche)
    drawn(page, niche=niche)
    page.get_by_role("tab", name="Describe").click()
    page.get_by_role("button", name="Describe", exact=True).click()
    page.locator("#enriched .chip").first.wait_for()
    described = page.locator(".answer").locator("visible=true").inner_text()
    assert described.count(f"{niche} ") > 1
    gene = page.locator("#enriched .chip").first.inner_text()
    assert gene in described
    page.locator("#enriched .chip").first.click()
    drawn(page, gene=gene, mode="gene")
    assert page.locator(".answer").locator("visible=true").inner_text() == described


def test_compare_genes(page: "Page") -> None:
    page.get_by_role("tab", name="Compare").click()
    first = chosen(page, "Gene")
    type_gene(page, "GENE012", "Add a gene to compare")
    page.locator(f'#genes-view [data-genes="{first},GENE012"]').wait_for()
    page.get_by_role("button", name="Violins").click()
    page.get_by_text("A violin shows at most").wait_for()
    rows = page.locator("#gene-by-niche tbody tr")
    assert rows.count() == 6
    niche = niches(page)[3]
    rows.filter(has_text=niche).click()
    drawn(page, niche=niche)
    page.locator("#compared .chip", has_text="GENE012").click()
    page.locator(f'#genes-view [data-genes="{first}"]').wait_for()


def test_find_markers_sort_show_and_download_them(page: "Page", tmp_path: Path) -> None:
    page.get_by_role("tab", name="Markers").click()
    page.get_by_label("Most variable genes").fill("30")
    page.get_by_role("button", name="Find markers").click()
    niche = niches(page)[0]
    page.get_by_text(re.compile(rf"{re.escape(niche)}: \d+ markers?, .* of 30 genes")).first.wait_for()
    table = page.locator("#markers")
    assert table.locator("tbody tr").count() == 30
    table.get_by_role("button", name="log₂ FC").click()
    assert table.locator('th[aria-sort="descending"]').inner_text().startswith("log₂ FC")
    effects = [float(text.split(" ")[0].replace("−", "-")) for text in table.locator("td.is-effect").all_inner_texts()]
    assert effects == sorted(effects, reverse=True)
    assert not {"0", "1", "0%", "100%"} & set(table.locator("td.is-q, td.is-probability").all_inner_texts())
    gene = table.locator("tbody th").nth(4).inner_text()
    table.locator("tbody tr").nth(4).locator("td").first.click()
    drawn(page, gene=gene, mode="gene")
    assert table.locator("tbody tr").count() == 30
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the table").or_(
            page.get_by_role("button", name="Download the table")
        ).first.click()
    assert download.value.suggested_filename == f"synthetic-nodules_{niche.replace(' ', '-')}_markers.csv"
    download.value.save_as(tmp_path / "markers.csv")
    with (tmp_path / "markers.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 30
    assert {row["niche"] for row in rows} == {niche}


def test_the_quality_of_the_slice_is_told_and_taken_away(page: "Page", tmp_path: Path) -> None:
    page.get_by_role("tab", name="Quality").click()
    page.get_by_role("button", name="Check", exact=True).click()
    told = page.locator("#quality .told li")
    told.first.wait_for()
    assert 3 <= told.count() <= 6
    assert re.search(r"[\d,]+ spots with a median of [\d,]+ counts", told.first.inner_text())
    assert page.locator("#quality .maps img").count() == 2
    assert page.locator("#quality .maps svg").count() == 2
    type_gene(page, "GENE012")
    drawn(page, gene="GENE012")
    assert told.first.is_visible()  # it is about the slice, not about a gene
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the page").or_(
            page.get_by_role("button", name="Download the page")
        ).first.click()
    assert download.value.suggested_filename == "synthetic-nodules_quality.html"
    download.value.save_as(tmp_path / "quality.html")
    assert "<!doctype html>" in (tmp_path / "quality.html").read_text()


def test_the_quality_tab_compares_ways_to_prepare_the_counts(page: "Page") -> None:
    page.get_by_role("tab", name="Quality").click()
    page.get_by_label("Also compare ways to prepare the counts").check()
    page.get_by_role("button", name="Check", exact=True).click()
    curves = page.locator("#quality svg.choice")
    curves.first.wait_for(timeout=90_000)
    assert curves.count() >= 3
    assert curves.locator("circle.chosen").count() >= 3
    assert "--normalisation" in page.locator("#quality").inner_text()


def test_an_own_question_is_answered_or_refused_with_questions_to_click_on(page: "Page") -> None:
    box, answer = page.get_by_label("Your own question (optional)"), page.locator(".answer").locator("visible=true")
    box.fill("Is it babble?")
    page.keyboard.press("Enter")
    page.get_by_text("Not answered").wait_for()
    page.locator("#suggested-questions").get_by_role("button", name="a marker of").click()
    page.locator("ul.ledger li, .answer .remark").first.wait_for()
    assert box.input_value().startswith("Is GENE")
    assert page.get_by_text("Not answered").count() == 0
    assert "GENE" in answer.inner_text()


def test_the_same_questions_are_asked_again_without_the_picture(page: "Page") -> None:
    ask(page)
    page.get_by_role("button", name="What the model sees").locator("visible=true").click()
    page.locator("img[alt*='in colour, the rest in grey']").wait_for()
    page.get_by_role("button", name="Ask again without the picture").click()
    page.locator("#twin li").first.wait_for()
    assert "with a blank one" in page.locator("#twin li").first.inner_text()
