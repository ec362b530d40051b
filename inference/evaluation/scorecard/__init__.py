"""The result of an evaluation, and its tables, plots and page for people."""
