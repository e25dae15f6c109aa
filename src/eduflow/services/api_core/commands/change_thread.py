"""Pin a thread, lock it, give it another title; and accept the answer to a question."""

from msgspec import UNSET, UnsetType

from eduflow.contracts.discussion import AnswerAccepted, AnswerWithdrawn, ThreadChanged
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import UserId
from eduflow.kernel.problems import Forbidden, NotFound
from eduflow.kernel.web import refuse_unseen
from eduflow.services.api_core.ids import PostId, ThreadId
from eduflow.services.api_core.model.revision import revised
from eduflow.services.api_core.problems import NoQuestion, NoSuchPost
from eduflow.services.api_core.views import Thread, columns


class ChangeThread(Command[Thread], frozen=True, kw_only=True):
    """Fields that are UNSET stay. To pin and to lock is for those who moderate.

    Title and accepted answer are also for whoever began the thread.
    """

    thread: ThreadId
    expected: int
    title: str | UnsetType = UNSET
    pinned: bool | UnsetType = UNSET
    locked: bool | UnsetType = UNSET
    accepted_post_id: PostId | UnsetType | None = UNSET


class _Seen(Thread, kw_only=True):
    kind: str
    own: bool
    moderates: bool
    answer: PostId | None
    answer_by: UserId | None
    answer_is_first: bool


_LOOK = (
    f"SELECT {columns(Thread, 't')}, f.kind, t.author_id = eduflow_person() AS own,"
    " holds_in('forum:moderate', t.course_id) AS moderates, p.id AS answer,"
    " p.author_id AS answer_by, coalesce(p.id = (SELECT q.id FROM discussion_posts AS q"
    " WHERE q.thread_id = t.id ORDER BY q.path LIMIT 1), false) AS answer_is_first"
    " FROM discussion_threads AS t JOIN discussion_forums AS f ON f.id = t.forum_id"
    " LEFT JOIN discussion_posts AS p ON p.thread_id = t.id AND p.id = $2"
    " AND p.state = 'visible' WHERE t.id = $1"
)
_UPDATE = (
    "UPDATE discussion_threads SET title = $3, pinned = $4, locked = $5, accepted_post_id = $6,"
    " version = version + 1 WHERE id = $1 AND version = $2 AND {allowed}"
)


async def change_thread(command: ChangeThread, work: UnitOfWork) -> Thread:
    wanted = command.accepted_post_id
    seen = await work.look_one(_LOOK, command.thread, wanted or None, into=_Seen)
    if seen is None:
        raise NotFound(kind="thread")
    _refuse(command, seen)
    refuse_unseen(command.expected, seen.version)
    thread = Thread(**{name: getattr(seen, name) for name in Thread.__struct_fields__})
    changed = revised(thread, command)
    if changed is thread:
        return thread
    work.write(
        _UPDATE,
        thread.id,
        thread.version,
        changed.title,
        changed.pinned,
        changed.locked,
        changed.accepted_post_id,
    )
    _say(work, thread, changed, answer_by=seen.answer_by)
    return changed


def _refuse(command: ChangeThread, seen: _Seen) -> None:
    moderating = command.pinned is not UNSET or command.locked is not UNSET
    if not seen.moderates and (moderating or not seen.own):
        raise Forbidden(permission="forum:moderate")
    if isinstance(command.accepted_post_id, UnsetType) or command.accepted_post_id is None:
        return
    if seen.answer is None:
        raise NoSuchPost(post_id=command.accepted_post_id)
    if seen.kind != "question" or seen.answer_is_first:
        raise NoQuestion(kind=seen.kind)


def _say(work: UnitOfWork, before: Thread, after: Thread, *, answer_by: UserId | None) -> None:
    institution = work.identity.institution
    shown = [(t.title, t.pinned, t.locked) for t in (before, after)]
    if shown[0] != shown[1]:
        work.record(
            ThreadChanged(
                institution_id=institution,
                thread_id=after.id,
                course_id=after.course_id,
                pinned=after.pinned,
                locked=after.locked,
            )
        )
    if after.accepted_post_id == before.accepted_post_id:
        return
    if after.accepted_post_id is not None and answer_by is not None:
        work.record(
            AnswerAccepted(
                institution_id=institution,
                thread_id=after.id,
                forum_id=after.forum_id,
                course_id=after.course_id,
                post_id=after.accepted_post_id,
                author_id=answer_by,
            )
        )
    elif before.accepted_post_id is not None:
        work.record(
            AnswerWithdrawn(
                institution_id=institution,
                thread_id=after.id,
                course_id=after.course_id,
                post_id=before.accepted_post_id,
            )
        )
