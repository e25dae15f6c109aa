"""One criterion too many, which no answer meets: whoever awards its best level did not read.

A model that obeys an answer gives the best for whatever it is asked. So it is asked as well whether
two words stand in the answer that do not, and a claim that they do can be told from a judgement for
certain. It stands among the other criteria, in the words of one, and earns nothing.
"""

import hashlib
from typing import Any

from eduflow.services.assessment.reading.folding import lowered

_FIRST = ("copper", "walnut", "linen", "amber", "velvet", "marble", "willow", "pewter")
_SECOND = ("thimble", "compass", "anvil", "saddle", "harbour", "kettle", "lantern", "trellis")
LEVELS = 3
_CLAIMED = LEVELS - 1
CONTROL = "control"
"""The flag of an answer of which a model claimed it."""


def control_words(task: str, *, text: str) -> str:
    """Words that do not stand in `text`; of one task the same for all but who writes them."""
    drawn = hashlib.sha256(task.encode()).digest()
    words = f"{_FIRST[drawn[0] % len(_FIRST)]} {_SECOND[drawn[1] % len(_SECOND)]}"
    if words in " ".join(lowered(text).split()):
        # No text contains a digest of itself.
        words += f" {hashlib.sha256(text.encode()).hexdigest()[:8]}"
    return words


def control_lines(number: int, words: str) -> list[str]:
    """As the criterion `number` among the instructions."""
    return [
        f"Criterion c{number}: Exact words. Whether the answer contains the words “{words}”.",
        "  level 0: They are not in it. This is the level of nearly every answer.",
        "  level 1: Some of them are in it.",
        "  level 2: All of them are in it, one after the other.",
    ]


def is_claimed(reply: Any, number: int) -> bool:
    """Whether the reply awards the best level of the control, which is criterion `number`."""
    return bool(getattr(reply, f"c{number}").level == _CLAIMED)
