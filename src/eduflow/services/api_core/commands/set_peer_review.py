"""Say how the work of an assignment is reviewed by peers."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from eduflow.contracts.api_core_teams import PeerReviewsSet
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.kernel.web import refuse_unseen
from eduflow.services.api_core.ids import AssignmentId, CourseId
from eduflow.services.api_core.problems import NoRubric
from eduflow.services.api_core.team_problems import PeerReviewsBegun
from eduflow.services.api_core.team_views import PeerReviewSettings
from eduflow.services.api_core.test_problems import SatAsTest


class SetPeerReview(Command[PeerReviewSettings], frozen=True, kw_only=True):
    """`expected` is the version it replaces, 0 for the first. It allocates nothing by itself."""

    assignment: AssignmentId
    expected: int
    reviews: int
    due_at: datetime | None
    anonymous: bool
    exclude_teammates: bool
    use_rubric: bool


class _Found(msgspec.Struct):
    course_id: CourseId
    assessment_id: UUID | None
    has_rubric: bool
    version: int
    anonymous: bool
    begun: bool


_LOOK = (
    "SELECT a.course_id, a.assessment_id, a.rubric_version_id IS NOT NULL AS has_rubric,"
    " coalesce(p.version, 0) AS version, coalesce(p.anonymous, false) AS anonymous,"
    " EXISTS (SELECT FROM peer_review_allocations AS r WHERE r.assignment_id = a.id) AS begun"
    " FROM assignments AS a LEFT JOIN peer_review_settings AS p ON p.assignment_id = a.id"
    " WHERE a.id = $1"
)
_INSERT = (
    "INSERT INTO peer_review_settings (assignment_id, institution_id, course_id, reviews, due_at,"
    " anonymous, exclude_teammates, use_rubric) SELECT $1, $2, $3, $4, $5, $6, $7, $8"
    " WHERE {allowed} ON CONFLICT DO NOTHING"
)
_UPDATE = (
    "UPDATE peer_review_settings SET reviews = $3, due_at = $4, anonymous = $5,"
    " exclude_teammates = $6, use_rubric = $7, version = version + 1"
    " WHERE assignment_id = $1 AND version = $2 AND {allowed}"
)


async def set_peer_review(command: SetPeerReview, work: UnitOfWork) -> PeerReviewSettings:
    found = await work.look_one(_LOOK, command.assignment, into=_Found)
    if found is None:
        raise NotFound(kind="assignment")
    if found.assessment_id is not None:
        raise SatAsTest(assessment_id=str(found.assessment_id))
    refuse_unseen(command.expected, found.version)
    if command.use_rubric and not found.has_rubric:
        raise NoRubric
    if found.begun and found.anonymous and not command.anonymous:
        raise PeerReviewsBegun
    institution = work.identity.institution
    how = (
        command.reviews,
        command.due_at,
        command.anonymous,
        command.exclude_teammates,
        command.use_rubric,
    )
    if found.version == 0:
        work.write(_INSERT, command.assignment, institution, found.course_id, *how)
    else:
        work.write(_UPDATE, command.assignment, found.version, *how)
    said: dict[str, Any] = {
        "assignment_id": command.assignment,
        "course_id": found.course_id,
        "reviews": command.reviews,
        "due_at": command.due_at,
        "anonymous": command.anonymous,
        "exclude_teammates": command.exclude_teammates,
        "use_rubric": command.use_rubric,
    }
    work.record(PeerReviewsSet(institution_id=institution, **said))
    return PeerReviewSettings(**said, version=found.version + 1)
