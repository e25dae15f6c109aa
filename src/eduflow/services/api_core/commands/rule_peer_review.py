"""Say that one student must, or must not, review the work of another; and take that back."""

import msgspec

from eduflow.contracts.api_core_teams import PeerReviewRuleRemoved, PeerReviewRuleSet
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import UserId
from eduflow.kernel.problems import NotFound
from eduflow.services.api_core.ids import AssignmentId, CourseId
from eduflow.services.api_core.problems import NoSuchStudent
from eduflow.services.api_core.team_problems import NoPeerReviews, NoSuchPeerRule
from eduflow.services.api_core.team_views import PeerRule


class RulePeerReview(Command[PeerRule], frozen=True, kw_only=True):
    """Another rule for the same two replaces it. What is allocated already stays."""

    assignment: AssignmentId
    reviewer: UserId
    author: UserId
    kind: str


class UnrulePeerReview(Command[None], frozen=True, kw_only=True):
    """The next allocation is free to choose."""

    assignment: AssignmentId
    reviewer: UserId
    author: UserId


class _Found(msgspec.Struct):
    course_id: CourseId
    is_set: bool
    students: list[UserId]
    known: bool


_LOOK = (
    "SELECT a.course_id, EXISTS (SELECT FROM peer_review_settings AS p"
    " WHERE p.assignment_id = a.id) AS is_set, coalesce((SELECT json_agg(DISTINCT e.user_id)"
    " FROM enrollments AS e WHERE e.course_id = a.course_id AND e.role = 'student'"
    " AND e.user_id IN ($2, $3)), '[]') AS students, EXISTS (SELECT FROM peer_review_rules AS r"
    " WHERE r.assignment_id = a.id AND r.reviewer_id = $2 AND r.author_id = $3) AS known"
    " FROM assignments AS a WHERE a.id = $1"
)
_UPSERT = (
    "INSERT INTO peer_review_rules (assignment_id, reviewer_id, author_id, institution_id, kind)"
    " SELECT $1, $2, $3, $4, $5 WHERE {allowed}"
    " ON CONFLICT (assignment_id, reviewer_id, author_id) DO UPDATE SET kind = excluded.kind"
)
_DELETE = (
    "DELETE FROM peer_review_rules WHERE assignment_id = $1 AND reviewer_id = $2"
    " AND author_id = $3 AND {allowed}"
)


async def rule_peer_review(command: RulePeerReview, work: UnitOfWork) -> PeerRule:
    found = await _found(work, command.assignment, command.reviewer, command.author)
    if not found.is_set:
        raise NoPeerReviews
    for student in (command.reviewer, command.author):
        if student not in found.students:
            raise NoSuchStudent(user_id=str(student))
    institution = work.identity.institution
    two = (command.assignment, command.reviewer, command.author)
    work.write(_UPSERT, *two, institution, command.kind)
    work.record(
        PeerReviewRuleSet(
            institution_id=institution,
            assignment_id=command.assignment,
            course_id=found.course_id,
            reviewer_id=command.reviewer,
            author_id=command.author,
            kind=command.kind,
        )
    )
    return PeerRule(
        assignment_id=command.assignment,
        reviewer_id=command.reviewer,
        author_id=command.author,
        kind=command.kind,
    )


async def unrule_peer_review(command: UnrulePeerReview, work: UnitOfWork) -> None:
    found = await _found(work, command.assignment, command.reviewer, command.author)
    if not found.known:
        raise NoSuchPeerRule
    work.write(_DELETE, command.assignment, command.reviewer, command.author)
    work.record(
        PeerReviewRuleRemoved(
            institution_id=work.identity.institution,
            assignment_id=command.assignment,
            course_id=found.course_id,
            reviewer_id=command.reviewer,
            author_id=command.author,
        )
    )


async def _found(
    work: UnitOfWork, assignment: AssignmentId, reviewer: UserId, author: UserId
) -> _Found:
    found = await work.look_one(_LOOK, assignment, reviewer, author, into=_Found)
    if found is None:
        raise NotFound(kind="assignment")
    return found
