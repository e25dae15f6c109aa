"""What the commands on assignments share: the row, its credit policy, and what is told of them."""

from typing import Any

import msgspec

from eduflow.kernel.commands import UnitOfWork
from eduflow.kernel.ids import InstitutionId
from eduflow.services.api_core.grading_views import Assignment, Credit
from eduflow.services.api_core.model.exact import exact

LOOK = (
    "SELECT a.*, p.curve AS credit, EXISTS (SELECT FROM submissions AS s"
    " WHERE s.assignment_id = a.id) AS handed_in FROM assignments AS a"
    " LEFT JOIN credit_policies AS p ON p.assignment_id = a.id WHERE a.id = $1"
)
INSERT = (
    "INSERT INTO assignments (id, institution_id, course_id, created_at, group_id, title,"
    " instructions, points, submission_types, max_attempts, anonymous, unlock_at, due_at,"
    " lock_at, rubric_version_id, position, state, posting, team_set_id, assessment_id)"
    " SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9::text[], $10, $11, $12, $13, $14, $15, $16, $17,"
    " $18, $19, $20 WHERE {allowed}"
)
_SET = (
    "UPDATE assignments SET group_id = $3, title = $4, instructions = $5, points = $6,"
    " submission_types = $7::text[], max_attempts = $8, anonymous = $9, unlock_at = $10,"
    " due_at = $11, lock_at = $12, rubric_version_id = $13, position = $14, state = $15,"
    " posting = $16, team_set_id = $17, version = version + 1"
)
_WHERE = " WHERE id = $1 AND version = $2 AND {allowed}"
UPDATE = _SET + _WHERE
UPDATE_WITH_POSTED = f"{_SET}, posted_at = $18{_WHERE}"
"""Where not people post, but what happens elsewhere."""
_POLICY = (
    "INSERT INTO credit_policies (assignment_id, institution_id, curve)"
    " SELECT $1, $2, $3::text::jsonb WHERE {allowed}"
    " ON CONFLICT (assignment_id) DO UPDATE SET curve = excluded.curve"
)
_NO_POLICY = "DELETE FROM credit_policies WHERE assignment_id = $1 AND {allowed}"


def write_credit(work: UnitOfWork, assignment: Assignment) -> None:
    """Keep the credit policy, or that there is none."""
    if assignment.credit is None:
        work.write(_NO_POLICY, assignment.id, changes=None)
        return
    curve = msgspec.json.encode(assignment.credit).decode()
    work.write(_POLICY, assignment.id, work.identity.institution, curve)


def values(assignment: Assignment) -> tuple[Any, ...]:
    """The columns that people set, in the order of both statements."""
    return (
        assignment.group_id,
        assignment.title,
        assignment.instructions,
        exact(assignment.points),
        assignment.submission_types,
        assignment.max_attempts,
        assignment.anonymous,
        assignment.unlock_at,
        assignment.due_at,
        assignment.lock_at,
        assignment.rubric_version_id,
        assignment.position,
        assignment.state,
        assignment.posting,
        assignment.team_set_id,
    )


def told(assignment: Assignment, institution: InstitutionId) -> dict[str, Any]:
    """What an event says of an assignment as it is."""
    credit = assignment.credit or Credit()
    return {
        "institution_id": institution,
        "assignment_id": assignment.id,
        "course_id": assignment.course_id,
        "group_id": assignment.group_id,
        "points": exact(assignment.points),
        "published": assignment.state == "published",
        "unlock_at": assignment.unlock_at,
        "due_at": assignment.due_at,
        "lock_at": assignment.lock_at,
        "early": tuple((step.minutes, step.percent) for step in credit.early),
        "anonymous": assignment.anonymous,
        "posting": assignment.posting,
        "online": assignment.submission_types != ["paper"],
        "late": tuple((step.minutes, step.percent) for step in credit.late),
        "team_set_id": assignment.team_set_id,
    }
