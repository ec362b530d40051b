"""Read slides, measure facts, draw figures, write examples. Needs no torch and imports no other room."""
