"""Scores with their intervals, and the names of the conditions that an evaluation compares."""
