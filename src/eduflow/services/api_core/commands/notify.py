"""Tell people of something: in the app, by mail at once, or in their next digest."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from eduflow.kernel.commands import Command, Enqueue, UnitOfWork
from eduflow.kernel.ids import UserId, new_id
from eduflow.services.api_core.ids import CourseId, ForumId, PostId, ThreadId
from eduflow.services.api_core.notices.kinds import ACCEPTED, ENROLLED, KINDS, POST

SEND_NOTICE = "send_notice"
OLD_NEWS = timedelta(days=3)
"""What is older when it is noticed (a log read from its beginning) is shown, and not mailed."""


class NotifyOfPost(Command[int], frozen=True, kw_only=True):
    """Whoever follows the thread, its forum or its course, and may read it; not the author."""

    event: UUID
    at: datetime
    author: UserId
    course: CourseId
    forum: ForumId
    thread: ThreadId
    post: PostId


class NotifyOfAnswer(Command[int], frozen=True, kw_only=True):
    """Whose post was accepted, and whoever follows the thread; not who accepted it."""

    event: UUID
    at: datetime
    actor: UserId | None
    author: UserId
    course: CourseId
    thread: ThreadId
    post: PostId


class NotifyOfSeat(Command[int], frozen=True, kw_only=True):
    """Whoever got a seat in a course from somebody else."""

    event: UUID
    at: datetime
    actor: UserId | None
    user: UserId
    course: CourseId
    role: str


class Recipient(msgspec.Struct):
    """Somebody to be told, and what they have chosen; null: nothing."""

    user_id: UserId
    in_app: str | None
    mail: str | None


# What the person `u` has chosen for the kind {0}, to be selected with the rest.
CHOICES = (
    " (SELECT p.digest FROM notification_preferences AS p WHERE p.user_id = u.id"
    " AND p.kind = {0} AND p.channel = 'in_app') AS in_app,"
    " coalesce({1}, (SELECT p.digest FROM notification_preferences AS p"
    " WHERE p.user_id = u.id AND p.kind = {0} AND p.channel = 'mail')) AS mail"
)
# The narrowest of what a person follows decides; and nobody is told of what they may not read, or
# of what was there before they followed.
_FOLLOWERS = (
    "SELECT u.id AS user_id," + CHOICES.format("$1", "s.digest") + " FROM (SELECT DISTINCT ON"
    " (user_id) user_id, digest FROM thread_subscriptions WHERE scope_id = ANY($2::uuid[])"
    " AND institution_id = $3 AND created_at <= $6"
    " ORDER BY user_id, array_position($2::uuid[], scope_id)) AS s"
    " JOIN users AS u ON u.id = s.user_id AND u.state = 'active'"
    " WHERE u.id <> ALL($4::uuid[]) AND (EXISTS (SELECT FROM enrollments AS e"
    " JOIN roles AS r ON r.key = e.role WHERE e.user_id = u.id AND e.course_id = $5"
    " AND e.state IN ('active', 'completed') AND 'forum:read' = ANY (r.permissions))"
    " OR EXISTS (SELECT FROM role_assignments AS a JOIN roles AS r ON r.key = a.role"
    " WHERE a.user_id = u.id AND a.context_id IN ($3, $5) AND 'forum:read' = ANY (r.permissions)))"
)
_ONE = (
    "SELECT u.id AS user_id," + CHOICES.format("$1", "NULL::text") + " FROM users AS u"
    " WHERE u.id = $2 AND u.institution_id = $3 AND u.state = 'active'"
)
_INSERT = (
    "INSERT INTO notifications (id, institution_id, user_id, kind, event_id, payload, in_app,"
    " mail, created_at) SELECT n.id, $1, n.user_id, $2, $3, $4::text::jsonb, n.in_app, n.mail, $5"
    " FROM unnest($6::uuid[], $7::uuid[], $8::boolean[], $9::text[])"
    " AS n(id, user_id, in_app, mail) WHERE {allowed}"
)


async def notify_of_post(command: NotifyOfPost, work: UnitOfWork) -> int:
    found = await _followers(
        work,
        POST,
        scopes=[command.thread, command.forum, command.course],
        course=command.course,
        at=command.at,
        besides=[command.author],
    )
    payload = {
        "course_id": command.course,
        "forum_id": command.forum,
        "thread_id": command.thread,
        "post_id": command.post,
    }
    return tell(work, found, POST, event=command.event, at=command.at, payload=payload)


async def notify_of_answer(command: NotifyOfAnswer, work: UnitOfWork) -> int:
    found = await _followers(
        work,
        ACCEPTED,
        scopes=[command.thread],
        course=command.course,
        at=command.at,
        besides=[command.actor] if command.actor else [],
    )
    payload = {
        "course_id": command.course,
        "thread_id": command.thread,
        "post_id": command.post,
    }
    return tell(work, found, ACCEPTED, event=command.event, at=command.at, payload=payload)


async def notify_of_seat(command: NotifyOfSeat, work: UnitOfWork) -> int:
    if command.actor == command.user:
        return 0
    institution = work.identity.institution
    found = await work.look(_ONE, ENROLLED, command.user, institution, into=Recipient)
    payload = {"course_id": command.course, "role": command.role}
    return tell(work, found, ENROLLED, event=command.event, at=command.at, payload=payload)


async def _followers(
    work: UnitOfWork,
    kind: str,
    *,
    scopes: list[UUID],
    course: CourseId,
    at: datetime,
    besides: list[UserId],
) -> list[Recipient]:
    institution = work.identity.institution
    return await work.look(
        _FOLLOWERS, kind, scopes, institution, besides, course, at, into=Recipient
    )


def tell(
    work: UnitOfWork,
    recipients: list[Recipient],
    kind: str,
    *,
    event: UUID,
    at: datetime,
    payload: dict[str, Any],
) -> int:
    """How many are told. A second telling of one event meets the first at `notifications_once`."""
    usual = KINDS[kind]
    fresh = work.now - at < OLD_NEWS
    rows = []
    for who in recipients:
        shown = (who.in_app or usual.in_app) != "off"
        mail = (who.mail or usual.mail) if fresh else "off"
        if shown or mail != "off":
            rows.append((new_id(), who.user_id, shown, mail))
    if not rows:
        return 0
    columns = [[row[n] for row in rows] for n in range(4)]
    body = msgspec.json.encode(payload).decode()
    work.write(
        _INSERT,
        work.identity.institution,
        kind,
        event,
        body,
        work.now,
        *columns,
        changes=len(rows),
    )
    for notification, _, _, mail in rows:
        if mail == "immediate":
            work.enqueue(Enqueue(SEND_NOTICE, {"notification": str(notification)}))
    return len(rows)
