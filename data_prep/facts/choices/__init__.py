"""Choices about preprocessing, made by count splitting: fitted on one half of the counts, scored on the other."""
