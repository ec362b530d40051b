"""The closed vocabulary of claims: how each is spoken, and how it is heard in a model's words.

``hear(speak(claims)) == claims``. The model never names a gene or a niche: it says "this gene", "panel B", "the
niche", "the blue niche"; the caller knows what those are (``Names``) and puts the names back. So a model cannot name a
gene that is not there. What is true of a slide, and whether a claim holds, is decided in ``data_prep.check``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from data_prep import palette, shape

THIS_GENE = "this gene"
THE_NICHE = "the niche"

PLACES = tuple(word for row in shape.COMPASS for word in row)
EXTENTS = (*(words for _, words in shape.EXTENT_BANDS), shape.EXTENT_MOST)


@dataclass(frozen=True)
class Claim:
    """One statement. Fields that a kind does not use are empty.

    Attributes:
        kind: enriched, not_enriched, depleted, located, extent, form or adjacent.
        gene: a gene symbol, or in a model's words "this gene" or a panel letter.
        niche: a niche name, or in a model's words "the niche".
        value: the strength, place, extent or form.
        other: the other niche of ``adjacent``: a name, or in a model's words its colour.
    """

    kind: str
    gene: str = ""
    niche: str = ""
    value: str = ""
    other: str = ""


@dataclass(frozen=True)
class Names:
    """What the references in a model's words stand for.

    Attributes:
        genes: "this gene" or a panel letter → gene symbol.
        niches: "the niche" or a colour → niche name.
    """

    genes: dict[str, str] = field(default_factory=dict)
    niches: dict[str, str] = field(default_factory=dict)


def speak_marker(claims: Iterable[Claim]) -> str:
    """The answer to "is this gene a marker": Yes or No, then a sentence for each claim."""
    claims = list(claims)
    verdict = "Yes." if any(claim.kind == "enriched" for claim in claims) else "No."
    return " ".join([verdict, *(sentence(claim) for claim in claims)])


def speak_description(claims: Iterable[Claim]) -> str:
    """A description of a niche: a sentence for each claim, panels and neighbours of one kind joined into one."""
    claims = list(claims)
    parts = []
    for claim in claims:
        group = [c for c in claims if c.kind == claim.kind and _JOINED.get(claim.kind)]
        if not group:
            parts.append(sentence(claim))
        elif group[0] == claim:
            parts.append(_JOINED[claim.kind](group))
    return " ".join(parts)


def sentence(claim: Claim) -> str:
    """One claim as a sentence; the same words whether its names are references or real ones."""
    gene = _gene_words(claim.gene)
    niche = _niche_words(claim.niche)
    match claim.kind:
        case "enriched":
            words = f"{gene} is {claim.value + ' ' if claim.value else ''}enriched in {niche}."
        case "not_enriched":
            words = f"{gene} is not enriched in {niche}."
        case "depleted":
            words = f"{gene} is depleted in {niche}."
        case "located":
            words = f"{gene} is highest" if claim.gene else f"{niche} lies"
            words += f" {_place_words(claim.value)} of the tissue."
        case "extent":
            words = f"{niche} covers {claim.value} of the tissue."
        case "form":
            words = f"{niche} is {_FORM_WORDS[claim.value]}."
        case "adjacent":
            words = f"{niche} borders {_niche_words(claim.other)}."
        case _:
            msg = f"unknown claim kind '{claim.kind}'"
            raise ValueError(msg)
    return words[0].upper() + words[1:] if words.startswith((THIS_GENE, "the ", "panel ")) else words


def hear(text: str) -> list[Claim]:
    """The claims in a model's words, in order; sentences outside the vocabulary give none."""
    return [claim for part in split_sentences(text) for claim in hear_sentence(part)]


def split_sentences(text: str) -> list[str]:
    """Sentences of a text, each with its full stop."""
    return [part.strip() for part in re.findall(r"[^.]+\.?", text) if part.strip()]


def hear_sentence(words: str) -> list[Claim]:
    """The claims of one sentence; [] when it is not in the vocabulary."""
    words = words.strip()
    for pattern, make in _HEARERS:
        if match := pattern.fullmatch(words):
            return make(match.groupdict())
    return []


def resolve(claim: Claim, names: Names) -> Claim:
    """A heard claim with real names; a reference that stands for nothing stays as it is and cannot be checked."""
    return replace(
        claim,
        gene=names.genes.get(claim.gene, claim.gene),
        niche=names.niches.get(claim.niche, claim.niche),
        other=names.niches.get(claim.other, claim.other),
    )


def put_back(text: str, names: Names) -> str:
    """A model's text for people: references replaced by gene symbols and niche names."""

    def named(match: re.Match[str]) -> str:
        word = match.group(0)
        if word.lower() == THIS_GENE:
            return names.genes.get(THIS_GENE, word)
        if word.lower() == THE_NICHE:
            return names.niches.get(THE_NICHE, word)
        colour = match.group("colour")
        return names.niches.get(colour, word) if colour else names.genes.get(word, word)

    colours = "|".join(palette.NICHE_COLOURS)
    text = re.sub(r"[Pp]anels? (?=[A-D]\b)", "", text)
    pattern = rf"\b(?:[Tt]his gene|[Tt]he niche|[Tt]he (?P<colour>{colours}) niche|[A-D])\b"
    return re.sub(pattern, named, text)


_FORM_WORDS = {"compact": "compact", "band": "a band", "ring": "a ring", "scattered": "scattered"}


def _gene_words(gene: str) -> str:
    return f"panel {gene}" if re.fullmatch("[A-D]", gene) else gene


def _niche_words(niche: str) -> str:
    return f"the {niche} niche" if niche in palette.NICHE_COLOURS else niche


def _place_words(place: str) -> str:
    return f"at the {place}" if place in ("top", "bottom") else f"in the {place}"


def _join(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _join_panels(group: list[Claim], one: str, many: str) -> str:
    letters = [claim.gene for claim in group]
    return f"Panel {letters[0]} {one}." if len(letters) == 1 else f"Panels {_join(letters)} {many}."


_JOINED: dict[str, Callable[[list[Claim]], str]] = {
    "adjacent": lambda group: (
        f"{group[0].niche[0].upper()}{group[0].niche[1:]} borders {_join([_niche_words(c.other) for c in group])}."
    ),
    "enriched": lambda group: _join_panels(group, "is its marker", "are its markers"),
    "not_enriched": lambda group: _join_panels(group, "is not", "are not"),
}

_COLOUR = "|".join(palette.NICHE_COLOURS)
_Made = Callable[[dict[str, str]], list[Claim]]


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_GENE = rf"(?P<gene>{THIS_GENE}|panel [A-D])"
_PLACE = rf"(?:in|at) the (?P<value>{_alternatives(PLACES)}) of the tissue"
_LETTERS = r"Panels? (?P<letters>[A-D](?:, [A-D])*(?: and [A-D])?)"


def _one(kind: str) -> _Made:
    """A claim whose fields are the pattern's groups."""

    def make(found: dict[str, str]) -> list[Claim]:
        gene = (found.get("gene") or "").lower().removeprefix("panel ")
        gene = gene.upper() if len(gene) == 1 else gene
        niche = THE_NICHE if kind != "located" or not gene else ""
        return [Claim(kind, gene, niche, (found.get("value") or "").strip())]

    return make


def _panels(kind: str) -> _Made:
    return lambda found: [Claim(kind, letter, THE_NICHE) for letter in re.findall("[A-D]", found["letters"])]


def _form(found: dict[str, str]) -> list[Claim]:
    return [Claim("form", niche=THE_NICHE, value=next(k for k, v in _FORM_WORDS.items() if v == found["value"]))]


def _adjacent(found: dict[str, str]) -> list[Claim]:
    return [Claim("adjacent", niche=THE_NICHE, other=colour) for colour in re.findall(_COLOUR, found["others"])]


_HEARERS: list[tuple[re.Pattern[str], _Made]] = [
    (re.compile(pattern, re.IGNORECASE), make)
    for pattern, make in (
        (rf"{_GENE} is (?P<value>strongly |moderately |)enriched in the niche\.", _one("enriched")),
        (rf"{_GENE} is not enriched in the niche\.", _one("not_enriched")),
        (rf"{_GENE} is depleted in the niche\.", _one("depleted")),
        (rf"{_GENE} is highest {_PLACE}\.", _one("located")),
        (rf"The niche lies {_PLACE}\.", _one("located")),
        (rf"The niche covers (?P<value>{_alternatives(EXTENTS)}) of the tissue\.", _one("extent")),
        (rf"The niche is (?P<value>{_alternatives(_FORM_WORDS.values())})\.", _form),
        (rf"The niche borders (?P<others>(?:the (?:{_COLOUR}) niche(?:, | and |))+)\.", _adjacent),
        (rf"{_LETTERS} (?:is its marker|are its markers)\.", _panels("enriched")),
        (rf"{_LETTERS} (?:is|are) not\.", _panels("not_enriched")),
    )
]
