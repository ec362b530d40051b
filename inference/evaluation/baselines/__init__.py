"""Baselines that a model must beat: arithmetic on the pixels of a picture, and tests on the counts behind it."""
