"""What a quality report says is what was planted: the verdict, the findings, and every way of writing them."""

import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from data_prep.claims import ASKED_KINDS
from data_prep.facts.choices.choice_record import Choices
from data_prep.facts.facts import Facts
from data_prep.facts.marker_power import middle_power
from data_prep.facts.niche_finding import FOUND_NOTE
from data_prep.slide import Slide
from data_prep.synth.tissue import make_slide
from inference.answers.quality import quality_page, quality_text
from inference.answers.quality.power_notes import KIND_WORDS
from inference.answers.quality.quality_note import ACT, FINE, MIND, QualityNote
from inference.answers.quality.quality_report import QualityReport
from inference.answers.quality.quality_verdict import verdict_sentences
from tests.data_prep.facts.toy_slides import slide_of

HTML = "<img src=x onerror=alert(1)>"


def unlabelled(slide: Slide) -> Slide:
    return replace(slide, niche=np.full(slide.n_spots, -1, np.int32), niches=())


@pytest.fixture(scope="module")
def slide() -> Slide:
    return make_slide(3, n_spots=700, n_niches=3, n_genes=80, layout="hex", pattern="layers")


@pytest.fixture(scope="module")
def report(slide: Slide) -> QualityReport:
    return QualityReport.of(slide)


def note(report: QualityReport, words: str) -> QualityNote:
    """The one finding whose words match."""
    (found,) = [note for note in report.notes if re.search(words, note.words)]
    return found


def test_the_verdict_has_three_to_six_sentences_each_with_a_number(report: QualityReport, slide: Slide) -> None:
    for part in (report, QualityReport.of(unlabelled(slide))):
        assert 3 <= len(part.verdict) <= 6
        assert part.verdict[0].startswith("The counts are deep enough for most genes: 700 spots with a median of")
        assert all(re.search(r"\d", sentence) for sentence in part.verdict[:-1])


def test_a_sparse_slide_is_said_to_be_too_sparse() -> None:
    rng = np.random.default_rng(0)
    counts = rng.poisson(0.02, (400, 300))
    counts[:, 0] += 1  # no spot without a count
    report = QualityReport.of(slide_of(counts, np.arange(400) % 2, ("A", "B")))
    assert report.verdict[0].startswith("The counts are too few for questions about most single genes")
    assert note(report, "fourfold marker").level == ACT
    assert "The counts are too few to tell" in " ".join(report.verdict)


def test_a_small_slide_without_niches_has_a_page() -> None:
    counts = np.random.default_rng(0).poisson(3.0, (12, 6))
    tiny = unlabelled(make_slide(3, n_spots=100, n_genes=8, n_niches=2))
    few = np.arange(12)
    small = replace(tiny, counts=tiny.counts[few][:, :6], xy=tiny.xy[few], niche=tiny.niche[few], genes=tiny.genes[:6])
    report = QualityReport.of(small.with_counts(counts))
    assert report.verdict[0].startswith("The slide is too small to compare its parts: 12 spots")
    assert "12 spots" in quality_page.to_html([report])


def test_a_niche_that_is_only_deeper_is_named_with_what_it_would_fake() -> None:
    rng = np.random.default_rng(0)
    xy = rng.random((800, 2))
    niche = (xy[:, 0] > 0.7).astype(int)
    counts = rng.poisson(np.where(niche == 1, 10.0, 2.0)[:, None] * np.ones((1, 60)))
    report = QualityReport.of(slide_of(counts, niche, ("A", "B"), xy))
    found = note(report, "Depth differs between niches")
    assert found.level == MIND
    assert re.search(r"B (4\.9|5\.0|5\.1) times", found.words)
    assert "For B, a rule that compares counts would call 60 genes markers" in found.words
    assert found.words.endswith("with depth as exposure they are 0.")
    assert any("times the counts of the rest" in sentence for sentence in report.verdict)


def test_planted_artefacts_are_named_with_their_loss_and_drawn() -> None:
    rng = np.random.default_rng(0)
    xy = np.stack(np.meshgrid(np.arange(40), np.arange(40)), axis=-1).reshape(-1, 2).astype(float)
    rate = np.full((1600, 60), 5.0)
    rate[(xy[:, 1] >= 20) & (xy[:, 1] < 22)] *= 0.3
    rate[7] *= 8.0
    slide = slide_of(rng.poisson(rate), np.full(1600, -1), (), xy)
    report = QualityReport.of(slide)
    stripe = note(report, "^1 stripe of fewer counts")
    assert stripe.level == MIND
    assert 60 <= int(re.search(r"has (\d+)% fewer", stripe.words)[1]) <= 75
    assert stripe.words in report.verdict
    assert note(report, "no bubble of fewer counts").level == FINE
    page = quality_page.to_html([report])
    assert 'alt="Artefacts: stripe' in page
    assert "bubble" not in {kind.kind for kind in report.check.kinds}  # stand-ins for niches would explain it
    (record,) = json.loads(quality_text.to_json([report]))["slices"]
    assert record["artefacts"]["flags"][0] == "stripe"
    assert 70 <= record["artefacts"]["stripes"][0]["spots"] <= 90


def test_names_that_are_wrong_are_said_to_be_wrong(slide: Slide) -> None:
    meta = replace(slide.meta, organism="mouse", genes_from="symbols")
    assert note(QualityReport.of(replace(slide, meta=meta)), "file says mouse").level == ACT
    probes = np.array(["Blank-1", "Blank-2", *slide.genes[2:]])
    assert note(QualityReport.of(replace(slide, genes=probes)), "2 control probes").level == ACT
    ids = replace(slide.meta, genes_from="Ensembl ids")
    assert note(QualityReport.of(replace(slide, meta=ids)), "have Ensembl ids").level == ACT


@pytest.mark.parametrize(
    ("told", "words", "level"),
    [
        ("Homo_sapiens", "Organism: human, by the file and the case of the symbols.", FINE),
        ("NCBITaxon:9606", "Organism: human, by the file and the case of the symbols.", FINE),
        ("NCBITaxon_10090", "The file says NCBITaxon_10090, but the symbols", ACT),
        ("Rattus norvegicus", "The file says Rattus norvegicus, but the symbols", ACT),
        ("Danio rerio", "Organism: Danio rerio, by the file; its symbols are written as those of a human.", FINE),
        ("", "Organism: human, by the case of the symbols.", FINE),
    ],
)
def test_only_sources_that_agree_are_credited_with_the_organism(
    slide: Slide, report: QualityReport, told: str, words: str, level: str
) -> None:
    meta = replace(slide.meta, organism=told)
    quality = replace(report.check.quality, slide=replace(slide, meta=meta), organism_by_symbols="human")
    found = note(QualityReport(replace(report.check, quality=quality)), re.escape(words))
    assert found.level == level


def test_what_the_search_for_niches_noted_is_no_warning_about_counts(slide: Slide) -> None:
    choices = Choices(("s",), (), 1, 1, ("The slide has few counts.",))
    notes = (FOUND_NOTE.format(3, "why"), *choices.all_notes, "dropped 3 of 703 spots")
    meta = replace(slide.meta, notes=notes, choices=choices.to_json())
    report = QualityReport.of(replace(slide, meta=meta))
    assert [found.words for found in report.notes if found.topic == "Counts"][1:] == ["Dropped 3 of 703 spots."]
    found = note(report, "^Niches were found by clustering")
    assert (found.topic, found.level) == ("Niches", FINE)
    assert note(report, "few counts").topic == "Preprocessing"


def test_of_two_niches_the_verdict_speaks_of_the_weaker(report: QualityReport) -> None:
    two = sorted(report.check.powers, key=lambda power: power.n_decidable)[::2]
    two[1] = replace(two[1], told_equal=np.zeros_like(two[1].told_equal))
    check = replace(report.check, powers=tuple(two))
    assert check.power is check.weakest is two[1]
    assert middle_power(two).n_decidable == 0


def test_not_all_is_fine_where_the_counts_are_too_few(report: QualityReport) -> None:
    fine = [QualityNote("Depth", FINE, "1")] * 2
    bad = QualityNote("Power", ACT, "2", "Get more counts.", rank=8.0)
    good = verdict_sentences(report.check, fine)
    assert good[-1] == "Nothing stands out: all 2 findings are fine."
    assert verdict_sentences(report.check, [*fine, bad])[2:] == ["To do: get more counts."]
    minor = QualityNote("Genes", MIND, "3", "Look.", rank=9.0)
    told = verdict_sentences(report.check, [minor, bad])
    assert told[2:] == ["3", "To do (1 more among the findings): get more counts."]
    assert verdict_sentences(report.check, [minor, bad], with_findings=False)[-1] == "To do: get more counts."


def test_a_small_slide_says_how_large_its_patches_are_and_why_nothing_was_compared() -> None:
    small = unlabelled(make_slide(3, n_spots=60, n_genes=12, n_niches=2))
    report = QualityReport.of(small, preprocessing=True)
    assert note(report, "fourfold marker").words.startswith("In a patch of 17% of the tissue (10 spots)")
    assert note(report, "too few to compare ways to prepare").level == FINE


def test_mitochondrial_spots_are_counted(slide: Slide) -> None:
    counts = slide.counts.toarray()
    counts[:, 0] = np.rint(counts[:, 1:].sum(axis=1) * 0.05)
    counts[:20, 0] = counts[:20, 1:].sum(axis=1)
    genes = np.array(["MT-ND1", *slide.genes[1:]])
    found = note(QualityReport.of(replace(slide.with_counts(counts), genes=genes)), "Mitochondrial genes")
    assert found.level == MIND
    assert "20 spots (2.9%) have more than" in found.words


def test_what_the_reader_left_out_is_told(slide: Slide) -> None:
    notes = ("dropped 3 of 703 spots without a single count", "the counts are fractions (largest 9); taken as volume")
    report = QualityReport.of(replace(slide, meta=replace(slide.meta, notes=notes)))
    assert note(report, "^Dropped 3 of 703").level == MIND
    assert not any("whole numbers" in found.words for found in report.notes)


def test_measured_facts_are_used_again(slide: Slide, report: QualityReport) -> None:
    assert QualityReport.of(slide, Facts.measure(slide)).verdict == report.verdict


def test_every_kind_of_claim_has_words() -> None:
    assert set(KIND_WORDS) == set(ASKED_KINDS)


class Tags(HTMLParser):
    """Counts tags, and what they would fetch."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.fetched: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.fetched += [value or "" for name, value in attributes if name in ("src", "href")]


def test_the_page_is_self_contained_and_escapes_names(slide: Slide) -> None:
    named = replace(slide, niches=(HTML, *slide.niches[1:]), name=HTML)
    page = quality_page.to_html([QualityReport.of(named)])
    tags = Tags(page)
    assert HTML not in page
    assert "script" not in tags.tags
    assert tags.fetched
    assert all(url.startswith("data:image/png;base64,") for url in tags.fetched)
    assert tags.tags.count("svg") == 2
    assert tags.tags.count("table") == 2
    body = Tags(quality_page.to_html([QualityReport.of(named)], whole=False))
    assert not {"html", "style", "h1", "footer"} & set(body.tags)


def test_json_markdown_and_the_table_say_the_same(report: QualityReport) -> None:
    (record,) = json.loads(quality_text.to_json([report]))["slices"]
    assert record["verdict"] == report.verdict
    assert (record["spots"], record["genes"]) == (700, 80)
    assert {power["niche"] for power in record["power"]} == set(report.check.slide.niches)
    table = pd.read_csv(io.StringIO(quality_text.to_table([report]).to_csv(index=False)), keep_default_na=False)
    assert table.finding.tolist() == report.verdict + [found.words for found in report.notes]
    assert set(table.level) <= {"", FINE, MIND, ACT}
    text = quality_text.to_markdown([report], "slide.h5ad")
    assert text.startswith("# Quality of slide.h5ad\n")
    assert report.verdict[0] in text.replace("\\", "")
