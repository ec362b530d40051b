"""Computed niches for people: labels, text, and a page that shows how they were found."""
