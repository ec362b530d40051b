"""Ask about a slide, check the answer against the counts, and write reports."""
