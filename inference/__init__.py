"""Ask a fine-tuned vision-language model about a slide, and check every sentence it says against the counts."""
