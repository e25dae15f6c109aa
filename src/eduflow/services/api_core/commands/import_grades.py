"""Give the grades of a file: many cells, by the rules of `giving`, in one write."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from eduflow.contracts.api_core_grading import GradeGiven
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import UserId, new_id
from eduflow.kernel.problems import Forbidden
from eduflow.services.api_core.gradebook_file.reader import GradebookLine
from eduflow.services.api_core.ids import AssignmentId, CourseId
from eduflow.services.api_core.sis.outcome import column

SOURCE = "import"
_OF_TEST = "is the column of a test: override the grade, with a reason"


class Untaken(msgspec.Struct, frozen=True):
    """A row that gave nothing. `row` counts within the chunk."""

    row: int
    column: str
    reason: str


class Given(msgspec.Struct):
    """How many cells were given, how many were so already, and who they are of."""

    given: int = 0
    same: int = 0
    above: int = 0
    """Of those given, how many are above what was possible."""
    untaken: list[Untaken] = []
    students: list[UserId] = []


class ImportGrades(Command[Given], frozen=True, kw_only=True):
    """All rows that can be taken. A cell that says what is so already gives nothing.

    `seen` are students of earlier rows. A rehearsal decides on everything and writes nothing.
    """

    course: CourseId
    lines: list[GradebookLine]
    seen: list[UserId]
    reason: str
    rehearsal: bool


class _Person(msgspec.Struct):
    id: UserId
    sis_id: str | None
    login_id: str | None
    email: str
    enrolled: bool

    def answers_to(self, login: str) -> bool:
        return login.lower() in {(self.login_id or self.email).lower(), self.email}


class _Work(msgspec.Struct):
    id: UUID
    assignment_id: UUID
    user_id: UUID
    version: int
    attempt: int
    submitted_at: datetime | None
    graded: bool
    score: Decimal | None


class _Points(msgspec.Struct):
    id: UUID
    points: Decimal
    of_test: bool


class _Seen(msgspec.Struct):
    may: bool
    people: list[_Person]
    works: list[_Work]
    assignments: list[_Points]


class _Grade(msgspec.Struct):
    """One cell that is to be given, with what is there."""

    id: UUID
    submission_id: UUID
    assignment_id: UUID
    user_id: UserId
    attempt: int | None
    version: int
    score: Decimal | None
    excused: bool
    state: str
    submitted_at: datetime | None


# Logins are no key of people: they are asked for among those who sit in the course. Somebody who
# does not is looked for only by what is one, to be told apart from nobody.
_LOOK = """
    WITH named AS MATERIALIZED (
        SELECT u.id, u.sis_id, u.login_id, u.email, true AS enrolled FROM users AS u
        WHERE u.state <> 'deleted' AND u.id IN (SELECT e.user_id FROM enrollments AS e
            WHERE e.course_id = $1 AND e.role = 'student' AND e.state <> 'withdrawn')
          AND (u.id = ANY($3::uuid[]) OR u.sis_id = ANY($4::text[])
            OR lower(u.login_id) = ANY($5::text[]) OR u.email = ANY($5::text[]))),
    people AS MATERIALIZED (
        SELECT * FROM named UNION ALL
        SELECT u.id, u.sis_id, u.login_id, u.email, false FROM users AS u
        WHERE u.institution_id = $2 AND u.state <> 'deleted'
          AND (u.id = ANY($3::uuid[]) OR u.sis_id = ANY($4::text[]) OR u.email = ANY($5::text[]))
          AND NOT EXISTS (SELECT FROM named AS n WHERE n.id = u.id)),
    works AS MATERIALIZED (
        SELECT s.id, s.assignment_id, s.user_id, s.version, s.current_attempt AS attempt,
            v.at AS submitted_at, g.id IS NOT NULL AS graded, g.score
        FROM named AS n JOIN submissions AS s ON s.user_id = n.id
            AND s.assignment_id = ANY($6::uuid[])
        LEFT JOIN submission_versions AS v ON v.submission_id = s.id
            AND v.attempt = s.current_attempt
        LEFT JOIN LATERAL (SELECT id, score FROM grade_events AS g WHERE g.submission_id = s.id
            ORDER BY g.version DESC LIMIT 1) AS g ON true)
    SELECT holds_in('grade:write', $1) AS may,
        coalesce((SELECT json_agg(p) FROM people AS p), '[]') AS people,
        coalesce((SELECT json_agg(w) FROM works AS w), '[]') AS works,
        coalesce((SELECT json_agg(a) FROM (SELECT id, points,
            assessment_id IS NOT NULL AS of_test FROM assignments
            WHERE course_id = $1 AND id = ANY($6::uuid[])) AS a), '[]') AS assignments
"""
_FIRST = (
    "INSERT INTO submissions (id, institution_id, course_id, assignment_id, user_id, state,"
    " created_at) SELECT r.id, $1, $2, r.assignment_id, r.user_id, r.state, $3"
    " FROM unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::text[])"
    " AS r(id, assignment_id, user_id, state) WHERE {allowed}"
    " ON CONFLICT ON CONSTRAINT submissions_one_a_person DO NOTHING"
)
_NEXT = (
    "UPDATE submissions AS s SET state = r.state, version = s.version + 1"
    " FROM unnest($1::uuid[], $2::int[], $3::text[]) AS r(id, version, state)"
    " WHERE s.id = r.id AND s.version = r.version - 1 AND {allowed}"
)
_GRADES = (
    "INSERT INTO grade_events (id, institution_id, assignment_id, user_id, submission_id, attempt,"
    " version, score, excused, source, reason, actor_id, at) SELECT r.id, $1, r.assignment_id,"
    " r.user_id, r.submission_id, r.attempt, r.version, r.score, r.excused, $2, $3, $4, $5"
    " FROM unnest($6::uuid[], $7::uuid[], $8::uuid[], $9::uuid[], $10::int[], $11::int[],"
    " $12::numeric[], $13::boolean[])"
    " AS r(id, assignment_id, user_id, submission_id, attempt, version, score, excused)"
    " WHERE {allowed} ON CONFLICT ON CONSTRAINT grade_events_version_once DO NOTHING"
)


async def import_grades(command: ImportGrades, work: UnitOfWork) -> Given:
    lines = command.lines
    (seen,) = await work.look(
        _LOOK,
        command.course,
        work.identity.institution,
        [line.id for line in lines if line.id],
        [line.sis_id for line in lines if line.sis_id],
        [line.login.lower() for line in lines if line.login],
        sorted({cell.assignment for line in lines for cell in line.cells}),
        into=_Seen,
    )
    if not seen.may:
        raise Forbidden(permission="grade:write")
    outcome = Given()
    known = {(w.user_id, w.assignment_id): w for w in seen.works}
    points = {a.id: a.points for a in seen.assignments}
    tests = {a.id for a in seen.assignments if a.of_test}
    students = set(command.seen)
    grades: list[_Grade] = []
    for number, line in enumerate(lines):
        person = _person(line, seen.people)
        if not isinstance(person, str) and person.id in students:
            person = "an earlier row is of the same student; that one counts"
        if isinstance(person, str):
            outcome.untaken.append(Untaken(number, "", person))
            continue
        students.add(person.id)
        outcome.students.append(person.id)
        for cell in line.cells:
            if cell.assignment not in points:
                # Somebody took it away while the file was read.
                outcome.untaken.append(Untaken(number, cell.column, "is no assignment any more"))
                continue
            there = known.get((person.id, cell.assignment))
            if there and there.graded and there.score == cell.score:
                outcome.same += 1
                continue
            if cell.assignment in tests:
                outcome.untaken.append(Untaken(number, cell.column, _OF_TEST))
                continue
            outcome.given += 1
            outcome.above += cell.score is not None and cell.score > points[cell.assignment]
            grades.append(_grade(person.id, AssignmentId(cell.assignment), cell.score, there=there))
    if grades and not command.rehearsal:
        _write(work, command, grades)
    return outcome


def _person(line: GradebookLine, people: Sequence[_Person]) -> _Person | str:
    """Whom a row is of, or the reason why it is of nobody.

    Each name that the row has may point at one person; two who are pointed at are one too many.
    """
    ways = (
        ("ID", line.id, [p for p in people if p.id == line.id]),
        ("SIS User ID", line.sis_id, [p for p in people if line.sis_id == p.sis_id]),
        ("SIS Login ID", line.login, [p for p in people if p.answers_to(line.login)]),
    )
    told = [(name, value, found) for name, value, found in ways if value]
    found = {p.id: p for _, _, those in told for p in those}
    if not found:
        name, value, _ = told[0]
        return f"there is no student with the {name} {str(value)!r}"
    if len(found) > 1:
        return f"{' and '.join(name for name, _, those in told if those)} name different people"
    (person,) = found.values()
    if line.sis_id and person.sis_id not in {None, line.sis_id}:
        return f"the student's SIS User ID is {person.sis_id!r}, not {line.sis_id!r}"
    return person if person.enrolled else "is no student of this course"


def _grade(
    user: UserId, assignment: AssignmentId, score: Decimal | None, *, there: _Work | None
) -> _Grade:
    return _Grade(
        id=new_id(),
        submission_id=there.id if there else new_id(),
        assignment_id=assignment,
        user_id=user,
        attempt=(there.attempt or None) if there else None,
        version=there.version + 1 if there else 1,
        score=score,
        excused=score is None,
        state="excused" if score is None else "graded",
        submitted_at=there.submitted_at if there else None,
    )


def _write(work: UnitOfWork, command: ImportGrades, grades: list[_Grade]) -> None:
    who = work.identity
    new = [grade for grade in grades if grade.version == 1]
    again = [grade for grade in grades if grade.version > 1]
    if new:
        fields = ("submission_id", "assignment_id", "user_id", "state")
        columns = [column(new, field) for field in fields]
        work.write(_FIRST, who.institution, command.course, work.now, *columns, changes=len(new))
    if again:
        columns = [column(again, field) for field in ("submission_id", "version", "state")]
        work.write(_NEXT, *columns, changes=len(again))
    whole = ("id", "assignment_id", "user_id", "submission_id", "attempt", "version", "score")
    columns = [column(grades, field) for field in (*whole, "excused")]
    how = (who.institution, SOURCE, command.reason, who.user, work.now)
    work.write(_GRADES, *how, *columns, changes=len(grades))
    for grade in grades:
        work.record(
            GradeGiven(
                institution_id=who.institution,
                submission_id=grade.submission_id,
                assignment_id=grade.assignment_id,
                course_id=command.course,
                user_id=grade.user_id,
                attempt=grade.attempt,
                submitted_at=grade.submitted_at,
                score=grade.score,
                source=SOURCE,
                graded_at=work.now,
            )
        )
