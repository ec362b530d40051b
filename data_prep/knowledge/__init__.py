"""Knowledge: what files say about genes. It is kept apart from what a slide shows, and every statement has its source.

Users bring the files, or fetch them with `nichelens fetch-knowledge`. `read_knowledge` reads them, and `SlideKnowledge`
maps them to the genes of a slide. Nothing here measures a slide; `data_prep.facts.known` does.
"""
