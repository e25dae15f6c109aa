"""Follow a thread, a forum or a whole course; and stop doing so."""

from uuid import UUID

import msgspec

from eduflow.contracts.discussion import Subscribed, Unsubscribed
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.services.api_core.ids import CourseId, ForumId, ThreadId


class Subscribe(Command[None], frozen=True, kw_only=True):
    """To follow again with another `digest` replaces it; null: as the preferences say."""

    scope_type: str
    scope: UUID
    digest: str | None


class Unsubscribe(Command[None], frozen=True, kw_only=True):
    """Of what is not followed nothing changes."""

    scope_type: str
    scope: UUID


class _Scope(msgspec.Struct):
    course_id: CourseId
    forum_id: ForumId | None = None
    thread_id: ThreadId | None = None


_LOOKS = {
    "course": "SELECT id AS course_id FROM courses WHERE id = $1",
    "forum": "SELECT course_id, id AS forum_id FROM discussion_forums WHERE id = $1",
    "thread": "SELECT course_id, forum_id, id AS thread_id FROM discussion_threads WHERE id = $1",
}
_UPSERT = (
    "INSERT INTO thread_subscriptions (user_id, institution_id, course_id, forum_id, thread_id,"
    " digest, created_at) SELECT $1, $2, $3, $4, $5, $6, $7 WHERE {allowed}"
    " ON CONFLICT (user_id, scope_id) DO UPDATE SET digest = excluded.digest"
)
_DELETE = "DELETE FROM thread_subscriptions WHERE user_id = $1 AND scope_id = $2 AND {allowed}"


async def subscribe(command: Subscribe, work: UnitOfWork) -> None:
    scope = await work.look_one(_LOOKS[command.scope_type], command.scope, into=_Scope)
    if scope is None:
        raise NotFound(kind=command.scope_type)
    who = work.identity
    work.write(
        _UPSERT,
        who.user,
        who.institution,
        scope.course_id,
        scope.forum_id,
        scope.thread_id,
        command.digest,
        work.now,
    )
    work.record(
        Subscribed(
            institution_id=who.institution,
            user_id=who.user,
            scope_type=command.scope_type,
            scope_id=command.scope,
            digest=command.digest,
        )
    )


async def unsubscribe(command: Unsubscribe, work: UnitOfWork) -> None:
    who = work.identity
    work.write(_DELETE, who.user, command.scope, changes=None)
    work.record(
        Unsubscribed(
            institution_id=who.institution,
            user_id=who.user,
            scope_type=command.scope_type,
            scope_id=command.scope,
        )
    )
