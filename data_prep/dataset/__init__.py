"""Datasets of figures, questions and right answers: build, check and load them."""
