"""Give one student one work to review, by hand; and take it back."""

import msgspec

from eduflow.contracts.api_core_teams import PeerReviewAllocated, PeerReviewWithdrawn
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import UserId, new_id
from eduflow.kernel.problems import NotFound
from eduflow.services.api_core.ids import AssignmentId, CourseId, PeerReviewId, SubmissionId
from eduflow.services.api_core.problems import NoSuchStudent
from eduflow.services.api_core.team_problems import (
    AlreadyAllocated,
    NoPeerReviews,
    NotReviewable,
    PeerReviewFinal,
)
from eduflow.services.api_core.team_views import Allocation


class AllocatePeerReview(Command[Allocation], frozen=True, kw_only=True):
    """Whatever the rules say; but nobody their own or their team's. What was withdrawn goes on."""

    assignment: AssignmentId
    submission: SubmissionId
    reviewer: UserId


class WithdrawPeerReview(Command[None], frozen=True, kw_only=True):
    """Also a finished one; then its author sees it no more."""

    review: PeerReviewId


class _Found(msgspec.Struct):
    course_id: CourseId
    turn: int | None
    is_student: bool
    is_handed_in: bool
    is_author: bool
    review: PeerReviewId | None
    state: str | None
    version: int | None


class _Known(msgspec.Struct):
    assignment_id: AssignmentId
    course_id: CourseId
    submission_id: SubmissionId
    turn: int
    state: str
    version: int


IS_AUTHOR = (
    "coalesce(s.user_id = {0}, EXISTS (SELECT FROM team_members AS m"
    " WHERE m.team_id = s.team_id AND m.user_id = {0} AND m.left_at IS NULL))"
)
_LOOK = (
    "SELECT a.course_id, p.turn, EXISTS (SELECT FROM enrollments AS e"
    " WHERE e.course_id = a.course_id AND e.user_id = $3 AND e.role = 'student'"
    " AND e.state = 'active') AS is_student,"
    " coalesce(s.current_attempt > 0, false) AS is_handed_in,"
    f" {IS_AUTHOR.format('$3')} AS is_author, r.id AS review, r.state, r.version"
    " FROM assignments AS a LEFT JOIN peer_review_settings AS p ON p.assignment_id = a.id"
    " LEFT JOIN submissions AS s ON s.id = $2 AND s.assignment_id = a.id"
    " LEFT JOIN peer_review_allocations AS r ON r.submission_id = s.id AND r.reviewer_id = $3"
    " WHERE a.id = $1"
)
_KNOWN = (
    "SELECT r.assignment_id, r.course_id, r.submission_id, p.turn, r.state, r.version"
    " FROM peer_review_allocations AS r JOIN peer_review_settings AS p"
    " ON p.assignment_id = r.assignment_id WHERE r.id = $1"
)
_TURN = (
    "UPDATE peer_review_settings SET turn = turn + 1 WHERE assignment_id = $1 AND turn = $2"
    " AND {allowed}"
)
_INSERT = (
    "INSERT INTO peer_review_allocations (id, institution_id, course_id, assignment_id,"
    " submission_id, reviewer_id, state, by_hand, created_at)"
    " SELECT $1, $2, $3, $4, $5, $6, 'allocated', true, $7 WHERE {allowed}"
    " ON CONFLICT ON CONSTRAINT peer_review_allocations_once DO NOTHING"
)
_AGAIN = (
    "UPDATE peer_review_allocations SET state = 'allocated', by_hand = true, attempt = NULL,"
    " finished_at = NULL, version = version + 1 WHERE id = $1 AND version = $2 AND {allowed}"
)
_WITHDRAW = (
    "UPDATE peer_review_allocations SET state = 'withdrawn', version = version + 1"
    " WHERE id = $1 AND version = $2 AND {allowed}"
)


async def allocate_peer_review(command: AllocatePeerReview, work: UnitOfWork) -> Allocation:
    place = (command.assignment, command.submission, command.reviewer)
    found = await work.look_one(_LOOK, *place, into=_Found)
    if found is None:
        raise NotFound(kind="assignment")
    if found.turn is None:
        raise NoPeerReviews
    if not found.is_student:
        raise NoSuchStudent(user_id=str(command.reviewer))
    if not found.is_handed_in or found.is_author:
        raise NotReviewable
    if found.state not in (None, "withdrawn"):
        raise AlreadyAllocated(review_id=str(found.review))
    institution = work.identity.institution
    review = found.review or PeerReviewId(new_id())
    work.write(_TURN, command.assignment, found.turn)
    if found.review is None:
        work.write(_INSERT, review, institution, found.course_id, *place, work.now)
    else:
        work.write(_AGAIN, review, found.version)
    work.record(
        PeerReviewAllocated(
            institution_id=institution,
            review_id=review,
            assignment_id=command.assignment,
            course_id=found.course_id,
            submission_id=command.submission,
            reviewer_id=command.reviewer,
            by_hand=True,
        )
    )
    return Allocation(
        id=review,
        assignment_id=command.assignment,
        submission_id=command.submission,
        reviewer_id=command.reviewer,
        state="allocated",
        by_hand=True,
        version=(found.version or 0) + 1,
    )


async def withdraw_peer_review(command: WithdrawPeerReview, work: UnitOfWork) -> None:
    known = await work.look_one(_KNOWN, command.review, into=_Known)
    if known is None:
        raise NotFound(kind="peer_review")
    if known.state == "withdrawn":
        raise PeerReviewFinal(state=known.state)
    work.write(_TURN, known.assignment_id, known.turn)
    work.write(_WITHDRAW, command.review, known.version)
    work.record(
        PeerReviewWithdrawn(
            institution_id=work.identity.institution,
            review_id=command.review,
            assignment_id=known.assignment_id,
            course_id=known.course_id,
            submission_id=known.submission_id,
        )
    )
