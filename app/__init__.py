"""The `nichelens` command, the web page, and the objects that notebooks display."""
