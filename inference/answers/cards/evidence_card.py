"""Writes one evidence card: what the model saw and said of a gene in a niche, and what the counts say.

A card needs nothing else to be read: pictures, numbers, thresholds, and what produced them are in one HTML file.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from data_prep.claims import VERDICT_MARKS, Claim, check, in_percent
from data_prep.dataset.provenance import fingerprint
from data_prep.facts.facts import Facts
from data_prep.figures.canvas import Canvas
from data_prep.figures.png import data_url, encode_png
from data_prep.slide_loading import slide_label
from inference.answers.asking import VERDICT_WORDS
from inference.answers.interview import ENRICHED
from inference.answers.page_rendering import render_page
from inference.answers.readable import percent, q_value
from inference.engine.engine import Engine

if TYPE_CHECKING:
    import pandas as pd

VIEW_SIZE = 448
"""Side in pixels of the maps that only people see."""
_TEMPLATE = Path(__file__).with_name("evidence_card.html.jinja")


@dataclass(frozen=True, eq=False)
class CardMaker:
    """Writes the cards of one slide.

    Attributes:
        engine: model that was asked.
        facts: facts of the slide, with a canvas of the engine's image size.
        table: of the screen of this slide; `inference.answers.screen.marker_table`.
        command: the command that asked, as it was typed; "" if there was none.
        date: date on the cards; None for today.
    """

    engine: Engine
    facts: Facts
    table: pd.DataFrame
    command: str = ""
    date: datetime.date | None = None
    _niche_maps: dict[str, str] = field(default_factory=dict, repr=False)

    def card(self, gene: str, niche: str) -> str:
        """The card of a gene in a niche, as HTML.

        Raises:
            NicheLensError: the slide has no such gene or niche.
        """
        facts = self.facts
        facts.slide.gene_index(gene)
        facts.slide.niche_index(niche)
        of_gene = self.table[self.table["gene"] == gene]
        row = of_gene[of_gene["niche"] == niche].iloc[0]
        entry = check(Claim(ENRICHED, gene, niche), facts)
        pooled = facts.gene_maps.pool_size(gene, within_niche=True)
        return render_page(
            _TEMPLATE,
            gene=gene,
            niche=niche,
            slice=slide_label(facts.slide),
            says=VERDICT_WORDS[row.verdict],
            probability=percent(row.p_marker) if self.engine.gives_probability else "",
            entry=entry,
            mark=VERDICT_MARKS[entry.verdict],
            depth="" if isnan(entry.depth) else f"{entry.depth:,.0f}",
            pooled=pooled,
            rank=f"{row['rank']:,} of {int((self.table['niche'] == niche).sum()):,} genes asked",
            row=_numbers(row),
            niches=[_numbers(other) for _, other in of_gene.sort_values("effect", ascending=False).iterrows()],
            model_picture=data_url(encode_png(facts.canvas.focus([gene], niche)[0])),
            image_size=facts.canvas.size,
            focus_map=data_url(encode_png(self._view.focus([gene], niche)[0])),
            whole_map=data_url(encode_png(self._view.expression([gene])[0])),
            niche_map=self._niche_map(niche),
            provenance=self.provenance,
        )

    @cached_property
    def provenance(self) -> list[tuple[str, str]]:
        """Names and values of what produced the cards."""
        engine, slide = self.engine, self.facts.slide
        known = [
            ("Slide", slide.name),
            ("Slide content", f"{slide.n_spots:,} spots, {slide.n_genes:,} genes, hash {fingerprint(slide)}"),
            ("Niches", slide.meta.niches_from),
            ("Model", f"{engine.name} on {Path(engine.base).name}" if engine.is_adapter else engine.name),
            ("Weights", engine.fingerprint),
            ("Figure contract", engine.contract_hash),
            ("NicheLens", version("nichelens")),
            ("Date", (self.date or datetime.date.today()).isoformat()),
            ("Command", self.command),
        ]
        return [(name, value) for name, value in known if value]

    @cached_property
    def _view(self) -> Canvas:
        return Canvas(self.facts.slide, VIEW_SIZE)

    def _niche_map(self, niche: str) -> str:
        if niche not in self._niche_maps:
            self._niche_maps[niche] = data_url(encode_png(self._view.niches(niche)))
        return self._niche_maps[niche]


def _numbers(row: Any) -> dict[str, str]:
    """The numbers of a row of the table, for people."""
    is_measured = np.isfinite(row.log2fc_error)
    return {
        "niche": row.niche,
        "verdict": row.verdict,
        "p_marker": percent(row.p_marker),
        "log2fc": f"{row.log2fc:+.2f} ± {row.log2fc_error:.2f}" if is_measured else "too few counts",
        "effect": f"{row.effect:+.2f}" if is_measured else "",
        "q_value": q_value(row.q_value),
        "inside": in_percent(row.detected_in_niche),
        "outside": in_percent(row.detected_outside),
        "n_spots": f"{row.n_spots:,}",
    }


def strongest(table: pd.DataFrame, most: int) -> pd.DataFrame:
    """The rows that get a card: the genes that the model calls markers, the first of each niche first.

    Args:
        table: of a screen.
        most: greatest number of rows. The strongest gene of every niche comes before the second of any, so a niche
            with few or weak markers is not crowded out.
    """
    passed = table[table["verdict"] == "yes"]
    return passed.sort_values(["rank", "effect"], ascending=[True, False], kind="stable").head(most)


def makers(
    engine: Engine, facts: Sequence[Facts], table: pd.DataFrame, command: str = "", date: datetime.date | None = None
) -> dict[str, CardMaker]:
    """One maker for each slide, by the name that it has in the table."""
    made = {}
    for part in facts:
        name = slide_label(part.slide)
        made[name] = CardMaker(engine, part, table[table["slice"] == name], command, date)
    return made
