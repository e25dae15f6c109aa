"""What a regrade would do to course grades is what it then does; only services may ask."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx

from eduflow.kernel.auth.services import service_token
from eduflow.kernel.ids import new_id
from tests.harness.platform import Eduflow, Person, School
from tests.services.api_core.given_grading import (
    GivenClass,
    a_class,
    an_assignment,
    gradebook_row,
    handed_in,
)
from tests.services.api_core.given_results import GivenTest, a_test, happened


async def asked(
    eduflow: Eduflow, quiz: GivenTest, results: list[dict[str, Any]], **fields: str
) -> httpx.Response:
    """As the assessment service asks."""
    token = service_token(
        eduflow.settings.secret, service="assessment", audience="api_core", now=datetime.now(UTC)
    )
    body = {
        "institution_id": str(quiz.school.institution),
        "course_id": quiz.given.course.id,
        "assessment_id": str(quiz.id),
        "results": results,
        **fields,
    }
    base = f"http://127.0.0.1:{eduflow.ports['api_core']}"
    async with httpx.AsyncClient(base_url=base, timeout=30) as client:
        path = "/internal/v1/gradebook/effects"
        return await client.post(path, json=body, headers={"Authorization": f"Bearer {token}"})


def would(student: Person, counts: float) -> dict[str, Any]:
    return {"user_id": str(student.user), "counts": counts, "counts_points": 10}


async def percent(given: GivenClass, student: Person) -> Any:
    return (await gradebook_row(given, student))["percent"]


async def test_what_a_regrade_would_do_is_what_it_does(eduflow: Eduflow, school: School) -> None:
    given = await a_class(eduflow, school, students=4, weight=60, drop_lowest=1)
    ann, ben, cat, dan = given.students
    other = {"name": "Essays", "weight": 40}
    group = await given.teacher.post(f"/courses/{given.course.id}/assignment-groups", other)
    quizzes = [a_test(school, given) for _ in range(2)]
    for n, quiz in enumerate(quizzes):
        told = [quiz.released(who, 3 + n) for who in (ann, ben, cat)]
        await happened(eduflow, quiz.published(title=f"Quiz {n}"), *told)
    essay = await an_assignment(given, group_id=group["id"])
    for who, score in ((ann, 9), (cat, 2)):
        work = await handed_in(given, essay, who)
        body = {"version": work["version"], "score": score}
        await given.teacher.post(f"/submissions/{work['id']}/grades", body)
    above = {
        "user_id": str(ben.user),
        "version": 1,
        "score": 10,
        "source": "override",
        "reason": "Said so",
    }
    (quiz, _) = quizzes
    column = await quiz.column()
    await given.teacher.post(f"/assignments/{column['id']}/grades", above)
    before = {str(who.user): await percent(given, who) for who in given.students}
    results = [would(ann, 8), would(ben, 1), would(cat, 10), would(dan, 5)]
    answer = await asked(eduflow, quiz, results)
    assert answer.status_code == 200, answer.text
    found = {one["user_id"]: one for one in answer.json()["items"]}
    assert {who: one["before_percent"] for who, one in found.items()} == before
    told = [
        quiz.released(who, counts, scoring_number=2)
        for who, counts in ((ann, 8), (ben, 1), (cat, 10), (dan, 5))
    ]
    await happened(eduflow, *told)
    after = {str(who.user): await percent(given, who) for who in given.students}
    assert {who: one["after_percent"] for who, one in found.items()} == after
    assert after[str(ann.user)] != before[str(ann.user)]
    assert after[str(ben.user)] == before[str(ben.user)]


async def test_of_another_institution_and_of_strangers_nothing_is_told(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    quiz = a_test(school, given)
    await happened(eduflow, quiz.published())
    stranger = {"user_id": str(new_id()), "counts": 1, "counts_points": 10}
    results = [would(given.students[0], 5), stranger]
    assert len((await asked(eduflow, quiz, results)).json()["items"]) == 1
    elsewhere = str((await eduflow.school()).institution)
    foreign = await asked(eduflow, quiz, results, institution_id=elsewhere)
    assert (foreign.status_code, foreign.json()["items"]) == (200, [])
    unknown = await asked(eduflow, quiz, results, assessment_id=str(UUID(int=1)))
    assert unknown.json()["items"] == []


async def test_a_person_may_not_ask(eduflow: Eduflow, school: School) -> None:
    path = f"http://127.0.0.1:{eduflow.ports['api_core']}/internal/v1/gradebook/effects"
    async with httpx.AsyncClient() as client:
        headers = {"Authorization": f"Bearer {school.admin.token}"}
        answer = await client.post(path, json={}, headers=headers)
    assert answer.status_code == 401
