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
