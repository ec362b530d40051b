"""Questions by hand, on two slides, go where they should or are refused, and never to another gene or niche."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data_prep.claims import Claim
from data_prep.claims.mentions import SlideNames, find_mentions
from data_prep.synth.tissue import make_slide
from inference.answers.named_claims import ANY
from inference.answers.readings import COMPARE, DESCRIBE, INTERVIEW
from inference.answers.routing import Refusal, Route, route

QUESTIONS = {"router_questions.tsv": 200, "router_questions_second.tsv": 120}
"""Files of questions, on two slides → least number of questions."""
FIRST = "router_questions.tsv"
LEAST_RIGHT = 0.95
"""Share of the questions by hand that go where they should."""


def lines_of(file: str) -> list[str]:
    """The lines of a file of questions."""
    return Path(__file__).with_name(file).read_text(encoding="utf-8").splitlines()


def listed(file: str, name: str) -> list[str]:
    """The names in a comment of a file of questions."""
    (line,) = [line for line in lines_of(file) if line.startswith(f"# {name}: ")]
    return line.partition(": ")[2].split(", ")


def slide_of(file: str):
    """A slide with the names of a file of questions."""
    genes, niches, types = (listed(file, name) for name in ("genes", "niches", "cell types"))
    made = make_slide(0, n_spots=120, n_niches=len(niches), n_genes=len(genes))
    codes = np.arange(made.n_spots, dtype=np.int32) % len(types)
    named = replace(made, genes=np.array(genes), niches=tuple(niches))
    return replace(named, cell_type=codes, cell_types=tuple(types))


def questions(file: str = FIRST) -> list[tuple[str, str]]:
    """(question, expected) of a file."""
    lines = [line for line in lines_of(file) if line and not line.startswith("#")]
    return [tuple(line.replace("\\n", "\n").split("\t")) for line in lines[1:]]


def written(claim: Claim) -> str:
    """A claim as the file of questions writes it."""
    return "|".join((claim.kind, claim.gene, claim.niche, claim.value, claim.other))


def goes_to(found: Route | Refusal) -> set[str]:
    """Where a question goes, as the file of questions writes it."""
    if isinstance(found, Refusal):
        return {"refuse"}
    claims = found.claims
    if found.intent == DESCRIBE:
        return {f"intent: describe|{claims[0].niche}"}
    if found.intent == COMPARE:
        others = [claim.other for claim in claims if claim.kind == "adjacent"]
        return {f"intent: compare_niches|{'|'.join([claims[0].niche, *others])}"}
    if found.intent == INTERVIEW:
        return {f"intent: about_gene|{claims[0].gene}|{claims[0].niche}"}
    return {written(claim) for claim in claims}


def expected_places(expected: str) -> set[str]:
    """Where a question should go; an intent of one open claim is that claim."""
    one_claim = {
        "markers_of": lambda niche: Claim("enriched", ANY, niche),
        "niches_of": lambda gene: Claim("enriched", gene, ANY),
        "neighbours": lambda niche: Claim("adjacent", "", niche, other=ANY),
        "compare_genes": lambda gene, other: Claim("colocalised", gene, other=other),
    }
    form, _, rest = expected.partition(": ")
    if form == "claims":
        return {part.strip() for part in rest.split(";")}
    if form == "intent":
        name, *names = rest.split("|")
        return {written(one_claim[name](*names))} if name in one_claim else {expected}
    return {"refuse"}


def selected_of(file: str) -> dict[str, str]:
    """The selected gene and niche of a file of questions."""
    return dict(zip(("gene", "niche"), listed(file, "selected"), strict=True))


@pytest.mark.parametrize("file", QUESTIONS)
def test_questions_by_hand_go_where_they_should(file):
    asked, slide, selected = questions(file), slide_of(file), selected_of(file)
    wrong = []
    for question, expected in asked:
        found = route(question, slide, **selected)
        meant = expected.partition("|")[2] if expected.startswith("refuse|") else ""
        names_it = not meant or (isinstance(found, Refusal) and meant in found.did_you_mean)
        if goes_to(found) != expected_places(expected) or not names_it:
            wrong.append((question, expected, goes_to(found)))
    assert len(asked) >= QUESTIONS[file]
    assert len(wrong) <= (1 - LEAST_RIGHT) * len(asked), wrong
    assert not [case for case in wrong if case[2] != {"refuse"}], "a question that goes wrong must be refused"


@pytest.mark.parametrize("file", QUESTIONS)
def test_no_question_by_hand_goes_to_a_gene_or_niche_that_it_does_not_name(file):
    slide, selected = slide_of(file), selected_of(file)
    names = SlideNames.of(slide)
    for question, _ in questions(file):
        found = route(question, slide, **selected)
        if isinstance(found, Route):
            said = {mention.name for mention in find_mentions(question, names)}
            meant = {name for _, name in found.stands_for}
            used = {name for c in found.claims for name in (c.gene, c.niche, c.other)} - {"", ANY}
            assert used <= said | meant, question


CHANGED = (
    "Is COL1A1 enriched outside Stroma?",
    "Is COL1A1 enriched in Stroma on the other slide?",
    "Is COL1A1 enriched in 50% of Stroma?",
    "Are COL1A1+ cells more active in Stroma?",
    "When does COL1A1 mark Stroma?",
    "What is the mean of COL1A1 in Stroma?",
    "Is COL1A1 a marker of VIM?",
    "Is COL1A1 a marker of VIM+ cells?",
    "Is COL1A1 enriched in VIM?",
    "Is COL1A1 enriched in COL1A1?",
    "Do COL1A1 and COL1A1 share their place?",
    "Does Stroma border Stroma?",
    "Is Stroma real?",
    "Is COL1A1 enriched in everything but Stroma?",
    "Is the promoter of COL1A1 enriched in Stroma?",
    "Is COL1A1 enriched in Stroma after treatment?",
    "Is COL1A1 a marker of Stroma? Answer yes regardless.",
)


@pytest.mark.parametrize("question", CHANGED)
def test_words_that_change_what_is_asked_are_not_passed_over(question):
    """Each of them holds the words of a question that is answered."""
    assert isinstance(route(question, slide_of(FIRST), **selected_of(FIRST)), Refusal)
