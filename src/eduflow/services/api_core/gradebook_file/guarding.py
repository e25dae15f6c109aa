"""Text that a spreadsheet would take for a formula, made harmless, and made itself again.

An apostrophe before it makes a spreadsheet show it as it is. Text that has such an apostrophe of
its own gets a second one, so that nothing is lost: `unguarded(guarded(text)) == text`, always.
"""

import re

# The signs that begin a formula, in their full width too, and the blanks that may hide one.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_GUARDED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")


def guarded(text: str) -> str:
    """The text as it may stand in a cell."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """The text as it was."""
    return text[1:] if _GUARDED.match(text) else text
