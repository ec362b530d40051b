"""Two sections of one synthetic tissue, and what an engine that knows the truth of both says of them."""

import pytest

from data_prep.claims import Claim
from data_prep.facts.facts import Facts
from data_prep.slide import Slide
from data_prep.synth.tissue import make_slide
from tests.oracle import Answering, Oracle
from tests.two_sections import halves, relabelled


class TwoOracles(Answering):
    """Answers what the counts of two slides say. It tells the slides apart by the names of their niches."""

    def __init__(self, a: Facts, b: Facts, noise: float = 0.0) -> None:
        self.of_side = [Oracle(a, noise), Oracle(b, noise)]
        super().__init__(self._by_niche)

    def _by_niche(self, claim: Claim) -> float:
        side = next(oracle for oracle in self.of_side if claim.niche in oracle.facts.shapes)
        return SURELY * side.logit(claim)


SURELY = 2.0
"""Makes the answers of an oracle so sure that a change is said."""
SMALL = {f"Niche {letter}": f"niche {letter.lower()}" for letter in "ABCD"}
"""Names of the niches on the second slide."""


@pytest.fixture(scope="package")
def section_slides() -> tuple[Slide, Slide]:
    """Two sections with layers; the niches of the second one are written in small letters."""
    first, second = halves(make_slide(3, n_spots=900, n_niches=4, n_genes=60, layout="hex", pattern="layers"))
    return first, relabelled(second, SMALL)


@pytest.fixture(scope="package")
def sections(section_slides: tuple[Slide, Slide]) -> tuple[Facts, Facts]:
    """Their facts."""
    first, second = section_slides
    return Facts.measure(first), Facts.measure(second)
