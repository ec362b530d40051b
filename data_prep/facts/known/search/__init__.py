"""Searches niches by words: a sentence, matched with the names of lists and genes, and weighed by the counts."""
