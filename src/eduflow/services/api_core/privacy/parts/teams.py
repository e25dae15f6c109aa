"""The teams somebody is and was in; what they said of the work of peers, and peers of theirs."""

from collections.abc import AsyncIterator

from eduflow.kernel.personal import Excuse, Part, Row, Subject

_TEAMS = (
    "SELECT m.team_id::text AS key, m.team_id, t.course_id, s.name AS team_set, t.name AS team,"
    " m.role, m.since, m.left_at FROM team_members AS m JOIN teams AS t ON t.id = m.team_id"
    " JOIN team_sets AS s ON s.id = t.team_set_id"
    " WHERE m.user_id = $1 AND ($2::text IS NULL OR m.team_id::text > $2) ORDER BY 1 LIMIT $3"
)
# All that they wrote; of their own work what is finished, as the app shows it; and of nobody who it
# was.
_SEEN = (
    " FROM peer_review_allocations AS r JOIN submissions AS w ON w.id = r.submission_id"
    " JOIN assignments AS a ON a.id = r.assignment_id"
    "{0} WHERE (r.reviewer_id = $1 OR (r.state = 'finished'"
    " AND (w.user_id = $1 OR w.team_id IN (SELECT team_id FROM team_members"
    " WHERE user_id = $1 AND left_at IS NULL))))"
)
_REVIEWS = (
    "SELECT r.id::text AS key, r.id, r.course_id, r.assignment_id, a.title AS assignment,"
    " r.reviewer_id = $1 AS own, r.state, r.attempt, r.comment, r.created_at, r.finished_at"
    f"{_SEEN.format('')} AND ($2::text IS NULL OR r.id::text > $2) ORDER BY 1 LIMIT $3"
)
_OF_CRITERIA = (
    " JOIN peer_review_marks AS m ON m.allocation_id = r.id"
    " JOIN rubric_criteria AS k ON k.id = m.criterion_id"
    " LEFT JOIN rubric_ratings AS l ON l.id = m.rating_id"
)
_MARKS = (
    "SELECT r.id::text || ' ' || m.criterion_id AS key, r.id AS review_id, m.criterion_id,"
    " k.description AS criterion, l.label AS rating, m.points, m.comment, m.at,"
    f" r.reviewer_id = $1 AS own{_SEEN.format(_OF_CRITERIA)}"
    " AND ($2::text IS NULL OR r.id::text || ' ' || m.criterion_id > $2) ORDER BY 1 LIMIT $3"
)


def teams(subject: Subject) -> AsyncIterator[Row]:
    """Those they left as well."""
    return subject.rows(_TEAMS)


def peer_reviews(subject: Subject) -> AsyncIterator[Row]:
    """Theirs, and those of their own work; who the other is, is not said."""
    return subject.rows(_REVIEWS)


def peer_marks(subject: Subject) -> AsyncIterator[Row]:
    """Criterion by criterion."""
    return subject.rows(_MARKS)


PARTS = (
    Part(
        name="teams",
        title="Teams",
        tables=("team_members",),
        read=teams,
        erasure="What they did in the team is blanked, and their name where the team was called"
        " by it. That they were in it stays: grades were given by it.",
    ),
    Part(
        name="peer-reviews",
        title="Reviews by peers",
        tables=("peer_review_allocations",),
        read=peer_reviews,
        erasure="What they wrote is blanked, and what was written of their own work. Who reviewed"
        " which work stays, with the id of the blank row.",
    ),
    Part(
        name="peer-marks",
        title="Marks by peers",
        tables=("peer_review_marks",),
        read=peer_marks,
        erasure="Comments are blanked as in the reviews. Points stay; they count in no grade.",
    ),
)
EXCUSED = Excuse(
    tables=("peer_review_rules",),
    why="Whom somebody was to review, or not, by the staff's word: it tells of the other as well.",
    erasure="Stays, with the id of the blank row: two ids and no word why.",
)
