"""Finds what a sentence is about: the genes, niches and cell types that it names or refers to.

``mark_entities`` replaces each one by a mark such as "§g0", and ``join_lists`` each list of them. So the phrases of
claims (`data_prep.claims.prose.lexicon`) do not depend on names.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from data_prep.claims.claim import FIRST_GENE, SECOND_GENE, THE_NICHE, THE_OTHER_NICHE, THIS_CELL_TYPE, THIS_GENE
from data_prep.claims.mentions import CELL_TYPE, GENE, NICHE, SlideNames, find_mentions
from data_prep.figures import palette
from data_prep.figures.spec import PANELS, TYPE_PANELS

LETTER = {GENE: "g", NICHE: "n", CELL_TYPE: "t"}
"""Kind of a mention → its letter in a mark."""
UNKNOWN = "§x"
"""Mark of words that may be a name, or are only part of one."""
REFERENCES = frozenset(
    (THIS_GENE, FIRST_GENE, SECOND_GENE, THE_NICHE, THE_OTHER_NICHE, THIS_CELL_TYPE, *PANELS, *TYPE_PANELS)
) | frozenset(palette.NICHE_COLOURS)
"""Words in a claim that stand for a name. A slide may have such a name too; it is then not heard by that name."""
_COLOUR = "|".join(palette.NICHE_COLOURS)
_AREA = r"(?:niche|region|area|zone|domain|compartment|cluster|layer)"


@dataclass(frozen=True)
class Entities:
    """One name or reference in a sentence, or several in a list.

    Attributes:
        kind: "gene", "niche" or "cell type".
        names: real names or references.
        joiner: word before the last one of several: "and", "or", "nor", or "" for a comma.
        is_pointing: whether it is "this gene" or "the niche", which may point back to a name in an earlier sentence.
    """

    kind: str
    names: tuple[str, ...]
    joiner: str = ""
    is_pointing: bool = False


@dataclass(frozen=True)
class Marked:
    """A sentence with marks.

    Attributes:
        text: the sentence in lower case, with marks.
        entities: mark → what it stands for.
    """

    text: str
    entities: dict[str, Entities]


def mark_entities(text: str, names: SlideNames | None = None) -> Marked:
    """Marks the entities of a plain sentence.

    Args:
        text: plain text (`data_prep.claims.prose.plain_text`).
        names: real names that the sentence may use; None for references only.
    """
    entities: dict[str, Entities] = {}

    def mark(found: Entities) -> str:
        key = f"§{LETTER[found.kind]}{len(entities)}"
        entities[key] = found
        return f" {key} "

    marked = _mark_names(text, names, mark) if names else text
    marked = _mark_references(marked, mark)
    marked = " ".join(marked.lower().split())
    for pattern, words in _NOUN_PHRASES:
        marked = re.sub(pattern, words, marked)
    return Marked(marked, entities)


_COUNTED = re.compile(r"\s+(?:niches|regions|areas|zones|domains|compartments|clusters|layers|spots|cells|genes)\b")
"""What makes a number before it a number, and not the name of a niche: "2 niches"."""


def _mark_names(text: str, names: SlideNames, mark: Callable[[Entities], str]) -> str:
    parts, end = [], 0
    for mention in find_mentions(text, names, near=False):
        if mention.start < end:
            continue
        after = text[mention.end : mention.end + 2]
        compound = re.match(r"\+|-\w|/\w{1,2}\b", after) is not None or text[: mention.start].endswith(
            ("-", "/-", "anti-")
        )
        compound |= mention.name.isdigit() and _COUNTED.match(text, mention.end) is not None
        is_name = mention.is_exact and mention.name not in REFERENCES and not compound
        parts.append(text[end : mention.start])
        parts.append(mark(Entities(mention.kind, (mention.name,))) if is_name else f" {UNKNOWN} ")
        end = mention.end
        if mention.kind == CELL_TYPE and (plural := re.match(r"e?s\b", text[end:])):
            end += plural.end()
    return "".join([*parts, text[end:]])


def _mark_references(text: str, mark: Callable[[Entities], str]) -> str:
    def panels(match: re.Match[str]) -> str:
        letters = tuple(re.findall(r"\b[A-Z]\b", match["letters"]))
        kind = GENE if letters[0] in PANELS else CELL_TYPE
        return mark(Entities(kind, letters, _joiner(match["letters"])))

    def colours(match: re.Match[str]) -> str:
        found = tuple(re.findall(_COLOUR, match["colours"].lower()))
        return mark(Entities(NICHE, found, _joiner(match["colours"])))

    def pointing(kind: str, reference: str) -> Callable[[re.Match[str]], str]:
        is_pointing = reference in (THIS_GENE, THE_NICHE)
        return lambda _: mark(Entities(kind, (reference,), is_pointing=is_pointing))

    letters = "".join((*PANELS, *TYPE_PANELS))
    text = re.sub(
        rf"\b(?:the )?(?:genes? (?:in|of) )?[Pp]anels? (?P<letters>[{letters}](?:(?:, ?and |, ?| and | or "
        rf")[{letters}])*)\b",
        panels,
        text,
    )
    text = re.sub(
        rf"\bthe (?P<colours>(?:{_COLOUR})(?:(?:, ?and |, ?| and | or )(?:the )?(?:{_COLOUR}))*) (?:{_AREA}|"
        rf"one)s?\b",
        colours,
        text,
        flags=re.IGNORECASE,
    )
    for pattern, kind, reference in _REFERENCE_PATTERNS:
        text = re.sub(rf"\b(?:{pattern})\b{_NOT_BEFORE}", pointing(kind, reference), text, flags=re.IGNORECASE)
    return text


_NOT_BEFORE = r"(?!\s*§| (?:of|that|where|which|around|between|beside|next|(?:in|on|at) the)\b)"
"""Words after "the niche" that say which one, and it may not be the asked one."""
_REFERENCE_PATTERNS = (
    (r"the first gene|the first of the two genes", GENE, FIRST_GENE),
    (r"the second gene|the other gene|the second of the two genes", GENE, SECOND_GENE),
    (
        r"th(?:is|at|e)(?: asked| selected)? (?:gene|marker gene|transcript)(?! (?:set|list|panel|express))",
        GENE,
        THIS_GENE,
    ),
    (rf"the (?:other|second|neighbouring|neighboring) {_AREA}", NICHE, THE_OTHER_NICHE),
    (
        rf"th(?:is|at|e) (?:highlighted|coloured|colored|asked|selected|marked|black)? ?{_AREA}"
        r"(?: in (?:colour|color|black)| shown)?",
        NICHE,
        THE_NICHE,
    ),
    (r"this cell type|cells of this type", CELL_TYPE, THIS_CELL_TYPE),
)
_G, _N, _T = r"(§g\d+)", r"(§n\d+)", r"(§t\d+)"
_AMOUNT = r"(?:expression|levels?|expression levels?|mrna|transcripts?|signal|counts?|abundance|reads)"
_NOUN_PHRASES: tuple[tuple[str, str], ...] = (
    (rf"{_G}(?:'s|s')? {_AMOUNT}\b(?! of)", r"\1"),
    (rf"\b(?:the )?{_AMOUNT} (?:of|for) (?:the )?(?:gene )?{_G}", r"\1"),
    (rf"\b(?:the )?(?:spatial )?(?:map|distribution) (?:of|for) (?:the )?(?:gene )?{_G}", r"\1"),
    (rf"\b(?:the )?genes? {_G}", r"\1"),
    (rf"{_G},? the gene\b", r"\1"),
    (rf"{_G}'s (?:spatial )?(?:map|distribution|pattern)\b", r"\1"),
    (rf"^(?:the )?(?:spatial )?pattern of {_G}", r"\1"),
    (rf"{_G} genes?\b", r"\1"),
    (rf"{_G} itself\b", r"\1"),
    (rf"\b(?:the )?{_AREA}s? (?:called |named )?{_N}", r"\1"),
    (rf"{_N} (?:{_AREA}s?|spots|tissue|cells|itself)\b(?! types?\b)", r"\1"),
    (rf"\b(?:the )?(?:spots|cells|inside|whole|area|tissue) of (?:the )?{_N}", r"\1"),
    (rf"{_T} cells?\b", r"\1"),
    (rf"\b(?:the )?(?:maps|places|locations|positions|patterns|distributions) of (?:the )?(?:genes )?(?={_G})", ""),
    (rf"\b(?:neighbouring|neighboring|adjacent|surrounding|nearby|whole|entire) {_N}", r"\1"),
)
_LIST = re.compile(
    r"(?P<lead>\b(?:both|either|neither) )?(?P<items>§(?P<kind>[gnt])\d+"
    r"(?:(?: ?, ?(?:and |or |nor |as well as )?| and (?:also )?| or | nor | & | ?/ ?|,? as well as |,? together "
    r"with |,? along with )"
    r"(?:in |of |for |by |the |both )?§(?P=kind)\d+)+)"
)


_ASIDE_BEFORE = re.compile(
    r"\b(?:unlike|like|besides|apart from|in addition to|in contrast to|compared (?:with|to)|as opposed to|"
    r"relative to|"
    r"together with|along with|next to)(?: in| the)* $"
)


def join_lists(text: str, entities: dict[str, Entities]) -> str:
    """Replaces each list of marks of one kind in a text by one mark, which it adds to the entities."""

    def join(match: re.Match[str]) -> str:
        if _ASIDE_BEFORE.search(text[: match.start()]):  # "Unlike L1, L2 ...": L2 begins the clause
            aside, _, rest = match[0].rpartition(",")
            return f"{_LIST.sub(join, aside)} ,{_LIST.sub(join, rest)}" if aside else match[0]
        marks = re.findall(r"§[gnt]\d+", match["items"])
        names = tuple(name for mark in marks for name in entities[mark].names)
        lead = (match["lead"] or "").strip()
        joiner = {"neither": "nor", "either": "or"}.get(lead) or _joiner(match["items"])
        key = f"§{match['kind']}{len(entities)}"
        entities[key] = replace(entities[marks[0]], names=names, joiner=joiner)
        return f"neither {key}" if lead == "neither" else key

    return _LIST.sub(join, text)


def _joiner(words: str) -> str:
    for joiner in ("nor", "or"):
        if re.search(rf"\b{joiner}\b", words):
            return joiner
    return "and" if re.search(r"\band\b|&|/|as well as|together with|along with", words) else ""
