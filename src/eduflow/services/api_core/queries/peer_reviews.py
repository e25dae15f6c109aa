"""Reviews by peers: for the staff, for who reviews, and for whose work it is.

Where reviews are anonymous, neither side learns the other's name or id; and whoever grades without
names sees no author here either.
"""

from uuid import UUID

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.web import Page, Slice
from eduflow.services.api_core.ids import AssignmentId, PeerReviewId, SubmissionId
from eduflow.services.api_core.queries.rubric import OF_ASSIGNMENT
from eduflow.services.api_core.team_views import (
    AllocationLine,
    OwnAllocation,
    PeerReviewEntry,
    PeerReviewSettings,
    PeerReviewWork,
    PeerRule,
)
from eduflow.services.api_core.views import columns

_SETTINGS = (
    f"SELECT {columns(PeerReviewSettings, 'p')} FROM peer_review_settings AS p"
    " WHERE p.assignment_id = $1"
)
_RULES = (
    f"SELECT {columns(PeerRule, 'r')} FROM peer_review_rules AS r WHERE r.assignment_id = $1"
    " AND ($2::uuid IS NULL OR (r.reviewer_id, r.author_id) > ($2, $3::uuid))"
    " ORDER BY r.reviewer_id, r.author_id LIMIT $4"
)
_FROM = (
    " FROM peer_review_allocations AS r JOIN peer_review_settings AS p"
    " ON p.assignment_id = r.assignment_id JOIN assignments AS a ON a.id = r.assignment_id"
    " JOIN submissions AS s ON s.id = r.submission_id"
)
_OVERDUE = (
    "coalesce(r.state = 'allocated' AND p.due_at < now() OR r.finished_at > p.due_at, false)"
    " AS overdue"
)
_NAME = (
    "coalesce((SELECT u.display_name FROM users AS u WHERE u.id = s.user_id),"
    " (SELECT t.name FROM teams AS t WHERE t.id = s.team_id))"
)
_OF_ASSIGNMENT = (
    "SELECT r.id, r.assignment_id, r.submission_id, r.reviewer_id, r.state, r.by_hand, r.version,"
    " u.display_name AS reviewer_name, CASE WHEN NOT a.anonymous THEN s.user_id END AS author_id,"
    " CASE WHEN NOT a.anonymous THEN s.team_id END AS team_id,"
    f" CASE WHEN NOT a.anonymous THEN {_NAME} END AS author_name, (SELECT count(*)"
    f" FROM peer_review_marks AS m WHERE m.allocation_id = r.id) AS marked, {_OVERDUE},"
    f" r.finished_at{_FROM} JOIN users AS u ON u.id = r.reviewer_id"
    " WHERE r.assignment_id = $1 AND ($2::text IS NULL OR r.state = $2)"
    " AND ($3::uuid IS NULL OR r.id > $3) ORDER BY r.id LIMIT $4"
)
_OWN = (
    f"SELECT r.id, r.assignment_id, r.course_id, a.title, p.due_at, {_OVERDUE}, r.state,"
    " CASE WHEN NOT p.anonymous THEN s.user_id END AS author_id,"
    f" CASE WHEN NOT p.anonymous THEN {_NAME} END AS author_name, r.finished_at{_FROM}"
    " WHERE r.reviewer_id = $1 AND r.state <> 'withdrawn' AND EXISTS (SELECT FROM enrollments AS e"
    " WHERE e.user_id = $1 AND e.course_id = r.course_id AND e.state IN ('active', 'completed'))"
    " AND ($2::uuid IS NULL OR r.id > $2) ORDER BY r.id LIMIT $3"
)
_MARKS = (
    "coalesce((SELECT json_agg(json_build_object('criterion_id', m.criterion_id, 'rating_id',"
    " m.rating_id, 'points', m.points, 'comment', m.comment, 'version', m.version, 'at', m.at)"
    " ORDER BY m.criterion_id) FROM peer_review_marks AS m WHERE m.allocation_id = r.id), '[]')"
    " AS marks"
)
# A finished review shows the version that was reviewed; before, it is the newest.
_ONE = (
    "SELECT r.id, r.assignment_id, r.state, r.comment, r.attempt, r.finished_at, r.version,"
    " r.course_id, a.title, a.instructions, p.due_at,"
    " CASE WHEN w.seen THEN s.user_id END AS author_id,"
    f" CASE WHEN w.seen THEN {_NAME} END AS author_name,"
    " (SELECT json_build_object('attempt', v.attempt, 'body', v.body, 'files', v.file_refs,"
    " 'sha256', encode(v.sha256, 'hex'), 'at', v.at, 'submitted_by',"
    " CASE WHEN w.seen THEN v.submitted_by END) FROM submission_versions AS v"
    " WHERE v.submission_id = s.id AND v.attempt = coalesce(r.attempt, s.current_attempt))"
    f" AS work, CASE WHEN p.use_rubric THEN {OF_ASSIGNMENT.format(note='NULL')} END AS rubric,"
    f" {_MARKS}{_FROM} CROSS JOIN LATERAL (SELECT CASE WHEN r.reviewer_id = eduflow_person()"
    " THEN NOT p.anonymous ELSE NOT a.anonymous END AS seen) AS w WHERE r.id = $1"
)
_OF_WORK = (
    "SELECT r.id, r.assignment_id, r.state, r.comment, r.attempt, r.finished_at, r.version,"
    " CASE WHEN w.staff OR NOT p.anonymous THEN r.reviewer_id END AS reviewer_id,"
    " CASE WHEN w.staff OR NOT p.anonymous THEN u.display_name END AS reviewer_name,"
    f" {_MARKS}{_FROM} JOIN users AS u ON u.id = r.reviewer_id CROSS JOIN LATERAL (SELECT"
    " holds_in('peer_review:read', r.course_id) AS staff, coalesce(s.user_id = eduflow_person(),"
    " eduflow_person() IN (SELECT m.user_id FROM members_of(s.team_id) AS m)) AS own) AS w"
    " WHERE r.submission_id = $1 AND (w.staff OR (w.own AND r.state = 'finished'))"
    " AND ($2::uuid IS NULL OR r.id > $2) ORDER BY r.id LIMIT $3"
)


async def peer_review_settings(replica: ReadSession, wanted: AssignmentId) -> PeerReviewSettings:
    """How the work of an assignment is reviewed; NotFound where it is not."""
    return await replica.row(_SETTINGS, wanted, into=PeerReviewSettings)


async def peer_rules(replica: ReadSession, wanted: AssignmentId, *, page: Page) -> Slice[PeerRule]:
    """One page of who must, or must not, review whom."""
    reviewer, author = page.after(UUID, UUID) or (None, None)
    rows = await replica.rows(_RULES, wanted, reviewer, author, page.fetch, into=PeerRule)
    return page.of(rows, by=lambda r: (r.reviewer_id, r.author_id), into=lambda r: r)


async def allocations(
    replica: ReadSession, wanted: AssignmentId, *, page: Page, state: str | None
) -> Slice[AllocationLine]:
    """One page of all of an assignment; `state` narrows it."""
    (after,) = page.after(UUID) or (None,)
    rows = await replica.rows(_OF_ASSIGNMENT, wanted, state, after, page.fetch, into=AllocationLine)
    return page.of(rows, by=lambda r: (r.id,), into=lambda r: r)


async def own_allocations(
    replica: ReadSession, user: UserId, *, page: Page
) -> Slice[OwnAllocation]:
    """One page of what somebody is to review, in every course they have a seat in."""
    (after,) = page.after(UUID) or (None,)
    rows = await replica.rows(_OWN, user, after, page.fetch, into=OwnAllocation)
    return page.of(rows, by=lambda r: (r.id,), into=lambda r: r)


async def peer_review(replica: ReadSession, wanted: PeerReviewId) -> PeerReviewWork:
    """All that is needed to review one work."""
    return await replica.row(_ONE, wanted, into=PeerReviewWork)


async def reviews_of_work(
    replica: ReadSession, wanted: SubmissionId, *, page: Page
) -> Slice[PeerReviewEntry]:
    """One page of the reviews of a work: to its author those that are finished."""
    (after,) = page.after(UUID) or (None,)
    rows = await replica.rows(_OF_WORK, wanted, after, page.fetch, into=PeerReviewEntry)
    return page.of(rows, by=lambda r: (r.id,), into=lambda r: r)
