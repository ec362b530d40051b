"""Split leaks: questions, donors and genes that a model learns from and is tested on."""

from __future__ import annotations

import pandas as pd

from data_prep.split_names import AMBIGUOUS, LEARNED_SPLITS, UNSEEN_DONOR_SPLITS, UNSEEN_GENE_SPLITS


def find_split_leaks(questions: pd.DataFrame) -> list[str]:
    """Find leaks between the splits of a dataset.

    Args:
        questions: one row for each question, with its ``split``. A check needs the columns ``slide``, ``niche`` and
            ``genes`` (lists of symbols), or ``donor``, or ``genes``; it is left out where they are absent.

    Returns:
        At most one message for each kind of leak.
    """
    columns = set(questions)
    if "split" not in columns:
        return []
    leaks = []
    if {"slide", "genes", "niche"} <= columns:
        # The ambiguous split has no answers: a picture that another split shows too gives nothing away.
        leaks += _repeated_questions(questions[questions["split"] != AMBIGUOUS])
    learned = questions["split"].isin(LEARNED_SPLITS)
    if "donor" in columns:
        held_out = questions["split"].isin(UNSEEN_DONOR_SPLITS)
        shared = set(questions.loc[learned, "donor"]) & set(questions.loc[held_out, "donor"])
        leaks += _both_sides("donor", shared, UNSEEN_DONOR_SPLITS)
    if "genes" in columns:
        # Mouse and human symbols of one gene differ in their capitals only.
        genes = questions["genes"].explode().dropna().astype(str).str.upper()
        held_out = questions["split"].isin(UNSEEN_GENE_SPLITS)
        shared = set(genes[learned.loc[genes.index]]) & set(genes[held_out.loc[genes.index]])
        leaks += _both_sides("gene", shared, UNSEEN_GENE_SPLITS)
    return leaks


def _repeated_questions(questions: pd.DataFrame) -> list[str]:
    """The first triple of slide, gene and niche that occurs in two splits."""
    asked = questions[["split", "slide", "genes", "niche"]].explode("genes").fillna({"genes": ""}).drop_duplicates()
    repeated = asked[asked.duplicated(["slide", "genes", "niche"], keep="first")]
    if repeated.empty:
        return []
    slide, gene, niche = repeated.iloc[0][["slide", "genes", "niche"]]
    same = asked[(asked["slide"] == slide) & (asked["genes"] == gene) & (asked["niche"] == niche)]
    first, second = same["split"].iloc[:2]
    return [
        f"gene '{gene}' in niche '{niche}' of slide '{slide}' stands in both {first} and {second}; "
        "a split must not repeat another's questions"
    ]


def _both_sides(kind: str, shared: set[str], held_out: tuple[str, ...]) -> list[str]:
    return (
        [f"{kind} '{min(shared, key=str)}' is both learned from and held out ({', '.join(held_out)})"] if shared else []
    )
