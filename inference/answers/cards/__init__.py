"""Evidence cards: one self-contained page for each gene that marks a niche."""
