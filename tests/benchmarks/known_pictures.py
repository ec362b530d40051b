"""How well the model sees on its map that a list of genes is raised in a niche, beside a blank picture.

    python -m tests.benchmarks.known_pictures --knowledge FOLDER SLIDE.h5ad:COLUMN...

As many lists that the counts call raised as lists that they call not raised: of these the quarter with the highest
ratios, so that they are near misses. No question names a list or a niche.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from data_prep.claims import CLAIM_TYPES, CONTRADICTED, SUPPORTED, Claim
from data_prep.facts.facts import Facts
from data_prep.knowledge.on_slide import with_knowledge
from data_prep.knowledge.reading import read_knowledge
from data_prep.read.options import ReadOptions
from data_prep.slide_loading import load_slides
from data_prep.tasks import claim_question
from data_prep.tasks.question import blank_pictures
from inference.engine.load_engine import load_engine

TRIED, MOST = 8_000, 120
"""Claims that are checked of a slide, and that are asked of each answer."""
NEAR_MISSES = 0.25


def balanced_claims(facts: Facts, rng: np.random.Generator) -> list[tuple[Claim, int]]:
    """Claims with the answer of the counts, as many yes as no."""
    claim_type = CLAIM_TYPES["signature"]
    if claim_type.question is None:
        return []
    claims = list(claim_type.question.candidates(facts.slide, (), facts.slide.niches))
    tried = [claims[i] for i in rng.permutation(len(claims))[:TRIED]]
    checked = [(claim, claim_type.check(claim, facts)) for claim in tried]
    yes = [claim for claim, evidence in checked if evidence.verdict == SUPPORTED]
    no = sorted(
        ((evidence.value, claim) for claim, evidence in checked if evidence.verdict == CONTRADICTED),
        key=lambda pair: -pair[0],
    )
    near = [claim for _, claim in no[: int(NEAR_MISSES * len(no))]]
    n = min(len(yes), len(near), MOST)
    chosen = [(yes[i], 1) for i in rng.permutation(len(yes))[:n]]
    return chosen + [(near[i], 0) for i in rng.permutation(len(near))[:n]]


def main() -> None:
    """Prints the AUROC of each slide."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--knowledge", type=Path, required=True)
    parser.add_argument("slides", nargs="+", help="FILE.h5ad:COLUMN")
    arguments = parser.parse_args()
    knowledge, engine, rng = read_knowledge([arguments.knowledge]), load_engine(), np.random.default_rng(0)
    print("slide\tquestions\tAUROC\tblank picture")
    truth: list[int] = []
    seen: list[float] = []
    for named in arguments.slides:
        path, _, column = named.rpartition(":")
        for slide in load_slides([Path(path)], ReadOptions(niche_keys=(column,), drop_small_niches=True)):
            facts = Facts.measure(with_knowledge(slide, knowledge), engine.image_size)
            asked = balanced_claims(facts, rng)
            if not asked:
                continue
            questions = [claim_question(facts.canvas, claim) for claim, _ in asked]
            logit = engine.yes_logit(questions)
            blank = engine.yes_logit([blank_pictures(question) for question in questions])
            right = [answer for _, answer in asked]
            truth += right
            seen += logit.tolist()
            print(f"{slide.name}\t{len(asked)}\t{roc_auc_score(right, logit):.3f}\t{roc_auc_score(right, blank):.3f}")
    print(f"all\t{len(truth)}\t{roc_auc_score(truth, seen):.3f}\t")


if __name__ == "__main__":
    main()
