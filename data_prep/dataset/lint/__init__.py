"""Find what answers the questions of a dataset without its pictures."""
