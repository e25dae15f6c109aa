"""Who may make questions and tests, and who may not."""

import re
from uuid import uuid4

from tests.harness.exams import a_choice, a_question, a_test, an_exam, put, somebody_in
from tests.harness.platform import Eduflow, School
from tests.harness.visiting import given, prepared
from tests.harness.visits_of_authors import OF_AUTHORS

FOR_EVERYBODY = {"GET /banks"}
"""Shows to each what is theirs."""


async def test_each_route_refuses_strangers_outsiders_and_students_and_serves_who_may(
    eduflow: Eduflow,
) -> None:
    world = await given(eduflow)
    stranger = (await eduflow.school()).admin
    outsider = await eduflow.somebody(world.school)
    faults = {}
    for route, visit in OF_AUTHORS.items():
        person, method, path, body, headers = await prepared(world, route, turn=0)
        answers = {}
        if route not in FOR_EVERYBODY:
            if re.search(r"[0-9a-f-]{36}", path):
                answers["stranger"] = (await stranger.send(method, path, body, **headers), 404)
            answers["outsider"] = (await outsider.send(method, path, body, **headers), 403)
            if visit.by != "learner":
                world.learner.position = None
                answer = await world.learner.send(method, path, body, **headers)
                answers["student"] = (answer, 403)
        answers["who may"] = (await person.send(method, path, body, **headers), 0)
        wrong = {
            name: f"{answer.status_code} {answer.text[:300]}"
            for name, (answer, expected) in answers.items()
            if (answer.status_code != expected if expected else not answer.is_success)
        }
        if wrong:
            faults[route] = wrong
    assert faults == {}


async def test_what_a_body_names_must_be_within_reach_too(eduflow: Eduflow, school: School) -> None:
    mine = await a_test(await an_exam(eduflow, school), [a_choice()])
    other = await an_exam(eduflow, await eduflow.school())
    theirs = await a_question(other, a_choice())
    colleague = await an_exam(eduflow, school)
    unshared = await a_question(colleague, a_choice())
    stimulus = await other.teacher.post(f"/banks/{other.bank}/stimuli", {"title": "S", "body": "B"})
    for question in (theirs["id"], unshared["id"], str(uuid4())):
        form = {"sections": [{"items": [{"question_id": question}]}]}
        refusal = await mine.teacher.refused(
            "PUT", f"/assessments/{mine.test}/form", form, If_Match='"v3"'
        )
        assert refusal == (404, "assessment.no-such-question")
    foreign = a_choice(stimulus_id=stimulus["id"])
    assert await mine.teacher.refused("POST", f"/banks/{mine.bank}/questions", foreign) == (
        422,
        "assessment.no-such-stimulus",
    )
    shares = f"/banks/{mine.bank}/shares/{other.course}"
    assert await mine.teacher.refused("PUT", shares, {}) == (404, "assessment.no-such-course")
    for body in ({"user_id": str(other.students[0].user)}, {"section_id": other.section}):
        path = f"/assessments/{mine.test}/overrides"
        assert (await mine.teacher.refused("POST", path, body))[0] == 404


async def test_a_shared_bank_is_used_or_edited_and_no_longer_when_it_is_taken_back(
    eduflow: Eduflow, school: School
) -> None:
    mine, theirs = await an_exam(eduflow, school), await an_exam(eduflow, school)
    question = (await a_question(mine, a_choice()))["id"]
    teacher = theirs.teacher
    shares = f"/banks/{mine.bank}/shares/{theirs.course}"
    form = {"sections": [{"items": [{"question_id": question}]}]}
    test = await teacher.post(f"/courses/{theirs.course}/assessments", {"title": "T"})
    path = f"/assessments/{test['id']}/form"
    assert (await teacher.refused("PUT", path, form, If_Match='"v1"'))[0] == 404
    answer = await mine.teacher.send("PUT", shares, {"permits": "use"})
    assert answer.is_success, answer.text
    teacher.position = mine.teacher.position
    await put(teacher, path, form, version=1)
    found = (await teacher.get(f"/banks?course_id={theirs.course}"))["items"]
    assert [(b["id"], b["may_write"]) for b in found if b["id"] != theirs.bank] == [
        (mine.bank, False)
    ]
    questions = f"/banks/{mine.bank}/questions"
    assert (await teacher.refused("POST", questions, a_choice()))[0] == 403
    await mine.teacher.send("PUT", shares, {"permits": "edit"})
    teacher.position = mine.teacher.position
    await teacher.post(questions, a_choice())
    # Whoever edits it does not own it.
    assert (await teacher.refused("DELETE", f"/banks/{mine.bank}"))[0] == 403
    assert (await teacher.refused("PUT", shares, {"permits": "use"}))[0] == 403
    assert (await mine.teacher.send("DELETE", shares)).status_code == 204
    teacher.position = mine.teacher.position
    assert (await teacher.refused("GET", questions))[0] == 403
    # What its form asks already it may go on asking.
    await put(teacher, path, {**form, "instructions": "Again"}, version=2)


async def test_a_bank_of_the_institution_is_for_every_author_to_take_from(
    eduflow: Eduflow, school: School
) -> None:
    exam = await an_exam(eduflow, school)
    designer = await somebody_in(eduflow, school, exam.course, name="Dee", role="designer")
    school.admin.position = exam.teacher.position
    bank = (await school.admin.post("/banks", {"name": "All"}))["id"]
    designer.position = exam.teacher.position = school.admin.position
    for person in (exam.teacher, designer):
        assert [b["name"] for b in (await person.get("/banks"))["items"]] == ["All", "Questions"]
        assert (await person.refused("POST", f"/banks/{bank}/questions", a_choice()))[0] == 403
    exam.students[0].position = school.admin.position
    assert (await exam.students[0].get("/banks"))["items"] == []
    assert (await exam.students[0].refused("GET", f"/banks/{bank}"))[0] == 403
