"""Work that was handed in, what was said of it and what it was worth."""

from collections.abc import AsyncIterator

from eduflow.kernel.personal import Excuse, Part, Row, Subject

# What is not posted yet nobody sees by another door; it is in the archive once it is posted.
_POSTED = "(a.posting = 'automatic' OR a.posted_at IS NOT NULL)"
# The teams they are in; what a team hands in is the work of each of its members.
_TEAMS = "(SELECT team_id FROM team_members WHERE user_id = $1 AND left_at IS NULL)"
_WORK = (
    "SELECT s.id::text || ' ' || lpad(coalesce(v.attempt, 0)::text, 9, '0') AS key, s.id,"
    " s.course_id, s.assignment_id, a.title AS assignment, s.state, v.attempt, v.at, v.body,"
    " v.file_refs, encode(v.sha256, 'hex') AS sha256 FROM submissions AS s"
    " JOIN assignments AS a ON a.id = s.assignment_id"
    " LEFT JOIN submission_versions AS v ON v.submission_id = s.id WHERE (s.user_id = $1"
    f" OR s.team_id IN {_TEAMS} OR v.submitted_by = $1 OR (s.team_id IS NOT NULL AND EXISTS"
    " (SELECT FROM grade_events AS g WHERE g.submission_id = s.id AND g.user_id = $1"
    " AND g.at >= v.at)))"
    " AND ($2::text IS NULL"
    " OR s.id::text || ' ' || lpad(coalesce(v.attempt, 0)::text, 9, '0') > $2) ORDER BY 1 LIMIT $3"
)
_COMMENTS = (
    "SELECT c.id::text AS key, c.id, c.submission_id, c.criterion_id, a.title AS assignment, c.at,"
    f" coalesce(s.user_id = $1, s.team_id IN {_TEAMS}) AS on_own_work,"
    " c.author_id = $1 AS own, c.body FROM submission_comments AS c"
    " JOIN submissions AS s ON s.id = c.submission_id JOIN assignments AS a"
    f" ON a.id = s.assignment_id WHERE (c.author_id = $1 OR ({_POSTED} AND (s.user_id = $1"
    f" OR s.team_id IN {_TEAMS})))"
    " AND ($2::text IS NULL OR c.id::text > $2) ORDER BY 1 LIMIT $3"
)
_MARKS = (
    "SELECT m.id::text AS key, m.id, m.submission_id, m.attempt, m.criterion_id,"
    " k.description AS criterion, r.label AS rating, m.points, m.comment, m.at"
    " FROM rubric_assessments AS m JOIN rubric_criteria AS k ON k.id = m.criterion_id"
    " LEFT JOIN rubric_ratings AS r ON r.id = m.rating_id"
    " JOIN assignments AS a ON a.id = m.assignment_id"
    f" WHERE (m.user_id = $1 OR m.team_id IN {_TEAMS}) AND {_POSTED}"
    " AND ($2::text IS NULL OR m.id::text > $2) ORDER BY 1 LIMIT $3"
)
_GRADES = (
    "SELECT g.id::text AS key, g.id, g.assignment_id, a.title AS assignment, g.submission_id,"
    " g.attempt, g.score, g.excused, g.source, g.reason, g.at FROM grade_events AS g"
    " JOIN assignments AS a ON a.id = g.assignment_id"
    f" WHERE g.user_id = $1 AND {_POSTED} AND ($2::text IS NULL OR g.id::text > $2)"
    " ORDER BY 1 LIMIT $3"
)
_COURSES = (
    "SELECT g.course_id::text AS key, g.course_id, c.code, c.title, g.active, g.percent, g.letter,"
    " g.groups FROM course_grades AS g JOIN courses AS c ON c.id = g.course_id"
    " WHERE g.user_id = $1 AND ($2::text IS NULL OR g.course_id::text > $2) ORDER BY 1 LIMIT $3"
)
_DATES = (
    "SELECT o.id::text AS key, o.id, o.assignment_id, a.title AS assignment, o.unlock_at,"
    " o.due_at, o.lock_at, o.extra_minutes FROM assignment_overrides AS o"
    " JOIN assignments AS a ON a.id = o.assignment_id"
    " WHERE o.user_id = $1 AND ($2::text IS NULL OR o.id::text > $2) ORDER BY 1 LIMIT $3"
)


def submissions(subject: Subject) -> AsyncIterator[Row]:
    """Every version of what they handed in, whole."""
    return subject.rows(_WORK)


def comments(subject: Subject) -> AsyncIterator[Row]:
    """On their work, and what they wrote on the work of others; who the other is, is not said."""
    return subject.rows(_COMMENTS)


def marks(subject: Subject) -> AsyncIterator[Row]:
    """By the criteria of rubrics, where they are posted."""
    return subject.rows(_MARKS)


def grades(subject: Subject) -> AsyncIterator[Row]:
    """Every grade they were given, and why, where they are posted."""
    return subject.rows(_GRADES)


def course_grades(subject: Subject) -> AsyncIterator[Row]:
    """What it amounts to in each course."""
    return subject.rows(_COURSES)


def own_dates(subject: Subject) -> AsyncIterator[Row]:
    """Dates that were set for them alone."""
    return subject.rows(_DATES)


_NUMBERS = (
    "The points stay, with the id of the blank row: averages and grades of the course are made of"
    " them."
)
PARTS = (
    Part(
        name="submissions",
        title="Work handed in",
        tables=("submissions", "submission_versions"),
        read=submissions,
        erasure="Texts, files and digests of every version are blanked; that something was handed"
        " in, and when, stays. Work of a team stays for the others, until the last of them is"
        " erased.",
    ),
    Part(
        name="comments",
        title="Comments on work",
        tables=("submission_comments",),
        read=comments,
        erasure="Those on the person's work are blanked, and theirs on the work of their team."
        " What they said of others' work is a part of the others' grades and stays, without their"
        " name.",
    ),
    Part(
        name="marks",
        title="Marks by rubrics",
        tables=("rubric_assessments",),
        read=marks,
        erasure=f"Comments are blanked. {_NUMBERS}",
    ),
    Part(
        name="grades",
        title="Grades",
        tables=("grade_events",),
        read=grades,
        erasure=f"Reasons are blanked. {_NUMBERS} So do grades that the person gave to others.",
    ),
    Part(
        name="course-grades",
        title="Grades of courses",
        tables=("course_grades",),
        read=course_grades,
        erasure=f"Folded from grades. {_NUMBERS}",
    ),
    Part(
        name="own-dates",
        title="Own dates",
        tables=("assignment_overrides",),
        read=own_dates,
        erasure="Stays: times, and no word why. Whether work was late is counted by them.",
    ),
)
EXCUSED = Excuse(
    tables=("test_results", "gradebook_cells", "gradebook_seats", "gradebook_overrides"),
    why="Counted from work, grades, seats and own dates, which are in the archive.",
    erasure="Stays, with the id of the blank row: it holds times and points only.",
)
