"""Findings on the niches themselves: share of the tissue, place, form, parts, neighbours and cell types.

Each statement on a difference needs three things of the counts: what it says of the first side is right, what it says
of the second side is right, and the difference itself is large and certain. Shapes are a census of two sections. Their
errors say how much other tissue of the same kind would differ, so here, where two pieces of tissue are compared, they
decide too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import hypot, inf, log, log2

from data_prep.claims import CLAIM_TYPES, SUPPORTED, UNCLEAR, Claim, check
from data_prep.claims.evidence import in_words, most_needed
from data_prep.claims.kinds.adjacent import ADJACENT, NOT_ADJACENT
from data_prep.claims.kinds.extent import EXTENT_SLACK
from data_prep.claims.kinds.form import ASPECT_SLACK, COVERAGE_SLACK, HOLLOW_SLACK, HOMOPHILY_SLACK
from data_prep.facts.measurement import Measurement
from data_prep.facts.niche_shapes import NicheShape
from inference.answers.across.findings import Finding, Limits, Part, all_of
from inference.answers.across.sides import Pair, Side

GREW, SHRANK, CHANGED, GAINED, LOST, SAME = "grew", "shrank", "changed", "gained", "lost", "same"
TOPICS = {
    "centred": "place",
    "extent": "share",
    "form": "form",
    "parts": "parts",
    "adjacent": "neighbour",
    "composed_of": "cell type",
}
"""Kind of claim → topic of a finding."""

SHARE = Limits(
    yes=log2(1.5),
    no=EXTENT_SLACK,
    words="1.5 times the share or more, and certainly more than 1.15 times, which an eye does not see",
)
PLACE = Limits(
    yes=0.2,
    no=0.1,
    words="each centre 0.04 inside its place, both 0.2 of the tissue's extent apart, and certainly more than 0.1",
)
FORM = Limits(yes=2.0, no=1.0, words="a measure of form beyond its slack on both sides, and certainly changed")
PARTS = Limits(yes=0.15, no=0.05, words="15 % of the niche in other pieces, and certainly more than 5 %")
BORDER = Limits(
    yes=ADJACENT - NOT_ADJACENT,
    no=0.0,
    words=f"{ADJACENT:.0%} of the border or more on one side, {NOT_ADJACENT:.0%} or less on the other, certainly less",
)
CELLS = Limits(yes=0.15, no=0.05, words="15 % of the cells or more, and certainly more than 5 %")
_DECISIVE = {"centred": PLACE, "form": FORM, "parts": PARTS, "composed_of": CELLS}


class ShapeFindings:
    """Checks what is said of the place, form and surroundings of two niches.

    Args:
        pair: the two sides.
    """

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self._shapes = tuple(side.facts.shapes[side.niche] for side in (pair.a, pair.b))

    def check(self, claim_a: Claim, claim_b: Claim) -> Finding:
        """Checks that the first side is one thing and the second side another, by two claims of one kind.

        Args:
            claim_a: of the first side.
            claim_b: of the second one, with another value; or the negation of the first claim for "adjacent".
        """
        difference = self._difference(claim_a)
        limits = _DECISIVE[claim_a.kind]
        parts = [*self._parts(claim_a, claim_b), limits.part(_size(difference))]
        return self._finding(claim_a, claim_b, CHANGED, self.pair.both(claim_a, claim_b), parts, difference, limits)

    def check_same(self, claim_a: Claim, claim_b: Claim) -> Finding:
        """Checks that two claims that say the same of the two sides are both right."""
        sentence, parts = self.pair.both(claim_a, claim_b), self._parts(claim_a, claim_b)
        return self._finding(claim_a, claim_b, SAME, sentence, parts, self._difference(claim_a))

    def check_share(self, change: str) -> Finding:
        """Checks that the niche takes up more (`GREW`) or less (`SHRANK`) of the tissue on the second side."""
        a, b = self.pair.a, self.pair.b
        ratio = self._share_ratio()
        more, less = (b, a) if change == GREW else (a, b)
        if self.pair.is_one_slide:
            sentence = f"{more.niche} is larger than {less.niche}."
        elif a.niche == b.niche:
            sentence = f"{a.niche} takes up more of {more.name} than of {less.name}."
        else:
            sentence = f"{more.niche} takes up more of {more.name} than {less.niche} of {less.name}."
        claim_a, claim_b = (Claim("extent", niche=side.niche, value="") for side in (a, b))
        signed = ratio if change == GREW else -ratio
        return self._finding(claim_a, claim_b, change, sentence, [SHARE.part(signed)], ratio, SHARE)

    def check_neighbour(self, change: str, other_a: str, other_b: str) -> Finding:
        """Checks that the niche borders another one on the second side only (`GAINED`) or on the first only (`LOST`).

        Args:
            change: `GAINED` or `LOST`.
            other_a: name of the other niche on the first side.
            other_b: its name on the second side.
        """
        claim_a, claim_b = self.border_claims(other_a, other_b)
        is_lost = change == LOST
        with_it, without = (self.pair.a, self.pair.b) if is_lost else (self.pair.b, self.pair.a)
        claim_with, claim_without = (claim_a, claim_b) if is_lost else (claim_b, claim_a)
        difference = self._difference(claim_a)
        on_a, on_b = self._parts(claim_a, claim_b)
        parts = [on_a, on_b.denied()] if is_lost else [on_a.denied(), on_b]
        parts.append(BORDER.part(-difference if is_lost else difference))
        borders = f"{claim_with.niche} borders {claim_with.other}"
        if self.pair.is_one_slide:
            sentence = f"{borders}; {claim_without.niche} does not."
        else:
            sentence = f"{borders} on {with_it.name}, and {_not(claim_with, claim_without)} on {without.name}."
        return self._finding(claim_a, claim_b, change, sentence, parts, difference, BORDER)

    def border_claims(self, other_a: str, other_b: str) -> tuple[Claim, Claim]:
        """The claims that the niche borders another one, on each side."""
        a, b = self.pair.a, self.pair.b
        return Claim("adjacent", niche=a.niche, other=other_a), Claim("adjacent", niche=b.niche, other=other_b)

    def changed(self) -> Iterator[Finding]:
        """Every change that the counts support."""
        found = [self.check_share(GREW), self.check_share(SHRANK)]
        for kind in _DECISIVE:
            for other in self._cell_types() if kind == "composed_of" else [""]:
                one, two = (self._true(side, kind, other) for side in (self.pair.a, self.pair.b))
                if one and two and one.value != two.value:
                    found.append(self.check(one, two))
        for other_a, other_b in self.pair.partners.items():
            if self.pair.are_each_other(other_a):
                continue
            found += [self.check_neighbour(change, other_a, other_b) for change in (GAINED, LOST)]
        yield from (finding for finding in found if finding.verdict == SUPPORTED)

    def _true(self, side: Side, kind: str, other: str) -> Claim | None:
        """The claim of a kind that the counts support on a side."""
        claims = [Claim(kind, niche=side.niche, value=value, other=other) for value in CLAIM_TYPES[kind].asked_values]
        return next((claim for claim in claims if check(claim, side.facts).verdict == SUPPORTED), None)

    def _cell_types(self) -> list[str]:
        a, b = (side.facts.composition.get(side.niche, {}) for side in (self.pair.a, self.pair.b))
        return [name for name in a if name in b]

    def _finding(
        self,
        claim_a: Claim,
        claim_b: Claim,
        change: str,
        sentence: str,
        parts: Sequence[Part],
        difference: Measurement,
        limits: Limits | None = None,
    ) -> Finding:
        kind, verdict = claim_a.kind, all_of(part.verdict for part in parts)
        return Finding(
            topic=TOPICS[kind],
            change=change,
            sentence=sentence,
            about=claim_a.other,
            verdict=verdict,
            statistic=_STATISTICS[kind],
            on_a=self._words(self.pair.a, claim_a),
            on_b=self._words(self.pair.b, claim_b),
            difference=_in_percent(difference) if kind in _SHARES else in_words(difference),
            threshold=limits.words if limits else "the limits of the claim, on both sides",
            number=difference.value,
            error=difference.error,
            needs=most_needed(part.needs for part in parts) if verdict == UNCLEAR else "",
        )

    def _parts(self, claim_a: Claim, claim_b: Claim) -> list[Part]:
        """What the counts of each side say of its claim."""
        sides = ((claim_a, self.pair.a), (claim_b, self.pair.b))
        return [Part(entry.verdict, entry.needs) for entry in (check(claim, side.facts) for claim, side in sides)]

    def _words(self, side: Side, claim: Claim) -> str:
        """The value of a side in words."""
        if claim.kind == "extent":
            return f"{side.facts.shapes[side.niche].area_fraction:.1%}"
        return check(claim, side.facts).value

    def _difference(self, claim: Claim) -> Measurement:
        """The difference of the statistic of a kind, second side less first."""
        if claim.kind == "extent":
            return self._share_ratio()
        if claim.kind == "centred":
            return self._distance()
        if claim.kind == "form":
            return max(self._form_changes(), key=lambda change: abs(change.value))
        if claim.kind == "parts":
            return self._in_other_pieces()
        if claim.kind == "adjacent":
            return self._border(claim.other)
        return self._cells(claim.other)

    def _share_ratio(self) -> Measurement:
        """log2 ratio of the shares of the tissue."""
        a, b = self._shapes
        error = hypot(a.area_error / a.area_fraction, b.area_error / b.area_fraction) / log(2)
        return Measurement(log2(b.area_fraction / a.area_fraction), error)

    def _distance(self) -> Measurement:
        """Distance of the two centres in units of the tissue's extent."""
        a, b = self._shapes
        value = hypot(*(y - x for x, y in zip(a.centroid, b.centroid, strict=True)))
        return Measurement(value, hypot(*a.centroid_error, *b.centroid_error))

    def _form_changes(self) -> list[Measurement]:
        """Change of each measure of form in units of its slack."""
        a, b = self._shapes
        changes = [
            (b.homophily - a.homophily, hypot(a.homophily_error, b.homophily_error), HOMOPHILY_SLACK),
            (b.coverage - a.coverage, hypot(a.coverage_error, b.coverage_error), COVERAGE_SLACK),
            (b.hollow - a.hollow, hypot(a.hollow_error, b.hollow_error), HOLLOW_SLACK),
            (log2(b.aspect / a.aspect), hypot(_log_aspect_error(a), _log_aspect_error(b)), ASPECT_SLACK),
        ]
        return [Measurement(change / slack, error / slack) for change, error, slack in changes]

    def _in_other_pieces(self) -> Measurement:
        """The larger change of the share outside the largest piece, and outside the two largest."""
        changes = []
        for n in (1, 2):
            a, b = (sum(shape.pieces[:n]) for shape in self._shapes)
            error = hypot(*(error for shape in self._shapes for error in shape.pieces_error[:n]))
            changes.append(Measurement(a - b, error))
        return max(changes, key=lambda change: abs(change.value))

    def _border(self, other_a: str) -> Measurement:
        """Change of the share of the border."""
        a, b = self._shapes
        other_b = self.pair.partners[other_a]
        error = hypot(a.contact_errors.get(other_a, 0.0), b.contact_errors.get(other_b, 0.0))
        return Measurement(b.contacts.get(other_b, 0.0) - a.contacts.get(other_a, 0.0), error)

    def _cells(self, cell_type: str) -> Measurement:
        """Change of the share of the cells."""
        a, b = (side.facts.composition.get(side.niche, {}).get(cell_type) for side in (self.pair.a, self.pair.b))
        if a is None or b is None:
            return Measurement(0.0, inf)
        return Measurement(b.value - a.value, hypot(a.error, b.error))


_STATISTICS = {
    "extent": "log2 ratio of the shares of the tissue",
    "centred": "distance of the centres, in units of the tissue's extent",
    "form": "largest change of a measure of form, in units of its slack",
    "parts": "change of the share in further pieces",
    "adjacent": "change of the share of the border",
    "composed_of": "change of the share of the cells",
}
_SHARES = ("parts", "adjacent", "composed_of")
"""Kinds whose statistic is a share, which is written in percent on both sides."""


def _in_percent(difference: Measurement) -> str:
    return f"{difference.value:+.0%} ± {difference.error:.0%}"


def _size(difference: Measurement) -> Measurement:
    return Measurement(abs(difference.value), difference.error)


def _log_aspect_error(shape: NicheShape) -> float:
    return shape.aspect_error / shape.aspect / log(2)


def _not(claim: Claim, denied: Claim) -> str:
    """The denial of a border, as short as its names allow."""
    if (claim.niche, claim.other) == (denied.niche, denied.other):
        return "does not"
    return f"{denied.niche} does not border {denied.other}"
