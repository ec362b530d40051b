"""The `nichelens` command and the web demo. The only room that talks to people."""
