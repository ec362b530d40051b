"""Claim: one statement of the closed vocabulary; ClaimType: how a kind is spoken, heard, measured and checked.

A kind's phrasings are templates. The same template speaks a claim and, turned into a pattern, hears it again, so that
``hear(speak(claims)) == claims``. A model never names a gene, a niche or a cell type: it says "this gene", "panel B",
"the niche", "the blue niche"; the caller knows what those are (``Names``) and puts the names back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from data_prep.figures import palette
from data_prep.figures.canvas import PANELS, TYPE_PANELS

if TYPE_CHECKING:
    from data_prep.facts.facts import Facts

THIS_GENE, FIRST_GENE, SECOND_GENE = "this gene", "the first gene", "the second gene"
THE_NICHE = "the niche"
SUPPORTED, CONTRADICTED, UNCHECKABLE = "supported", "contradicted", "uncheckable"


@dataclass(frozen=True)
class Claim:
    """One statement. Fields that a kind does not use are empty.

    Attributes:
        kind: a key of ``TYPES``.
        gene: a gene symbol, or in a model's words "this gene", "the first gene" or a panel letter.
        niche: a niche name, or in a model's words "the niche" or a colour.
        value: the strength, place, extent, form, direction, ...
        other: the other niche, gene or cell type: a name, or in a model's words a colour, "the second gene", a letter.
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
        genes: "this gene", "the first gene", ... or a panel letter → gene symbol.
        niches: "the niche" or a colour → niche name.
        cell_types: panel letter → cell type.
        options: number → niche name.
    """

    genes: dict[str, str] = field(default_factory=dict)
    niches: dict[str, str] = field(default_factory=dict)
    cell_types: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)

    @property
    def others(self) -> dict[str, str]:
        """What ``Claim.other`` may refer to: the three kinds of reference have no word in common."""
        return self.genes | self.niches | self.cell_types


Checked = tuple[str, str]
"""(verdict, measured value in words)."""


@dataclass(frozen=True)
class ClaimType:
    """One kind of claim, whole.

    Attributes:
        kind: its name.
        sentences: templates of one claim; the slots ``{gene} {niche} {value} {other}`` of a template are the fields
            that the claim fills. The first that fits is the plainest.
        statistic: what decides, in words.
        check: (claim with real names, facts) → verdict and measured value.
        joined: (for one, for several) templates of claims in a row that differ in one field, ``{genes}``, ``{niches}``
            or ``{others}``; a field named in ``implied`` is not said.
        values: value → its words. Empty where any text may stand.
        implied: fields that a joined template leaves out.
        other: what ``other`` refers to: "niche", "gene" or "cell type".
    """

    kind: str
    sentences: tuple[str, ...]
    statistic: str
    check: Callable[[Claim, Facts], Checked]
    joined: tuple[tuple[str, str], ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    implied: Mapping[str, str] = field(default_factory=dict)
    other: str = "niche"

    @property
    def list_slot(self) -> str:
        """The slot of the joined templates that holds several items; "" where claims of this kind are not joined."""
        return next((name for name in _LISTS if self.joined and f"{{{name}}}" in self.joined[0][0]), "")

    def fitting(self, claim: Claim) -> list[str]:
        """The templates that say exactly the fields that the claim fills."""
        filled = {name for name in ("gene", "niche", "value", "other") if getattr(claim, name)}
        return [template for template in self.sentences if slots(template) == filled]

    def say(self, template: str, claim: Claim) -> str:
        """One claim in the words of a template."""
        words = {
            "gene": gene_words(claim.gene),
            "niche": niche_words(claim.niche),
            "value": self.values.get(claim.value, claim.value),
            "other": niche_words(claim.other) if self.other == "niche" else gene_words(claim.other),
        }
        return capital(_SLOT.sub(lambda slot: words[slot.group(1)], template))

    def say_all(self, pair: tuple[str, str], group: list[Claim]) -> str:
        """Several claims that differ in one field in the words of a joined template."""
        template, slot = pair[len(group) > 1], self.list_slot
        items = [getattr(claim, slot[:-1]) for claim in group]
        if slot != "genes":
            items = [niche_words(item) for item in items]
        return capital(self.say(template.replace(f"{{{slot}}}", join(items)), group[0]))

    def joins(self, group: list[Claim]) -> bool:
        """Whether the joined templates can say these claims, which are of this kind."""
        slot = self.list_slot
        if not slot:
            return False
        items = [getattr(claim, slot[:-1]) for claim in group]
        allowed = PANELS if slot == "genes" else tuple(palette.NICHE_COLOURS)
        said = slots(self.joined[0][0]) | {slot[:-1]} | self.implied.keys()
        return (
            len(set(items)) == len(items)
            and all(item in allowed for item in items)
            and len({replace(claim, **{slot[:-1]: ""}) for claim in group}) == 1
            and all(getattr(group[0], name) == value for name, value in self.implied.items())
            and all(name in said for name in ("gene", "niche", "value", "other") if getattr(group[0], name))
        )

    def patterns(self) -> Iterable[tuple[re.Pattern[str], str]]:
        """(what hears a sentence, its list slot or "")."""
        for template in self.sentences:
            yield re.compile(self._pattern(template), re.IGNORECASE), ""
        for template in {words for pair in self.joined for words in pair}:
            yield re.compile(self._pattern(template), re.IGNORECASE), self.list_slot

    def hear(self, match: re.Match[str], slot: str) -> list[Claim]:
        """The claims of a sentence that one of the patterns matched."""
        found = {name: _reference(words) for name, words in match.groupdict().items() if name != "value"}
        if "value" in match.groupdict():
            words = match["value"]
            found["value"] = next((key for key, said in self.values.items() if said == words.lower()), words)
        if not slot:
            return [Claim(self.kind, **found)]
        items = re.findall(_LISTS[slot], match[slot], re.IGNORECASE)
        del found[slot]
        return [Claim(self.kind, **found, **self.implied, **{slot[:-1]: _reference(item)}) for item in items]

    def _pattern(self, template: str) -> str:
        words = sorted(map(re.escape, self.values.values()), key=len, reverse=True)
        slots = {
            "gene": _GENE,
            "niche": _NICHE,
            "value": "|".join(words) or "[^.]+?",
            "other": {"niche": _COLOURED, "gene": _GENE, "cell type": _TYPE}[self.other],
        }
        slots |= {name: rf"{item}(?:, {item})*(?: and {item})?" for name, item in _LISTS.items()}
        parts = re.split(r"(\{\w+\})", template)
        return "".join(f"(?P<{p[1:-1]}>{slots[p[1:-1]]})" if p.startswith("{") else re.escape(p) for p in parts)


_SLOT = re.compile(r"\{(gene|niche|value|other)\}")
_COLOUR = "|".join(palette.NICHE_COLOURS)
_COLOURED = rf"the (?:{_COLOUR}) niche"
_NICHE = rf"{_COLOURED}|{THE_NICHE}"
_GENE = rf"{THIS_GENE}|{FIRST_GENE}|{SECOND_GENE}|panel [{''.join(PANELS)}]"
_TYPE = rf"panel [{''.join(TYPE_PANELS)}]"
_LISTS = {"genes": rf"\b[{''.join(PANELS)}]\b", "niches": _COLOURED, "others": _COLOURED}


def slots(template: str) -> set[str]:
    """The fields of a claim that a template says."""
    return set(_SLOT.findall(template))


def gene_words(gene: str) -> str:
    """A gene or cell type as it is said: a letter becomes "panel A"."""
    return f"panel {gene}" if gene in (*PANELS, *TYPE_PANELS) else gene


def niche_words(niche: str) -> str:
    """A niche as it is said: a colour becomes "the red niche"."""
    return f"the {niche} niche" if niche in palette.NICHE_COLOURS else niche


def join(words: list[str]) -> str:
    """Words as a list: a, a and b, a, b and c."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def capital(words: str) -> str:
    """A sentence that begins with a reference begins with a capital; a gene's own name is left as it is."""
    return words[0].upper() + words[1:] if words.startswith((THIS_GENE, "the ", "panel ", "it ", "its ")) else words


def _reference(words: str) -> str:
    """The reference in some words: "Panel B" → "B", "the red niche" → "red"."""
    bare = words.lower()
    if bare.startswith("panel "):
        return words[-1].upper()
    if bare.startswith("the ") and bare.endswith(" niche") and bare != THE_NICHE:
        return bare[4:-6]
    return words.upper() if len(words) == 1 else bare
