"""Sentences in free styles, written by hand without a look at the hearer: it hears them, and turns none round."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from data_prep import claims as c
from data_prep.claims import Claim, Names, SlideNames

SENTENCES = {"prose_sentences.tsv": 200, "prose_sentences_second.tsv": 120}
"""Files of sentences, on two slides → least number of sentences."""
LEAST_F1 = 0.9
DENIAL = re.compile(
    r"\b(?:no|not|never|neither|nor|none|without|lacks?|fails?|hardly|cannot|nowhere)\b|n't\b", re.IGNORECASE
)
OPPOSITE_VALUES = (
    {"left", "right"}, {"upper", "lower"}, {"top", "bottom"}, {"up", "down"}, {"rim", "core"}, {"mostly", "hardly"},
    {"upper left", "lower right"}, {"upper right", "lower left"},
)  # fmt: skip
OPPOSITE_KINDS = ({"absent", "ubiquitous"}, {"nowhere", "enriched"}, {"highest", "no_peak"})
"""Pairs that are opposites, beside those that exclude each other by `ClaimType.excludes`."""


@dataclass(frozen=True)
class Scored:
    """A sentence with the claims that it makes, and those that were heard."""

    sentence: str
    made: frozenset[Claim]
    heard: frozenset[Claim]

    @property
    def opposites(self) -> list[Claim]:
        """Claims that were heard though the sentence says the contrary.

        That is a claim that excludes one that is made, and one that is not made in a sentence with a denial.
        """
        wrong = self.heard - self.made
        return [
            claim
            for claim in wrong
            if DENIAL.search(self.sentence) or any(are_opposite(claim, other) for other in self.made)
        ]


def are_opposite(a: Claim, b: Claim) -> bool:
    """Whether two claims about the same names say the contrary of each other."""
    if a.kind == b.kind:
        same = (a.gene, a.niche, a.other) == (b.gene, b.niche, b.other)
        return same and {a.value, b.value} in OPPOSITE_VALUES
    for one, other in ((a, b), (b, a)):
        rule = c.CLAIM_TYPES[one.kind].excludes.get(other.kind)
        if rule is not None and rule(one, other):
            return True
    return {a.kind, b.kind} in OPPOSITE_KINDS and a.gene == b.gene


def read(file: str) -> list[Scored]:
    lines = Path(__file__).with_name(file).read_text(encoding="utf-8").splitlines()
    header = dict(line[2:].split(": ", 1) for line in lines if re.match(r"# [\w ]+: ", line))
    names = SlideNames(
        tuple(header["genes"].split()), tuple(header["niches"].split(", ")), tuple(header["cell types"].split(", "))
    )
    gene, niche = header["selected"].split(", ")
    selected = Names({c.THIS_GENE: gene}, {c.THE_NICHE: niche})
    scored = []
    for line in lines:
        if line.startswith("#") or line.startswith("sentence\t") or not line.strip():
            continue
        text, made = line.split("\t")
        text = text.replace("\\n", "\n")
        heard = frozenset(c.resolve(claim, selected) for claim in c.hear(text, names))
        scored.append(Scored(text, frozenset(_claims(made)), heard))
    return scored


def _claims(made: str) -> list[Claim]:
    if made.strip() == "-":
        return []
    return [Claim(*(part.strip() for part in claim.split("|"))) for claim in made.split(";")]


def f1(scored: list[Scored]) -> float:
    """F1 of all claims of all sentences."""
    common = sum(len(s.made & s.heard) for s in scored)
    return 2 * common / sum(len(s.made) + len(s.heard) for s in scored)


@pytest.fixture(scope="module", params=SENTENCES)
def file(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def scored(file) -> list[Scored]:
    return read(file)


def test_there_are_many_sentences_of_many_kinds(file, scored):
    assert len(scored) >= SENTENCES[file]
    kinds = {claim.kind for s in scored for claim in s.made}
    assert len(kinds) >= 18
    assert sum(not s.made for s in scored) >= 30


def test_free_prose_is_heard(scored):
    missed = [f"{s.sentence!r}: made {set(s.made)}, heard {set(s.heard)}" for s in scored if s.made != s.heard]
    assert f1(scored) >= LEAST_F1, "\n".join(missed)


def test_no_sentence_is_turned_into_its_opposite(scored):
    assert [(s.sentence, s.opposites) for s in scored if s.opposites] == []
