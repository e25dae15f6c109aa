"""What a person wrote on the answers of others, and what they made for courses."""

from collections.abc import AsyncIterator

from eduflow.kernel.personal import Excuse, Part, Row, Subject
from eduflow.kernel.personal_log import KEPT_ANSWERS
from eduflow.kernel.personal_log import PARTS as LOG
from eduflow.standing.personal import COPIED

_REVIEWS = (
    "SELECT id::text AS key, id, response_id, awarded, fraction, comment, blind, seconds, at"
    " FROM human_reviews WHERE grader_id = $1 AND ($2::text IS NULL OR id::text > $2)"
    " ORDER BY 1 LIMIT $3"
)
_DECISIONS = (
    "SELECT appeal_id::text AS key, appeal_id, outcome, fraction, reason, at FROM appeal_decisions"
    " WHERE grader_id = $1 AND ($2::text IS NULL OR appeal_id::text > $2) ORDER BY 1 LIMIT $3"
)
_PRECEDENTS = (
    "SELECT id::text AS key, id, CASE WHEN asked_by = $1 THEN question END AS question,"
    " CASE WHEN ruled_by = $1 THEN ruling END AS ruling, asked_at, ruled_at FROM rubric_precedents"
    " WHERE (asked_by = $1 OR ruled_by = $1) AND ($2::text IS NULL OR id::text > $2)"
    " ORDER BY 1 LIMIT $3"
)


def reviews(subject: Subject) -> AsyncIterator[Row]:
    """What they gave, and wrote of it; whose answer it was is not said."""
    return subject.rows(_REVIEWS)


def decisions(subject: Subject) -> AsyncIterator[Row]:
    """What they decided on appeals."""
    return subject.rows(_DECISIONS)


def precedents(subject: Subject) -> AsyncIterator[Row]:
    """Questions on a rubric that they asked or settled."""
    return subject.rows(_PRECEDENTS)


_OF_OTHERS = "Stays, without their name: it is a part of the grades of others."
PARTS = (
    Part(
        name="reviews",
        title="Answers graded",
        tables=("human_reviews",),
        read=reviews,
        erasure=_OF_OTHERS,
    ),
    Part(
        name="decisions",
        title="Appeals decided",
        tables=("appeal_decisions",),
        read=decisions,
        erasure=_OF_OTHERS,
    ),
    Part(
        name="precedents",
        title="Questions on rubrics",
        tables=("rubric_precedents",),
        read=precedents,
        erasure=_OF_OTHERS,
    ),
    *LOG,
)
EXCUSED = (
    Excuse(
        tables=(
            "item_banks",
            "item_share_sets",
            "question_versions",
            "answer_keys",
            "question_tests",
            "scoring_rubric_versions",
            "scoring_versions",
            "assessments",
            "assessment_versions",
        ),
        why="Questions, keys and tests belong to the course, and hold who made them as an id;"
        " `actions` tells of each.",
        erasure="Stays: ids only.",
    ),
    Excuse(
        tables=("grading_queue", "release_gates", "regrade_runs"),
        why="Who has an answer in hand, opened a gate or began a regrade, as an id; `actions` tells"
        " of each.",
        erasure="Stays: ids only.",
    ),
    COPIED,
    KEPT_ANSWERS,
)
