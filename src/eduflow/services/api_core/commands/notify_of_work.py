"""Tell people of work: that it is graded, commented, to be graded, or due. Never what it is worth.

Ids only: a mark is shown to who has logged in, and is in no notification and in no mail.
"""

from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import UserId
from eduflow.services.api_core.commands.notify import CHOICES, Recipient, tell
from eduflow.services.api_core.ids import AssignmentId, CourseId, SubmissionId
from eduflow.services.api_core.notices.kinds import COMMENTED, DUE, GRADED, TO_GRADE


class NotifyOfGrades(Command[int], frozen=True, kw_only=True):
    """Whoever has a grade that can be seen and was not told of it since it was given.

    So it is once, whether the grade or the posting is heard of first. With a `submission` it is
    about that alone, and with a `user` they alone are told.
    """

    event: UUID
    at: datetime
    course: CourseId
    assignment: AssignmentId
    user: UserId | None
    submission: SubmissionId | None


class NotifyOfComment(Command[int], frozen=True, kw_only=True):
    """Whose work it is, each member of a team, where somebody else said what they can see."""

    event: UUID
    at: datetime
    actor: UserId | None
    course: CourseId
    assignment: AssignmentId
    submission: SubmissionId


class NotifyOfWorkToGrade(Command[int], frozen=True, kw_only=True):
    """Whoever grades in the course; once a day for an assignment, however much comes in.

    Who handed in is not said: it may be graded without names.
    """

    at: datetime
    course: CourseId
    assignment: AssignmentId


class NotifyOfDue(Command[int], frozen=True, kw_only=True):
    """Those of the students named who have not handed in; once for a person and an assignment."""

    course: CourseId
    assignment: AssignmentId
    users: tuple[UserId, ...]


_STUDENT = (
    " EXISTS (SELECT FROM enrollments AS e WHERE e.user_id = u.id AND e.course_id = a.course_id"
    " AND e.role = 'student' AND e.state IN ({0}))"
)
_VISIBLE = "(a.posting = 'automatic' OR a.posted_at IS NOT NULL)"
_SELECT = "SELECT u.id AS user_id," + CHOICES.format("$1", "NULL::text")
# Of a team's work each member is told; of one person's, or one submission's, only they.
_WORK_OF = (
    f"{_SELECT} FROM assignments AS a JOIN users AS u ON u.state = 'active' AND u.id IN"
    " (SELECT w.user_id FROM submissions AS s CROSS JOIN LATERAL (SELECT s.user_id"
    " UNION SELECT m.user_id FROM members_of(s.team_id) AS m) AS w WHERE s.assignment_id = a.id"
    " AND ($4::uuid IS NULL OR s.user_id = $4 OR s.team_id IS NOT NULL)"
    " AND ($4::uuid IS NULL OR w.user_id = $4) AND ($5::uuid IS NULL OR s.id = $5)"
    " AND w.user_id IS DISTINCT FROM $6{0})"
    f" WHERE a.id = $2 AND a.institution_id = $3 AND a.state = 'published' AND {_VISIBLE} AND"
    + _STUDENT.format("'active', 'completed'")
)
# Who was told since the last grade was given was told of it.
_NEWS = (
    " AND (SELECT max(g.at) FROM grade_events AS g WHERE g.submission_id = s.id"
    " AND g.user_id = w.user_id) > coalesce((SELECT max(n.created_at) FROM notifications AS n"
    " WHERE n.user_id = w.user_id AND n.kind = $1"
    " AND n.payload->>'assignment_id' = a.id::text), '-infinity')"
)
_WITH_NEWS, _WHOSE = _WORK_OF.format(_NEWS), _WORK_OF.format("")
_GRADERS = (
    f"{_SELECT} FROM assignments AS a JOIN enrollments AS e ON e.course_id = a.course_id"
    " AND e.state = 'active' JOIN roles AS r ON r.key = e.role"
    " AND 'grade:write' = ANY (r.permissions) JOIN users AS u ON u.id = e.user_id"
    " AND u.state = 'active' WHERE a.id = $2 AND a.institution_id = $3"
    " AND a.assessment_id IS NULL"
    " AND EXISTS (SELECT FROM submissions AS s WHERE s.assignment_id = a.id"
    " AND s.state = 'submitted') AND NOT EXISTS (SELECT FROM notifications AS n"
    " WHERE n.event_id = $4 AND n.user_id = u.id) GROUP BY u.id"
)
_FORGETFUL = (
    f"{_SELECT} FROM assignments AS a JOIN users AS u ON u.id = ANY($4::uuid[])"
    " AND u.state = 'active' AND u.institution_id = a.institution_id"
    " WHERE a.id = $2 AND a.institution_id = $3 AND a.state = 'published' AND"
    + _STUDENT.format("'active'")
    + " AND NOT EXISTS (SELECT FROM submissions AS s WHERE s.assignment_id = a.id"
    " AND (s.user_id = u.id OR (s.team_id IS NOT NULL AND u.id IN (SELECT m.user_id"
    " FROM members_of(s.team_id) AS m)))) AND NOT EXISTS (SELECT FROM notifications AS n"
    " WHERE n.event_id = $5 AND n.user_id = u.id)"
)


async def notify_of_grades(command: NotifyOfGrades, work: UnitOfWork) -> int:
    # By the submission where there is one: a regrade of thousands looks at each work once.
    whose = (command.user, command.submission, None)
    place = (command.assignment, work.identity.institution, *whose)
    found = await work.look(_WITH_NEWS, GRADED, *place, into=Recipient)
    payload = {"course_id": command.course, "assignment_id": command.assignment}
    return tell(work, found, GRADED, event=command.event, at=command.at, payload=payload)


async def notify_of_comment(command: NotifyOfComment, work: UnitOfWork) -> int:
    institution = work.identity.institution
    place = (command.assignment, institution, None, command.submission, command.actor)
    found = await work.look(_WHOSE, COMMENTED, *place, into=Recipient)
    payload = {
        "course_id": command.course,
        "assignment_id": command.assignment,
        "submission_id": command.submission,
    }
    return tell(work, found, COMMENTED, event=command.event, at=command.at, payload=payload)


async def notify_of_work_to_grade(command: NotifyOfWorkToGrade, work: UnitOfWork) -> int:
    day = uuid5(NAMESPACE_URL, f"eduflow:to_grade:{command.assignment}:{command.at.date()}")
    place = (command.assignment, work.identity.institution, day)
    found = await work.look(_GRADERS, TO_GRADE, *place, into=Recipient)
    payload = {"course_id": command.course, "assignment_id": command.assignment}
    return tell(work, found, TO_GRADE, event=day, at=command.at, payload=payload)


async def notify_of_due(command: NotifyOfDue, work: UnitOfWork) -> int:
    once = uuid5(NAMESPACE_URL, f"eduflow:due:{command.assignment}")
    place = (command.assignment, work.identity.institution, list(command.users), once)
    found = await work.look(_FORGETFUL, DUE, *place, into=Recipient)
    payload = {"course_id": command.course, "assignment_id": command.assignment}
    return tell(work, found, DUE, event=once, at=work.now, payload=payload)
