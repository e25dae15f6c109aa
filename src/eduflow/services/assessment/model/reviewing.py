"""What students are shown of an attempt where nobody has said otherwise."""

import msgspec

SHOWN = ("answers", "correctness", "points", "feedback", "right_answer", "solution")
"""All there is to be shown."""


class Phases(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown in each phase."""

    during: tuple[str, ...]
    after_submit: tuple[str, ...]
    while_open: tuple[str, ...]
    after_close: tuple[str, ...]


def usual_review(behaviour: str) -> Phases:
    """Nothing is given away while others may still sit it, but where each try is answered."""
    at_once = behaviour in {"immediate", "interactive"}
    judged = ("answers", "correctness", "points", "feedback")
    return Phases(
        during=judged if at_once else ("answers",),
        after_submit=judged if at_once else ("answers", "points"),
        while_open=judged if at_once else ("answers", "points"),
        after_close=SHOWN,
    )
