"""Measure a marker screen in questions per second, next to plain generation by the same engine.

    python -m tests.benchmarks.screen_speed [SLIDE.h5ad --niche-key region [--slice NAME]] [--questions 2000]
    python -m tests.benchmarks.screen_speed --genes 5000 --questions 35000 --out FOLDER     # genome-wide, on a GPU

Without a slide, the benchmark uses a synthetic one of seven niches. The screen draws the figures and takes each verdict
from one forward pass. The next line scores figures that are drawn before, so it leaves out the drawing. Plain
generation is `generate()` of one token for such figures. The benchmark also prints the time to load the engine and to
measure the slide, and writes all of it to FOLDER/screen.json.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path


def main() -> None:
    """Measures all three and prints the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("slide", type=Path, nargs="?")
    parser.add_argument("--niche-key", default="region")
    parser.add_argument("--slice", default="")
    parser.add_argument("--model")
    parser.add_argument("--genes", type=int, default=400, help="genes of the synthetic slide")
    parser.add_argument("--questions", type=int, default=2000)
    parser.add_argument("--out", type=Path)
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
        slide = make_slide(1, n_spots=3600, n_niches=7, n_genes=options.genes)
    started = time.perf_counter()
    facts = Facts.measure(slide, engine.image_size)
    measured = time.perf_counter() - started
    genes = variable_genes(slide, max(1, options.questions // len(slide.niches)))
    weights = next(engine.model.parameters())
    device = torch.cuda.get_device_name() if weights.is_cuda else f"CPU, {torch.get_num_threads()} threads"
    print(f"{slide.name}, {engine.name} in {weights.dtype} on {device}; ready after {ready:.1f} s")
    print(f"{slide.n_spots} spots and {slide.n_genes} genes measured in {measured:.1f} s")

    screen_markers(engine, facts, genes[:64])  # computes the projection and the pools of the slide, and warms up
    started = time.perf_counter()
    table = screen_markers(engine, facts, genes)
    screened = len(table) / (time.perf_counter() - started)
    drawn = [marker_question(facts.canvas, gene, niche) for gene in genes[:256] for niche in slide.niches]
    started = time.perf_counter()
    engine.yes_probability(drawn)
    scored = len(drawn) / (time.perf_counter() - started)
    asked = drawn[: 32 * len(slide.niches)]
    started = time.perf_counter()
    engine.answer(asked, max_new_tokens=1)
    generated = len(asked) / (time.perf_counter() - started)
    print(f"screen (draw and score)        {screened:8.1f} questions/s  ({len(table)} questions)")
    print(f"score drawn figures            {scored:8.1f} questions/s  ({len(drawn)} questions)")
    print(f"generate() of one token        {generated:8.1f} questions/s  ({len(asked)} questions)")
    print(f"screen over generate()         {screened / generated:8.2f}")
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        file = options.out / "screen.json"
        rates = {"screen": screened, "score drawn figures": scored, "generate() of one token": generated}
        about = {
            "slide": slide.name,
            "model": engine.name,
            "device": device,
            "ready, s": ready,
            "measured, s": measured,
        }
        report = about | {"questions": len(table), "questions/s": rates}
        file.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        print(f"bring back {file}: {file.stat().st_size} bytes")


if __name__ == "__main__":
    main()
