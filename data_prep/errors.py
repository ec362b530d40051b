"""The one error that people see."""


class NicheLensError(Exception):
    """Bad input, told in one line: what was wrong, where, and what to do.

    Commands print it as `error: <message>` and exit 2; nothing else is caught on the way, so a bug stays a traceback.
    """
