"""Review a work: criterion by criterion, a word on the whole, and done. By its reviewer alone."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from eduflow.contracts.api_core_teams import (
    PeerCriterionMarked,
    PeerReviewFinished,
    PeerReviewWritten,
)
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.services.api_core.commands.allocate_peer_review import IS_AUTHOR
from eduflow.services.api_core.commands.desk import refuse_unseen_work
from eduflow.services.api_core.commands.giving import GivenMark
from eduflow.services.api_core.ids import (
    AssignmentId,
    CourseId,
    CriterionId,
    PeerReviewId,
    RatingId,
    RubricVersionId,
    SubmissionId,
)
from eduflow.services.api_core.model.rubric import Criterion, marked, total
from eduflow.services.api_core.problems import NoRubric
from eduflow.services.api_core.team_problems import (
    NotReviewable,
    PeerReviewFinal,
    PeerReviewSaysNothing,
)
from eduflow.services.api_core.team_views import PeerMarked, PeerReview


class MarkPeerCriterion(Command[PeerMarked], frozen=True, kw_only=True):
    """On the mark that the reviewer saw there, 0 for none. It is no grade, and becomes none."""

    review: PeerReviewId
    criterion: CriterionId
    expected: int
    mark: GivenMark


class WritePeerReview(Command[PeerReview], frozen=True, kw_only=True):
    """Something about the whole work, on the version of the review that the reviewer saw."""

    review: PeerReviewId
    expected: int
    comment: str


class FinishPeerReview(Command[PeerReview], frozen=True, kw_only=True):
    """From here on the author may read it. `attempt` is the version of the work that was read."""

    review: PeerReviewId
    attempt: int


class _Mark(msgspec.Struct):
    criterion_id: UUID
    rating_id: UUID | None
    points: Decimal
    comment: str
    version: int


class _Seen(msgspec.Struct):
    assignment_id: AssignmentId
    course_id: CourseId
    submission_id: SubmissionId
    state: str
    comment: str
    version: int
    use_rubric: bool
    rubric_version_id: RubricVersionId | None
    criteria: list[Criterion]
    marks: list[_Mark]
    current_attempt: int
    is_author: bool


_LOOK = (
    "SELECT r.assignment_id, r.course_id, r.submission_id, r.state, r.comment, r.version,"
    " p.use_rubric, a.rubric_version_id, s.current_attempt,"
    f" {IS_AUTHOR.format('r.reviewer_id')} AS is_author,"
    " coalesce((SELECT json_agg(json_build_object('id', c.id, 'points', c.points, 'ratings',"
    " coalesce((SELECT json_agg(json_build_object('id', t.id, 'points', t.points))"
    " FROM rubric_ratings AS t WHERE t.criterion_id = c.id), '[]')) ORDER BY c.position)"
    " FROM rubric_criteria AS c WHERE c.rubric_version_id = a.rubric_version_id), '[]')"
    " AS criteria, coalesce((SELECT json_agg(m) FROM peer_review_marks AS m"
    " WHERE m.allocation_id = r.id), '[]') AS marks"
    " FROM peer_review_allocations AS r JOIN peer_review_settings AS p"
    " ON p.assignment_id = r.assignment_id JOIN assignments AS a ON a.id = r.assignment_id"
    " JOIN submissions AS s ON s.id = r.submission_id WHERE r.id = $1"
)
# Whoever marks another criterion meanwhile decides again; whoever finishes ends it.
_NEXT = (
    "UPDATE peer_review_allocations SET version = version + 1 WHERE id = $1 AND version = $2"
    " AND {allowed}"
)
_MARK = (
    "INSERT INTO peer_review_marks (allocation_id, criterion_id, institution_id, assignment_id,"
    " rubric_version_id, rating_id, points, comment, at)"
    " SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 WHERE {allowed}"
    " ON CONFLICT (allocation_id, criterion_id) DO UPDATE SET rating_id = excluded.rating_id,"
    " points = excluded.points, comment = excluded.comment, at = excluded.at,"
    " version = peer_review_marks.version + 1"
)
_COMMENT = (
    "UPDATE peer_review_allocations SET comment = $3, version = version + 1"
    " WHERE id = $1 AND version = $2 AND {allowed}"
)
_FINISH = (
    "UPDATE peer_review_allocations SET state = 'finished', attempt = $3, finished_at = $4,"
    " version = version + 1 WHERE id = $1 AND version = $2 AND {allowed}"
)


async def mark_peer_criterion(command: MarkPeerCriterion, work: UnitOfWork) -> PeerMarked:
    seen = await _seen(work, command.review)
    if not seen.use_rubric or seen.rubric_version_id is None:
        raise NoRubric
    mark = command.mark.mark()
    points = marked(seen.criteria, command.criterion, mark=mark)
    last = next((m for m in seen.marks if m.criterion_id == command.criterion), None)
    version = last.version if last else 0
    refused = msgspec.to_builtins(command.mark)
    theirs = msgspec.to_builtins(last)
    refuse_unseen_work(command.expected, version, theirs=theirs, refused=refused)
    who = work.identity
    work.write(_NEXT, command.review, seen.version)
    place = (command.review, command.criterion, who.institution, seen.assignment_id)
    said = (mark.rating_id, points, mark.comment, work.now)
    work.write(_MARK, *place, seen.rubric_version_id, *said)
    work.record(
        PeerCriterionMarked(
            **_told(work, command.review, seen),
            criterion_id=command.criterion,
            points=points,
            version=version + 1,
        )
    )
    return PeerMarked(
        review_id=command.review,
        criterion_id=command.criterion,
        rating_id=None if mark.rating_id is None else RatingId(mark.rating_id),
        points=float(points),
        comment=mark.comment,
        version=version + 1,
        review_version=seen.version + 1,
    )


async def write_peer_review(command: WritePeerReview, work: UnitOfWork) -> PeerReview:
    seen = await _seen(work, command.review)
    refuse_unseen_work(
        command.expected,
        seen.version,
        theirs={"comment": seen.comment},
        refused={"comment": command.comment},
    )
    work.write(_COMMENT, command.review, seen.version, command.comment)
    work.record(PeerReviewWritten(**_told(work, command.review, seen)))
    return PeerReview(
        id=command.review,
        assignment_id=seen.assignment_id,
        state=seen.state,
        comment=command.comment,
        attempt=None,
        finished_at=None,
        version=seen.version + 1,
    )


async def finish_peer_review(command: FinishPeerReview, work: UnitOfWork) -> PeerReview:
    seen = await _seen(work, command.review)
    # Who reviewed what has been handed in anew since has not reviewed what there is.
    refused = {"attempt": command.attempt}
    theirs = {"attempt": seen.current_attempt}
    refuse_unseen_work(command.attempt, seen.current_attempt, theirs=theirs, refused=refused)
    if seen.use_rubric and seen.rubric_version_id is not None:
        total(seen.criteria, {m.criterion_id: m.points for m in seen.marks})
    elif not seen.comment.strip():
        raise PeerReviewSaysNothing
    work.write(_FINISH, command.review, seen.version, command.attempt, work.now)
    work.record(
        PeerReviewFinished(
            **_told(work, command.review, seen),
            submission_id=seen.submission_id,
            attempt=command.attempt,
            finished_at=work.now,
        )
    )
    return PeerReview(
        id=command.review,
        assignment_id=seen.assignment_id,
        state="finished",
        comment=seen.comment,
        attempt=command.attempt,
        finished_at=work.now,
        version=seen.version + 1,
    )


async def _seen(work: UnitOfWork, review: PeerReviewId) -> _Seen:
    seen = await work.look_one(_LOOK, review, into=_Seen)
    if seen is None:
        raise NotFound(kind="peer_review")
    if seen.state != "allocated":
        raise PeerReviewFinal(state=seen.state)
    if seen.is_author:  # They have come into the team since.
        raise NotReviewable
    return seen


def _told(work: UnitOfWork, review: PeerReviewId, seen: _Seen) -> dict[str, Any]:
    return {
        "institution_id": work.identity.institution,
        "review_id": review,
        "assignment_id": seen.assignment_id,
        "course_id": seen.course_id,
    }
