"""Ask about a slide, check what was said, and write it up."""
