"""Hand something in, or hand it in again."""

import hashlib
from datetime import datetime
from uuid import UUID

import msgspec

from eduflow.contracts.api_core_grading import SubmissionMade
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import UserId, new_id
from eduflow.kernel.problems import Invalid, NotFound
from eduflow.services.api_core.grading_views import Submitted
from eduflow.services.api_core.ids import AssignmentId, CourseId, SubmissionId, TeamId, TeamSetId
from eduflow.services.api_core.model.dates import Dates, Override, dates_of_person
from eduflow.services.api_core.model.grading import is_late
from eduflow.services.api_core.problems import (
    AssignmentLocked,
    AssignmentNotOpen,
    AttemptsUsedUp,
    CourseConcluded,
    NotHandedInThisWay,
)
from eduflow.services.api_core.team_problems import InNoTeam
from eduflow.services.api_core.test_problems import SatAsTest


class SubmitWork(Command[Submitted], frozen=True, kw_only=True):
    """The caller's, or their team's. What was handed in before stays as it was."""

    assignment: AssignmentId
    body: str
    files: tuple[UUID, ...]


class _Found(msgspec.Struct):
    course_id: CourseId
    course_state: str
    state: str
    assessment_id: UUID | None
    submission_types: list[str]
    max_attempts: int | None
    unlock_at: datetime | None
    due_at: datetime | None
    lock_at: datetime | None
    overrides: list[Override]
    team_set_id: TeamSetId | None
    team_id: TeamId | None
    team_version: int | None
    members: list[UserId]
    submission_id: SubmissionId | None
    attempt: int
    version: int


_LOOK = (
    "SELECT a.course_id, c.state AS course_state, a.state, a.assessment_id, a.submission_types,"
    " a.max_attempts, a.unlock_at, a.due_at, a.lock_at, a.team_set_id, t.id AS team_id,"
    " t.version AS team_version,"
    " coalesce((SELECT json_agg(m.user_id ORDER BY m.user_id) FROM members_of(t.id) AS m), '[]')"
    " AS members, s.id AS submission_id,"
    " coalesce(s.current_attempt, 0) AS attempt, coalesce(s.version, 0) AS version,"
    " coalesce((SELECT json_agg(json_build_object('personal', o.user_id IS NOT NULL,"
    " 'unlock_at', o.unlock_at, 'due_at', o.due_at, 'lock_at', o.lock_at,"
    " 'extra_minutes', o.extra_minutes)) FROM assignment_overrides AS o"
    " WHERE o.assignment_id = a.id AND (o.user_id = $2 OR o.section_id IN (SELECT e.section_id"
    " FROM enrollments AS e WHERE e.user_id = $2 AND e.course_id = a.course_id"
    " AND e.role = 'student' AND e.state IN ('active', 'completed')))), '[]') AS overrides"
    " FROM assignments AS a JOIN courses AS c ON c.id = a.course_id"
    " LEFT JOIN LATERAL (SELECT g.id, g.version FROM team_members AS m JOIN teams AS g"
    " ON g.id = m.team_id WHERE m.team_set_id = a.team_set_id AND m.user_id = $2"
    " AND m.left_at IS NULL) AS t ON true"
    # Two branches, each by its own key: one condition for both would read every submission.
    " LEFT JOIN LATERAL (SELECT p.id, p.current_attempt, p.version FROM submissions AS p"
    " WHERE p.assignment_id = a.id AND p.user_id = $2 AND a.team_set_id IS NULL"
    " UNION ALL SELECT w.id, w.current_attempt, w.version FROM submissions AS w"
    " WHERE w.assignment_id = a.id AND w.team_id = t.id AND a.team_set_id IS NOT NULL) AS s ON true"
    " WHERE a.id = $1"
)
# Two first attempts at one moment meet here: one inserts, the other looks again and comes second.
_FIRST = (
    "INSERT INTO submissions (id, institution_id, course_id, assignment_id, user_id, team_id,"
    " team_set_id, state, current_attempt, created_at)"
    " SELECT $1, $2, $3, $4, $5, $6, $7, 'submitted', 1, $8 WHERE {allowed} ON CONFLICT DO NOTHING"
)
# Whoever joins or leaves at this moment waits for this row, or this for them: the members named in
# the event are those whose work it is.
_TEAM = "UPDATE teams SET works = works + 1 WHERE id = $1 AND version = $2 AND {allowed}"
_AGAIN = (
    "UPDATE submissions SET state = 'submitted', current_attempt = current_attempt + 1,"
    " version = version + 1 WHERE id = $1 AND version = $2 AND {allowed}"
)
_VERSION = (
    "INSERT INTO submission_versions (submission_id, attempt, institution_id, body, file_refs,"
    " sha256, at, submitted_by) SELECT $1, $2, $3, $4, $5::uuid[], $6, $7, $8 WHERE {allowed}"
    " ON CONFLICT (submission_id, attempt) DO NOTHING"
)


async def submit_work(command: SubmitWork, work: UnitOfWork) -> Submitted:
    who = work.identity
    found = await work.look_one(_LOOK, command.assignment, who.user, into=_Found)
    if found is None:
        raise NotFound(kind="assignment")
    everybody = Dates(found.unlock_at, found.due_at, found.lock_at)
    dates = dates_of_person(everybody, found.overrides)
    _refuse_unless_taken(command, found, dates=dates, now=work.now)
    submission = found.submission_id or SubmissionId(new_id())
    attempt = found.attempt + 1
    digest = sha256_of(command.body, command.files)
    if found.team_id is not None:
        work.write(_TEAM, found.team_id, found.team_version)
    if found.submission_id is None:
        owner = who.user if found.team_id is None else None
        team = (found.team_id, found.team_set_id)
        place = (found.course_id, command.assignment, owner, *team)
        work.write(_FIRST, submission, who.institution, *place, work.now)
    else:
        work.write(_AGAIN, submission, found.version)
    by = None if found.team_id is None else who.user
    kept = (command.body, list(command.files), digest, work.now, by)
    work.write(_VERSION, submission, attempt, who.institution, *kept)
    work.record(
        SubmissionMade(
            institution_id=who.institution,
            submission_id=submission,
            assignment_id=command.assignment,
            course_id=found.course_id,
            user_id=who.user,
            attempt=attempt,
            submitted_at=work.now,
            team_id=found.team_id,
            members=tuple(found.members),
        )
    )
    return Submitted(
        id=submission,
        assignment_id=command.assignment,
        attempt=attempt,
        sha256=digest.hex(),
        submitted_at=work.now,
        due_at=dates.due_at,
        late=is_late(work.now, due_at=dates.due_at),
        version=found.version + 1,
        team_id=found.team_id,
    )


def sha256_of(body: str, files: tuple[UUID, ...]) -> bytes:
    """The digest of what was handed in, by which anybody can see that it is still the same."""
    return hashlib.sha256(msgspec.json.encode({"body": body, "files": files})).digest()


def _refuse_unless_taken(
    command: SubmitWork, found: _Found, *, dates: Dates, now: datetime
) -> None:
    if found.course_state == "concluded":
        raise CourseConcluded(course_id=str(found.course_id))
    if found.state != "published":
        raise AssignmentNotOpen(unlock_at=None)
    if found.assessment_id is not None:
        raise SatAsTest(assessment_id=str(found.assessment_id))
    if dates.unlock_at is not None and now < dates.unlock_at:
        raise AssignmentNotOpen(unlock_at=dates.unlock_at)
    if dates.lock_at is not None and now > dates.lock_at:
        raise AssignmentLocked(lock_at=dates.lock_at)
    if found.team_set_id is not None and found.team_id is None:
        raise InNoTeam(team_set_id=str(found.team_set_id))
    if found.max_attempts is not None and found.attempt >= found.max_attempts:
        raise AttemptsUsedUp(max_attempts=found.max_attempts)
    sent = {kind for kind, there in (("text", command.body), ("file", command.files)) if there}
    if not sent:
        raise Invalid("There is nothing to hand in.")
    if not sent <= set(found.submission_types):
        raise NotHandedInThisWay(submission_types=found.submission_types)
