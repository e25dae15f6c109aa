"""What is told of answers and questions: to whom, when, and the same by every road."""

from tests.harness.exams import a_choice, a_test, an_exam, put
from tests.harness.platform import Eduflow, School
from tests.services.api_core.privacy.test_take_along import archive_of, rows
from tests.services.assessment.slices.test_what_is_shown_when import (
    ALL,
    _handed_in,
    _review,
    _shut,
)


async def test_no_answer_is_told_while_somebody_sits_it_with_added_minutes(
    eduflow: Eduflow, school: School
) -> None:
    made = await an_exam(eduflow, school, students=2)
    policy = {"time_limit": 600, **_review()}
    exam = await a_test(made, [a_choice(2)], policy=policy)
    early, late = exam.students
    attempt = await _handed_in(early, exam, ["b"])
    begun = await late.post(f"/assessments/{exam.test}/attempts")
    exam.teacher.position = late.position
    await exam.teacher.post(f"/attempts/{begun['id']}/time", {"minutes": 60})
    await _shut(exam, hours=1, time_limit=600)
    early.position = late.position = exam.teacher.position

    shown = await early.get(f"/attempts/{attempt}")
    assert (shown["shows"], shown["answers"][0]["right_answer"]) == (["answers"], None)
    assert (await early.get("/users/me/results"))["items"] == []
    (kept,) = rows(await archive_of(early), "assessment/answers")
    assert kept["correct"] is None

    await late.post(f"/attempts/{begun['id']}/submit", {})
    early.position = late.position
    shown = await early.get(f"/attempts/{attempt}")
    assert (shown["shows"], shown["score"]) == (sorted(ALL), 0)
    (kept,) = rows(await archive_of(early), "assessment/answers")
    assert kept["correct"] is False


async def test_comments_of_the_author_are_told_by_every_road(
    eduflow: Eduflow, school: School
) -> None:
    said = {"feedback_right": "Well done", "feedback_wrong": "Look again", "feedback": "Chapter 2"}
    made = await an_exam(eduflow, school, students=2)
    policy = {"behaviour": "interactive", **_review(during=ALL, after_submit=ALL, while_open=ALL)}
    exam = await a_test(made, [a_choice([2, 1], **said)], policy=policy)
    student, quiet = exam.students
    begun = await student.post(f"/assessments/{exam.test}/attempts")
    path = f"/attempts/{begun['id']}"
    (question,) = exam.questions
    tried = await student.post(f"{path}/responses/{question}/tries", {"value": ["b"]})
    assert tried["feedback"] == ["That is for building", "Look again", "Chapter 2"]
    answers = [{"question_id": question, "value": ["a"]}]
    graded = await student.post(f"{path}/submit", {"answers": answers})
    assert graded["items"][0]["feedback"] == ["Well done", "Chapter 2"]
    assert (await student.get(path))["answers"][0]["feedback"] == ["Well done", "Chapter 2"]

    exam.teacher.position = student.position
    version = (await exam.teacher.get(f"/assessments/{exam.test}/policy"))["version"]
    hidden = {"behaviour": "interactive", **_review()}
    await put(exam.teacher, f"/assessments/{exam.test}/policy", hidden, version=version)
    quiet.position = exam.teacher.position
    begun = await quiet.post(f"/assessments/{exam.test}/attempts")
    path = f"/attempts/{begun['id']}"
    tried = await quiet.post(f"{path}/responses/{question}/tries", {"value": ["b"]})
    graded = await quiet.post(f"{path}/submit", {"answers": answers})
    assert (tried["feedback"], graded["items"][0]["feedback"]) == ([], [])


async def test_the_author_s_name_of_a_question_is_for_staff(
    eduflow: Eduflow, school: School
) -> None:
    exam = await a_test(await an_exam(eduflow, school), [a_choice()])
    (student,) = exam.students
    attempt = await _handed_in(student, exam, ["a"])
    shown = await student.get(f"/attempts/{attempt}")
    assert [one["title"] for one in shown["items"]] == [None]
    assert "Fruit" not in str(shown)
    exam.teacher.position = student.position
    shown = await exam.teacher.get(f"/attempts/{attempt}")
    assert [one["title"] for one in shown["items"]] == ["Fruit"]
