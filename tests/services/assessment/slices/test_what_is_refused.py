"""What was once taken unread, or broke: each is refused, with a pointer to what is wrong."""

from typing import Any
from urllib.parse import quote
from uuid import uuid4

from tests.harness.exams import Exam, a_choice, a_test, an_essay, an_exam
from tests.harness.platform import Eduflow, Person, School
from tests.services.assessment.reading_model import Reader, essays, job_of, reader, reviewed, taken
from tests.services.assessment.reading_model import handed_in as essay_handed_in
from tests.services.assessment.replaying import handed_in, version_of

__all__ = ["reader"]
Json = dict[str, Any]


async def _faults(
    person: Person, method: str, path: str, body: Any, *, version: int | None = None
) -> dict[str, str]:
    """Of a 422: where it is wrong, and what."""
    headers = {} if version is None else {"If_Match": f'"v{version}"'}
    answer = await person.send(method, path, body, **headers)
    assert answer.status_code == 422, answer.text
    return {e.get("pointer") or e["parameter"]: e["message"] for e in answer.json()["errors"]}


async def _response(eduflow: Eduflow, attempt: str) -> str:
    async with eduflow.sql("assessment") as sql:
        found = await sql.fetchval(
            "SELECT id::text FROM responses WHERE attempt_id = $1::text::uuid LIMIT 1", attempt
        )
    return str(found)


async def test_an_appeal_says_why(eduflow: Eduflow, school: School) -> None:
    exam = await a_test(await an_exam(eduflow, school), [a_choice()])
    (student,) = exam.students
    attempt = await handed_in(student, exam, {exam.questions[0]: ["b"]})
    path = f"/responses/{await _response(eduflow, attempt['id'])}/appeals"
    for claim in ("", "  \n "):
        assert "/claim" in await _faults(student, "POST", path, {"claim": claim})
    assert (await student.post(path, {"claim": " Why? \n"}))["state"] == "open"


async def test_a_decision_gives_what_a_review_could_give(
    eduflow: Eduflow, school: School, reader: Reader
) -> None:
    exam = await essays(eduflow, school)
    (student,) = exam.students
    await job_of(eduflow, await essay_handed_in(exam, student))
    task = await taken(exam, exam.teacher)
    review = f"/responses/{task['response_id']}/reviews"
    await _refused_awards(exam.teacher, review, {}, version=task["version"])
    await reviewed(exam.teacher, task, argument=0, form=0)
    student.position = exam.teacher.position
    claim = {"claim": "It is whole"}
    appeal = await student.post(f"/responses/{task['response_id']}/appeals", claim)
    school.admin.position = student.position
    path = f"/appeals/{appeal['id']}"
    await school.admin.post(f"{path}/claim")
    await _refused_awards(school.admin, f"{path}/decision", {"reason": "So"})
    blank = {"criteria": {"argument": 3, "form": 4}, "reason": ""}
    assert "/reason" in await _faults(school.admin, "POST", f"{path}/decision", blank)
    told = await school.admin.post(f"{path}/decision", {**blank, "reason": "So"})
    assert (told["outcome"], told["fraction"]) == ("raised", 0.7)


async def _refused_awards(
    grader: Person, path: str, other: Json, *, version: int | None = None
) -> None:
    """Levels are 0, 3, 6 and 0, 4."""
    for award, faults in (
        (
            {"criteria": {"argument": 5, "form": 4}},
            {"/criteria/argument": "must be one of 0, 3, 6"},
        ),
        ({"criteria": {"argument": 3}}, {"/criteria/form": "is needed: one of 0, 4"}),
        (
            {"criteria": {"argument": 3, "form": 4, "a/b": 1}},
            {"/criteria/a~1b": "is no criterion of the rubric"},
        ),
        (
            {"criteria": {"argument": 3, "form": 4}, "fraction": 0.1},
            {"/fraction": "is not for an answer with a rubric: give points by `criteria`"},
        ),
        (
            {},
            {"/criteria": "is needed: points for each criterion of the rubric"},
        ),
    ):
        assert await _faults(grader, "POST", path, {**other, **award}, version=version) == faults


async def _unread(eduflow: Eduflow, school: School) -> tuple[Exam, list[str], str]:
    """A test of an essay without a rubric, its answers, and where their group is reviewed."""
    exam = await an_exam(eduflow, school, students=2)
    item = {name: part for name, part in an_essay().items() if name != "rubric"}
    exam = await a_test(exam, [item])
    attempts = [await essay_handed_in(exam, student, "It scatters.") for student in exam.students]
    path = f"/assessments/{exam.test}"
    made = await exam.teacher.post(f"{path}/questions/{exam.questions[0]}/groups")
    answers = [await _response(eduflow, attempt) for attempt in attempts]
    return exam, answers, f"{path}/groups/{made['groups'][0]['id']}/reviews"


async def test_a_group_leaves_out_what_is_in_it_and_gets_a_share_where_there_is_no_rubric(
    eduflow: Eduflow, school: School
) -> None:
    exam, answers, path = await _unread(eduflow, school)
    body: Json = {"fraction": 0.5, "leaving_out": [answers[0], str(uuid4())]}
    strange = {"/leaving_out/1": "is no answer of this group"}
    assert await _faults(exam.teacher, "POST", path, body) == strange
    both = {"fraction": 0.5, "criteria": {"argument": 3}}
    assert list(await _faults(exam.teacher, "POST", path, both)) == ["/criteria"]
    assert list(await _faults(exam.teacher, "POST", path, {})) == ["/fraction"]
    told = await exam.teacher.post(path, {"fraction": 0.5, "leaving_out": answers[:1]})
    assert told == {"graded": 1, "remaining": 0}


async def test_a_gate_is_for_what_can_be_a_model_s_name(eduflow: Eduflow, school: School) -> None:
    exam = await a_test(await an_exam(eduflow, school), [an_essay()])
    gates = f"/questions/{exam.questions[0]}/gates"
    for name in ("x" * 201, "x" * 3_000, "mod\N{SNOWMAN}el", "a\nb"):
        path = f"{gates}/{quote(name)}"
        body = {"state": "closed"}
        faults = await _faults(exam.teacher, "PUT", path, body, version=0)
        assert "GET /ai/models" in faults["model"]
        assert (await exam.teacher.refused("GET", path))[0] == 422
    made = await exam.teacher.send(
        "PUT", f"{gates}/{'x' * 200}", {"state": "closed"}, If_Match='"v0"'
    )
    assert made.is_success, made.text


async def test_a_case_is_asked_and_ruled_on_in_words(eduflow: Eduflow, school: School) -> None:
    exam = await a_test(await an_exam(eduflow, school), [an_essay()])
    rubric = (await exam.teacher.get(f"/questions/{exam.questions[0]}/rubric"))["id"]
    path = f"/rubrics/{rubric}/precedents"
    assert "/question" in await _faults(exam.teacher, "POST", path, {"question": " "})
    made = await exam.teacher.post(path, {"question": "How?"})
    ruling = f"/precedents/{made['id']}/ruling"
    assert "/ruling" in await _faults(exam.teacher, "POST", ruling, {"ruling": ""}, version=1)


async def test_a_regrade_says_why_and_is_told_which_keys_there_are(
    eduflow: Eduflow, school: School
) -> None:
    exam = await a_test(await an_exam(eduflow, school), [a_choice(), an_essay()])
    version = await version_of(eduflow, exam.questions[0])
    path = f"/assessments/{exam.test}/regrades"
    body = {"cause": "key", "reason": "It was wrong"}
    blank = {"cause": "points", "reason": "", "points": {version: [2]}}
    assert list(await _faults(exam.teacher, "POST", path, blank)) == ["/reason"]
    strange, essay = str(uuid4()), exam.questions[1]
    wrong = {
        "keys": {version: 7, strange: 1},
        "points": {strange: [1]},
        "rubrics": {essay: strange, strange: strange},
    }
    faults = await _faults(exam.teacher, "POST", path, {**body, **wrong})
    assert faults[f"/keys/{version}"] == "has no key number 7: there is 1; correct the key first"
    for pointer in (f"/keys/{strange}", f"/points/{strange}"):
        assert faults[pointer].startswith("is no question version of this test")
    assert faults[f"/rubrics/{essay}"].startswith("has no such rubric version")
    assert faults[f"/rubrics/{strange}"].startswith("is no question of this test")


async def test_points_of_a_form_are_kept_as_they_are_sent(eduflow: Eduflow, school: School) -> None:
    exam = await a_test(await an_exam(eduflow, school), [a_choice()], publish=False)
    path = f"/assessments/{exam.test}/form"
    item = {"question_id": exam.questions[0], "points": [1, 0.1234567]}
    body = {"sections": [{"items": [item]}]}
    assert await _faults(exam.teacher, "PUT", path, body, version=2) == {
        "/sections/0/items/0/points/1": "Points have at most four decimals: send 0.1235"
    }
    item["points"] = [1, 0.1234]
    answer = await exam.teacher.send("PUT", path, body, If_Match='"v2"')
    assert answer.json()["sections"][0]["items"][0]["points_list"] == [1, 0.1234]


async def test_an_override_gives_something_or_takes_back_what_a_section_has(
    eduflow: Eduflow, school: School
) -> None:
    exam = await a_test(await an_exam(eduflow, school), [a_choice()])
    path = f"/assessments/{exam.test}/overrides"
    mine = {"user_id": str(exam.students[0].user)}
    section: Json = {"section_id": exam.section}
    for whom in (mine, section):
        answer = await exam.teacher.send("POST", path, whom)
        assert answer.json()["type"].endswith("/assessment.override-changes-nothing")
        assert answer.json()["errors"][0]["pointer"] == "/extra_minutes"
    made = await exam.teacher.post(path, {**section, "extra_minutes": 5})
    assert await _faults(exam.teacher, "PUT", f"{path}/{made['id']}", {}, version=1)
    # Their own go before those of their section: none are a change.
    assert (await exam.teacher.post(path, mine))["extra_minutes"] == 0
