"""The tools that compare: genes, niches of a slide, and a niche on two slides."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

from app.embedding_results import genes_like
from app.query_results import ask_for_like
from app.tools.asking_tools import UNITS, measured
from app.tools.opened_slides import OpenedSlide, SlideStore
from app.tools.plain_results import entry_result, ledger_result, plain, table_rows
from data_prep.claims import Claim, check
from data_prep.errors import NicheLensError
from data_prep.facts.facts import Facts
from data_prep.facts.marker_rule import MARKER, NOT_MARKER, UNCLEAR
from inference.answers import candidate_claims
from inference.answers.across import comparison
from inference.answers.asking import NOTHING_SAID
from inference.answers.claim_answers import ask_claims, asked_kinds
from inference.answers.composing import compose
from inference.answers.interview import ADJACENT
from inference.answers.ledger import LedgerEntry, check_sayings
from inference.answers.statements import settle, sure_statements
from inference.engine.engine import Engine

MOST_COMPARED = 6
"""Genes that are compared at once: each pair is one question."""
MOST_SIMILAR = 50
"""Genes or spots that are listed."""
COLOCALISED = "colocalised"
_MARKER_WORDS = {MARKER: "marker", NOT_MARKER: "not a marker", UNCLEAR: "unclear"}
_OF_NOBODY = ("probability", "value")
"""Fields of a claim that nobody made: it has no probability, and its kind no value."""


class ComparingTools:
    """Compares genes, and niches within a slide and across slides.

    Args:
        store: the open slides.
        engine_for: as for `AskingTools`.
    """

    def __init__(self, store: SlideStore, engine_for: Callable[[str], Engine]) -> None:
        self._store = store
        self._engine_for = engine_for

    def compare_genes(self, slide: str, genes: list[str], niche: str = "") -> dict[str, Any]:
        """Compares two to six genes: are they high in the same place, and how enriched is each in the niches?

        Args:
            slide: id of an open slide, as open_slide returns it.
            genes: two to six gene symbols.
            niche: name of a niche for the enrichment; empty for all niches.

        Returns:
            What the model says of the pairs, with its ledger; for each pair what the counts say of "high in the same
            place"; and for each gene and niche the log2 fold change of the counts.
        """
        opened, engine, facts = self._facts(slide)
        chosen = list(dict.fromkeys(genes))
        if not 2 <= len(chosen) <= MOST_COMPARED:
            message = f"compare_genes: got {len(chosen)} different genes; name 2 to {MOST_COMPARED}"
            raise NicheLensError(message)
        for gene in chosen:
            opened.slide.gene_index(gene)
        kinds = asked_kinds(engine)
        claims = [
            claim
            for number, gene in enumerate(chosen)
            for claim in candidate_claims.pair_claims(kinds, opened.slide, gene, chosen[number + 1 :])
        ]
        statements = settle(sure_statements(ask_claims(engine, facts.canvas, claims), engine.calibration))
        sayings = list(compose(statements))
        pairs = [_measured(Claim(COLOCALISED, a, other=b), facts) for a, b in combinations(chosen, 2)]
        return {
            "slice": opened.slice_name,
            "answer": " ".join(saying.words for saying in sayings) or NOTHING_SAID,
            "ledger": ledger_result(check_sayings(sayings, facts, is_known=engine.gives_probability)),
            "pairs": pairs,
            "enrichment": _enrichment(facts, chosen, [niche] if niche else list(facts.shapes)),
            "units": UNITS,
        }

    def compare_niches(self, slide: str, niche: str, other: str) -> dict[str, Any]:
        """Compares two niches of one slide: what differs between them, by the model and by the counts?

        Args:
            slide: id of an open slide, as open_slide returns it.
            niche: name of the first niche.
            other: name of the second niche.

        Returns:
            The differences in words, second against first; each difference that the model states, with the verdict of
            the counts; differences that only the counts show; and the genes that were asked about.
        """
        _, engine, facts = self._facts(slide)
        return plain(comparison.compare_niches(engine, facts, niche, other).to_dict())

    def compare_slides(self, slide: str, other_slide: str, niche: str, other: str = "") -> dict[str, Any]:
        """Compares one niche on two slides or slices: what changed from the first to the second?

        Args:
            slide: id of the first open slide, as open_slide returns it.
            other_slide: id of the second open slide.
            niche: name of the niche on the first slide.
            other: its name on the second slide; empty for the niche of the same name, or for its match.

        Returns:
            The changes in words; each change that the model states, with the verdict of the counts of both slides;
            changes that only the counts show; and notes on what to keep in mind.
        """
        _, engine, first = self._facts(slide)
        _, _, second = self._facts(other_slide)
        return plain(comparison.compare_slides(engine, first, second, niche, other).to_dict())

    def neighbours(self, slide: str, niche: str) -> dict[str, Any]:
        """Lists the niches that border a niche, by the counts alone.

        Args:
            slide: id of an open slide, as open_slide returns it.
            niche: name of the niche.

        Returns:
            For each other niche its share of this niche's border (0 to 1, with standard error), the largest first, and
            whether the counts support that the two border each other.
        """
        opened, _, facts = self._facts(slide)
        opened.slide.niche_index(niche)
        contacts = facts.shapes[niche].contacts
        borders = [_measured(Claim(ADJACENT, niche=niche, other=other), facts) for other in contacts]
        borders.sort(key=lambda border: -contacts[border["other"]])
        return {"slice": opened.slice_name, "niche": niche, "neighbours": borders}

    def similar_genes(self, slide: str, gene: str, n: int = 10) -> dict[str, Any]:
        """Lists the genes whose maps are most like that of a gene, by the counts alone.

        Args:
            slide: id of an open slide, as open_slide returns it.
            gene: symbol of the gene.
            n: how many genes, 1 to 50.

        Returns:
            For each gene how alike the two maps are (1 is the same), the correlation of the maps with its error, and
            what the counts say of "the two share their place"; the most similar first.
        """
        _check_number("similar_genes", "n", n, MOST_SIMILAR)
        opened, _, facts = self._facts(slide)
        return {"slice": opened.slice_name, "gene": gene, "similar": table_rows(genes_like(facts, gene, n))}

    def niches_like(self, slide: str, niche: str, other_slides: list[str], spots: int = 0) -> dict[str, Any]:
        """Where else is tissue like this? Ranks the niches of other slides by their likeness to a niche, by the counts.

        Args:
            slide: id of the open slide with the niche, as open_slide returns it.
            niche: name of the niche.
            other_slides: ids of the open slides to look in.
            spots: how many of the most similar spots of the other slides to list too, 0 to 50.

        Returns:
            A sentence about each slide; whether the niche is new, which means that no niche of the others certainly
            matches it; the niches with their scores; and the spots.
        """
        if spots:
            _check_number("niches_like", "spots", spots, MOST_SIMILAR)
        _, _, facts = self._facts(slide)
        found = ask_for_like(facts, niche, [self._facts(other)[2] for other in other_slides])
        return {
            "answer": found.text,
            "is_new": found.is_new,
            "niches": table_rows(found.niches),
            "spots": table_rows(found.spots[:spots]),
        }

    def _facts(self, slide: str) -> tuple[OpenedSlide, Engine, Facts]:
        return measured(self._store, self._engine_for, slide)


def _check_number(tool: str, name: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        message = f"{tool}: {name} is {value}; give 1 to {most}"
        raise NicheLensError(message)


def _measured(claim: Claim, facts: Facts) -> dict[str, Any]:
    """What the counts say of a claim that nobody made: no probability."""
    result = entry_result(LedgerEntry(**vars(check(claim, facts))))
    return {name: value for name, value in result.items() if name not in _OF_NOBODY}


def _enrichment(facts: Facts, genes: list[str], niches: list[str]) -> list[dict[str, Any]]:
    slide, markers = facts.slide, facts.markers
    return [
        plain(
            {
                "gene": gene,
                "niche": niche,
                "log2fc": markers.log2fc[row, column],
                "log2fc_error": markers.error[row, column],
                "q_value": markers.q_value[row, column],
                "detected_in_niche": markers.frac_in[row, column],
                "detected_outside": markers.frac_out[row, column],
                "verdict": _MARKER_WORDS[int(markers.label[row, column])],
            }
        )
        for gene, row in ((gene, slide.gene_index(gene)) for gene in genes)
        for niche, column in ((niche, slide.niche_index(niche)) for niche in niches)
    ]
