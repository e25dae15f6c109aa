"""Calls of models that were made for a person."""

from collections.abc import AsyncIterator

from eduflow.kernel.personal import Excuse, Part, Row, Subject
from eduflow.kernel.personal_log import KEPT_ANSWERS
from eduflow.kernel.personal_log import PARTS as LOG
from eduflow.standing.personal import COPIED

_CALLS = (
    "SELECT call_id::text AS key, call_id, service, course_id, purpose, provider, model, tokens_in,"
    " tokens_cached, tokens_out, cost_micros, currency, outcome, latency_ms, at FROM token_usage"
    " WHERE user_id = $1 AND ($2::text IS NULL OR call_id::text > $2) ORDER BY 1 LIMIT $3"
)


def calls(subject: Subject) -> AsyncIterator[Row]:
    """What was asked for them, of which model, and what it cost; never what was said."""
    return subject.rows(_CALLS)


PARTS = (
    Part(
        name="calls",
        title="Calls of language models",
        tables=("token_usage",),
        read=calls,
        erasure="Stays: ids, numbers and times, which the sums of courses and schools are made of.",
    ),
    *LOG,
)
EXCUSED = (
    Excuse(
        tables=("reserved_calls", "token_usage_daily"),
        why="Money held for such a call, and sums of them by the day.",
        erasure="Stays: ids, numbers and times.",
    ),
    COPIED,
    KEPT_ANSWERS,
)
