"""What a student sees of an attempt, and when."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

Shows = frozenset[str]
"""Of answers, correctness, points, feedback, right_answer, solution."""
EVERYTHING: Shows = frozenset(
    {"answers", "correctness", "points", "feedback", "right_answer", "solution"}
)

# Whoever was given another closing or more minutes may sit it still, and everybody may hand in
# within the grace; whoever sits it now may have been given time besides. The answers are told when
# the last of them cannot hand in any more.
# Those who sit it are looked at only once it has closed to the rest: they are few then, and before
# that a whole class would be counted for each of the class.
CLOSED_TO_ALL = (
    "(SELECT CASE WHEN c.at > clock_timestamp() + interval '1 minute' THEN c.at ELSE"
    " greatest(c.at, (SELECT max(u.grace_until) FROM attempts AS u"
    " WHERE u.assessment_id = p.assessment_id AND u.state = 'in_progress')) END"
    " FROM (SELECT greatest(p.closes_at, (SELECT"
    " max(coalesce(o.closes_at, p.closes_at) + make_interval(mins => o.extra_minutes))"
    " FROM delivery_overrides AS o WHERE o.assessment_id = p.assessment_id))"
    " + make_interval(secs => p.grace) AS at) AS c WHERE p.closes_at IS NOT NULL)"
)
"""When nobody may sit a test any more, of its row `p` of delivery_policies; null: never."""
SHOWN = (
    "(SELECT w.shows FROM review_policies AS w JOIN delivery_policies AS p"
    " ON p.assessment_id = w.assessment_id WHERE w.assessment_id = a.id AND w.phase ="
    f" CASE WHEN {CLOSED_TO_ALL} <= clock_timestamp() THEN 'after_close' ELSE 'while_open' END)"
)
"""What students see now of what they handed in, of the row `a` of a test."""


def phase_of(*, state: str, just_now: bool, closes_at: datetime | None, now: datetime) -> str:
    """Which phase of the review policy an attempt is in.

    `closes_at`: for the last of those who may sit it, CLOSED_TO_ALL. `just_now`: this is the answer
    to handing it in. A test that never closes is open for ever, and `while_open` decides.
    """
    if state == "in_progress":
        return "during"
    if closes_at is not None and now >= closes_at:
        return "after_close"
    return "after_submit" if just_now else "while_open"


class Comments(msgspec.Struct, frozen=True, kw_only=True):
    """What the author of a question says to any answer, and to right and wrong ones."""

    feedback: str = ""
    feedback_right: str = ""
    feedback_wrong: str = ""

    def after(self, said: Sequence[str], *, correct: bool | None) -> tuple[str, ...]:
        """All that is said of an answer that was judged, what its key `said` first."""
        general = (self.feedback_right if correct else self.feedback_wrong, self.feedback)
        return (*said, *(text for text in general if text))


def shows_of(policies: Mapping[str, list[str]], phase: str) -> Shows:
    """What is shown in a phase; every test has a policy for each."""
    return frozenset(policies[phase])
