"""The claims of a clause: fills the fields of some kinds of claim with what a question names, asks for or leaves out.

Each public function takes the kinds of claim, the clause and what is selected. It returns claims with real names, where
``ANY`` stands for whatever the slide has, or None where the clause does not ask about such claims after all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

from data_prep.claims import CLAIM_TYPES, Claim
from data_prep.claims.mentions import GENE, NICHE
from inference.answers.question_words import Clause

Kinds = tuple[str, ...]
ANY = "*"
"""In a claim to ask: whatever the slide has."""
_VALUE_TOPIC = {
    "form": "FORM",
    "parts": "PARTS",
    "extent": "EXTENT",
    "centred": "PLACE",
    "highest": "PLACE",
    "gradient": "GRADIENT",
    "partial": "HALF",
    "rim": "RIM",
    "composed_of": "COMPOSED",
}
"""Kind of claim → the topic whose values are its values."""
_ASKING = ("which", "what")
_OUT_OF = ("outside", "beyond", "away from")
_OPPOSITE = {"left": "right", "right": "left", "up": "down", "down": "up"}


@dataclass(frozen=True)
class Selected:
    """What "this gene" and "the niche" stand for; "" for nothing."""

    gene: str = ""
    niche: str = ""


def of_niche(kinds: Kinds, clause: Clause, selected: Selected) -> list[Claim] | None:
    """A niche itself."""
    niches = _niches(clause, selected)
    found = [Claim(kind, "", n, v) for kind in kinds for n in niches for v in _values(kind, clause)]
    several = len(niches) > 1 and len({claim.value for claim in found}) > len(kinds)
    # "Is A compact and B a ring?" pairs names and values, and "bigger than a small part" is no value.
    return None if several or (clause.has("THAN") and any(claim.value != ANY for claim in found)) else found


def of_slide(kinds: Kinds, clause: Clause, selected: Selected) -> list[Claim] | None:
    """The slide itself. "Is it a stripe?" is about what is selected, and no claim says that depth is high somewhere."""
    if clause.has("PRONOUN", "THIS_GENE", "THIS_NICHE", "WHICH_GENE", "WHICH_NICHE"):
        return None
    if clause.has("HIGH") and clause.has("DEPTH") and not clause.has("LOW", "GRADIENT_DOWN", "FEW_COUNTS"):
        return None
    return [Claim(kind) for kind in kinds]


def of_gene(kinds: Kinds, clause: Clause, selected: Selected) -> list[Claim] | None:
    """A gene over the tissue."""
    if clause.niches and not clause.genes and not clause.has("PRONOUN", "THIS_GENE", "WHICH_GENE"):
        return None  # "Is Stroma real?" is not about the selected gene.
    genes = _genes(clause, selected)
    return [Claim(kind, gene, "", v) for kind in kinds for gene in genes for v in _values(kind, clause)]


def gene_in_niche(kinds: Kinds, clause: Clause, selected: Selected) -> list[Claim] | None:
    """A gene in a niche. "Is A high in B and C in D" asks about two pairs, and not about four."""
    gene_is_meant = clause.has("PRONOUN", "THIS_GENE")
    asks_what = clause.has("WHAT") and not clause.has("WHERE", "WHICH_NICHE")
    # "Is Stroma a marker of Cancer?" is not "What are the markers of Stroma and Cancer?"
    has_subject = clause.starts_with("is", "are", "was", "were") and not clause.starts_with("is there", "are there")
    open_by = ["WHICH_GENE"]
    if not gene_is_meant:
        open_by += ["MARKER"] * (not has_subject) + ["WHAT"] * asks_what
    if clause.niches and any("WHICH_NICHE" in t.topics and not t.text.startswith(_ASKING) for t in clause.tokens):
        return None  # "in all niches but Stroma"
    if any(token.text.startswith(_OUT_OF) for token in clause.tokens):
        return None  # "outside the stroma"
    genes = _genes(clause, selected, open_by=open_by)
    if not clause.genes and ANY not in genes and not gene_is_meant and not _may_leave_out_gene(clause):
        return None
    left_open = ["WHICH_NICHE", "WHERE"]
    if clause.genes and not clause.has("THIS_NICHE"):
        left_open.append("WHAT")
    niches = _niches(clause, selected, open_by=left_open)
    n_compared = len(niches)
    if clause.has("THAN", "COMPARE") and (len(genes) > 1 or n_compared < 2 or _follows(clause, "THAN", "GENE")):
        return None  # One gene against another: no claim says that.
    named = [(m.kind, m.name) for token in clause.tokens for m in token.names]
    order = [kind for kind, _ in named]
    if len(named) >= 4 and order in ([GENE, NICHE] * (len(named) // 2), [NICHE, GENE] * (len(named) // 2)):
        pairs = [(dict(named[i : i + 2])[GENE], dict(named[i : i + 2])[NICHE]) for i in range(0, len(named), 2)]
    else:
        pairs = [pair for pair in product(genes, niches) if pair != (ANY, ANY)]
    return [Claim(kind, g, n, v) for kind in kinds for g, n in pairs for v in _values(kind, clause)]


def two_genes(kinds: Kinds, clause: Clause, selected: Selected) -> list[Claim] | None:
    """A gene and each of the others; one gene alone is compared with the selected one."""
    genes = clause.genes
    if len(genes) == 1:
        if clause.has("WHICH_GENE"):
            genes = (*genes, ANY)
        elif selected.gene and selected.gene != genes[0]:
            genes = (selected.gene, *genes)
    elif not genes and selected.gene and clause.has("WHICH_GENE"):
        genes = (selected.gene, ANY)
    if len(genes) < 2 or clause.repeats(GENE):
        return None
    return [Claim(kind, genes[0], other=other) for kind in kinds for other in genes[1:]]


def borders(kinds: Kinds, clause: Clause, selected: Selected) -> list[Claim] | None:
    """A niche and its neighbours, named or left open."""
    niches = clause.niches
    if len(niches) == 1 and clause.repeats(NICHE):
        return None  # "Does A border A?"
    refers = clause.has("PRONOUN") and not clause.has("WHICH_NICHE") and not _asks_what(clause)
    if len(niches) == 1 and refers and selected.niche and selected.niche != niches[0]:
        niches = (selected.niche, *niches)
    elif not niches and selected.niche:
        niches = (selected.niche,)
    if len(niches) == 1:
        niches = (*niches, ANY)
    return [Claim(kind, "", niches[0], other=other) for kind in kinds for other in niches[1:]]


def spills(kinds: Kinds, clause: Clause, selected: Selected) -> list[Claim] | None:
    """A gene from a niche into another one, by the words before the niches."""
    places: dict[str, str] = {}
    for token in clause.tokens:
        named = [mention.name for mention in token.names if mention.kind == NICHE]
        for name in named:
            key = places.pop("next", "")
            free = [slot for slot in ("FROM", "INTO") if slot not in places]
            if key in places or (not key and not free):
                return None
            places[key or free[0]] = name
        if not named and not token.topics.isdisjoint(("FROM", "INTO")):
            places["next"] = "FROM" if "FROM" in token.topics else "INTO"
    places.pop("next", None)
    if len(clause.niches) == 1 and not clause.has("FROM") and "FROM" in places:
        return None  # "spill over Stroma" does not say in which direction.
    into = places.get("INTO", ANY)
    fallback = ANY if clause.has("WHICH_NICHE") and into != ANY else selected.niche
    start = places.get("FROM") or (fallback if fallback != into else ANY)
    if not start or start == into == ANY:
        return None
    return [Claim(kind, gene, start, other=into) for kind in kinds for gene in _genes(clause, selected)]


def cells(kinds: Kinds, clause: Clause, selected: Selected) -> list[Claim] | None:
    """The share of cell types in a niche."""
    if not clause.cell_types and not clause.has("WHICH_TYPE") and not _asks_what(clause):
        return None  # "Does Cancer contain Stroma?" asks about no cells.
    types = clause.cell_types or (ANY,)
    parts = product(kinds, _niches(clause, selected), types)
    return [Claim(kind, "", n, v, t) for kind, n, t in parts for v in _values(kind, clause)]


def only_named(kinds: Kinds, clause: Clause, selected: Selected) -> list[Claim] | None:
    """As `of_niche`, where nothing but the niche is meant: "Where is it?" may mean the selected gene."""
    is_open = clause.niches or clause.has("WHICH_NICHE") or not selected.gene
    if _follows(clause, "PLACE", "NICHE"):
        return None  # "Is A left of B?"
    return of_niche(kinds, clause, selected) if is_open else None


def compared(kinds: Kinds, clause: Clause, selected: Selected) -> list[Claim] | None:
    """What two niches are, each by itself, and whether they touch."""
    niches = clause.niches
    if len(niches) == 1 and selected.niche and selected.niche != niches[0]:
        niches = (selected.niche, *niches)
    if len(niches) < 2:
        return None
    claims = [Claim("adjacent", "", niches[0], other=other) for other in niches[1:]]
    claims += [Claim(kind, "", niche, ANY) for kind in kinds for niche in niches]
    return claims + [Claim("enriched", ANY, niche) for niche in niches]


def overview(kinds: Kinds, clause: Clause, selected: Selected) -> list[Claim]:
    """A gene over the tissue and in all niches."""
    genes = _genes(clause, selected)
    claims = [Claim("enriched", gene, ANY) for gene in genes]
    return claims + [Claim(k, gene, "", _values(k, clause)[0]) for gene in genes for k in kinds]


def _genes(clause: Clause, selected: Selected, *, open_by: Iterable[str] = ("WHICH_GENE",)) -> tuple[str, ...]:
    """The genes of a clause: named, else left open, else the selected one; none if nothing is selected."""
    if clause.genes:
        return clause.genes
    if clause.has(*open_by):
        return (ANY,)
    return (selected.gene,) if selected.gene else ()


def _niches(clause: Clause, selected: Selected, *, open_by: Iterable[str] = ("WHICH_NICHE",)) -> tuple[str, ...]:
    """Likewise the niches."""
    if clause.niches:
        return clause.niches
    if clause.has(*open_by):
        return (ANY,)
    return (selected.niche,) if selected.niche else ()


def _values(kind: str, clause: Clause) -> tuple[str, ...]:
    """The values of a kind that a clause names, else whatever value; ("",) for a kind without values."""
    topic = _VALUE_TOPIC.get(kind)
    if topic is None:
        return ("",)
    allowed = CLAIM_TYPES[kind].values
    named = tuple(value for value in clause.values(topic) if value in allowed)
    if kind == "gradient" and clause.has("GRADIENT_DOWN"):
        named = tuple(_OPPOSITE[value] for value in named)
    return named if named and len(named) < len(allowed) else (ANY,)


def _may_leave_out_gene(clause: Clause) -> bool:
    """Whether a clause without a gene means the selected one: "Enriched in Stroma?", but not "Is Stroma enriched?"."""
    first = next((token for token in clause.tokens if token.topics.isdisjoint(("", "NOT"))), None)
    return first is not None and not first.subjects.isdisjoint(("HIGH", "LOW", "ENRICHED", "DEPLETED", "ONLY"))


def _follows(clause: Clause, first: str, then: str) -> bool:
    """Whether a phrase about one topic comes right after one about another, but for grammar."""
    before = False
    for token in clause.tokens:
        if before and then in token.subjects:
            return True
        before = first in token.subjects or (before and "" in token.topics)
    return False


def _asks_what(clause: Clause) -> bool:
    return any("WHAT" in token.topics for token in clause.tokens)
