"""The Python API of evidence cards: `nichelens.card`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.across_results import Pages, bundled_engine
from app.notebook import Slides

if TYPE_CHECKING:
    import pandas as pd

    from inference.engine.engine import Engine


def card(
    slide: Slides, gene: str, niche: str, engine: Engine | None = None, *, table: pd.DataFrame | None = None
) -> Pages:
    """Everything about one gene in one niche on one page, as `nichelens markers --cards` writes it.

    Args:
        slide: of `read`. If several slices have the niche, choose one first: ``slide["S1"]``.
        gene: symbol.
        niche: name.
        engine: of `load_engine`; None for the bundled model.
        table: of `screen` with the same engine, so that the card tells the gene's rank among all that were asked. None
            asks about this gene only.

    Returns:
        A page that notebooks display; ``save("card.html")`` writes it.

    Raises:
        NicheLensError: there is no such gene or niche, or several slices have the niche.
    """
    from inference.answers.cards.evidence_card import makers
    from inference.answers.screen import screen_markers

    engine = engine or bundled_engine()
    chosen = slide.only_slice_with(niche)
    (facts,) = chosen.facts(engine.image_size)
    facts.slide.gene_index(gene)
    name = chosen.names[0]
    if table is None or not ((table["slice"] == name) & (table["gene"] == gene) & (table["niche"] == niche)).any():
        table = screen_markers(engine, facts, [gene])
    maker = makers(engine, [facts], table)[name]
    return Pages(f"{name}: {gene} in {niche}", {".html": maker.card(gene, niche)})
