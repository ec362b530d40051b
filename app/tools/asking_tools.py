"""The tools that ask the model about an open slide, and check a text. Each claim in an answer is checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.known_slides import KnownSlides
from app.tools.opened_slides import OpenedSlide, SlideStore
from app.tools.plain_results import ledger_result, plain, table_rows
from data_prep.claims import Names
from data_prep.errors import NicheLensError
from data_prep.facts.facts import Facts
from data_prep.facts.variable_genes import variable_genes
from inference.answers import asking
from inference.answers.interview import ENRICHED
from inference.answers.ledger import check_answer
from inference.answers.screen import screen_markers
from inference.engine.engine import Engine

MOST_SCREENED = 2_000
"""Questions of one screen. They take about half a minute on two cores, and a client waits no longer than a minute."""
UNITS = {
    "log2fc": "log2 of the rate in the niche over the rate in the rest of the labelled tissue",
    "log2fc_error": "standard error of log2fc",
    "q_value": "adjusted p of no change",
    "detected_in_niche": "share of the niche's spots that have the gene, 0 to 1",
    "detected_outside": "share of the other labelled spots that have the gene, 0 to 1",
}
"""What the columns of tables mean."""


class AskingTools:
    """Asks the model and the counts about open slides.

    Args:
        store: the open slides.
        engine_for: id of a slide → the model, for whoever has the slide open. On a server that several people use, it
            gives each of them a turn.
        known: what the server's files say of slides, for the check of texts; None for nothing.
    """

    def __init__(
        self, store: SlideStore, engine_for: Callable[[str], Engine], known: KnownSlides | None = None
    ) -> None:
        self._store = store
        self._engine_for = engine_for
        self._known = known

    def ask(self, slide: str, gene: str = "", niche: str = "", question: str = "") -> dict[str, Any]:
        """Asks about a gene in a niche (is it a marker, where is it, which pattern?), or a question in your own words.

        A vision-language model answers one yes/no question about one picture for each claim. What it is sure of becomes
        a sentence, and each claim is then checked against the counts.

        Args:
            slide: id of an open slide, as open_slide returns it.
            gene: gene symbol; with a question, what "this gene" means.
            niche: name of the niche; with a question, what "this niche" means.
            question: a question in your own words, such as "Is COL1A1 a marker of Stroma?"; empty asks the standard
                questions about the gene in the niche. A question that is not understood is refused, with examples.

        Returns:
            The answer in words; the probability (0 to 1) that the gene is a marker of the niche and the verdict yes, no
            or abstain; and the ledger: for each claim what the counts say (supported, contradicted, or why not), with
            the number that decides and its standard error.
        """
        opened, engine, facts = self._facts(slide)
        if not question.strip() and not (gene and niche):
            message = "ask: name a gene and a niche (list_genes and list_niches list them), or give a question"
            raise NicheLensError(message)
        *_, answer = asking.ask(engine, facts, gene, niche, question=question)
        if answer.refusal is not None:
            raise NicheLensError(answer.refusal.advice)
        probability, is_known = answer.probability, engine.gives_probability
        return {
            "slice": opened.slice_name,
            "gene": answer.gene,
            "niche": answer.niche,
            "question": answer.question,
            "answer": answer.text,
            "probability": plain(probability) if is_known else None,
            "verdict": None if probability is None else asking.verdict(engine, probability),
            "ledger": ledger_result(answer.ledger),
        }

    def describe(self, slide: str, niche: str, genes: int = 24) -> dict[str, Any]:
        """Describes one niche: its form, place and neighbours, which genes mark it, and where in it they are.

        Args:
            slide: id of an open slide, as open_slide returns it.
            niche: name of the niche.
            genes: number of candidate genes to ask about, 2 to 100; half are likely markers, half are not.

        Returns:
            The description in words, the genes that it calls enriched (the surest first), and the ledger of its claims.
        """
        opened, engine, facts = self._facts(slide)
        if not 2 <= genes <= 100:
            message = f"describe: genes is {genes}; give 2 to 100"
            raise NicheLensError(message)
        *_, answer = asking.describe_niche(engine, facts, niche, genes)
        return {
            "slice": opened.slice_name,
            "niche": niche,
            "description": answer.text,
            "enriched": [claim.gene for claim in answer.claims if claim.kind == ENRICHED],
            "ledger": ledger_result(answer.ledger),
        }

    def screen(
        self, slide: str, niche: str = "", genes: list[str] | None = None, top_n: int = 100, rows: int = 50
    ) -> dict[str, Any]:
        """Asks of many genes whether they are markers of a niche, and gives a table of the answers and the counts.

        The probabilities are calibrated on questions of which half are about markers. On a slide far fewer genes are
        markers, so read the table from the top.

        Args:
            slide: id of an open slide, as open_slide returns it.
            niche: name of the niche; empty asks about all niches.
            genes: gene symbols; none for the most variable genes.
            top_n: number of the most variable genes to ask about, where no genes are named.
            rows: number of rows to return for each niche, the likeliest markers first.

        Returns:
            Rows with gene, niche, probability (0 to 1), the model's verdict (yes, no or abstain), the statistics of the
            counts, and whether both agree; and the units of the columns.
        """
        opened, engine, facts = self._facts(slide)
        niches = [niche] if niche else list(facts.shapes)
        asked = list(dict.fromkeys(genes)) if genes else variable_genes(opened.slide, max(1, top_n))
        if len(asked) * len(niches) > MOST_SCREENED:
            message = (
                f"screen: {len(asked):,} genes in {len(niches)} niches are too many at once (at most {MOST_SCREENED:,} "
                "questions); name fewer genes or one niche, or use `nichelens markers` on the command line"
            )
            raise NicheLensError(message)
        table = screen_markers(engine, facts, asked, niches)
        shown = table.groupby("niche", sort=False).head(max(1, rows)).drop(columns="slice")
        return {
            "slice": opened.slice_name,
            "rows": table_rows(shown.rename(columns={"p_marker": "probability"})),
            "asked": len(table),
            "units": UNITS,
        }

    def ledger(self, slide: str, text: str, gene: str = "", niche: str = "") -> dict[str, Any]:
        """Checks somebody's text about an open slide against the counts, claim by claim.

        Args:
            slide: id of an open slide, as open_slide returns it.
            text: sentences about genes and niches of the slide, in plain English.
            gene: gene symbol that "this gene" stands for.
            niche: name of the niche that "the niche" stands for.

        Returns:
            For each claim that was found what the counts say, with the number that decides; the sentences in which no
            claim was found, which nobody checked; and how many claims have each verdict.
        """
        opened, _, facts = self._facts(slide)
        if gene:
            opened.slide.gene_index(gene)
        if niche:
            opened.slide.niche_index(niche)
        names = Names.of_selected(gene, niche)
        facts = self._known.facts(facts) if self._known else facts
        return {"slice": opened.slice_name, **ledger_result(check_answer(text, names, facts))}

    def _facts(self, slide: str) -> tuple[OpenedSlide, Engine, Facts]:
        return measured(self._store, self._engine_for, slide)


def measured(store: SlideStore, engine_for: Callable[[str], Engine], slide: str) -> tuple[OpenedSlide, Engine, Facts]:
    """An open slide, the model for whoever has it open, and what the counts say.

    Raises:
        NicheLensError: no slide is open under this id.
    """
    opened, engine = store.get(slide), engine_for(slide)
    return opened, engine, opened.facts(engine.image_size)
