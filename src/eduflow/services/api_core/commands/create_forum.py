"""Open a forum in a course."""

from eduflow.contracts.discussion import ForumCreated
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.services.api_core.ids import CourseId, ForumId
from eduflow.services.api_core.views import Forum


class CreateForum(Command[Forum], frozen=True, kw_only=True):
    """Whether learners are anonymous in it is settled for good: nobody is unmasked later."""

    course: CourseId
    title: str
    description: str
    kind: str
    anonymity: str


_INSERT = (
    "INSERT INTO discussion_forums (id, institution_id, course_id, title, description, kind,"
    " anonymity, created_at) SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE {allowed}"
)


async def create_forum(command: CreateForum, work: UnitOfWork) -> Forum:
    forum = Forum(
        id=ForumId(new_id()),
        course_id=command.course,
        title=command.title,
        description=command.description,
        kind=command.kind,
        anonymity=command.anonymity,
        version=1,
    )
    institution = work.identity.institution
    work.write(
        _INSERT,
        forum.id,
        institution,
        forum.course_id,
        forum.title,
        forum.description,
        forum.kind,
        forum.anonymity,
        work.now,
    )
    work.record(
        ForumCreated(
            institution_id=institution,
            forum_id=forum.id,
            course_id=forum.course_id,
            kind=forum.kind,
            anonymity=forum.anonymity,
        )
    )
    return forum
