"""A gradebook file becomes grades, and grades become a file that changes nothing."""

import csv
import os
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from eduflow.kernel.auth.identity import as_system, on_behalf_of
from eduflow.kernel.ids import UserId
from eduflow.kernel.problems import Forbidden
from eduflow.services.api_core.commands.find_course import LookAtGradebook
from eduflow.services.api_core.commands.find_institution import FindInstitution
from eduflow.services.api_core.gradebook_file.exporting import export_gradebook
from eduflow.services.api_core.gradebook_file.importing import GradebookImport, GradebookSummary
from eduflow.services.api_core.ids import CourseId
from eduflow.services.api_core.sis.sources import SourceFile, Unreadable
from tests.harness.platform import Eduflow, Person, School
from tests.harness.servers import Servers
from tests.harness.things import until
from tests.services.api_core.given import a_person, a_seat
from tests.services.api_core.given_grading import (
    GivenClass,
    a_class,
    an_assignment,
    gradebook_row,
    handed_in,
)
from tests.services.api_core.given_teams import a_team, a_team_set
from tests.services.api_core.sis.test_command_line import run as run_command
from tests.services.api_core.sis.test_command_line import slug

Refused = list[tuple[int, str, str]]


class _Listener:
    def __init__(self) -> None:
        self.said: Refused = []

    def refused(self, file: str, line: int, column: str, reason: str) -> None:
        self.said.append((line, column, reason))

    def went_on(self, *, bytes_read: int, rows: int) -> None:
        pass


async def imported(
    eduflow: Eduflow,
    given: GivenClass,
    path: Path,
    *,
    rehearse: bool = False,
    by: Person | None = None,
) -> tuple[GradebookSummary, Refused]:
    """Import as the operator does, and let the teacher know of it."""
    grader = by or given.teacher
    access = on_behalf_of(grader.user, grader.institution)
    commands = eduflow.worker.commands["api_core"]
    course = CourseId(UUID(given.course.id))
    head = (await commands.execute(LookAtGradebook(course=course), access=access)).result
    listener = _Listener()
    job = GradebookImport(
        commands, access, course=course, assignments=head.assignments, listener=listener
    )
    source = SourceFile(path.name, path, 1)
    summary = await job.run(source, rehearse=rehearse)
    if summary.position:
        given.teacher.position = eduflow.runtime.positions.seal([summary.position])
    return summary, listener.said


async def exported(eduflow: Eduflow, school: School, given: GivenClass, path: Path) -> Path:
    receipt = await eduflow.worker.commands["api_core"].execute(
        FindInstitution(slug=slug(school)), access=as_system(school.institution)
    )
    await export_gradebook(
        path,
        CourseId(UUID(given.course.id)),
        pages=lambda: eduflow.worker.reads(
            eduflow.worker.services["api_core"],
            access=as_system(school.institution),
            role="reports",
            positions={"api_core": receipt.position},
        ),
    )
    return path


def written(path: Path, header: list[str], *rows: list[Any]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([header, *rows])
    return path


async def grades_of(eduflow: Eduflow, student: Person) -> list[Any]:
    async with eduflow.sql() as sql:
        rows = await sql.fetch(
            "SELECT score, excused, source, reason, actor_id, version FROM grade_events"
            " WHERE user_id = $1 ORDER BY at, id",
            student.user,
        )
    return [
        (r["score"] if r["score"] is None else float(r["score"]), *list(r)[1:4], r["version"])
        for r in rows
    ]


async def test_scores_become_grades_with_who_and_why_and_a_second_time_changes_nothing(
    eduflow: Eduflow, school: School, tmp_path: Path
) -> None:
    given = await a_class(eduflow, school, students=3)
    essay, exam = [await an_assignment(given, title=title) for title in ("Essay", "Exam")]
    one, two, three = given.students
    await handed_in(given, essay, one)
    path = written(
        tmp_path / "grades.csv",
        ["Student", "ID", "Section", "Essay (17)", f"X ({exam['id']})", "Final Score"],
        ["    Points Possible", "", "", "10", "10", "(read only)"],
        ["Lin L0", one.user, "MA101", "7.5", "", "75"],
        ["Lin L1", two.user, "MA101", "EX", "12", ""],
        ["Lin L2", three.user, "MA101", "", "", ""],
    )
    rehearsed, refused = await imported(eduflow, given, path, rehearse=True)
    assert (rehearsed.given, rehearsed.above, refused) == (3, 1, [])
    assert await grades_of(eduflow, one) == []
    summary, refused = await imported(eduflow, given, path)
    assert (summary.students, summary.given, summary.same, refused) == (3, 3, 0, [])
    assert summary.ignored == ["Final Score"]
    why = "Imported from grades.csv"
    assert await grades_of(eduflow, one) == [(7.5, False, "import", why, 2)]
    assert sorted(await grades_of(eduflow, two), key=str) == [
        (12.0, False, "import", why, 1),
        (None, True, "import", why, 1),
    ]
    assert await grades_of(eduflow, three) == []
    row = await gradebook_row(given, two)
    assert {c["assignment_id"]: (c["score"], c["state"]) for c in row["cells"]} == {
        essay["id"]: (None, "excused"),
        exam["id"]: (12.0, "graded"),
    }
    work = (await gradebook_row(given, one))["cells"]
    told = await given.teacher.get(
        f"/submissions/{work[0]['submission_id'] or work[1]['submission_id']}"
    )
    assert told["grades"][-1]["source"] == "import"
    events = await eduflow.events(school.institution)
    again, refused = await imported(eduflow, given, path)
    assert (again.given, again.same, refused) == (0, 3, [])
    assert await eduflow.events(school.institution) == events


async def test_rows_that_are_wrong_are_told_and_the_others_taken(
    eduflow: Eduflow, school: School, tmp_path: Path
) -> None:
    given = await a_class(eduflow, school, students=3)
    essay = await an_assignment(given, title="Essay")
    draft = await an_assignment(given, title="Draft", state="draft")
    one, two, three = given.students
    guest = await a_person(eduflow, school, "Guy Guest")
    gone = await a_person(eduflow, school, "Gone Away")
    seat = await a_seat(school, given.course, gone)
    await school.admin.patch(f"/enrollments/{seat}", {"state": "withdrawn"}, version=1)
    other = (await eduflow.school()).admin
    header = ["ID", "SIS Login ID", "Essay", "Draft", "Nothing"]
    path = written(
        tmp_path / "grades.csv",
        header,
        [one.user, "", "5", "1", "9"],
        [one.user, "", "6", "", ""],
        [two.user, "lin.l0@school.test", "5", "", ""],
        ["", "nobody", "5", "", ""],
        [guest.user, "", "5", "", ""],
        [gone.user, "", "5", "", ""],
        [other.user, "", "5", "", ""],
        [given.teacher.user, "", "5", "", ""],
        [two.user, "", "=1+1", "NaN", ""],
        ["999", "", "5", "", ""],
        ["", "LIN.L2@school.test", "4", "", ""],
    )
    for rehearse in (True, False):
        summary, refused = await imported(eduflow, given, path, rehearse=rehearse)
        assert (summary.students, summary.given, summary.refused) == (2, 3, 10)
        assert sorted(refused) == [
            (1, "Nothing", "the course has no such assignment"),
            (3, "", "an earlier row is of the same student; that one counts"),
            (4, "", "ID and SIS Login ID name different people"),
            (5, "", "there is no student with the SIS Login ID 'nobody'"),
            (6, "", "is no student of this course"),
            (7, "", "is no student of this course"),
            (8, "", f"there is no student with the ID '{other.user}'"),
            (9, "", "is no student of this course"),
            (10, "Draft", "'NaN' is no number, and not EX for excused"),
            (10, "Essay", "'=1+1' is no number, and not EX for excused"),
            (11, "", "names no student: no ID of ours, SIS User ID or SIS Login ID"),
        ]
    assert [grade[0] for grade in await grades_of(eduflow, one)] == [5.0, 1.0]
    assert await grades_of(eduflow, two) == []
    assert [grade[0] for grade in await grades_of(eduflow, three)] == [4.0]
    assert (essay["state"], draft["state"]) == ("published", "draft")


async def test_what_is_no_gradebook_and_who_may_not_grade_there_change_nothing(
    eduflow: Eduflow, school: School, tmp_path: Path
) -> None:
    given = await a_class(eduflow, school)
    await an_assignment(given, title="Essay")
    path = tmp_path / "grades.csv"
    path.write_text("Student,Essay\nx,5\n")
    with pytest.raises(Unreadable):
        await imported(eduflow, given, path)
    path.write_text(f"ID,Essay\n{given.students[0].user},5\n")
    for nobody in (given.students[0], await a_person(eduflow, school, "Not There")):
        with pytest.raises(Forbidden):
            await imported(eduflow, given, path, by=nobody)
    assert await grades_of(eduflow, given.students[0]) == []


async def test_no_file_grades_what_teams_hand_in_or_what_is_graded_without_names(
    eduflow: Eduflow, school: School, tmp_path: Path
) -> None:
    given = await a_class(eduflow, school)
    (student,) = given.students
    team_set = await a_team_set(given)
    await a_team(given, team_set, student)
    poster = await an_assignment(given, title="Poster", team_set_id=team_set["id"])
    blind = await an_assignment(given, title="Blind", anonymous=True)
    await an_assignment(given, title="Essay")
    for assignment, score in ((poster, 3), (blind, 4)):
        work = await handed_in(given, assignment, student)
        body = {"version": 1, "score": score}
        await given.teacher.post(f"/submissions/{work['id']}/grades", body)
    out = await exported(eduflow, school, given, tmp_path / "out.csv")
    with out.open(newline="") as file:
        header, points, row = csv.reader(file)
    assert (points[5:], row[5:]) == (["(read only)", "(read only)", "10"], ["3", "", ""])
    summary, refused = await imported(eduflow, given, out)
    assert (refused, summary.given, len(summary.ignored)) == ([], 0, 2)
    points[5:], row[5:] = ["", "", ""], ["9", "9", "9"]
    summary, refused = await imported(eduflow, given, written(out, header, points, row))
    assert summary.given == 1
    assert [reason for _, _, reason in refused] == [
        "it is handed in by teams: grade it at the desk",
        "it is graded without names until it is posted",
    ]
    assert {score for score, *_ in await grades_of(eduflow, student)} == {3, 4, 9}


async def test_what_is_exported_reads_back_to_no_change_whatever_people_are_called(
    eduflow: Eduflow, school: School, tmp_path: Path
) -> None:
    given = await a_class(eduflow, school)
    names = ["=cmd|' /C calc'!A0", "@SUM(1)", "'t Hooft", "-Minus", 'Ann, "Quoted"', "'=Twice"]
    for number, name in enumerate(names):
        new = {"email": f"p{number}@school.test", "display_name": name, "sortable_name": name}
        made = await school.admin.post("/users", new)
        person = eduflow.person(UserId(UUID(made["id"])), school.institution)
        async with eduflow.sql() as sql:
            await sql.execute(
                "UPDATE users SET sis_id = $2, login_id = $3 WHERE id = $1",
                person.user,
                f"{'=' * number}{number}",
                f"+login{number}",
            )
        await a_seat(school, given.course, person)
        given.students.append(person)
    given.teacher.position = school.admin.position
    late = {"late": [{"minutes": 0, "percent": 50}], "early": []}
    title = '=HYPERLINK("http://x")'
    essay = await an_assignment(given, title=title, due_at="2020-01-01T00:00:00Z", credit=late)
    other = await an_assignment(given, title=title, points=0.5)
    works = [await handed_in(given, essay, student) for student in given.students[:2]]
    path = f"/submissions/{works[0]['id']}/grades"
    await given.teacher.post(path, {"version": 1, "score": 7.1251})
    await given.teacher.post(
        f"/submissions/{works[1]['id']}/grades", {"version": 1, "excused": True}
    )
    for student in given.students[2:]:
        body: Any = {"user_id": str(student.user), "version": 0, "score": 0}
        await given.teacher.post(f"/assignments/{other['id']}/grades", body)
    out = await exported(eduflow, school, given, tmp_path / "out.csv")
    with out.open(newline="") as file:
        header, points, *rows = csv.reader(file)
    assert header[5:] == [f"'{title} ({a['id']})" for a in (essay, other)]
    assert points[5:] == ["10", "0.5"]
    assert len(rows) == 7
    assert not [
        cell for row in [header, *rows] for cell in row if cell.startswith(("=", "+", "-", "@"))
    ]
    assert {row[5] for row in rows} == {"7.1251", "EX", ""}
    events = await eduflow.events(school.institution)
    summary, refused = await imported(eduflow, given, out)
    assert (refused, summary.given, summary.same) == ([], 0, 7)
    assert await eduflow.events(school.institution) == events
    # By nothing but the names that an SIS knows, the same.
    with out.open("w", newline="") as file:
        csv.writer(file).writerows([[*row[:1], "", *row[2:]] for row in [header, points, *rows]])
    with out.open("r+", newline="") as file:
        text = file.read()
        file.seek(0)
        file.write(text.replace("Student,,", "Student,ID,", 1))
    summary, refused = await imported(eduflow, given, out)
    assert (refused, summary.given, summary.same) == ([], 0, 7)


async def test_the_command_says_by_its_exit_code_what_became_of_the_file(
    eduflow: Eduflow, school: School, servers: Servers, tmp_path: Path
) -> None:
    given = await a_class(eduflow, school)
    await an_assignment(given, title="Essay")
    (student,) = given.students
    path = written(tmp_path / "g.csv", ["ID", "Essay"], [student.user, "5"], ["", "6"])
    teacher = "Tess.Teacher@school.test"
    to = ("--institution", slug(school), "--course", "MA101")
    report = tmp_path / "report.csv"
    ask = ("import", "gradebook", str(path), *to, "--by", teacher)
    code, told = await run_command(servers, *ask, "--report", str(report))
    assert code == 1, told
    assert "1 students: 1 grades given" in told
    assert report.read_text().splitlines() == [
        "file,line,column,reason",
        'g.csv,3,,"names no student: no ID of ours, SIS User ID or SIS Login ID"',
    ]
    out = tmp_path / "out.csv"
    code, told = await run_command(servers, "export", "gradebook", str(out), *to)
    assert code == 0, told
    whole = out.read_text(encoding="utf-8")
    out.write_text("Precious", encoding="utf-8")
    code, told = await run_command(servers, "export", "gradebook", str(out), *to)
    assert (code, out.read_text(encoding="utf-8")) == (2, "Precious"), told
    assert "--replace" in told
    code, told = await run_command(servers, "export", "gradebook", str(out), *to, "--replace")
    assert (code, out.read_text(encoding="utf-8")) == (0, whole), told
    assert ".out.csv.part" not in os.listdir(tmp_path)  # noqa: PTH208 (a list, of a handful)
    again = ("import", "gradebook", str(out), *to, "--by", teacher)
    code, told = await run_command(servers, *again)
    assert code == 0, told
    assert "0 grades given, 1 as they were" in told
    for wrong in (
        ("--institution", slug(school), "--course", "XX", "--by", teacher),
        (*to, "--by", "nobody@school.test"),
        (*to, "--by", "Lin.L0@school.test"),
    ):
        code, told = await run_command(servers, "import", "gradebook", str(path), *wrong)
        assert code == 2, told
    await school.admin.post("/courses", {"code": "MA101", "title": "Twin"})
    code, told = await run_command(servers, *ask)
    assert (code, "say which" in told) == (2, True)
    assert given.course.id in told


async def test_a_big_file_is_taken_in_seconds(
    eduflow: Eduflow, school: School, tmp_path: Path
) -> None:
    given = await a_class(eduflow, school)
    titles = [f"Work {n}" for n in range(40)]
    for title in titles:
        await an_assignment(given, title=title, state="draft")
    people = 500
    async with eduflow.sql() as sql:
        section = await sql.fetchval(
            "SELECT id FROM course_sections WHERE course_id = $1", given.course.id
        )
        await sql.execute(
            "WITH u AS (INSERT INTO users (id, institution_id, email, display_name, sortable_name,"
            " sis_id, created_at) SELECT gen_random_uuid(), $1, 'b' || n || '@b.test', 'B', 'B',"
            " 'b' || n, now() FROM generate_series(1, $2::int) AS n RETURNING id)"
            " INSERT INTO enrollments (id, institution_id, course_id, section_id, user_id, role,"
            " created_at) SELECT gen_random_uuid(), $1, $3, $4, id, 'student', now() FROM u",
            school.institution,
            people,
            given.course.id,
            section,
        )
    path = written(
        tmp_path / "big.csv",
        ["SIS User ID", *titles],
        *([f"b{n + 1}", *[str((n + c) % 11) for c in range(40)]] for n in range(people)),
    )
    # Not the clock on the wall, which tells of everything else on the machine.
    began = time.process_time()
    summary, refused = await imported(eduflow, given, path)
    took = time.process_time() - began
    assert (summary.given, refused) == (people * 40, [])
    assert took < 20, took
    began = time.process_time()
    summary, _ = await imported(eduflow, given, path)
    assert summary.same == people * 40
    assert time.process_time() - began < 10

    # Whoever comes next shall not wait for what this left to be folded.
    async def is_folded() -> bool:
        path = f"/courses/{given.course.id}/gradebook?limit=1"
        answer = await given.teacher.send("GET", path, EduFlow_Strict="true")
        return answer.status_code == 200

    await until(is_folded, seconds=120)
