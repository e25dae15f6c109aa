"""Blank what somebody wrote, and what others wrote of them.

Where a row holds a place for others (a post its replies, a mark its points) it stays without the
words. What was theirs alone, to follow and to be told, is deleted.
"""

from uuid import UUID

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.services.api_core.commands.erasure_steps import step_done, step_due

BLANK = "(erased)"
"""Stands where something must. The policies `only_to_forget` of the schema know it as well."""


class EraseTexts(Command[None], frozen=True, kw_only=True):
    """Work, comments and reasons of grades, threads and posts, notifications."""

    erasure: UUID


class _Found(msgspec.Struct):
    works: int
    comments: int
    marks: int
    grades: int
    threads: int
    posts: int
    followed: int
    preferences: int


_WORK = "submission_id IN (SELECT id FROM submissions WHERE user_id = $1)"
_LOOK = (
    "SELECT"
    f" (SELECT count(*) FROM submission_versions WHERE {_WORK}) AS works,"
    f" (SELECT count(*) FROM submission_comments WHERE {_WORK}) AS comments,"
    " (SELECT count(*) FROM rubric_assessments WHERE user_id = $1 AND comment <> '') AS marks,"
    " (SELECT count(*) FROM grade_events WHERE user_id = $1 AND reason <> '') AS grades,"
    " (SELECT count(*) FROM discussion_threads WHERE author_id = $1) AS threads,"
    " (SELECT count(*) FROM discussion_posts WHERE author_id = $1) AS posts,"
    " (SELECT count(*) FROM thread_subscriptions WHERE user_id = $1) AS followed,"
    " (SELECT count(*) FROM notification_preferences WHERE user_id = $1) AS preferences"
)
# The digest is that of the blank: one of a short text would tell the text to whoever guesses it.
_WORKS = (
    "UPDATE submission_versions SET body = '', file_refs = '{}',"
    """ sha256 = sha256('{"body":"","files":[]}')"""
    f" WHERE {_WORK} AND {{allowed}}"
)
_COMMENTS = f"UPDATE submission_comments SET body = $2 WHERE {_WORK} AND {{allowed}}"
_MARKS = (
    "UPDATE rubric_assessments SET comment = '' WHERE user_id = $1 AND comment <> '' AND {allowed}"
)
_GRADES = "UPDATE grade_events SET reason = $2 WHERE user_id = $1 AND reason <> '' AND {allowed}"
_THREADS = (
    "UPDATE discussion_threads SET title = $2, version = version + 1"
    " WHERE author_id = $1 AND {allowed}"
)
_POSTS = (
    "UPDATE discussion_posts SET body = $2, moderation_note = '', version = version + 1"
    " WHERE author_id = $1 AND {allowed}"
)
# What graders were answered, kept for the day that they may ask again.
_ANSWERS = (
    "DELETE FROM idempotency_keys WHERE (answer->>'submission_id' IN"
    " (SELECT id::text FROM submissions WHERE user_id = $1) OR answer->>'id' IN"
    f" (SELECT id::text FROM submission_comments WHERE {_WORK})) AND {{allowed}}"
)
_FOLLOWED = "DELETE FROM thread_subscriptions WHERE user_id = $1 AND {allowed}"
_PREFERENCES = "DELETE FROM notification_preferences WHERE user_id = $1 AND {allowed}"
# These two come by themselves as well, of events from before: what comes meanwhile goes too.
_NOTIFICATIONS = "DELETE FROM notifications WHERE user_id = $1 AND {allowed}"
_DIGESTS = "DELETE FROM notification_digests WHERE user_id = $1 AND {allowed}"


async def erase_texts(command: EraseTexts, work: UnitOfWork) -> None:
    erasure = await step_due(work, command.erasure, "texts")
    if erasure is None:
        return
    user = erasure.user_id
    (found,) = await work.look(_LOOK, user, into=_Found)
    work.write(_WORKS, user, changes=found.works)
    work.write(_COMMENTS, user, BLANK, changes=found.comments)
    work.write(_ANSWERS, user, changes=None)
    work.write(_MARKS, user, changes=found.marks)
    work.write(_GRADES, user, BLANK, changes=found.grades)
    work.write(_THREADS, user, BLANK, changes=found.threads)
    work.write(_POSTS, user, BLANK, changes=found.posts)
    work.write(_FOLLOWED, user, changes=found.followed)
    work.write(_PREFERENCES, user, changes=found.preferences)
    work.write(_NOTIFICATIONS, user, changes=None)
    work.write(_DIGESTS, user, changes=None)
    step_done(work, command.erasure, "texts", msgspec.structs.asdict(found))
