"""Screens of whole slides: in blocks that are stored, so that they can be interrupted, and shared between processes."""
