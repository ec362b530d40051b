"""Gene function in words: questions and answers whose answers are sentences of RefSeq summaries."""
