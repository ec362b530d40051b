"""The router: which claims a question in people's own words asks about, or why it is refused.

    route("Is COL1A1 a marker of the stroma?", slide, gene="KRT19", niche="Cancer")
    # Route(claims=(Claim("enriched", "COL1A1", "Stroma"),), ...)

It is deterministic and never guesses. Every word of a question must be known, every name must be on the slide without
doubt, and the topics must fit one reading. Everything else is refused, with three questions that would be answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from data_prep.claims import Claim
from data_prep.claims.mentions import CELL_TYPE, GENE, NICHE, Mention, SlideNames, find_mentions
from data_prep.claims.near_names import find_near
from data_prep.slide import Slide
from inference.answers.named_claims import ANY, Selected
from inference.answers.question_words import (
    Clause,
    Token,
    all_mentions,
    possible_mentions,
    read_question,
    with_names,
)
from inference.answers.readings import DESCRIBE, INTERVIEW, OVERVIEW, read_clause
from inference.answers.route_notes import note_on

LONGEST_QUESTION = 500
"""Characters of a question. The longest of the 200 in the tests has a third of that."""
MOST_NEAR = 3
_QUOTED = 60
"""Characters of people's words that a refusal repeats."""


@dataclass(frozen=True)
class Route:
    """Where a question goes.

    Attributes:
        question: as asked.
        claims: to ask, with real names; `named_claims.ANY` ("*") stands for whatever the slide has.
        intent: "describe", "compare", "overview" or "interview" for a question that is more than its claims.
        stands_for: what references stand for, as (words, name): ("this gene", "KRT19").
        is_negated: whether the question has a negation. The claims are without it.
        note: what the answer must say beside its claims; "" for nothing.
    """

    question: str
    claims: tuple[Claim, ...]
    intent: str = ""
    stands_for: tuple[tuple[str, str], ...] = ()
    is_negated: bool = False
    note: str = ""

    @property
    def restated(self) -> str:
        """The question, with what its references stand for."""
        meant = ", ".join(f"{words}: {name}" for words, name in self.stands_for)
        return f"{self.question} ({meant})" if meant else self.question


@dataclass(frozen=True)
class Refusal:
    """Why a question is not answered.

    Attributes:
        reason: one sentence.
        did_you_mean: names of the slide that may have been meant.
        examples: questions about this slide that would be answered.
        corrected: the question with each of these names in place of what is no name.
    """

    reason: str
    did_you_mean: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    corrected: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The reason and the names that may have been meant, in one line."""
        meant = f" Did you mean {' or '.join(self.did_you_mean)}?" if self.did_you_mean else ""
        return f"{self.reason}{meant}"

    @property
    def advice(self) -> str:
        """The text and the examples, in one line."""
        return f"{self.text} Ask for example: {' '.join(self.examples)}" if self.examples else self.text


def route(question: str, slide: Slide, *, gene: str = "", niche: str = "") -> Route | Refusal:
    """Decides which claims a question asks about.

    Args:
        question: in English, at most `LONGEST_QUESTION` characters.
        slide: that it is about.
        gene: that is selected, for "this gene"; "" for none.
        niche: likewise.
    """
    found = _best(question.strip(), slide, SlideNames.of(slide), Selected(gene, niche))
    if isinstance(found, Refusal):
        return replace(found, examples=example_questions(slide, gene=gene, niche=niche))
    return found


def example_questions(slide: Slide, *, gene: str = "", niche: str = "") -> tuple[str, ...]:
    """Three questions that are answered on this slide, about the selected gene and niche, or about the first."""
    names = SlideNames.of(slide)
    gene = gene or (str(slide.genes[0]) if len(slide.genes) else "")
    niche = niche or (slide.niches[0] if slide.niches else "")
    templates = ["Is {gene} a marker of {niche}?", "Where is {gene} highest?", "Which genes mark {niche}?"]
    said = []
    for template in templates:
        for spoken_gene, spoken_niche in (
            (gene, niche),
            (f"the gene {gene}", f"the niche {niche}"),
            (f'"{gene}"', f'"{niche}"'),
        ):
            question = template.format(gene=spoken_gene, niche=spoken_niche)
            wanted = {name for name, part in ((gene, "{gene}"), (niche, "{niche}")) if part in template}
            named = find_mentions(question, names, near=False)
            if {mention.name for mention in named} == wanted:
                said.append(question)
                break
    return tuple(said)


def named(question: str, slide: Slide, *, gene: str = "", niche: str = "") -> tuple[str, str] | Refusal:
    """The first gene and niche that a text names, else the selected ones; a refusal where a name is in doubt.

    Args:
        question: free text for a model that writes prose.
        slide: that it is about.
        gene: that is selected; "" for none.
        niche: likewise.
    """
    every = find_mentions(question, SlideNames.of(slide))
    found = [mention for mention in every if mention.is_exact]
    has_gene = any(mention.kind == GENE for mention in found)
    for mention in every:
        if not mention.is_exact and mention.kind == GENE and not has_gene:
            reason = f"{_quote(question[mention.start : mention.end])} is no name on this slide."
            refusal = _no_name(reason, question, mention.start, mention.end, mention.near)
            return replace(refusal, examples=example_questions(slide, gene=gene, niche=niche))
    first = {kind: next((m.name for m in found if m.kind == kind), "") for kind in (GENE, NICHE)}
    return first[GENE] or gene, first[NICHE] or niche


def _best(question: str, slide: Slide, names: SlideNames, selected: Selected) -> Route | Refusal:
    """The route of a question. A name that a gene and a niche share is read in the way that leaves least open."""
    if not question:
        return Refusal("The question is empty.")
    if len(question) > LONGEST_QUESTION:
        return Refusal(f"The question has {len(question):,} characters; at most {LONGEST_QUESTION} are read.")
    every = possible_mentions(question, names)
    found = [_route(question, slide, names, selected, mentions) for mentions in every]
    weighed = [(_left_open(one, read), one) for one, read in zip(found, every, strict=True) if isinstance(one, Route)]
    least = min((weight for weight, _ in weighed), default=None)
    best = {one.claims: one for weight, one in weighed if weight == least}
    if len(best) > 1:
        shared = next(mention for mention in every[0] if mention.readings)
        said, (_, name) = _quote(question[shared.start : shared.end]), shared.readings[0]
        return Refusal(f"{said} is a gene and a niche here; write 'the gene {name}' or 'the niche {name}'.")
    return next(iter(best.values()), found[0])


def _left_open(found: Route, mentions: Sequence[Mention]) -> tuple[int, int, int]:
    """How much of a route its question does not name: what is selected, what is left open, and what is a cell type.

    People who name a gene and a cell type in one word mean the gene.
    """
    fields = [field for claim in found.claims for field in (claim.gene, claim.niche, claim.other)]
    n_types = sum(mention.kind == CELL_TYPE for mention in mentions if mention.readings)
    return len(found.stands_for), 0 if found.intent else fields.count(ANY), n_types


def _route(
    question: str, slide: Slide, names: SlideNames, selected: Selected, mentions: Sequence[Mention]
) -> Route | Refusal:
    clauses = read_question(question, mentions)
    if not clauses:
        return Refusal("The question has no words.")
    doubts = [mention for mention in all_mentions(clauses) if not mention.is_exact]
    unknown = [token for clause in clauses for token in clause.unknown]
    if doubts or unknown:
        return _doubt(question, doubts, unknown, names)
    claims: list[Claim] = []
    intents: list[str] = []
    stands_for: dict[str, str] = {}
    asking = [clause for clause in clauses if _asks(clause)] or clauses
    after = clauses[clauses.index(asking[0]) :]
    if any(clause not in asking and any(token.names for token in clause.tokens) for clause in after):
        return Refusal("Part of the question is left out; write each question in full.")
    for clause in clauses:
        resolved = _resolved(clause, selected)
        if clause in asking:
            understood = read_clause(resolved, selected)
            if understood is None:
                return _not_understood(resolved, slide, selected)
            intents.append(understood[0])
            claims += understood[1]
            stands_for |= _references(clauses, understood[1], selected)
        selected = Selected(
            resolved.genes[-1] if resolved.genes else selected.gene,
            resolved.niches[0] if resolved.niches else selected.niche,
        )
    if any(claim.kind == "composed_of" for claim in claims) and not slide.cell_types:
        return Refusal("The slide has no cell types, so nobody can ask about them.")
    if any(name == "" for name in intents) and any(intents):
        return Refusal("That is more than one question; ask them one by one.")
    if len(asking) > 1 and any(intents):
        return Refusal("That is more than one question; ask them one by one.")
    is_negated = any("NOT" in token.topics for clause in asking for token in clause.tokens)
    note = "" if intents[0] in (DESCRIBE, OVERVIEW, INTERVIEW) else note_on(asking, claims)
    return Route(question, tuple(dict.fromkeys(claims)), intents[0], tuple(stands_for.items()), is_negated, note)


def _asks(clause: Clause) -> bool:
    """Whether a clause asks for anything: it has a topic, and not only names and grammar."""
    names_only = {"", "NOT", "GENE", "NICHE", "TYPE", "PRONOUN", "THIS_GENE", "THIS_NICHE"}
    if clause.genes and (clause.niches or clause.has("THIS_NICHE")):
        return True
    return any(token.subjects.isdisjoint(names_only) for token in clause.tokens)


def _resolved(clause: Clause, selected: Selected) -> Clause:
    """The clause with "this gene" and "this niche" as names."""
    if selected.gene:
        clause = with_names(clause, "THIS_GENE", Mention(GENE, selected.gene, 0, 0))
    if selected.niche:
        clause = with_names(clause, "THIS_NICHE", Mention(NICHE, selected.niche, 0, 0))
    return clause


def _references(clauses: Sequence[Clause], claims: Iterable[Claim], selected: Selected) -> dict[str, str]:
    """What stands for the selected names in some claims and is named in no clause: words or nothing → name."""
    genes, niches = ([name for clause in clauses for name in clause.of_kind(kind)] for kind in (GENE, NICHE))
    used = {name for claim in claims for name in (claim.gene, claim.niche, claim.other)}
    found = {}
    for name, named, words in (
        (selected.gene, genes, "this gene"),
        (selected.niche, niches, "this niche"),
    ):
        if name and name in used and name not in named:
            found[words] = name
    return found


def _doubt(question: str, doubts: Sequence[Mention], unknown: Sequence[Token], names: SlideNames) -> Refusal:
    """The refusal for names that are not exact and words that are not known."""
    if doubts:
        mention = doubts[0]
        said = _quote(question[mention.start : mention.end])
        reason = f"{said} may mean several names." if len(mention.near) > 1 else f"{said} is no name on this slide."
        return _no_name(reason, question, mention.start, mention.end, mention.near)
    free = [(token.start, token.end) for token in unknown]
    # A name of several words may have one wrong word, so the words from there on are read too.
    spans = [(start, min(len(question), _after(question, end))) for start, end in free]
    for _, start, end, close in find_near(question, spans, names.folded_genes, names.niche_writings):
        if any(start < last and first < end for first, last in free):
            reason = f"{_quote(question[start:end])} is not on this slide."
            return _no_name(reason, question, start, end, close)
    start, end = free[0]
    symbol = names.folded_genes.get(unknown[0].text)
    reason = f"NicheLens does not understand {_quote(question[start:end])} in this question."
    return _no_name(reason, question, start, end, (symbol,) if symbol else ())


def _no_name(reason: str, question: str, start: int, end: int, near: Sequence[str]) -> Refusal:
    """The refusal for words of a question that are no name, with the question in which they are one."""
    meant = tuple(near[:MOST_NEAR])
    said = question[start:end]
    spoken = [f"the gene {name}" if name.casefold() == said.casefold() else name for name in meant]
    return Refusal(reason, meant, corrected=tuple(question[:start] + name + question[end:] for name in spoken))


def _after(question: str, end: int) -> int:
    """The end of the four words after a place."""
    return end + len(" ".join(question[end:].split(" ")[:5]))


def _quote(words: str) -> str:
    return f"'{words if len(words) <= _QUOTED else words[: _QUOTED - 1] + '…'}'"


def _not_understood(clause: Clause, slide: Slide, selected: Selected) -> Refusal:
    """The refusal for known words that make no question."""
    if clause.has("WHY"):
        return Refusal("NicheLens says what is on the slide, and not why.")
    if clause.has("WHICH_TYPE") or (clause.has("WHICH_NICHE") and clause.has("PRONOUN")):
        return Refusal(
            "NicheLens does not name cell types or niches; it says which genes mark a niche, and where it is."
        )
    if len(clause.genes) > 1 and clause.has("THAN"):
        return Refusal("NicheLens compares a gene with itself in other niches, and not with other genes.")
    if not clause.genes and not selected.gene and clause.has("PRONOUN", "THIS_GENE", "ENRICHED", "HIGH"):
        return Refusal("The question names no gene of this slide.")
    if not clause.niches and not selected.niche:
        return Refusal("The question names no niche of this slide.")
    return Refusal("The question has no reading that NicheLens knows, or more than one.")
