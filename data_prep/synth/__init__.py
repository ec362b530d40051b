"""Synthetic tissue with planted truth: spots, niches, genes and counts."""
