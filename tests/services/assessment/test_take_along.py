"""What a person takes along of tests: all of theirs, as far as it is shown, and nobody else's."""

import asyncio
from datetime import UTC, datetime

import msgspec
import pytest

from eduflow.kernel.personal import Record
from eduflow.kernel.web.personal import ToldInPart, told_by
from tests.harness.exams import a_choice, a_test, an_essay, an_exam
from tests.harness.loopback import Heard, begin_stream, chunk, listening
from tests.harness.platform import Eduflow, Person, School
from tests.services.api_core.privacy.test_take_along import archive_of, rows

WORDS = "my very own words"
HIDDEN = ["answers"]
SHOWN = ["answers", "correctness", "points"]


async def _sit(person: Person, test: str | None, *, essay: str = WORDS) -> str:
    attempt = (await person.post(f"/assessments/{test}/attempts"))["id"]
    paper = await person.get(f"/attempts/{attempt}")
    answers = [
        {
            "question_id": item["question_id"],
            "value": essay if item["interaction"]["type"] == "essay" else ["a"],
        }
        for item in paper["items"]
    ]
    await person.post(f"/attempts/{attempt}/submit", {"answers": answers})
    return str(attempt)


async def test_a_student_takes_along_what_they_sat_answered_and_were_told(
    eduflow: Eduflow, school: School
) -> None:
    exam = await a_test(await an_exam(eduflow, school, students=2), [a_choice(), an_essay()])
    student, other = exam.students
    attempt = await _sit(student, exam.test)
    await _sit(other, exam.test, essay="words of another")
    archive = await archive_of(student)
    assert [a["id"] for a in rows(archive, "assessment/attempts")] == [attempt]
    answers = rows(archive, "assessment/answers")
    assert [a["value"] for a in sorted(answers, key=lambda a: str(a["value"]))] == [["a"], WORDS]
    # The author's names for the questions are no business of whoever answers them.
    assert not any("Fruit" in str(a) or "Essay" in str(a) for a in answers)
    assert {s["kind"] for s in rows(archive, "assessment/steps")} >= {"submitted"}
    assert "SubmitAttempt" in {a["command"] for a in rows(archive, "assessment/actions")}
    page = archive.read("index.html").decode()
    assert WORDS in page
    for name in archive.namelist():
        text = archive.read(name).decode()
        assert "words of another" not in text
        assert str(other.user) not in text


@pytest.mark.parametrize("is_shown", [True, False])
async def test_the_archive_is_no_way_around_the_review_policy(
    eduflow: Eduflow, school: School, *, is_shown: bool
) -> None:
    shows = SHOWN if is_shown else HIDDEN
    review = {"during": HIDDEN, "after_submit": shows, "while_open": shows, "after_close": SHOWN}
    exam = await a_test(await an_exam(eduflow, school), [a_choice()], policy={"review": review})
    (student,) = exam.students
    await _sit(student, exam.test)
    archive = await archive_of(student)
    (attempt,), (answer,) = (rows(archive, f"assessment/{n}") for n in ("attempts", "answers"))
    (receipt,) = rows(archive, "assessment/receipts")
    worth = (attempt["score"], receipt["score"], answer["share_of_points"], answer["correct"])
    assert worth == ((1, 1, 1, True) if is_shown else (None, None, None, None))
    assert answer["value"] == ["a"]


async def test_a_grader_takes_along_what_they_wrote_and_not_whom_they_graded(
    eduflow: Eduflow, school: School
) -> None:
    exam = await a_test(await an_exam(eduflow, school), [an_essay()], policy={"reading": "people"})
    (student,) = exam.students
    await _sit(student, exam.test)
    exam.teacher.position = student.position
    task = await exam.teacher.post(f"/assessments/{exam.test}/queue/next", {"mode": "blind"})
    levels = {c["key"]: c["levels"][-1]["points"] for c in task["criteria"]}
    body = {"criteria": levels, "comment": "Well said", "seconds": 5}
    path = f"/responses/{task['response_id']}/reviews"
    await exam.teacher.post(path, body, If_Match=f'"v{task["version"]}"')
    archive = await archive_of(exam.teacher)
    (review,) = rows(archive, "assessment/reviews")
    assert review["comment"] == "Well said"
    text = "".join(archive.read(n).decode() for n in archive.namelist() if "reviews" in n)
    assert str(student.user) not in text
    assert WORDS not in text


async def test_half_an_answer_of_a_service_is_no_archive(eduflow: Eduflow, school: School) -> None:
    async def breaks_off(_: Heard, writer: asyncio.StreamWriter) -> None:
        begin_stream(writer)
        chunk(writer, msgspec.json.encode(Record(part="attempts")).decode() + "\n")
        chunk(writer, "")

    async def told(url: str) -> list[Record]:
        settings = msgspec.structs.replace(eduflow.settings, service_urls=(f"assessment={url}",))
        records = told_by(
            "assessment",
            settings,
            asker="api_core",
            user=school.admin.user,
            institution=school.institution,
            now=datetime.now(UTC),
        )
        return [record async for record in records]

    async with listening(breaks_off) as url:
        with pytest.raises(ToldInPart, match="broke off"):
            await told(url)
    with pytest.raises(ToldInPart, match="ConnectError"):
        await told(url)
    assert await told(f"http://127.0.0.1:{eduflow.ports['assessment']}")
