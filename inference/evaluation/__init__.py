"""Measure how good a model is, beside what can be had with less."""
