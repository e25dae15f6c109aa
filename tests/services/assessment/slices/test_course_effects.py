"""What a regrade says of course grades is what the gradebook shows once it is published."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from eduflow.embedded.ports import free_ports
from eduflow.services.assessment.course_effects import CourseEffects
from tests.harness.exams import Exam, a_choice, a_test, an_essay, an_exam
from tests.harness.platform import Eduflow, Person, School, published
from tests.harness.things import until
from tests.services.assessment.replaying import (
    BRICK,
    handed_in,
    regraded,
    regraded_by,
)
from tests.services.assessment.replaying import published as regrade_published

Json = dict[str, Any]


@pytest.fixture
async def both(eduflow: Eduflow) -> AsyncIterator[CourseEffects]:
    """Assessment asks api_core on its own port, as it does where both are run."""
    resources = eduflow.runtime.resources["assessment"]
    before = resources.effects
    resources.effects = _asking(eduflow, f"http://127.0.0.1:{eduflow.ports['api_core']}")
    yield resources.effects
    resources.effects = before


def _asking(eduflow: Eduflow, address: str) -> CourseEffects:
    settings = msgspec.structs.replace(eduflow.settings, service_urls=(f"api_core={address}",))
    return CourseEffects(settings, clock=eduflow.runtime.clock)


async def _percents(exam: Exam) -> dict[str, float | None]:
    book = await exam.teacher.get(f"/courses/{exam.course}/gradebook")
    students = {str(one.user) for one in exam.students}
    return {r["user_id"]: r["percent"] for r in book["items"] if r["user_id"] in students}


async def _comes_to(exam: Exam, wanted: dict[str, float | None]) -> None:
    found: dict[str, float | None] = {}

    async def there() -> bool:
        found.update(await _percents(exam))
        return found == wanted

    await until(there, what=f"{wanted}: {found}")


async def _an_essay_is_graded(exam: Exam, student: Person, score: float) -> None:
    """Something else in the gradebook, so that the test is a part of the grade only."""
    of_course = f"/courses/{exam.course}"
    group = {"name": "Essays", "weight": 40}
    made = await exam.teacher.post(f"{of_course}/assignment-groups", group)
    fields = {"group_id": made["id"], "title": "Essay", "points": 10, "state": "published"}
    essay = await exam.teacher.post(f"{of_course}/assignments", fields)
    student.position = exam.teacher.position
    work = await student.post(f"/assignments/{essay['id']}/submissions", {"body": "Mine"})
    exam.teacher.position = student.position
    body = {"version": work["version"], "score": score}
    await exam.teacher.post(f"/submissions/{work['id']}/grades", body)


async def _diffs(exam: Exam, run: Json) -> dict[str, Json]:
    items = (await exam.teacher.get(f"/regrades/{run['id']}/diffs?changed=false"))["items"]
    return {one["user_id"]: one for one in items}


async def test_what_is_told_of_the_course_grade_is_what_the_gradebook_then_shows(
    eduflow: Eduflow, school: School, both: CourseEffects
) -> None:
    assert both is eduflow.runtime.resources["assessment"].effects
    made = await an_exam(eduflow, school, students=3)
    group = {"name": "Tests", "weight": 60}
    await made.teacher.post(f"/courses/{made.course}/assignment-groups", group)
    exam = await a_test(made, [a_choice(2), a_choice(3)], policy={"attempts": 5})
    ann, ben, cat = exam.students
    first, second = exam.questions
    await handed_in(ann, exam, {first: ["a"], second: ["a"]})
    await handed_in(ben, exam, {first: ["b"], second: ["a"]})
    await handed_in(cat, exam, {first: ["b"], second: ["b"]})
    await _an_essay_is_graded(exam, ann, 5)
    before: dict[str, float | None] = {str(ann.user): 80.0, str(ben.user): 60.0, str(cat.user): 0.0}
    await _comes_to(exam, before)
    run = await regraded(eduflow, exam, question=first, key=BRICK)
    diffs = await _diffs(exam, run)
    told = {who: one["course_effect"] for who, one in diffs.items()}
    assert {who: one["old_percent"] for who, one in told.items()} == before
    assert await _percents(exam) == before
    await regrade_published(exam.teacher, run)
    after = {who: one["new_percent"] for who, one in told.items()}
    assert after == {str(ann.user): 56.0, str(ben.user): 100.0, str(cat.user): 40.0}
    await _comes_to(exam, after)


async def test_answers_that_must_be_read_first_have_no_effect_yet_and_it_is_said(
    eduflow: Eduflow, school: School, both: CourseEffects
) -> None:
    assert both is not None
    made = await an_exam(eduflow, school)
    exam = await a_test(made, [an_essay()], policy={"reading": "people"})
    (essay,) = exam.questions
    await handed_in(exam.students[0], exam, {essay: "Air"})
    exam.teacher.position = exam.students[0].position
    path = f"/assessments/{exam.test}/queue/next"
    task = await exam.teacher.post(path, {})
    body = {"criteria": {"argument": 6, "form": 4}}
    version = f'"v{task["version"]}"'
    await exam.teacher.post(f"/responses/{task['response_id']}/reviews", body, If_Match=version)
    rubric = await exam.teacher.get(f"/questions/{essay}/rubric")
    lines = [{k: v for k, v in one.items() if k != "id"} for one in rubric["current"]["criteria"]]
    made_anew = await exam.teacher.post(
        f"/questions/{essay}/rubric/versions",
        {"guidelines": "Stricter", "criteria": lines},
        If_Match=f'"v{rubric["version"]}"',
    )
    run = await regraded_by(exam, cause="rubric", rubrics={essay: made_anew["current"]["id"]})
    (one,) = (await _diffs(exam, run)).values()
    assert (one["new_counts"], one["course_effect"]) == (None, None)
    assert one["no_course_effect"].startswith("Answers must be read again")


@pytest.mark.parametrize("fault", ["nobody", "a page"])
async def test_where_the_gradebook_does_not_answer_the_rest_is_told_and_why(
    eduflow: Eduflow, school: School, both: CourseEffects, fault: str
) -> None:
    assert both is not None
    exam = await a_test(await an_exam(eduflow, school), [a_choice(2)])
    (question,) = exam.questions
    await handed_in(exam.students[0], exam, {question: ["b"]})
    run = await regraded(eduflow, exam, question=question, key=BRICK)
    resources = eduflow.runtime.resources["assessment"]
    with published({}) as page:
        (port,) = free_ports(1)
        address = page if fault == "a page" else f"http://127.0.0.1:{port}"
        resources.effects = _asking(eduflow, address)
        (one,) = (await _diffs(exam, run)).values()
    assert (one["old_counts"], one["new_counts"], one["course_effect"]) == (0, 2, None)
    assert one["no_course_effect"].startswith("The gradebook ")
