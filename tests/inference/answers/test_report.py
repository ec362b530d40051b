"""Reports: an interview about every niche, and its claims for other programs."""

import json

from data_prep.claims import check, evidence_fields
from data_prep.facts.facts import Facts
from data_prep.facts.marker_rule import UNCLEAR
from data_prep.synth.planted_artefacts import plant
from data_prep.synth.tissue import make_slide
from inference.answers.report import describe_slides, to_json
from inference.answers.report_page import to_html
from inference.answers.screen import COLUMNS
from tests.oracle import Answering, Oracle

EVIDENCE = ["threshold", "n_spots", "depth", "pooled", "needs"]
KEYS = ["kind", "gene", "niche", "value", "other", "p", "verdict", "statistic", *EVIDENCE]


def test_every_niche_is_described(facts):
    (report,) = describe_slides(Oracle(facts), [facts], n_genes=8)
    assert [niche.niche for niche in report.niches] == list(facts.slide.niches)
    assert report.n_genes == 8
    for niche in report.niches:
        assert niche.answer.text
        assert niche.answer.ledger.n_supported == len(niche.answer.claims)


def test_markers_are_the_genes_called_enriched(facts):
    (report,) = describe_slides(Oracle(facts, noise=1.0), [facts])
    found = 0
    for niche in report.niches:
        assert tuple(niche.markers.columns) == COLUMNS
        enriched = [claim.gene for claim in niche.answer.claims if claim.kind == "enriched"]
        assert set(niche.markers.gene) == set(enriched)
        assert set(niche.markers.verdict) <= {"yes"}
        assert niche.markers.effect.is_monotonic_decreasing
        found += len(enriched)
    assert found > 4


def test_json_holds_what_was_said_with_names_and_numbers(facts):
    reports = describe_slides(Oracle(facts, noise=2.0), [facts])
    content = json.loads(to_json(reports))
    assert list(content) == ["niches", "warnings"]
    assert [niche["niche"] for niche in content["niches"]] == list(facts.slide.niches)
    for niche, report in zip(content["niches"], reports[0].niches, strict=True):
        assert list(niche) == ["slice", "niche", "text", "share_checked", "claims"]
        assert (niche["slice"], niche["text"]) == (facts.slide.name, report.answer.text)
        assert len(niche["claims"]) == len(report.answer.claims) > 0
        for record, claim in zip(niche["claims"], report.answer.claims, strict=True):
            assert list(record) == KEYS
            assert [record[key] for key in KEYS[:5]] == [claim.kind, claim.gene, claim.niche, claim.value, claim.other]
            checked = check(claim, facts)
            assert (record["verdict"], record["statistic"]) == (checked.verdict, checked.value)
            assert {key: record[key] for key in EVIDENCE} == evidence_fields(checked)
            assert 0 < record["n_spots"] <= facts.slide.n_spots
            assert 0.5 < record["p"] <= 1


def test_a_slide_with_three_genes_is_described(slide_of_three_genes):
    (report,) = describe_slides(Oracle(slide_of_three_genes), [slide_of_three_genes])
    for niche in report.niches:
        column = slide_of_three_genes.slide.niche_index(niche.niche)
        known = slide_of_three_genes.markers.label[:, column] != UNCLEAR
        asked = {asked.claim.gene for asked in niche.answer.asked} - {""}
        assert asked == set(slide_of_three_genes.slide.genes[known])
        assert niche.answer.text


def test_progress_counts_the_niches_of_all_slides(facts, slide_of_three_genes):
    seen = []
    slides = [facts, slide_of_three_genes]
    assert len(describe_slides(Answering(lambda claim: 0.0), slides, progress=lambda *n: seen.append(n))) == 2
    assert seen == [(done, 8) for done in range(1, 9)]


def test_an_artefact_of_the_slide_is_a_warning_and_no_niche_says_it():
    poor = Facts.measure(plant(make_slide(12, n_spots=900, layout="hex", n_niches=3, n_genes=32), "stripe", 3.0, 1)[0])
    reports = describe_slides(Oracle(poor), [poor], n_genes=4, niches=poor.slide.niches[:1])
    (warning,) = json.loads(to_json(reports))["warnings"]
    assert (warning["kind"], warning["text"]) == ("stripe", "A stripe of low depth crosses the tissue.")
    assert warning["n_spots"] == poor.artefacts.stripes[0].spots.sum()
    assert "A stripe of low depth crosses the tissue." in to_html(Oracle(poor), reports)
    assert not any(claim.kind == "stripe" for claim in reports[0].niches[0].answer.claims)
