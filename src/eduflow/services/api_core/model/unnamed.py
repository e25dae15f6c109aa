"""Taking a person out of a text that is not theirs alone."""

import re
from collections.abc import Iterable

_SHORTEST = 3
"""Letters a part of a name has at least: `de` or `Al` stands in too many other words."""


def unnamed(text: str, names: Iterable[str], *, blank: str) -> str:
    """The text with every part of the names blanked, as a word or at the beginning of one.

    A team called after Anna is `Annas` as often as `Anna's`, so what goes on with letters goes too.
    """
    parts = {part for name in names for part in re.findall(r"\w+", name) if len(part) >= _SHORTEST}
    if not parts:
        return text
    longest_first = sorted(parts, key=lambda part: (-len(part), part))
    found = "|".join(re.escape(part) for part in longest_first)
    return re.sub(rf"\b(?:{found})\w*", blank, text, flags=re.IGNORECASE)
