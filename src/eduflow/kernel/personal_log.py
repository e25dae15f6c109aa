"""What the log and the audit trail of any service tell of a person."""

from collections.abc import AsyncIterator

from eduflow.kernel.personal import Excuse, Part, Row, Subject

_EVENTS = (
    "SELECT id::text AS key, id, type, at, actor_id, payload FROM outbox_events"
    " WHERE (aggregate_id = $1 OR actor_id = $1 OR payload->>'user_id' = $1::text)"
    " AND ($2::text IS NULL OR id::text > $2)"
    " AND institution_id = eduflow_institution() ORDER BY 1 LIMIT $3"
)
_ACTIONS = (
    "SELECT seq::text AS key, id, at, command, permission, kind, target_id,"
    " request_id FROM audit_log WHERE actor_id = $1 AND ($2::text IS NULL OR seq > $2::bigint)"
    " AND institution_id = eduflow_institution() ORDER BY seq LIMIT $3"
)


async def events(subject: Subject) -> AsyncIterator[Row]:
    """What happened to them, and what they did; of what they did to others, the ids only."""
    async for row in subject.rows(_EVENTS):
        told = row["payload"]
        if row["type"].startswith("person.") and told.get("user_id") != str(subject.user):
            row["payload"] = {"user_id": told.get("user_id")}
        yield row


def actions(subject: Subject) -> AsyncIterator[Row]:
    """What they had done."""
    return subject.rows(_ACTIONS)


PARTS = (
    Part(
        name="events",
        title="Events",
        tables=("outbox_events",),
        read=events,
        erasure="What person.* events tell is blanked. All others stay: they hold ids only, and"
        " every number that others see is folded from them.",
    ),
    Part(
        name="actions",
        title="Actions",
        tables=("audit_log",),
        read=actions,
        erasure="Stays: ids only, and a trail that could be thinned out would be none.",
    ),
)
KEPT_ANSWERS = Excuse(
    tables=("idempotency_keys",),
    why="Answers of the last day, kept for repeated requests; what they tell is in the rest.",
    erasure="Those to the person, and those that tell of the person, are deleted.",
)
