"""Headline, words, ledger and table say one thing about a gene and a niche, whatever the niche is called."""

from dataclasses import replace

import numpy as np
import pytest

from data_prep.claims import ASKED_KINDS, Claim
from data_prep.errors import NicheLensError
from data_prep.facts.facts import Facts
from data_prep.figures.spec import FigureSpec
from data_prep.slide import Slide
from data_prep.synth.tissue import make_slide
from inference.answers.asking import Answer, ask, describe_niche, probability_in_ledger, probability_words, verdict
from inference.answers.report import describe_slides
from inference.answers.screen import screen_markers
from inference.engine.engine import Engine
from inference.engine.load_engine import load_engine
from inference.model.calibration import Calibration, KindCalibration
from tests.oracle import Answering, Oracle

STRICT = Calibration({kind: KindCalibration(yes_from=0.8, no_up_to=0.2) for kind in ASKED_KINDS})
SCORES = {"yes": 3.0, "abstain": 0.1, "no": -3.0}
"""Verdict → logit with ``STRICT``."""
SAYS = {"yes": {"enriched"}, "abstain": set(), "no": {"not_enriched", "depleted"}}
"""Headline → kinds of claim on the gene in the niche that may stand beside it."""
NO_MARKER = {"enriched", "not_enriched", "depleted"}


@pytest.fixture(scope="module")
def model() -> Engine:
    return load_engine(None, device="cpu")


@pytest.fixture(scope="module")
def slide() -> Slide:
    """Six niches, so that some touch and some do not; one gene has no counts."""
    slide = make_slide(3, n_spots=700, n_niches=6, n_genes=40, layout="hex")
    counts = slide.counts.tolil()
    counts[:, 7] = 0
    return slide.with_counts(counts.tocsc())


@pytest.fixture(scope="module")
def tissue(slide: Slide) -> Facts:
    return Facts.measure(slide)


def last(answers) -> Answer:
    *_, answer = answers
    return answer


@pytest.mark.parametrize("enriched", SCORES)
@pytest.mark.parametrize("depleted", SCORES)
@pytest.mark.parametrize("patterned", SCORES)
def test_the_words_never_say_more_or_less_than_the_headline(
    tissue: Facts, enriched: str, depleted: str, patterned: str
) -> None:
    scores = {"enriched": enriched, "depleted": depleted, "patterned": patterned}
    engine = Answering(lambda claim: SCORES[scores.get(claim.kind, "yes")], STRICT)
    gene, niche = str(tissue.slide.genes[0]), tissue.slide.niches[0]
    answer = last(ask(engine, tissue, gene, niche))
    headline = verdict(engine, answer.probability)
    assert headline == enriched
    said = {claim.kind for claim in answer.claims if claim.kind in NO_MARKER}
    assert said <= SAYS[headline]
    assert bool(said) == (headline != "abstain")
    if headline != "no":  # a gene without a pattern marks nothing
        assert "not_patterned" not in {claim.kind for claim in answer.claims}
    for entry in answer.ledger.entries:
        if entry.claim.kind == "enriched":
            assert entry.probability == answer.probability
        if entry.claim.kind == "not_enriched":
            assert entry.probability == pytest.approx(1 - answer.probability)


def test_ask_describe_and_screen_give_one_score(model: Engine, tissue: Facts) -> None:
    table = screen_markers(model, tissue)
    score = {(row.gene, row.niche): (row.p_marker, row.verdict) for row in table.itertuples()}
    (report,) = describe_slides(model, [tissue], niches=tissue.slide.niches[:3])
    compared = 0
    for niche in report.niches:
        for asked in niche.answer.asked:
            if asked.claim.kind == "enriched":
                p, _ = score[asked.claim.gene, asked.claim.niche]
                assert asked.p_yes == pytest.approx(p, abs=1e-4)
                compared += 1
        for row in niche.markers.itertuples():
            assert (row.verdict, score[row.gene, niche.niche][1]) == ("yes", "yes")
    assert compared > 30
    for gene in tissue.slide.genes[4:8]:
        answer = last(ask(model, tissue, str(gene), tissue.slide.niches[1]))
        p, word = score[str(gene), tissue.slide.niches[1]]
        assert answer.probability == pytest.approx(p, abs=1e-4)
        assert verdict(model, answer.probability) == word
        assert {claim.kind for claim in answer.claims if claim.kind in NO_MARKER} <= SAYS[word]


def test_a_screen_reads_the_pictures_of_an_interview(tissue: Facts) -> None:
    canvas, genes = tissue.canvas, [str(gene) for gene in tissue.slide.genes]
    levels = canvas.levels(genes, within_niche=True)
    for niche in tissue.shapes:
        of_screen = canvas.focus_levels(levels, niche)
        for start in (0, 13):
            specs = [FigureSpec("focus", (gene,), niche, canvas.size) for gene in genes[start:]]
            assert np.array_equal(canvas.pictures(specs), of_screen[start:])


def test_a_gene_without_counts_has_one_answer_everywhere(tissue: Facts) -> None:
    gene, niche = str(tissue.slide.genes[7]), tissue.slide.niches[0]
    engine = Answering(lambda claim: 4.0)  # a model that sees a marker in every picture
    (row,) = screen_markers(engine, tissue, [gene], [niche]).itertuples()
    answer = last(ask(engine, tissue, gene, niche, others=[str(tissue.slide.genes[8])]))
    assert (answer.probability, verdict(engine, answer.probability)) == (row.p_marker, row.verdict) == (0.0, "no")
    assert answer.text == f"{gene} is not enriched in {niche}."
    assert [(entry.verdict, entry.needs) for entry in answer.ledger.entries] == [("unclear", "more counts")]


def test_certainty_is_not_made_by_rounding(tissue: Facts) -> None:
    assert probability_words(0.9985, is_known=True) == "probability of yes >99%"
    assert probability_words(0.0015, is_known=True) == "probability of yes <1%"
    gene, niche = str(tissue.slide.genes[0]), tissue.slide.niches[0]
    answer = last(ask(Answering(lambda claim: 9.0), tissue, gene, niche))
    assert {probability_in_ledger(entry) for entry in answer.ledger.entries} == {">99%"}


def test_an_answer_that_is_no_number_is_an_error(tissue: Facts) -> None:
    broken = Answering(lambda claim: float("nan"))
    with pytest.raises(NicheLensError, match=r"^oracle: answers with no number \(NaN\)"):
        next(ask(broken, tissue, str(tissue.slide.genes[0]), tissue.slide.niches[0]))


def renamed(slide: Slide, names: dict[str, str]) -> Slide:
    """The slide with other names of niches, in their alphabetical order, as a reader orders them."""
    order = sorted(slide.niches, key=lambda name: names[name])
    code = np.array([order.index(name) for name in slide.niches] + [-1], slide.niche.dtype)
    return replace(slide, niches=tuple(names[name] for name in order), niche=code[slide.niche])


def names_of(slide: Slide) -> dict[str, dict[str, str]]:
    n, gene = len(slide.niches), str(slide.genes[0])
    ways = {
        "another order": [f"Z{n - i}" for i in range(n)],
        "long": [f"{chr(65 + i * 5 % n)} niche with a name, and more, of {'very ' * 12}many words" for i in range(n)],
        "a gene's name": [gene, f"{gene} high", f"not {gene}", "GENE", "1", "the niche"][:n],
        "unicode": ["Kortex 層", "a\u0301", "μ-region", "🧠", "Ω", "øst"][:n],
    }
    return {way: dict(zip(slide.niches, names, strict=True)) for way, names in ways.items()}


@pytest.mark.parametrize("way", ["another order", "long", "a gene's name", "unicode"])
def test_renaming_a_niche_changes_nothing_but_its_name(model: Engine, slide: Slide, tissue: Facts, way: str) -> None:
    names = names_of(slide)[way]
    assert len(set(names.values())) == len(slide.niches)
    other = Facts.measure(renamed(slide, names))
    for niche in list(slide.niches)[:2]:
        ours = last(describe_niche(model, tissue, niche))
        theirs = last(describe_niche(model, other, names[niche]))
        assert [in_other_words(claim, names) for claim in ours.claims] == list(theirs.claims)
        p_ours = {in_other_words(asked.claim, names): asked.p_yes for asked in ours.asked}
        p_theirs = {asked.claim: asked.p_yes for asked in theirs.asked}
        assert p_ours == pytest.approx(p_theirs, abs=1e-4)
        ledgers = zip(ours.ledger.entries, theirs.ledger.entries, strict=True)
        assert all(
            (a.verdict, a.value, a.n_spots, a.needs) == (b.verdict, b.value, b.n_spots, b.needs) for a, b in ledgers
        )
        assert len(ours.text.split(". ")) == len(theirs.text.split(". "))
        assert names[niche] in theirs.text


def in_other_words(claim: Claim, names: dict[str, str]) -> Claim:
    return replace(claim, niche=names.get(claim.niche, claim.niche), other=names.get(claim.other, claim.other))


def test_a_description_names_the_strongest_markers_first(tissue: Facts) -> None:
    noisy = Oracle(tissue, noise=3.0)  # the surest answers are not about the strongest markers
    compared = 0
    for niche in tissue.shapes:
        answer = last(describe_niche(noisy, tissue, niche))
        enriched = [claim.gene for claim in answer.claims if claim.kind == "enriched"]
        column = tissue.slide.niche_index(niche)
        effects = [
            tissue.markers.log2fc[row, column] - 2 * tissue.markers.error[row, column]
            for row in map(tissue.slide.gene_index, enriched)
        ]
        assert effects == sorted(effects, reverse=True)
        compared += len(effects)
        if len(enriched) > 1:
            assert f"{enriched[0]}, " in answer.text or f"{enriched[0]} and " in answer.text
    assert compared > 15


def test_decoys_are_counted_in_one_closing_sentence_and_checked_one_by_one(tissue: Facts) -> None:
    for niche in tissue.shapes:
        answer = last(describe_niche(Oracle(tissue), tissue, niche))
        denied = [claim for claim in answer.claims if claim.kind == "not_enriched"]
        assert len(denied) >= 6
        closing = f"{len(denied)} other genes were asked about and are not enriched in {niche}."
        assert answer.text.endswith(f" {closing}")
        assert answer.text.count("not enriched") == 1
        assert list(answer.claims[-len(denied) :]) == denied
        assert not [claim for claim in denied if f"{claim.gene} " in answer.text or f"{claim.gene}," in answer.text]
        checked = [entry for entry in answer.ledger.entries if entry.claim in denied]
        assert {entry.verdict for entry in checked} == {"supported"}
        assert len(checked) == len(denied)


def test_one_gene_that_is_no_marker_is_named(tissue: Facts) -> None:
    row, column = np.argwhere(tissue.markers.label == 0)[0]
    gene, niche = str(tissue.slide.genes[row]), tissue.slide.niches[column]
    answer = last(ask(Oracle(tissue), tissue, gene, niche))
    assert f"{gene} is not enriched in {niche}." in answer.text or f"{gene} is depleted in {niche}." in answer.text


def test_one_decoy_is_counted_in_the_singular(tissue: Facts) -> None:
    niche = tissue.slide.niches[0]
    answer = last(describe_niche(Answering(lambda claim: -4.0), tissue, niche, n_genes=1))
    assert answer.text.endswith(f"1 gene was asked about and is not enriched in {niche}.")


def test_describing_one_niche_asks_about_that_niche_only(tissue: Facts) -> None:
    chosen = tissue.slide.niches[2]
    oracle = Oracle(tissue)
    calls: list[tuple[int, int]] = []
    (report,) = describe_slides(oracle, [tissue], niches=[chosen], progress=lambda *done: calls.append(done))
    assert [niche.niche for niche in report.niches] == [chosen]
    assert calls == [(1, 1)]
    assert {claim.niche for claim in oracle.claims} == {chosen, ""}
    n_alone, all_niches = len(oracle.claims), Oracle(tissue)
    describe_slides(all_niches, [tissue])
    assert n_alone < len(all_niches.claims) / 3


def test_niches_are_described_where_they_are(tissue: Facts) -> None:
    names = {name: f"other {name}" for name in tissue.slide.niches[1:]} | {
        tissue.slide.niches[0]: tissue.slide.niches[0]
    }
    second = Facts.measure(renamed(tissue.slide, names))
    reports = describe_slides(Answering(lambda claim: -4.0), [tissue, second], niches=[tissue.slide.niches[1]])
    assert [[niche.niche for niche in report.niches] for report in reports] == [[tissue.slide.niches[1]]]
    with pytest.raises(NicheLensError, match="no niche 'NOPE'"):
        describe_slides(Answering(lambda claim: -4.0), [tissue], niches=[tissue.slide.niches[0], "NOPE"])
