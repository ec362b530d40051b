"""Measure what is true of a slide: markers, niche shapes, gene maps."""
