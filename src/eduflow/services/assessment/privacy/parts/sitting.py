"""Tests that a person has sat, and what was said of their answers.

What was answered is theirs at any time. What it was worth is told when it is released and where the
review policy of the test shows it by now: the archive is no way around either.
"""

from collections.abc import AsyncIterator

from eduflow.kernel.personal import Excuse, Part, Row, Subject
from eduflow.services.assessment.lineage import FIRST_OF_LINEAGE
from eduflow.services.assessment.showing import CLOSED_TO_ALL

_SHOWS = (
    " CROSS JOIN LATERAL (SELECT w.shows FROM review_policies AS w WHERE w.assessment_id ="
    " t.assessment_id AND w.phase = CASE WHEN t.state = 'in_progress' THEN 'during'"
    f" WHEN {CLOSED_TO_ALL} <= clock_timestamp() THEN 'after_close' ELSE 'while_open' END) AS v"
)
_ATTEMPTS = (
    f"attempts AS t JOIN delivery_policies AS p ON p.assessment_id = t.assessment_id{_SHOWS}"
)
_PAGE = "($2::text IS NULL OR {key} > $2) ORDER BY 1 LIMIT $3"
_SEEN = "t.released_at IS NOT NULL AND '{what}' = ANY (v.shows)"

_SAT = (
    "SELECT t.id::text AS key, t.id, t.course_id, t.assessment_id, a.title AS test, t.number,"
    " t.state, t.started_at, t.deadline_at, t.submitted_at, t.late, t.released_at, t.points,"
    f" CASE WHEN {_SEEN.format(what='points')} THEN t.score END AS score"
    f" FROM {_ATTEMPTS} JOIN assessments AS a ON a.id = t.assessment_id"
    f" WHERE t.user_id = $1 AND {_PAGE.format(key='t.id::text')}"
)
_ANSWERS = (
    "SELECT r.id::text AS key, r.id, r.attempt_id, r.question_id,"
    " r.try_number, r.value, r.hints, r.certainty, r.seconds, r.last, r.at,"
    " encode(r.sha256, 'hex') AS sha256"
    f", CASE WHEN {_SEEN.format(what='points')} THEN s.fraction END AS share_of_points"
    f", CASE WHEN {_SEEN.format(what='correctness')} THEN s.correct END AS correct"
    f", CASE WHEN {_SEEN.format(what='feedback')} THEN s.feedback END AS feedback"
    f" FROM {_ATTEMPTS} JOIN responses AS r ON r.attempt_id = t.id"
    " LEFT JOIN scoring_versions AS n ON n.assessment_id = t.assessment_id"
    " AND n.number = t.scoring_number LEFT JOIN LATERAL (SELECT i.* FROM item_scores AS i"
    " JOIN scoring_versions AS w ON w.id = i.scoring_version_id WHERE i.response_id = r.id"
    " AND w.state = 'published' AND w.number <= n.number"
    f" AND w.number >= {FIRST_OF_LINEAGE.format('n')}"
    " ORDER BY w.number DESC, i.revision DESC LIMIT 1)"
    f" AS s ON true WHERE t.user_id = $1 AND {_PAGE.format(key='r.id::text')}"
)
_DRAFTS = (
    "SELECT d.attempt_id::text || ' ' || d.question_id AS key, d.attempt_id, d.question_id,"
    " d.value, d.certainty, d.revision, d.seconds, d.saved_at FROM response_drafts AS d"
    " JOIN attempts AS t ON t.id = d.attempt_id WHERE t.user_id = $1 AND "
    + _PAGE.format(key="d.attempt_id::text || ' ' || d.question_id")
)
_FILES = (
    "SELECT f.id::text AS key, f.id, f.attempt_id, f.question_id, f.name, f.media_type, f.size,"
    " encode(f.sha256, 'hex') AS sha256, f.at FROM response_files AS f"
    " JOIN attempts AS t ON t.id = f.attempt_id WHERE t.user_id = $1 AND "
    + _PAGE.format(key="f.id::text")
)
_STEPS = (
    "SELECT e.attempt_id::text || ' ' || lpad(e.seq::text, 19, '0') AS key, e.attempt_id, e.kind,"
    " e.question_id, e.at FROM attempt_events AS e JOIN attempts AS t ON t.id = e.attempt_id"
    " WHERE t.user_id = $1 AND "
    + _PAGE.format(key="e.attempt_id::text || ' ' || lpad(e.seq::text, 19, '0')")
)
_SIGNALS = (
    "SELECT s.id::text AS key, s.attempt_id, s.kind, s.detail, s.at FROM integrity_events AS s"
    " JOIN attempts AS t ON t.id = s.attempt_id WHERE t.user_id = $1 AND "
    + _PAGE.format(key="s.id::text")
)
_READINGS = (
    "SELECT y.id::text || ' ' || j.sample || ' ' || j.criterion_id AS key, y.response_id, y.model,"
    " j.sample, c.title AS criterion, j.awarded, j.reason, j.quote, j.confidence, y.flags"
    f" FROM {_ATTEMPTS} JOIN responses AS r ON r.attempt_id = t.id JOIN ai_grading_jobs AS y"
    " ON y.response_id = r.id JOIN ai_judgements AS j ON j.job_id = y.id JOIN scoring_criteria AS c"
    f" ON c.id = j.criterion_id WHERE t.user_id = $1 AND {_SEEN.format(what='feedback')} AND "
    + _PAGE.format(key="y.id::text || ' ' || j.sample || ' ' || j.criterion_id")
)
_APPEALS = (
    "SELECT p.id::text AS key, p.id, p.attempt_id, p.response_id, p.claim, p.state, p.asked_at,"
    " d.outcome, d.reason, d.at AS decided_at FROM appeals AS p LEFT JOIN appeal_decisions AS d"
    f" ON d.appeal_id = p.id WHERE p.user_id = $1 AND {_PAGE.format(key='p.id::text')}"
)
_RECEIPTS = (
    "SELECT g.attempt_id::text || ' ' || lpad(g.number::text, 9, '0') AS key, g.attempt_id,"
    " g.number, encode(g.digest, 'hex') AS digest, encode(g.previous, 'hex') AS previous, g.at"
    f", CASE WHEN {_SEEN.format(what='points')} THEN g.score END AS score, g.points"
    f" FROM {_ATTEMPTS} JOIN grade_receipts AS g ON g.attempt_id = t.id WHERE t.user_id = $1 AND "
    + _PAGE.format(key="g.attempt_id::text || ' ' || lpad(g.number::text, 9, '0')")
)
_DATES = (
    "SELECT o.id::text AS key, o.id, o.assessment_id, a.title AS test, o.opens_at, o.closes_at,"
    " o.extra_minutes, o.extra_attempts FROM delivery_overrides AS o JOIN assessments AS a"
    " ON a.id = o.assessment_id WHERE o.target_type = 'student' AND o.target_id = $1 AND "
    + _PAGE.format(key="o.id::text")
)


def attempts(subject: Subject) -> AsyncIterator[Row]:
    """Each attempt, with its score where it is shown."""
    return subject.rows(_SAT)


def answers(subject: Subject) -> AsyncIterator[Row]:
    """Every answer they gave, tries too, with what was said of it where it is shown."""
    return subject.rows(_ANSWERS)


def drafts(subject: Subject) -> AsyncIterator[Row]:
    """What was saved and not handed in yet, or last before it was."""
    return subject.rows(_DRAFTS)


def files(subject: Subject) -> AsyncIterator[Row]:
    """What was sent for answers; GET /attempts/{attempt_id}/files/{id} gives each."""
    return subject.rows(_FILES)


def steps(subject: Subject) -> AsyncIterator[Row]:
    """What happened to each attempt, and when."""
    return subject.rows(_STEPS)


def signals(subject: Subject) -> AsyncIterator[Row]:
    """What a page told of a sitting."""
    return subject.rows(_SIGNALS)


def readings(subject: Subject) -> AsyncIterator[Row]:
    """What models made of their answers, where comments are shown."""
    return subject.rows(_READINGS)


def appeals(subject: Subject) -> AsyncIterator[Row]:
    """What they asked for, and what was decided; by whom is not said."""
    return subject.rows(_APPEALS)


def receipts(subject: Subject) -> AsyncIterator[Row]:
    """What proves how a grade came about."""
    return subject.rows(_RECEIPTS)


def own_dates(subject: Subject) -> AsyncIterator[Row]:
    """Time and attempts that were given to them alone."""
    return subject.rows(_DATES)


_IDS_STAY = "Stays: ids, numbers and times, on which statistics and the grades of others rest."
PARTS = (
    Part(name="attempts", title="Tests", tables=("attempts",), read=attempts, erasure=_IDS_STAY),
    Part(
        name="answers",
        title="Answers",
        tables=("responses", "item_scores"),
        read=answers,
        erasure="Blanked: what was answered, and what was written of it. Scores stay.",
    ),
    Part(
        name="drafts",
        title="Drafts of answers",
        tables=("response_drafts",),
        read=drafts,
        erasure="Blanked.",
    ),
    Part(
        name="files",
        title="Files of answers",
        tables=("response_files",),
        read=files,
        erasure="Removed from the object store; names are blanked, sizes and digests stay.",
    ),
    Part(
        name="steps",
        title="What happened to each attempt",
        tables=("attempt_events",),
        read=steps,
        erasure=_IDS_STAY,
    ),
    Part(
        name="signals",
        title="What the page told of a sitting",
        tables=("integrity_events",),
        read=signals,
        erasure="Kinds and times stay, what was told is blanked.",
    ),
    Part(
        name="readings",
        title="What models made of the answers",
        tables=("ai_grading_jobs", "ai_judgements"),
        read=readings,
        erasure="Reasons and quotations are blanked, numbers stay.",
    ),
    Part(
        name="appeals",
        title="Appeals",
        tables=("appeals",),
        read=appeals,
        erasure="Blanked: what was claimed, and what was written on the decision. What waited to"
        " be decided is withdrawn.",
    ),
    Part(
        name="receipts",
        title="Receipts of grades",
        tables=("grade_receipts",),
        read=receipts,
        erasure="Stays: digests only. What was digested is gone.",
    ),
    Part(
        name="own_dates",
        title="Extra time and attempts",
        tables=("delivery_overrides",),
        read=own_dates,
        erasure="Stays: ids, numbers and times.",
    ),
)
EXCUSED = (
    Excuse(
        tables=("grading_results", "regrade_diffs"),
        why="Folded from the attempts, before and after each regrade; the receipts have both.",
        erasure="Stays: ids and numbers.",
    ),
    Excuse(
        tables=("erased_people",),
        why="Whoever was erased has nobody left to ask.",
        erasure="Stays: the proof that it was done.",
    ),
)
