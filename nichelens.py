"""NicheLens for notebooks."""

from __future__ import annotations

import sys

__version__ = "0.1.0"


def main() -> int:
    """Runs the `nichelens` command and gives its exit code."""
    from app.cli import main as run_command

    return run_command()


if __name__ == "__main__":
    sys.exit(main())
