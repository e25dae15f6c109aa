"""Give everybody who has handed in the work of others to review."""

import asyncio
import hashlib
from uuid import UUID

import msgspec

from eduflow.contracts.api_core_teams import PeerReviewAllocated
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import UserId, new_id
from eduflow.kernel.problems import NotFound
from eduflow.services.api_core.ids import AssignmentId, CourseId, SubmissionId
from eduflow.services.api_core.model.peer_review import Pair, Rule, Work, allocate
from eduflow.services.api_core.team_problems import NoPeerReviews
from eduflow.services.api_core.team_views import Allocated


class AllocatePeerReviews(Command[Allocated], frozen=True, kw_only=True):
    """Only what is missing is added. Without a seed the assignment has one of its own."""

    assignment: AssignmentId
    seed: int | None


class _Handed(msgspec.Struct):
    id: UUID
    authors: frozenset[UUID]


class _Found(msgspec.Struct):
    course_id: CourseId
    reviews: int | None
    turn: int | None
    version: int | None
    works: list[_Handed]
    rules: list[Rule]
    apart: list[Pair]
    existing: list[Pair]
    withdrawn: list[Pair]


# Whoever has lost their seat reviews nothing, and their work is reviewed no more.
_LOOK = (
    "WITH seats AS (SELECT DISTINCT e.user_id FROM enrollments AS e JOIN assignments AS a"
    " ON a.course_id = e.course_id JOIN users AS u ON u.id = e.user_id AND u.state = 'active'"
    " WHERE a.id = $1 AND e.role = 'student' AND e.state = 'active')"
    " SELECT a.course_id, p.reviews, p.turn, p.version,"
    " coalesce((SELECT json_agg(json_build_object('id', w.id, 'authors', w.authors)) FROM ("
    "SELECT s.id, (SELECT json_agg(t.user_id) FROM seats AS t WHERE t.user_id = s.user_id"
    " OR t.user_id IN (SELECT m.user_id FROM members_of(s.team_id) AS m)) AS authors"
    " FROM submissions AS s WHERE s.assignment_id = a.id AND s.current_attempt > 0) AS w"
    " WHERE w.authors IS NOT NULL), '[]') AS works,"
    " coalesce((SELECT json_agg(json_build_object('reviewer', r.reviewer_id,"
    " 'author', r.author_id, 'must', r.kind = 'must')) FROM peer_review_rules AS r"
    " WHERE r.assignment_id = a.id), '[]') AS rules,"
    " coalesce((SELECT json_agg(json_build_array(m.user_id, o.user_id)) FROM team_sets AS t"
    " JOIN team_members AS m ON m.team_set_id = t.id AND m.left_at IS NULL JOIN team_members AS o"
    " ON o.team_id = m.team_id AND o.left_at IS NULL AND o.user_id > m.user_id"
    " WHERE t.course_id = a.course_id AND p.exclude_teammates), '[]') AS apart,"
    " coalesce((SELECT json_agg(json_build_array(r.reviewer_id, r.submission_id))"
    " FROM peer_review_allocations AS r WHERE r.assignment_id = a.id"
    " AND r.state <> 'withdrawn'), '[]') AS existing,"
    " coalesce((SELECT json_agg(json_build_array(r.reviewer_id, r.submission_id))"
    " FROM peer_review_allocations AS r WHERE r.assignment_id = a.id"
    " AND r.state = 'withdrawn'), '[]') AS withdrawn"
    " FROM assignments AS a LEFT JOIN peer_review_settings AS p ON p.assignment_id = a.id"
    " WHERE a.id = $1"
)
# Two who allocate at one moment meet here: the second looks again, and finds nothing missing.
_TURN = (
    "UPDATE peer_review_settings SET turn = turn + 1 WHERE assignment_id = $1 AND turn = $2"
    " AND version = $3 AND {allowed}"
)
_INSERT = (
    "INSERT INTO peer_review_allocations (id, reviewer_id, submission_id, institution_id,"
    " course_id, assignment_id, state, by_hand, created_at)"
    " SELECT n.id, n.reviewer, n.work, $4, $5, $6, 'allocated', false, $7"
    " FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS n(id, reviewer, work) WHERE {allowed}"
    " ON CONFLICT ON CONSTRAINT peer_review_allocations_once DO NOTHING"
)


async def allocate_peer_reviews(command: AllocatePeerReviews, work: UnitOfWork) -> Allocated:
    found = await work.look_one(_LOOK, command.assignment, into=_Found)
    if found is None:
        raise NotFound(kind="assignment")
    if found.reviews is None:
        raise NoPeerReviews
    seed = _seed_of(command.assignment) if command.seed is None else command.seed
    # For a thousand students it takes a second, in which others must be answered.
    made = await asyncio.to_thread(
        allocate,
        {author for one in found.works for author in one.authors},
        [Work(one.id, one.authors) for one in found.works],
        reviews=found.reviews,
        seed=seed,
        rules=found.rules,
        apart=found.apart,
        existing=found.existing,
        withdrawn=found.withdrawn,
    )
    if made.added:
        _write(work, command.assignment, found, added=made.added)
    return Allocated(
        assignment_id=command.assignment,
        seed=seed,
        added=len(made.added),
        total=len(found.existing) + len(made.added),
        fewest=made.fewest,
        most=made.most,
        short=[UserId(user) for user in made.short],
        unreviewed=[SubmissionId(one) for one in made.unreviewed],
    )


def _write(
    work: UnitOfWork, assignment: AssignmentId, found: _Found, *, added: tuple[Pair, ...]
) -> None:
    institution = work.identity.institution
    rows = [(new_id(), *pair) for pair in added]
    columns = [[row[n] for row in rows] for n in range(3)]
    work.write(_TURN, assignment, found.turn, found.version)
    place = (institution, found.course_id, assignment, work.now)
    work.write(_INSERT, *columns, *place, changes=len(rows))
    for review, reviewer, submission in rows:
        work.record(
            PeerReviewAllocated(
                institution_id=institution,
                review_id=review,
                assignment_id=assignment,
                course_id=found.course_id,
                submission_id=submission,
                reviewer_id=reviewer,
                by_hand=False,
            )
        )


def _seed_of(assignment: AssignmentId) -> int:
    return int.from_bytes(hashlib.sha256(assignment.bytes).digest()[:4])
