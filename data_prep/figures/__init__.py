"""Draw a slide as pictures that a model can read."""
