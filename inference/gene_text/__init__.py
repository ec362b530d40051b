"""Answers about genes from the sentences of knowledge files, and checks of answers against those sentences."""
