"""The story of a niche: each sentence is a supported claim or the words of a source, and nothing is told twice."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data_prep.claims import SUPPORTED, Claim, check
from data_prep.facts.facts import Facts
from data_prep.knowledge.on_slide import SlideKnowledge
from data_prep.knowledge.reading import read_knowledge
from inference.answers.story.niche_story import CHECKED, CITED, REMARK, NicheStory, tell_story
from inference.answers.story.recalled_markers import RecalledMarkers
from inference.answers.story.story_page import story_html
from tests.known_files import write_knowledge


@pytest.fixture(scope="module")
def story(known_facts: Facts) -> NicheStory:
    found = tell_story(known_facts, "Layer 1")
    assert found is not None
    return found


def test_every_sentence_is_supported_cited_or_a_remark(story: NicheStory, known_facts: Facts) -> None:
    kinds = [sentence.kind for sentence in story.sentences]
    assert {CHECKED, CITED, REMARK} == set(kinds)
    for sentence in story.sentences:
        if sentence.kind == CHECKED:
            assert sentence.entry is not None
            assert check(sentence.entry.claim, known_facts).verdict == SUPPORTED
            assert sentence.sources
        if sentence.kind == CITED:
            assert len(sentence.sources) == 1


def test_a_niche_looks_like_the_type_whose_genes_it_has(story: NicheStory, known_facts: Facts) -> None:
    assert story.looks_like == "Alpha cells"
    assert story.sentences.__next__().words == "By marker lists, Layer 1 looks most like Alpha cells."
    other = tell_story(known_facts, "Layer 4")
    assert other is not None
    assert other.looks_like == ""
    assert next(other.sentences).words.startswith("None of the 2 cell types fits Layer 4: ")


def test_the_citation_is_the_line_that_the_words_stand_in(story: NicheStory, knowledge_folder: Path) -> None:
    lines = (knowledge_folder / "gene_table_human.tsv").read_text().splitlines()
    cited = [sentence for sentence in story.sentences if sentence.kind == CITED]
    assert len(cited) == 5
    for sentence in cited:
        gene, _, words = sentence.words.partition(": ")
        line = lines[sentence.sources[0].line - 1].split("\t")
        assert line[1] == gene
        assert words in line[6]


def test_markers_are_seen_and_known_or_candidates_or_known_only(story: NicheStory) -> None:
    markers = story.markers
    assert markers is not None
    known, candidates = ({one.gene for one in group} for group in (markers.known, markers.candidates))
    assert known == {f"GENE{4 * i}" for i in range(10)}
    assert candidates == {f"GENE{4 * i}" for i in range(10, 20)}
    assert [(one.gene, one.reason) for one in markers.unseen] == [("ABSENT1", "not measured on this slide")]


def test_a_signal_needs_a_border(known_facts: Facts) -> None:
    told = [s.words for name in known_facts.slide.niches for s in _story(known_facts, name).sentences]
    signals = {words for words in told if words.startswith("The ligand")}
    assert signals == {
        "The ligand GENE0 is raised in Layer 1, and its receptor GENE1 in the bordering Layer 2.",
        "The ligand GENE2 is raised in Layer 3, and its receptor GENE3 in the bordering Layer 4.",
    }
    within = Claim("signals_to", "GENE4", "Layer 1", "Layer 1", "GENE8")
    assert check(within, known_facts).verdict == "uncheckable"


def test_json_is_plain_and_says_where_each_sentence_comes_from(story: NicheStory) -> None:
    record = json.loads(json.dumps(story.to_json()))
    sentences = [sentence for part in record["parts"] for sentence in part["sentences"]]
    assert record["looks_like"] == "Alpha cells"
    assert all(sentence["source"] for sentence in sentences if sentence["kind"] != REMARK)
    assert {"gene", "log2fc", "source"} <= record["markers"]["seen_and_known"][0].keys()


def test_a_page_shows_one_map_of_each_kind_and_none_twice(story: NicheStory, known_facts: Facts) -> None:
    page = story_html(story, known_facts.canvas)
    pictures = re.findall(r'<img src="([^"]+)"', page)
    assert len(set(pictures)) == len(pictures) >= 2
    assert "By marker lists, Layer 1 looks most like Alpha cells." in page
    assert story_html(None, known_facts.canvas) == ""


def test_names_of_files_are_escaped(known_facts: Facts) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    slide = known_facts.slide
    niches = (hostile, *slide.niches[1:])
    facts = Facts.measure(replace(slide, niches=niches))
    page = story_html(_story(facts, hostile), facts.canvas)
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_texts_of_files_are_escaped(known_facts: Facts, tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script>"
    folder = write_knowledge(tmp_path, alpha=f"Alpha {hostile}", process=f"ALPHA {hostile}")
    table = folder / "gene_table_human.tsv"
    table.write_text(table.read_text().replace("encodes a kinase", f"encodes a {hostile} kinase"))
    (folder / "sets.gmt").rename(folder / "<script>.gmt")
    told = known_facts.with_knowledge(SlideKnowledge.of(read_knowledge([folder]), known_facts.slide))
    found = _story(told, "Layer 1")
    page = story_html(found, told.canvas, recalled=RecalledMarkers(1, 1, 1, 1))
    assert found.looks_like == f"Alpha {hostile}"
    for words in ("looks most like Alpha &lt;script&gt;", "encodes a &lt;script&gt;", "Source: &lt;script&gt;.gmt"):
        assert words in page
    assert "<script" not in page


def test_without_knowledge_there_is_no_story(known_facts: Facts) -> None:
    bare = Facts.measure(replace(known_facts.slide, knowledge=None))
    assert tell_story(bare, "Layer 1") is None


def test_shuffled_spots_have_no_story(known_facts: Facts) -> None:
    slide = known_facts.slide
    niche = np.random.default_rng(0).permutation(slide.niche)
    shuffled = Facts.measure(replace(slide, niche=niche))
    for name in slide.niches:
        assert all(sentence.kind == REMARK for sentence in _story(shuffled, name).sentences)


def _story(facts: Facts, niche: str) -> NicheStory:
    found = tell_story(facts, niche)
    assert found is not None
    return found
