"""Measure a marker screen in questions per second, next to plain generation by the same engine.

    python -m tests.benchmarks.screen_speed [SLIDE.h5ad --niche-key region [--slice NAME]] [--questions 2000]

Without a slide, the benchmark uses a synthetic one. The screen draws the figures and takes each verdict from one
forward pass. Plain generation is `generate()` of one token for figures that are drawn before. The benchmark also prints
the time to load the engine.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path


def main() -> None:
    """Measures both and prints the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("slide", type=Path, nargs="?")
    parser.add_argument("--niche-key", default="region")
    parser.add_argument("--slice", default="")
    parser.add_argument("--model")
    parser.add_argument("--questions", type=int, default=2000)
    options = parser.parse_args()

    started = time.perf_counter()
    from inference.engine.load_engine import load_engine

    engine = load_engine(options.model)
    ready = time.perf_counter() - started
    import torch

    from data_prep.facts.facts import Facts
    from data_prep.facts.variable_genes import variable_genes
    from data_prep.synth.tissue import make_slide
    from data_prep.tasks import marker_question
    from inference.answers.screen import screen_markers

    if options.slide:
        from data_prep.read.options import ReadOptions
        from data_prep.read.slide_reader import read_slides

        slides = read_slides(options.slide, ReadOptions((options.niche_key,)))
        slide = next(s for s in slides if options.slice in ("", s.meta.slice))
    else:
        slide = make_slide(1, n_spots=3600, n_niches=7, n_genes=400)
    facts = Facts.measure(slide, engine.image_size)
    genes = variable_genes(slide, max(1, options.questions // len(slide.niches)))
    weights = next(engine.model.parameters()).dtype
    print(f"{slide.name}, {engine.name} in {weights}, {torch.get_num_threads()} threads; ready after {ready:.1f} s")

    screen_markers(engine, facts, genes[:16])  # computes the projection and the pools of the slide
    started = time.perf_counter()
    table = screen_markers(engine, facts, genes)
    screened = len(table) / (time.perf_counter() - started)
    asked = [marker_question(facts.canvas, gene, niche) for gene in genes[:32] for niche in slide.niches]
    started = time.perf_counter()
    engine.answer(asked, max_new_tokens=1)
    generated = len(asked) / (time.perf_counter() - started)
    print(f"screen (draw and score)        {screened:8.1f} questions/s  ({len(table)} questions)")
    print(f"generate() of one token        {generated:8.1f} questions/s  ({len(asked)} questions)")
    print(f"screen over generate()         {screened / generated:8.2f}")


if __name__ == "__main__":
    main()
