"""The one error that people see."""

import re

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Line breaks, other control characters, and halves of characters, which no file in UTF-8 can hold."""


class NicheLensError(Exception):
    """Bad input, told in one line: what was wrong, where, and what to do.

    Commands print it as `error: <message>` and exit 2; nothing else is caught on the way, so a bug stays a traceback.
    Names from files are quoted in it whatever they hold: control characters are shown by their codes.
    """

    def __init__(self, message: str) -> None:
        super().__init__(CONTROL.sub(lambda found: ascii(found[0])[1:-1], message))
