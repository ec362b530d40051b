"""ClaimType: how claims of one kind are spoken, heard, measured and checked.

The phrasings of a kind are templates. A template speaks a claim. The same template, turned into a pattern, hears the
claim again, so ``hear(speak(claims)) == claims``. A model never writes the name of a gene, niche or cell type. It
writes references: "this gene", "panel B", "the niche", "the blue niche". ``Names`` holds what the references stand for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from data_prep.claims.claim import (
    FIRST_GENE,
    SECOND_GENE,
    THE_NICHE,
    THE_OTHER_NICHE,
    THIS_CELL_TYPE,
    THIS_GENE,
    THIS_LIST,
    Claim,
)
from data_prep.claims.claim_question import ClaimQuestion
from data_prep.claims.samples import TakeSample
from data_prep.figures import palette
from data_prep.figures.spec import PANELS, TYPE_PANELS

if TYPE_CHECKING:
    from data_prep.claims.evidence import Evidence
    from data_prep.facts.facts import Facts


@dataclass(frozen=True)
class ClaimType:
    """One kind of claim: its sentences and its check.

    Attributes:
        kind: name of the kind.
        sentences: templates of one claim. Their slots ``{gene} {niche} {value} {other}`` are the fields that the claim
            fills. The plainest template comes first.
        statistic: name of the statistic that decides.
        check: (claim with real names, facts) → what the counts say about it.
        threshold: claim → the limits of the statistic that decide, for people, made of the kind's own constants.
        sample: the spots on which the statistic is measured.
        joined: pairs of templates (for one item, for several items) that say several claims in one sentence. The
            claims differ in one field only: ``{genes}``, ``{niches}`` or ``{others}``.
        values: value → its words. Empty if the value can be any text.
        implied: values of the fields that the joined templates do not say.
        other: what ``Claim.other`` refers to: "niche", "gene", "cell type", or "known name" for a list, set or type of
            the user's files.
        question: how the claim is asked as a yes/no question about one figure; None for kinds that are not asked.
        excludes: other kind → (claim of this kind, claim of the other) → whether at most one of the two can be right.
            It is enough that one of two kinds says so (`data_prep.claims.conflicts`).
        plainer: words that read badly with some value → what people read instead. No model reads or writes it.
        implies: a weaker kind of claim about the same names, which need not be said beside this one; "" for none.
        needs_knowledge: whether it makes sense only with files of the user (`Slide.knowledge`).
    """

    kind: str
    sentences: tuple[str, ...]
    statistic: str
    check: Callable[[Claim, Facts], Evidence]
    threshold: Callable[[Claim], str]
    sample: TakeSample
    joined: tuple[tuple[str, str], ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    implied: Mapping[str, str] = field(default_factory=dict)
    other: str = "niche"
    question: ClaimQuestion | None = None
    excludes: Mapping[str, Callable[[Claim, Claim], bool]] = field(default_factory=dict)
    plainer: Mapping[str, str] = field(default_factory=dict)
    implies: str = ""
    needs_knowledge: bool = False

    @property
    def is_about_genes(self) -> bool:
        """Whether the claims name a gene."""
        return "gene" in slots(self.sentences[0])

    @property
    def is_about_niches(self) -> bool:
        """Whether the claims name a niche."""
        return "niche" in slots(self.sentences[0])

    @property
    def is_about_slide(self) -> bool:
        """Whether the claims name neither a gene nor a niche: there is one of each kind on a slide."""
        return not self.is_about_genes and not self.is_about_niches

    @property
    def asked_values(self) -> tuple[str, ...]:
        """The values that the yes/no question asks about; ("",) if it has no slot for a value."""
        return tuple(self.values) if self.question and "{value}" in self.question.wordings[0] else ("",)

    @property
    def list_slot(self) -> str:
        """The slot of the joined templates that holds several items; "" if this kind has no joined templates."""
        return next((name for name in _LISTS if self.joined and f"{{{name}}}" in self.joined[0][0]), "")

    def fitting_templates(self, claim: Claim) -> list[str]:
        """The templates that say exactly the fields that the claim fills."""
        filled = {name for name in ("gene", "niche", "value", "other") if getattr(claim, name)}
        return [template for template in self.sentences if slots(template) == filled]

    def say(self, template: str, claim: Claim, *, real_names: bool = False) -> str:
        """Fill a template with the words of one claim.

        Args:
            template: one of ``fitting_templates``.
            claim: with references or real names.
            real_names: names stay as they are. Otherwise a letter is a panel and a colour is a niche of that colour.
        """
        words = {"gene": claim.gene, "niche": claim.niche, "other": claim.other}
        if not real_names:
            words["gene"], words["niche"] = gene_words(claim.gene), niche_words(claim.niche)
            words["other"] = niche_words(claim.other) if self.other == "niche" else gene_words(claim.other)
        words["value"] = self.values.get(claim.value, claim.value)
        if real_names and claim.value in self.values:
            template = template.replace("{value}", words["value"])
            for awkward, plain in self.plainer.items():
                template = template.replace(awkward, plain)
        return _capitalise(_SLOT.sub(lambda slot: words[slot.group(1)], template))

    def say_joined(self, templates: tuple[str, str], claims: list[Claim]) -> str:
        """Fill a pair of joined templates with several claims that differ in one field."""
        template, slot = templates[len(claims) > 1], self.list_slot
        items = [getattr(claim, slot[:-1]) for claim in claims]
        if slot != "genes":
            items = [niche_words(item) for item in items]
        return _capitalise(self.say(template.replace(f"{{{slot}}}", enumerate_words(items)), claims[0]))

    def can_join(self, claims: list[Claim]) -> bool:
        """Whether the joined templates can say these claims of this kind in one sentence."""
        slot = self.list_slot
        if not slot:
            return False
        items = [getattr(claim, slot[:-1]) for claim in claims]
        allowed = PANELS if slot == "genes" else tuple(palette.NICHE_COLOURS)
        said = slots(self.joined[0][0]) | {slot[:-1]} | self.implied.keys()
        return (
            len(set(items)) == len(items)
            and all(item in allowed for item in items)
            and len({replace(claim, **{slot[:-1]: ""}) for claim in claims}) == 1
            and all(getattr(claims[0], name) == value for name, value in self.implied.items())
            and all(name in said for name in ("gene", "niche", "value", "other") if getattr(claims[0], name))
        )

    def patterns(self) -> Iterable[tuple[re.Pattern[str], str]]:
        """Each pattern that matches a sentence of this kind, with its list slot ("" if it has none)."""
        for template in self.sentences:
            yield re.compile(self._pattern(template), re.IGNORECASE), ""
        for template in {words for pair in self.joined for words in pair}:
            yield re.compile(self._pattern(template), re.IGNORECASE), self.list_slot

    def hear(self, match: re.Match[str], slot: str) -> list[Claim]:
        """The claims of a sentence that one of the patterns matched; ``slot`` is the list slot of that pattern."""
        fields = {name: _reference(words) for name, words in match.groupdict().items() if name != "value"}
        if "value" in match.groupdict():
            words = match["value"]
            fields["value"] = next((key for key, said in self.values.items() if said == words.lower()), words)
        if not slot:
            return [Claim(self.kind, **fields)]
        items = re.findall(_LISTS[slot], match[slot], re.IGNORECASE)
        del fields[slot]
        return [Claim(self.kind, **fields, **self.implied, **{slot[:-1]: _reference(item)}) for item in items]

    def _pattern(self, template: str) -> str:
        words = sorted(map(re.escape, self.values.values()), key=len, reverse=True)
        slots = {
            "gene": _GENE,
            "niche": _NICHE,
            "value": "|".join(words) or "[^.]+?",
            "other": {"niche": _OTHER_NICHE, "gene": _GENE, "cell type": _TYPE, "known name": THIS_LIST}[self.other],
        }
        slots |= {name: rf"{item}(?:, {item})*(?: and {item})?" for name, item in _LISTS.items()}
        parts = re.split(r"(\{\w+\})", template)
        return "".join(f"(?P<{p[1:-1]}>{slots[p[1:-1]]})" if p.startswith("{") else re.escape(p) for p in parts)


_SLOT = re.compile(r"\{(gene|niche|value|other)\}")
_COLOUR = "|".join(palette.NICHE_COLOURS)
_COLOURED = rf"the (?:{_COLOUR}) niche"
_NICHE = rf"{_COLOURED}|{THE_NICHE}"
_OTHER_NICHE = rf"{_COLOURED}|{THE_OTHER_NICHE}"
_GENE = rf"{THIS_GENE}|{FIRST_GENE}|{SECOND_GENE}|panel [{''.join(PANELS)}]"
_TYPE = rf"panel [{''.join(TYPE_PANELS)}]|{THIS_CELL_TYPE}"
_LISTS = {"genes": rf"\b[{''.join(PANELS)}]\b", "niches": _COLOURED, "others": _COLOURED}


def slots(template: str) -> set[str]:
    """The fields of a claim that a template says."""
    return set(_SLOT.findall(template))


def gene_words(gene: str) -> str:
    """A gene or cell type in a sentence: the letter A becomes "panel A"."""
    return f"panel {gene}" if gene in (*PANELS, *TYPE_PANELS) else gene


def niche_words(niche: str) -> str:
    """A niche in a sentence: the colour red becomes "the red niche"."""
    return f"the {niche} niche" if niche in palette.NICHE_COLOURS else niche


def enumerate_words(words: list[str]) -> str:
    """Words as a list: "a", "a and b", "a, b and c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _capitalise(words: str) -> str:
    """Capitalise a sentence that begins with a reference; a gene symbol stays as it is."""
    return words[0].upper() + words[1:] if words.startswith((THIS_GENE, "the ", "panel ", "it ", "its ")) else words


def _reference(words: str) -> str:
    """The reference that words stand for: "Panel B" → "B", "the red niche" → "red"."""
    bare = words.lower()
    if bare.startswith("panel "):
        return words[-1].upper()
    if bare.startswith("the ") and bare.endswith(" niche") and bare not in (THE_NICHE, THE_OTHER_NICHE):
        return bare[4:-6]
    return words.upper() if len(words) == 1 else bare
