"""A folder of evidence cards with an index, which opens in any browser without a server."""

from __future__ import annotations

import datetime
import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from data_prep.claims import VERDICT_MARKS, Claim, check
from data_prep.facts.facts import Facts
from data_prep.figures.png import data_url, encode_png
from inference.answers.cards.evidence_card import makers, strongest
from inference.answers.interview import ENRICHED
from inference.answers.page_rendering import render_page
from inference.answers.readable import percent
from inference.engine.engine import Engine, Progress

if TYPE_CHECKING:
    import pandas as pd

INDEX = "index.html"
LIST = "nichelens_cards.json"
"""What the cards are about, for other programs. Only a folder that has it was written by NicheLens."""
MOST_CARDS = 50
"""Cards of a folder unless told otherwise: what a person can look through."""
_LONGEST = 40
"""Characters of a name in a file's name; the hash tells names apart that begin alike."""
_TEMPLATE = Path(__file__).with_name("card_index.html.jinja")


def write_cards(
    folder: Path,
    engine: Engine,
    facts: Sequence[Facts],
    table: pd.DataFrame,
    *,
    most: int = MOST_CARDS,
    command: str = "",
    date: datetime.date | None = None,
    progress: Progress | None = None,
) -> int:
    """Writes a card for each gene and niche that the model calls a marker, `index.html` and `nichelens_cards.json`.

    Args:
        folder: new folder.
        engine: model that was asked.
        facts: of each slide, with canvases of the engine's image size.
        table: of the screen of these slides.
        most: greatest number of cards; `strongest` chooses.
        command: the command that asked, as it was typed.
        date: date on the cards; None for today.
        progress: called with (cards written so far, cards).

    Returns:
        Number of cards.
    """
    folder.mkdir(parents=True)
    chosen = strongest(table, most)
    made = makers(engine, facts, table, command, date)
    rows = []
    for done, row in enumerate(chosen.itertuples(), 1):
        maker = made[row.slice]
        name = card_name(row.slice, row.gene, row.niche)
        (folder / name).write_text(maker.card(row.gene, row.niche), encoding="utf-8")
        entry = check(Claim(ENRICHED, row.gene, row.niche), maker.facts)
        rows.append(
            {
                "slice": row.slice,
                "niche": row.niche,
                "gene": row.gene,
                "file": name,
                "rank": int(chosen.at[row.Index, "rank"]),
                "picture": data_url(encode_png(maker.facts.canvas.focus([row.gene], row.niche)[0])),
                "p_marker": percent(row.p_marker) if engine.gives_probability else "",
                "verdict": entry.verdict,
                "mark": VERDICT_MARKS[entry.verdict],
                "value": entry.value,
            }
        )
        if progress:
            progress(done, len(chosen))
    groups: dict[tuple[str, str], list[dict]] = {}
    for row in sorted(rows, key=lambda row: row["rank"]):
        groups.setdefault((row["slice"], row["niche"]), []).append(row)
    in_order = [key for key in dict.fromkeys(zip(table["slice"], table["niche"], strict=True)) if key in groups]
    page = render_page(
        _TEMPLATE,
        title=", ".join(dict.fromkeys(part.slide.name.partition(":")[0] for part in facts)),
        n_cards=len(rows),
        n_markers=int((table["verdict"] == "yes").sum()),
        n_asked=len(table),
        groups=[(*key, groups[key]) for key in in_order],
        several=len(facts) > 1,
        provenance=next(iter(made.values())).provenance,
    )
    (folder / INDEX).write_text(page, encoding="utf-8")
    listed = [{name: value for name, value in row.items() if name not in ("picture", "mark")} for row in rows]
    text = json.dumps({"cards": listed}, indent=2, ensure_ascii=False) + "\n"
    (folder / LIST).write_text(text, encoding="utf-8")
    return len(rows)


def card_name(slice_name: str, gene: str, niche: str) -> str:
    """A file name for a card: safe on every system, whatever the names hold, and different for different names."""
    digest = hashlib.sha256("\0".join((slice_name, gene, niche)).encode()).hexdigest()[:10]
    return f"{_plain(gene)}-in-{_plain(niche)}-{digest}.html"


def _plain(name: str) -> str:
    """The letters and digits of a name, without accents, other characters as hyphens."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", ascii_only).strip("-")[:_LONGEST].strip("-") or "name"
