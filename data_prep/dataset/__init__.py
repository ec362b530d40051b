"""Build a dataset of pictures, questions and right answers, and read it again."""
