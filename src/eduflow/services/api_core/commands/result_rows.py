"""The rows behind the results of tests: looked at for many students at once, and written so."""

from decimal import Decimal
from uuid import UUID

import msgspec

from eduflow.kernel.ids import UserId
from eduflow.services.api_core.ids import AssessmentId, AssignmentId, CourseId, SubmissionId

SOURCE = "assessment"


class Last(msgspec.Struct):
    source: str
    excused: bool
    score: Decimal | None
    out_of: Decimal | None


class Kept(msgspec.Struct):
    """A row of test_results."""

    number: int
    scoring_number: int
    seq: int
    attempt_id: UUID | None = None
    score: Decimal = Decimal(0)
    late: bool = False


class Found(msgspec.Struct):
    """A student's place in a test's column: as it was, then with all that was told of it."""

    assessment_id: AssessmentId
    user_id: UserId
    kind: str | None
    assignment_id: AssignmentId | None
    course_id: CourseId | None
    points: Decimal | None
    is_student: bool
    submission_id: SubmissionId | None
    attempt: int
    version: int
    grade: Last | None
    result: Kept | None
    state: str = ""


# Who reacts sees every institution, so that each row is asked for by its own.
LOOK = (
    "SELECT e.assessment AS assessment_id, e.person AS user_id, t.kind, a.id AS assignment_id,"
    " t.course_id, a.points, EXISTS (SELECT FROM enrollments"
    " AS r JOIN users AS u ON u.id = r.user_id AND u.state <> 'deleted'"
    " WHERE r.institution_id = $1 AND r.course_id = t.course_id AND r.user_id = e.person"
    " AND r.role = 'student') AS is_student, s.id AS submission_id,"
    " coalesce(s.current_attempt, 0) AS attempt, coalesce(s.version, 0) AS version,"
    " (SELECT row_to_json(g) FROM (SELECT source, excused, score, out_of FROM grade_events"
    " WHERE submission_id = s.id ORDER BY version DESC LIMIT 1) AS g) AS grade,"
    " (SELECT row_to_json(r) FROM (SELECT number, scoring_number, seq FROM test_results"
    " WHERE assignment_id = a.id AND user_id = e.person) AS r) AS result"
    " FROM unnest($2::uuid[], $3::uuid[]) AS e(assessment, person)"
    " LEFT JOIN course_tests AS t ON t.institution_id = $1 AND t.assessment_id = e.assessment"
    " LEFT JOIN assignments AS a ON a.institution_id = $1 AND a.assessment_id = t.assessment_id"
    " LEFT JOIN submissions AS s ON s.assignment_id = a.id AND s.user_id = e.person"
)
_ROWS = "FROM jsonb_to_recordset($1::text::jsonb) AS e({0}) WHERE {{allowed}}"
# Whoever is erased between the look and the write has no row to write for: it is decided again.
_LIVES = " AND EXISTS (SELECT FROM users AS u WHERE u.id = e.user_id AND u.state <> 'deleted')"
_WORK = (
    "id uuid, institution_id uuid, course_id uuid, assignment_id uuid, user_id uuid, state text,"
    " attempt integer, before integer, version integer, at timestamptz"
)
FIRST = (
    "INSERT INTO submissions (id, institution_id, course_id, assignment_id, user_id, state,"
    " current_attempt, version, created_at) SELECT id, institution_id, course_id, assignment_id,"
    f" user_id, state, attempt, version, at {_ROWS.format(_WORK)}{_LIVES} ON CONFLICT DO NOTHING"
)
NEXT = (
    "UPDATE submissions AS s SET state = e.state, current_attempt = e.attempt, version = e.version"
    f" {_ROWS.format(_WORK)} AND s.id = e.id AND s.version = e.before"
)
_WORTH = (
    "assignment_id uuid, user_id uuid, institution_id uuid, attempt_id uuid, number integer,"
    " scoring_number integer, seq bigint, score numeric, out_of numeric, late boolean,"
    " at timestamptz, before bigint"
)
_COLUMNS = (
    "assignment_id, user_id, institution_id, attempt_id, number, scoring_number, seq, score,"
    " out_of, late, at"
)
RESULT = (
    f"INSERT INTO test_results ({_COLUMNS}) SELECT {_COLUMNS} {_ROWS.format(_WORTH)}{_LIVES}"
    " ON CONFLICT DO NOTHING"
)
NEWER = (
    "UPDATE test_results AS r SET attempt_id = e.attempt_id, number = e.number,"
    " scoring_number = e.scoring_number, seq = e.seq, score = e.score, out_of = e.out_of,"
    f" late = e.late, at = e.at {_ROWS.format(_WORTH)}{_LIVES}"
    " AND r.assignment_id = e.assignment_id AND r.user_id = e.user_id AND r.seq = e.before"
)
GRADE = (
    "INSERT INTO grade_events (id, institution_id, assignment_id, user_id, submission_id, version,"
    " score, out_of, excused, source, at) SELECT id, institution_id, assignment_id, user_id,"
    f" submission_id, version, score, out_of, false, '{SOURCE}', at "
    + _ROWS.format(
        "id uuid, institution_id uuid, assignment_id uuid, user_id uuid, submission_id uuid,"
        " version integer, score numeric, out_of numeric, at timestamptz"
    )
    + _LIVES
    + " ON CONFLICT ON CONSTRAINT grade_events_version_once DO NOTHING"
)
