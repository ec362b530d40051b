"""Answers about two niches: what changed from slide to slide, and what differs between niches of one slide."""
