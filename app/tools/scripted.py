"""The scripted assistant: for a model that answers only yes/no questions, the router decides which tool is called.

It calls one tool for each question, and says what the tool gave in the words of the vocabulary, so that the ledger can
check every sentence. What the router does not understand is refused with questions that it would answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from app.tools.conversation import Calling, Result, Said, Step, call_tool, check_length
from app.tools.looking_tools import Picture
from app.tools.toolbox import Toolbox
from data_prep.claims import CLAIM_TYPES, SUPPORTED, Claim
from data_prep.claims.claim_type import enumerate_words
from data_prep.claims.mentions import GENE, NICHE, SlideNames, find_mentions
from data_prep.slide import Slide
from inference.answers.ledger import Ledger
from inference.answers.named_claims import ANY
from inference.answers.readings import COMPARE, DESCRIBE
from inference.answers.routing import Refusal, Route, route

MOST_NAMED = 10
"""Markers that a sentence names. The table below it has all."""
_SHOW = re.compile(r"\s*(?:please\s+)?(?:show|draw|plot|display|map)\b(?:\s+me)?\b", re.IGNORECASE)


class ScriptedConversation:
    """One conversation about one open slide, without a model that calls tools.

    Args:
        toolbox: the tools.
        slide_id: id of the open slide.
        slide: the slide.
        check: (words of an answer, selected gene, selected niche) → what the counts say of each sentence.
    """

    def __init__(self, toolbox: Toolbox, slide_id: str, slide: Slide, check: Callable[[str, str, str], Ledger]) -> None:
        self._toolbox = toolbox
        self._slide_id = slide_id
        self._slide = slide
        self._check = check
        self._last: dict[str, str] = {}

    def say(self, text: str, *, gene: str = "", niche: str = "") -> Iterator[Step | Refusal]:
        """One turn: the question of a person, and what the assistant does about it.

        Args:
            text: the question.
            gene: gene that is selected. "It" means the gene of the last question, if there was one.
            niche: likewise the niche.

        Yields:
            The steps; the last one is a ``Said`` with its ledger, or a picture. Or one ``Refusal``.

        Raises:
            NicheLensError: the question is empty or too long.
        """
        check_length(text)
        gene, niche = self._last.get(GENE, gene), self._last.get(NICHE, niche)
        calling = self._drawing(text, gene, niche)
        if calling is None:
            found = route(text, self._slide, gene=gene, niche=niche)
            if isinstance(found, Refusal):
                yield found
                return
            calling = choose_call(found, gene, niche)
            self._remember(found.claims)
        yield calling
        result = call_tool(self._toolbox, self._slide_id, calling)
        yield result
        if not isinstance(result.value, Picture):  # a picture has its caption
            words = say_result(result)
            yield Said(words, self._check(words, gene, niche))

    def _drawing(self, text: str, gene: str, niche: str) -> Calling | None:
        """The call that draws what a text asks to be shown; None for a text that asks for no picture."""
        found = _SHOW.match(text)
        if not found:
            return None
        mentions = find_mentions(text, SlideNames.of(self._slide))
        if any(not mention.is_exact for mention in mentions):
            return None
        genes = [mention.name for mention in mentions if mention.kind == GENE]
        niches = [mention.name for mention in mentions if mention.kind == NICHE]
        rest = text[found.end() :].lower()
        if not genes and not niches:
            if "niche" in rest and not re.search(r"\b(this|the|that) niche\b", rest):
                return Calling("draw", {"kind": "niches", "niche": niche})
            return None
        if len(genes) > 1:
            return Calling("draw", {"kind": "twin", "gene": genes[0], "other": genes[1]})
        if genes and niches:
            return Calling("draw", {"kind": "focus", "gene": genes[0], "niche": niches[0]})
        if genes:
            return Calling("draw", {"kind": "expression", "gene": genes[0]})
        return Calling("draw", {"kind": "niche", "niche": niches[0]})

    def _remember(self, claims: tuple[Claim, ...]) -> None:
        for kind, names in ((GENE, [c.gene for c in claims]), (NICHE, [c.niche for c in claims])):
            named = [name for name in names if name and name != ANY]
            if named:
                self._last[kind] = named[-1]


def choose_call(found: Route, gene: str, niche: str) -> Calling:
    """The tool that answers a question.

    Args:
        found: where the router sends it.
        gene: gene that "it" means.
        niche: likewise the niche.
    """
    claims = found.claims
    niches = list(dict.fromkeys(c.niche for c in claims if c.niche and c.niche != ANY))
    if found.intent == DESCRIBE and niches:
        return Calling("describe", {"niche": niches[0]})
    if found.intent == COMPARE and len(niches) == 2:
        return Calling("compare_niches", {"niche": niches[0], "other": niches[1]})
    if claims and all(CLAIM_TYPES[c.kind].other == "gene" and c.other != ANY for c in claims):
        return Calling("compare_genes", {"genes": list(dict.fromkeys(n for c in claims for n in (c.gene, c.other)))})
    if claims and all(c.kind == "enriched" and c.gene == ANY for c in claims) and len(niches) == 1:
        return Calling("screen", {"niche": niches[0]})
    if claims and all(c.kind == "adjacent" and c.other == ANY for c in claims) and len(niches) == 1:
        return Calling("neighbours", {"niche": niches[0]})
    return Calling("ask", {"question": found.question, "gene": gene, "niche": niche})


def say_result(result: Result) -> str:
    """What a tool gave, as sentences that the ledger can read."""
    if result.error:
        return f"That did not work: {result.error}."
    value, name = result.value, result.call.name
    assert isinstance(value, dict)
    for key in ("answer", "description"):
        if key in value:
            return str(value[key])
    if name == "screen":
        return _say_screen(value, result.call.arguments["niche"])
    if name == "neighbours":
        bordering = [border["other"] for border in value["neighbours"] if border["verdict"] == SUPPORTED]
        niche = value["niche"]
        return (
            f"{niche} borders {enumerate_words(bordering)}."
            if bordering
            else f"The counts are sure of no neighbour of {niche}."
        )
    return "The table shows what the counts say."


def _say_screen(value: dict[str, Any], niche: str) -> str:
    """The markers that a screen found, the first rows of its table."""
    said = [row["gene"] for row in value["rows"] if row["verdict"] == "yes"]
    if not said:
        return f"None of the {value['asked']} genes that were asked about is surely enriched in {niche}."
    named = enumerate_words(said[:MOST_NAMED])
    return f"{named} {'is' if len(said) == 1 else 'are'} enriched in {niche}."
