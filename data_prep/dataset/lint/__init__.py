"""Linter: find what gives the answers of a dataset away without its figures."""
