"""While an appeal waits the rest goes on, and tells as little of the answer: regrades, queues."""

from typing import Any

from tests.harness.exams import Exam, put, somebody_in
from tests.harness.platform import Eduflow, Person, School
from tests.harness.things import until
from tests.services.api_core.privacy.test_take_along import archive_of, rows
from tests.services.assessment.appealing import HIDDEN, POLICY, TOLD, Case, around, case
from tests.services.assessment.reading_model import Reader, essays, job_of, reader, reviewed, taken
from tests.services.assessment.reading_model import handed_in as essay_handed_in
from tests.services.assessment.replaying import BRICK, handed_in, published, regraded
from tests.services.assessment.test_erasure import forgotten

__all__ = ["case", "reader"]


async def test_a_regrade_does_not_tell_what_it_would_change_for_whoever_appeals(
    eduflow: Eduflow, case: Case
) -> None:
    first, second = case.exam.questions
    other = case.exam.students[1]
    await handed_in(other, case.exam, {first: ["a"], second: ["a"]})
    case.teacher.position = other.position
    run = await regraded(eduflow, case.exam, question=first, key=BRICK)

    async def look(person: Person) -> Any:
        found = (await person.get(f"/regrades/{run['id']}/diffs"))["items"]
        return {
            one["name"]: (
                one["under_appeal"],
                one["old_counts"],
                one["new_counts"],
                *(one["attempts"][0][n] for n in ("under_appeal", "old_score", "new_score")),
            )
            for one in found
        }

    async def nothing(_: Person) -> None: ...

    found = await around(case, look, own=nothing)
    for how in TOLD:
        assert found[how][0]["Lin L0"] == (False, 3, 5, False, 3, 5)
    for how in HIDDEN:
        assert found[how][0]["Lin L0"] == (True, None, None, True, None, None)
        assert found[how][0]["Lin L1"] == (False, 5, 3, False, 5, 3)


async def test_of_whoever_appeals_the_effect_on_the_course_is_not_told_either(
    eduflow: Eduflow, case: Case
) -> None:
    # Nothing changes for them: to leave them out of what changes would tell that.
    run = await regraded(eduflow, case.exam, question=case.exam.questions[1], key=BRICK)
    await case.raised()
    (one,) = (await case.teacher.get(f"/regrades/{run['id']}/diffs"))["items"]
    assert (one["new_counts"], one["course_effect"]) == (None, None)
    assert one["no_course_effect"] == "An appeal of theirs waits to be decided."


async def test_statistics_over_few_answers_are_kept_back(eduflow: Eduflow, case: Case) -> None:
    path = f"/assessments/{case.exam.test}/statistics"

    async def is_folded() -> bool:
        return (await case.teacher.get(path))["test"] is not None

    await until(is_folded, what="what was judged is folded")

    async def look(person: Person) -> Any:
        found = await person.get(path)
        by_question = {one["question_id"]: one for one in found["questions"]}
        first, second = (by_question[q] for q in case.exam.questions)
        told = (first["p_value"], first["scores"] is not None, second["p_value"])
        return (*told, found["test"]["mean"], found["test"]["under_appeal"])

    async def nothing(_: Person) -> None: ...

    found = await around(case, look, own=nothing)
    for how in ("before", "withdrawn"):
        assert found[how][0] == (0, True, 1, 3, False)
    for how in HIDDEN:
        assert found[how][0] == (None, False, 1, None, True)


async def test_a_regrade_and_a_release_go_on_and_only_the_student_sees_what_came_of_it(
    eduflow: Eduflow, case: Case
) -> None:
    path = await case.raised()
    run = await regraded(eduflow, case.exam, question=case.exam.questions[0], key=BRICK)
    await published(case.teacher, run)
    test = f"/assessments/{case.exam.test}"
    version = (await case.teacher.get(f"{test}/policy"))["version"]
    held_back = {**POLICY, "release": "by_hand"}
    await put(case.teacher, f"{test}/policy", held_back, version=version)
    first, second = case.exam.questions
    other = case.exam.students[1]
    other.position = case.teacher.position
    await handed_in(other, case.exam, {first: ["b"], second: ["a"]})
    case.teacher.position = other.position
    done = await case.teacher.post(f"{test}/results/release")
    assert done["released"] == 1
    case.student.position = case.teacher.position
    mine, staff = [await p.get(f"/attempts/{case.attempt}") for p in (case.student, case.teacher)]
    assert (mine["score"], mine["answers"][0]["judged"], staff["score"]) == (5, True, None)
    assert (await case.decided(path))["outcome"] == "lowered"
    assert (await case.teacher.get(f"/attempts/{case.attempt}"))["score"] == 4
    check = await case.teacher.post(f"/assessments/{case.exam.test}/receipts/check")
    assert (check["receipts"], check["faults"]) == (4, [])


async def test_who_decided_takes_along_the_decision_only_while_no_other_appeal_waits(
    case: Case,
) -> None:
    await case.decided(await case.raised())
    names = ("outcome", "fraction", "reason", "under_appeal")

    async def taken_along() -> tuple[Any, ...]:
        archive = await archive_of(case.teacher)
        (decision,) = rows(archive, "assessment/decisions")
        (review,) = rows(archive, "assessment/reviews")
        events = rows(archive, "assessment/events")
        kinds = {"assessment.items_scored", "assessment.result_released"}
        worth = [e["payload"] for e in events if e["type"] in kinds]
        return [decision[n] for n in names], review["fraction"], ["score" in p for p in worth]

    assert await taken_along() == (["raised", 0.5, "Half a fruit", False], 0.5, [True, True])
    await case.raised()
    assert await taken_along() == ([None, None, None, True], None, [False, False])


async def test_of_whoever_is_forgotten_no_appeal_waits_any_more(
    eduflow: Eduflow, school: School, case: Case
) -> None:
    path = await case.raised()
    assert (await case.teacher.get(f"/attempts/{case.attempt}"))["score"] is None
    await forgotten(eduflow, school, case.student.user)

    async def is_told() -> bool:
        return bool((await case.teacher.get(f"/attempts/{case.attempt}"))["score"] == 3)

    await until(is_told, what="the standby has it too")
    refused = await case.teacher.refused("POST", f"{path}/claim")
    assert refused == (409, "assessment.appeal-ended")


async def _waits_again(eduflow: Eduflow, exam: Exam) -> None:
    """The answers of the test are offered to graders once more, as after a ruling."""
    async with eduflow.sql("assessment") as sql:
        await sql.execute(
            "UPDATE grading_queue SET state = 'waiting', assigned_to = NULL, reason = 'undecided',"
            " blind = true, claimed_until = NULL, version = version + 1 WHERE assessment_id = $1",
            exam.test,
        )


async def test_the_queue_and_a_review_tell_nobody_what_a_model_gave_it(
    eduflow: Eduflow, school: School, reader: Reader
) -> None:
    exam = await essays(eduflow, school)
    (student,) = exam.students
    attempt = await essay_handed_in(exam, student)
    await job_of(eduflow, attempt)
    colleague = await somebody_in(eduflow, school, exam.course, name="Cora C", role="teacher")
    task = await taken(exam, exam.teacher, mode="confirm")
    assert task["thoughts"]["fraction"] is not None
    review = await reviewed(exam.teacher, task, argument=3, form=4)
    assert (review["thoughts"] is not None, review["under_appeal"]) == (True, False)
    student.position = exam.teacher.position
    path = f"/responses/{task['response_id']}/appeals"
    appeal = await student.post(path, {"claim": "It is whole"})
    await _waits_again(eduflow, exam)

    # Who saw it before is not shown it again; who would confirm must judge blindly.
    exam.teacher.position = colleague.position = student.position
    again = await taken(exam, exam.teacher, mode="confirm")
    assert (again["thoughts"], again["under_appeal"], again["blind"]) == (None, True, False)
    await exam.teacher.post(f"/assessments/{exam.test}/queue/{task['response_id']}/release")
    other = await taken(exam, colleague, mode="confirm")
    assert (other["thoughts"], other["under_appeal"], other["blind"]) == (None, True, True)
    shown = await colleague.get(f"/attempts/{attempt}")
    assert [shown["answers"][0][n] for n in ("fraction", "comment", "feedback")] == [None, None, []]
    mine = await student.get(f"/attempts/{attempt}")
    assert (mine["score"], mine["answers"][0]["fraction"]) == (7, 0.7)
    review = await reviewed(colleague, other, argument=6, form=4)
    assert (review["thoughts"], review["under_appeal"]) == (None, True)

    student.position = colleague.position
    await student.post(f"/appeals/{appeal['id']}/withdraw")
    await _waits_again(eduflow, exam)
    colleague.position = student.position
    task = await taken(exam, colleague, mode="confirm")
    assert (task["thoughts"] is not None, task["under_appeal"]) == (True, False)
    assert (await colleague.get(f"/attempts/{attempt}"))["answers"][0]["comment"] == "Read."
    assert (await reviewed(colleague, task, argument=6, form=4))["thoughts"] is not None
