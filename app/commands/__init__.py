"""The subcommands of `nichelens`, one file each."""
