"""What a person wrote on the answers of others, and what they made for courses."""

from collections.abc import AsyncIterator

import msgspec

from eduflow.kernel import personal_log
from eduflow.kernel.personal import Excuse, Part, Row, Subject
from eduflow.kernel.personal_log import KEPT_ANSWERS
from eduflow.services.assessment.under_appeal import ANSWER, OPEN
from eduflow.standing.personal import COPIED

_TOLD = "CASE WHEN NOT u.under_appeal THEN {0} END AS {1}"
_REVIEWS = (
    f"SELECT h.id::text AS key, h.id, h.response_id, {_TOLD.format('h.awarded', 'awarded')},"
    f" {_TOLD.format('h.fraction', 'fraction')}, {_TOLD.format('h.comment', 'comment')}, h.blind,"
    " h.seconds, h.at, u.under_appeal FROM human_reviews AS h CROSS JOIN LATERAL"
    f" (SELECT {ANSWER.format('h.response_id')} AS under_appeal) AS u"
    " WHERE h.grader_id = $1 AND ($2::text IS NULL OR h.id::text > $2) ORDER BY 1 LIMIT $3"
)
_DECISIONS = (
    "SELECT d.appeal_id::text AS key, d.appeal_id, d.saw_scores,"
    f" {_TOLD.format('d.outcome', 'outcome')}, {_TOLD.format('d.fraction', 'fraction')},"
    f" {_TOLD.format('d.reason', 'reason')}, d.at, u.under_appeal FROM appeal_decisions AS d"
    " JOIN appeals AS a ON a.id = d.appeal_id CROSS JOIN LATERAL"
    f" (SELECT {ANSWER.format('a.response_id')} AS under_appeal) AS u"
    " WHERE d.grader_id = $1 AND ($2::text IS NULL OR d.appeal_id::text > $2) ORDER BY 1 LIMIT $3"
)
_WAITING = (
    "SELECT q.id::text AS key, q.attempt_id::text AS attempt, q.response_id::text AS answer"
    f" FROM appeals AS q WHERE q.user_id <> $1 AND {OPEN.format('q')}"
    " AND ($2::text IS NULL OR q.id::text > $2) ORDER BY 1 LIMIT $3"
)
_PRECEDENTS = (
    "SELECT id::text AS key, id, CASE WHEN asked_by = $1 THEN question END AS question,"
    " CASE WHEN ruled_by = $1 THEN ruling END AS ruling, asked_at, ruled_at FROM rubric_precedents"
    " WHERE (asked_by = $1 OR ruled_by = $1) AND ($2::text IS NULL OR id::text > $2)"
    " ORDER BY 1 LIMIT $3"
)


def reviews(subject: Subject) -> AsyncIterator[Row]:
    """What they gave, and wrote of it; whose answer it was is not said.

    Not while an appeal about the answer waits: that is told to nobody of the staff.
    """
    return subject.rows(_REVIEWS)


def decisions(subject: Subject) -> AsyncIterator[Row]:
    """What they decided on appeals."""
    return subject.rows(_DECISIONS)


def precedents(subject: Subject) -> AsyncIterator[Row]:
    """Questions on a rubric that they asked or settled."""
    return subject.rows(_PRECEDENTS)


async def events(subject: Subject) -> AsyncIterator[Row]:
    """What happened to them, and what they did; no score of another while that is under appeal."""
    waiting: set[str] = set()
    async for appeal in subject.rows(_WAITING):
        waiting |= {appeal["attempt"], appeal["answer"]}
    async for row in personal_log.events(subject):
        told = row["payload"]
        about = {name: told[name] for name in ("attempt_id", "response_id") if name in told}
        if not waiting.isdisjoint(about.values()):
            row["payload"] = {**about, "under_appeal": True}
        yield row


_LOG = tuple(
    msgspec.structs.replace(part, read=events) if part.name == "events" else part
    for part in personal_log.PARTS
)
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
    *_LOG,
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
