"""Time interviews about niches, in questions of a marker screen by the same engine on the same slide.

    python -m tests.benchmarks.interview_speed [SLIDE.h5ad --niche-key region] [--model FOLDER]

Without a slide, the benchmark uses a synthetic one. Thresholds are lowered so that each interview asks as many
questions as it may. The first interview also computes the views of the slide, as on a new slide; the screen is warm.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path


def main() -> None:
    """Times the screen and the interview of each niche."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("slide", type=Path, nargs="?")
    parser.add_argument("--niche-key", default="region")
    parser.add_argument("--model")
    parser.add_argument("--questions", type=int, default=1000)
    options = parser.parse_args()

    from data_prep.facts.facts import Facts
    from data_prep.facts.variable_genes import variable_genes
    from data_prep.read.options import ReadOptions
    from data_prep.slide_loading import load_slides
    from data_prep.synth.tissue import make_slide
    from inference.answers.candidate_claims import candidate_genes
    from inference.answers.interview import Interview
    from inference.answers.screen import screen_markers
    from inference.engine.load_engine import load_engine
    from inference.model.calibration import Calibration, KindCalibration

    engine = load_engine(options.model)
    if options.slide:
        slide = load_slides([options.slide], ReadOptions((options.niche_key,), drop_small_niches=True))[0]
    else:
        slide = make_slide(1, n_spots=3600, n_niches=7, n_genes=400)
    facts = Facts.measure(slide, engine.image_size)
    genes = variable_genes(slide, max(1, options.questions // len(slide.niches)))
    screen_markers(engine, facts, genes[:64])
    started = time.perf_counter()
    table = screen_markers(engine, facts, genes)
    pace = len(table) / (time.perf_counter() - started)
    print(f"{slide.name}, {engine.name}: screen {pace:.1f} questions/s ({len(table)} questions)")

    engine.calibration = Calibration({kind: KindCalibration(yes_from=0.0) for kind in ("enriched", "adjacent")})
    for niche in facts.shapes:
        candidates = candidate_genes(facts, niche)
        interview = Interview(engine, facts.canvas, facts)
        started = time.perf_counter()
        n_sentences = len(list(interview.about_niche(niche, candidates)))
        seconds = time.perf_counter() - started
        print(
            f"{niche}: {len(interview.answers)} questions in {seconds:.2f} s, the time of {seconds * pace:.0f} "
            f"questions of the screen; {n_sentences} sentences"
        )


if __name__ == "__main__":
    main()
