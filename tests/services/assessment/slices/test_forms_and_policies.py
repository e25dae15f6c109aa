"""What a test asks and how it is given, before and after it is published."""

from typing import Any

import pytest

from tests.harness.exams import Exam, a_choice, a_question, a_test, an_essay, an_exam, put
from tests.harness.platform import Eduflow, School

Json = dict[str, Any]


async def _draft(exam: Exam) -> tuple[str, list[str]]:
    """The path of an empty draft, and two questions for it."""
    made = await exam.teacher.post(f"/courses/{exam.course}/assessments", {"title": "Draft"})
    questions = [(await a_question(exam, one))["id"] for one in (a_choice(2), an_essay())]
    return f"/assessments/{made['id']}", questions


def _form(*questions: str, **section: Any) -> Json:
    return {"sections": [{**section, "items": [{"question_id": q} for q in questions]}]}


async def _scoring(eduflow: Eduflow, test: str) -> list[Any]:
    async with eduflow.sql("assessment") as sql:
        rows = await sql.fetch(
            "SELECT number, cause, state, key_set::text AS key_set, policy ->> 'behaviour' AS"
            " behaviour FROM scoring_versions WHERE assessment_id = $1 ORDER BY number",
            test,
        )
    return list(rows)


async def test_a_form_pins_versions_and_a_new_one_is_another_number(
    eduflow: Eduflow, school: School
) -> None:
    exam = await an_exam(eduflow, school)
    path, (choice, essay) = await _draft(exam)
    first = await put(exam.teacher, f"{path}/form", _form(choice, essay), version=1)
    assert (first["number"], first["points"], first["version"]) == (1, 12, 2)
    await exam.teacher.post(f"/questions/{choice}/versions", a_choice(5), If_Match='"v1"')
    shown = await exam.teacher.get(f"{path}/form")
    pinned = shown["sections"][0]["items"][0]
    assert (pinned["number"], pinned["newest"], pinned["points_list"]) == (1, 2, [2])
    second = await put(exam.teacher, f"{path}/form", _form(choice), version=2)
    assert (second["number"], second["points"]) == (2, 5)
    old = {"sections": [{"items": [{"question_id": choice, "number": 1, "points": [3, 1.5, 0]}]}]}
    third = await put(exam.teacher, f"{path}/form", old, version=3)
    assert third["sections"][0]["items"][0]["points_list"] == [3, 1.5, 0]


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        (lambda c, e: _form(c, c), 422, "assessment.form-unfit"),
        (lambda c, e: _form(c, e, pick_n=1), 422, "assessment.form-unfit"),
        (lambda c, e: _form(c, pick_n=2), 422, "assessment.form-unfit"),
        (lambda c, e: {"sections": []}, 422, "kernel.invalid"),
        (
            lambda c, e: {"sections": [{"items": [{"question_id": c, "points": [1, 2]}]}]},
            422,
            "assessment.form-unfit",
        ),
        (
            lambda c, e: {"sections": [{"items": [{"question_id": c, "number": 9}]}]},
            404,
            "assessment.no-such-question",
        ),
    ],
)
async def test_a_form_that_does_not_hold_together_is_refused(
    eduflow: Eduflow, school: School, form: Any, status: int, code: str
) -> None:
    exam = await an_exam(eduflow, school)
    path, questions = await _draft(exam)
    body = form(*questions)
    refusal = await exam.teacher.refused("PUT", f"{path}/form", body, If_Match='"v1"')
    assert refusal == (status, code)


async def test_what_was_changed_meanwhile_is_not_overwritten_unseen(
    eduflow: Eduflow, school: School
) -> None:
    exam = await an_exam(eduflow, school)
    path, (choice, _) = await _draft(exam)
    await put(exam.teacher, f"{path}/form", _form(choice), version=1)
    stale = (412, "kernel.precondition-failed")
    for method, there, body in (
        ("PUT", f"{path}/form", _form(choice)),
        ("PATCH", path, {"title": "Mine"}),
        ("POST", f"{path}/publish", {}),
        ("POST", f"{path}/archive", {}),
    ):
        assert await exam.teacher.refused(method, there, body, If_Match='"v1"') == stale, there
        answer = await exam.teacher.refused(method, there, body)
        assert answer == (428, "kernel.precondition-required")
    assert await exam.teacher.refused("PUT", f"{path}/policy", {}, If_Match='"v7"') == stale
    renamed = await exam.teacher.patch(path, {"title": "New", "kind": "exam"}, version=2)
    assert (renamed["title"], renamed["kind"], renamed["version"]) == ("New", "exam", 3)


async def test_a_test_without_a_form_is_not_published_and_an_archived_one_not_changed(
    eduflow: Eduflow, school: School
) -> None:
    exam = await an_exam(eduflow, school)
    path, (choice, _) = await _draft(exam)
    teacher = exam.teacher
    assert await teacher.refused("POST", f"{path}/publish", {}, If_Match='"v1"') == (
        409,
        "assessment.no-form",
    )
    await put(teacher, f"{path}/form", _form(choice), version=1)
    await teacher.post(f"{path}/publish", If_Match='"v2"')
    assert await teacher.refused("POST", f"{path}/publish", {}, If_Match='"v3"') == (
        409,
        "assessment.published-already",
    )
    await teacher.post(f"{path}/archive", If_Match='"v3"')
    over = (409, "assessment.over")
    assert await teacher.refused("PUT", f"{path}/form", _form(choice), If_Match='"v4"') == over
    assert await teacher.refused("PUT", f"{path}/policy", {}, If_Match='"v1"') == over
    assert await teacher.refused("PATCH", path, {"title": "T"}, If_Match='"v4"') == over
    mine = {"user_id": str(exam.students[0].user)}
    assert await teacher.refused("POST", f"{path}/overrides", mine) == over
    async with eduflow.sql("assessment") as sql:
        told = await sql.fetch(
            "SELECT type FROM outbox_events WHERE institution_id = $1 ORDER BY seq",
            school.institution,
        )
    assert [event["type"] for event in told] == ["assessment.published", "assessment.archived"]


async def test_another_form_of_a_published_test_is_scored_by_a_version_of_its_own(
    eduflow: Eduflow, school: School
) -> None:
    exam = await a_test(await an_exam(eduflow, school), [a_choice()])
    (old,) = exam.questions
    corrected = {"key": {"type": "choice", "correct": ["b"]}, "reason": "Misread"}
    await exam.teacher.post(f"/questions/{old}/keys", corrected)
    new = (await a_question(exam, an_essay()))["id"]
    path = f"/assessments/{exam.test}/form"
    await put(exam.teacher, path, _form(old, new), version=3)
    first, second = await _scoring(eduflow, exam.test)
    assert (second["number"], second["cause"], second["state"]) == (2, "new_form", "published")
    # A correction counts from a regrade on, and not because something else was changed.
    assert second["key_set"].count(": 1") == 2
    assert first["key_set"].strip("{}") in second["key_set"]
    shown = await exam.teacher.get(path)
    keys = [item["item"]["key"] for item in shown["sections"][0]["items"]]
    assert keys[0]["correct"] == ["a"]


async def test_the_policy_of_a_published_test_counts_anew_until_it_is_sat(
    eduflow: Eduflow, school: School
) -> None:
    exam = await a_test(await an_exam(eduflow, school), [a_choice()])
    path = f"/assessments/{exam.test}/policy"
    policy = await exam.teacher.get(path)
    assert (policy["behaviour"], policy["grace"], policy["review"]["during"]) == (
        "deferred",
        60,
        ["answers"],
    )
    await put(exam.teacher, path, {"behaviour": "immediate"}, version=1)
    assert [(r["cause"], r["behaviour"]) for r in await _scoring(eduflow, exam.test)] == [
        ("published", "deferred"),
        ("policy", "immediate"),
    ]
    exam.students[0].position = exam.teacher.position
    await exam.students[0].post(f"/assessments/{exam.test}/attempts")
    exam.teacher.position = exam.students[0].position
    answer = await exam.teacher.send("PUT", path, {"late_penalty": 0.5}, If_Match='"v2"')
    assert answer.status_code == 409
    assert answer.json()["fields"] == ["behaviour", "late_penalty"]
    more_time = {"behaviour": "immediate", "time_limit": 60}
    assert (await put(exam.teacher, path, more_time, version=2))["version"] == 3
    wrong = {"opens_at": "2030-01-02T00:00:00Z", "closes_at": "2030-01-01T00:00:00Z"}
    assert await exam.teacher.refused("PUT", path, wrong, If_Match='"v3"') == (
        422,
        "assessment.closes-before-opening",
    )


async def test_an_override_is_for_one_student_or_section_once(
    eduflow: Eduflow, school: School
) -> None:
    exam = await a_test(await an_exam(eduflow, school), [a_choice()])
    path = f"/assessments/{exam.test}/overrides"
    mine = {"user_id": str(exam.students[0].user), "extra_attempts": 1}
    made = await exam.teacher.post(path, mine)
    assert await exam.teacher.refused("POST", path, mine) == (
        409,
        "assessment.overridden-already",
    )
    both = {**mine, "section_id": exam.section}
    assert (await exam.teacher.refused("POST", path, both))[0] == 422
    one = f"{path}/{made['id']}"
    changed = await put(exam.teacher, one, {"extra_minutes": 5}, version=1)
    assert (changed["extra_minutes"], changed["extra_attempts"], changed["version"]) == (5, 0, 2)
    assert (await exam.teacher.get(path))["items"] == [changed]
    stale = await exam.teacher.refused("PUT", one, {}, If_Match='"v1"')
    assert stale == (412, "kernel.precondition-failed")
    assert (await exam.teacher.send("DELETE", one)).status_code == 204
    assert (await exam.teacher.refused("DELETE", one))[0] == 404
    assert (await exam.teacher.get(path))["items"] == []


async def test_a_retired_question_stays_where_it_is_asked_and_is_taken_nowhere_else(
    eduflow: Eduflow, school: School
) -> None:
    exam = await an_exam(eduflow, school)
    path, (choice, essay) = await _draft(exam)
    await put(exam.teacher, f"{path}/form", _form(choice), version=1)
    for question in (choice, essay):
        await exam.teacher.patch(f"/questions/{question}", {"state": "retired"}, version=1)
    refusal = await exam.teacher.refused("PUT", f"{path}/form", _form(essay), If_Match='"v2"')
    assert refusal == (409, "assessment.question-retired")
    await put(exam.teacher, f"{path}/form", _form(choice, shuffle=True), version=2)
