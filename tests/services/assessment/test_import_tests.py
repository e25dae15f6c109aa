"""Whole tests of a file in a course: drafts, once, and the same again when they were ours."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from eduflow.kernel.auth.identity import Access, on_behalf_of
from eduflow.kernel.problems import Forbidden
from eduflow.services.assessment.commands.create_assessment import CreateAssessment
from eduflow.services.assessment.ids import CourseId
from tests.harness.exams import Exam, a_choice, a_test, an_essay, an_exam, put
from tests.harness.platform import Eduflow, School
from tests.harness.servers import Servers
from tests.interchange.packages import a_test as a_qti_test
from tests.interchange.packages import harbour, package, refs, section
from tests.services.api_core.sis.test_command_line import run as run_command
from tests.services.api_core.sis.test_command_line import slug
from tests.services.assessment.imported import imported


async def _form(exam: Exam, test: object) -> Any:
    whole = await exam.teacher.get(f"/assessments/{test}/form")
    return [
        (
            one["title"],
            one["instructions"],
            one["pick_n"],
            one["shuffle"],
            [(item["title"], item["points_list"]) for item in one["items"]],
        )
        for one in whole["sections"]
    ]


async def test_a_test_of_others_is_a_draft_once_however_often_it_isimported(
    eduflow: Eduflow, school: School, tmp_path: Path
) -> None:
    exam = await an_exam(eduflow, school)
    file = harbour(tmp_path)
    first, told = await imported(eduflow, exam, file, by=exam.teacher, course=exam.course)
    assert (first.new, first.tests_new, first.tests_known) == (7, 1, 0)
    (test,) = first.tests
    assert await _form(exam, test) == [
        (
            "Signs",
            "<p>Read the signs.</p>",
            None,
            False,
            [("Harbour sign", [2.5]), ("Sea snails", [1])],
        ),
        (
            "Drawn",
            "",
            2,
            True,
            [("Race", [1]), ("The fault", [1]), ("House of a king", [1])],
        ),
        ("Words: Written", "", None, False, [("A postcard", [1])]),
        ("Words", "", None, False, [("House typed", [1])]),
    ]
    policy = await exam.teacher.get(f"/assessments/{test}/policy")
    assert (policy["time_limit"], policy["behaviour"]) == (1800, "deferred")
    listed = (await exam.teacher.get(f"/courses/{exam.course}/assessments"))["items"]
    assert [(one["title"], one["state"]) for one in listed] == [("At the harbour", "draft")]
    (lost,) = (one for one in told if one.kind == "test")
    assert lost.outcome == "loss"
    assert "the time limit of Words (only the whole test has one)" in lost.why
    assert "the question ../items/hotspot.xml, which was not imported" in lost.why
    assert any("put links to them" in one.why[0] for one in told if one.name == "choice")
    second, again = await imported(eduflow, exam, file, by=exam.teacher, course=exam.course)
    assert (second.new, second.known, second.tests_new, second.tests_known) == (0, 7, 0, 1)
    assert second.tests == [test]
    assert [str(one) for one in again] == [str(one) for one in told]
    assert len((await exam.teacher.get(f"/courses/{exam.course}/assessments"))["items"]) == 1
    # It can be sat as it is.
    version = await exam.teacher.get(f"/assessments/{test}/form")
    answer = await exam.teacher.send(
        "POST", f"/assessments/{test}/publish", If_Match=f'"v{version["version"]}"'
    )
    assert answer.is_success, answer.text


async def test_a_draft_that_an_import_left_empty_is_taken_up_again(
    eduflow: Eduflow, school: School, tmp_path: Path
) -> None:
    exam = await an_exam(eduflow, school)
    teacher = exam.teacher
    access = on_behalf_of(teacher.user, teacher.institution)
    course = CourseId(UUID(exam.course))
    begun = await eduflow.worker.commands["assessment"].execute(
        CreateAssessment(course=course, title="T", kind="quiz"),
        access=Access(access.identity, "assessment:write", "course", course),
    )
    file = package(tmp_path, a_qti_test(section(refs("choice", "choice", "order"))))
    summary, told = await imported(eduflow, exam, file, by=teacher, course=exam.course)
    assert (summary.tests_new, summary.tests) == (1, [begun.result.id])
    assert [item for *_, items in await _form(exam, begun.result.id) for item, _ in items] == [
        "Harbour sign",
        "Race",
    ]
    (lost,) = (one for one in told if one.kind == "test")
    assert lost.why == ("the question choice once more (a test asks it once)",)


async def test_two_who_import_the_same_test_at_the_same_moment_make_one(
    eduflow: Eduflow, school: School, tmp_path: Path
) -> None:
    exam = await an_exam(eduflow, school)
    limit = '<timeLimits maxTime="60"/>'
    file = package(tmp_path, a_qti_test(section(refs("choice")), before=limit))
    await imported(eduflow, exam, file, by=exam.teacher, course=None)
    both = await asyncio.gather(
        *(imported(eduflow, exam, file, by=exam.teacher, course=exam.course) for _ in range(2))
    )
    assert both[0][0].tests == both[1][0].tests
    assert sorted(one.tests_new for one, _ in both) == [0, 1]
    assert len((await exam.teacher.get(f"/courses/{exam.course}/assessments"))["items"]) == 1


async def test_a_test_changed_since_is_another_draft_and_one_put_away_is_made_anew(
    eduflow: Eduflow, school: School, tmp_path: Path
) -> None:
    exam = await an_exam(eduflow, school)
    teacher = exam.teacher
    file = package(tmp_path, a_qti_test(section(refs("choice"))))
    first, _ = await imported(eduflow, exam, file, by=teacher, course=exam.course)
    path = f"/assessments/{first.tests[0]}"
    form = await teacher.get(f"{path}/form")
    question = form["sections"][0]["items"][0]["question_id"]
    await put(
        teacher,
        f"{path}/form",
        {"sections": [{"title": "Mine", "items": [{"question_id": question}]}]},
        version=form["version"],
    )
    second, _ = await imported(eduflow, exam, file, by=teacher, course=exam.course)
    assert (second.tests_new, second.tests == first.tests) == (1, False)
    again = f"/assessments/{second.tests[0]}"
    version = (await teacher.get(f"{again}/form"))["version"]
    answer = await teacher.send("POST", f"{again}/archive", If_Match=f'"v{version}"')
    assert answer.is_success, answer.text
    third, _ = await imported(eduflow, exam, file, by=teacher, course=exam.course)
    assert (third.tests_new, third.tests == second.tests) == (1, False)


async def test_only_whoever_may_make_tests_in_the_course_imports_them(
    eduflow: Eduflow, school: School, tmp_path: Path
) -> None:
    mine, other = await an_exam(eduflow, school), await an_exam(eduflow, school)
    file = package(tmp_path, a_qti_test(section(refs("choice"))))
    with pytest.raises(Forbidden):
        await imported(eduflow, mine, file, by=mine.teacher, course=other.course)
    listed = await other.teacher.get(f"/courses/{other.course}/assessments")
    assert listed["items"] == []


async def test_without_a_course_a_test_is_refused_and_it_is_said_what_to_do(
    eduflow: Eduflow, school: School, servers: Servers, tmp_path: Path
) -> None:
    exam = await an_exam(eduflow, school)
    file = package(tmp_path, a_qti_test(section(refs("choice"))))
    words = ["import", "qti", str(file), "--institution", slug(school)]
    words += ["--by", await _email(eduflow, exam)]
    code, told = await run_command(servers, *words)
    assert code == 2, told
    assert "--course" in told
    code, told = await run_command(servers, *words, "--bank", exam.bank)
    assert code == 1, told
    assert "refused (test): a test belongs into a course" in " ".join(told.split())
    assert "3 new" in told
    code, told = await run_command(servers, *words, "--bank", exam.bank, "--course", exam.course)
    assert code == 0, told
    assert "tests: 1 new as drafts, 0 there already" in told


async def _email(eduflow: Eduflow, exam: Exam) -> str:
    async with eduflow.sql() as sql:
        return str(await sql.fetchval("SELECT email FROM users WHERE id = $1", exam.teacher.user))


async def test_a_test_exported_and_imported_elsewhere_asks_the_same(
    eduflow: Eduflow, school: School, servers: Servers, tmp_path: Path
) -> None:
    exam = await an_exam(eduflow, school)
    teacher = exam.teacher
    items = [a_choice(2), a_choice(2, title="Another"), an_essay(7, rubric=None)]
    exam = await a_test(exam, items, publish=False, title="Mid-term")
    first, second, essay = exam.questions
    form = {
        "instructions": "<p>Think.</p>",
        "sections": [
            {
                "title": "Drawn",
                "instructions": "<p>One of two.</p>",
                "pick_n": 1,
                "shuffle": True,
                "items": [
                    {"question_id": first, "points": [3, 3]},
                    {"question_id": second, "points": [3, 3]},
                ],
            },
            {"title": "Written", "items": [{"question_id": essay, "points": [0.1, 0.1]}]},
        ],
    }
    await put(teacher, f"/assessments/{exam.test}/form", form, version=2)
    policy = {"time_limit": 1800, "behaviour": "interactive"}
    await put(teacher, f"/assessments/{exam.test}/policy", policy, version=1)
    file = tmp_path / "test.zip"
    to = ["--institution", slug(school)]
    words = [*to, "--course", exam.course, "--test", "Mid-term"]
    code, told = await run_command(servers, "export", "qti", str(file), *words)
    assert code == 0, told
    assert "Mid-term" not in told
    other = await an_exam(eduflow, school)
    words = [*to, "--course", other.course, "--by", await _email(eduflow, other)]
    code, told = await run_command(servers, "import", "qti", str(file), *words)
    assert code == 0, told
    other.teacher.position = teacher.position
    listed = (await other.teacher.get(f"/courses/{other.course}/assessments"))["items"]
    assert [one["title"] for one in listed] == ["Mid-term"]
    test = listed[0]["id"]
    assert await _form(other, test) == await _form(exam, exam.test)
    ours = await teacher.get(f"/assessments/{exam.test}/policy")
    theirs = await other.teacher.get(f"/assessments/{test}/policy")
    for same in ("time_limit", "behaviour", "review"):
        assert ours[same] == theirs[same]
    again = tmp_path / "again.zip"
    words = [*to, "--course", other.course, "--test", "Mid-term"]
    code, told = await run_command(servers, "export", "qti", str(again), *words)
    assert code == 0, told
    assert again.read_bytes() == file.read_bytes()
