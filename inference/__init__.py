"""Ask a fine-tuned vision-language model about a slide, and check what it says against the counts."""
