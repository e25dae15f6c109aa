"""A seat in a course, from the request to the roster on a replica."""

from uuid import uuid4

from tests.harness.platform import Eduflow, School


async def test_whoever_enrolls_somebody_sees_them_on_the_roster_at_once(
    eduflow: Eduflow, school: School
) -> None:
    course = (await school.admin.post("/courses", {"code": "MA101", "title": "Calculus"}))["id"]
    learner = await eduflow.somebody(school)
    seat = await school.admin.post(f"/courses/{course}/enrollments", {"user_id": str(learner.user)})
    answer = await school.admin.send("GET", f"/courses/{course}/roster")
    assert [entry["enrollment_id"] for entry in answer.json()["items"]] == [seat["id"]]
    assert "EduFlow-Stale" not in answer.headers
    assert "EduFlow-As-Of" in answer.headers


async def test_a_second_seat_for_the_same_person_is_refused(
    eduflow: Eduflow, school: School
) -> None:
    course = (await school.admin.post("/courses", {"code": "MA101", "title": "Calculus"}))["id"]
    learner = await eduflow.somebody(school)
    body = {"user_id": str(learner.user)}
    await school.admin.post(f"/courses/{course}/enrollments", body)
    refusal = await school.admin.refused("POST", f"/courses/{course}/enrollments", body)
    assert refusal == (409, "api_core.already-enrolled")
    assert (await eduflow.events(school.institution)).count("api_core.learner_enrolled") == 1


async def test_the_same_key_and_body_is_one_seat_and_another_body_is_refused(
    eduflow: Eduflow, school: School
) -> None:
    course = (await school.admin.post("/courses", {"code": "MA101", "title": "Calculus"}))["id"]
    learner = await eduflow.somebody(school)
    path, body = f"/courses/{course}/enrollments", {"user_id": str(learner.user)}
    first = await school.admin.post(path, body, Idempotency_Key="one")
    second = await school.admin.post(path, body, Idempotency_Key="one")
    assert first == second
    other = {**body, "role": "teacher"}
    refusal = await school.admin.refused("POST", path, other, Idempotency_Key="one")
    assert refusal == (422, "kernel.idempotency-key-reused")


async def test_a_course_of_another_school_does_not_exist(eduflow: Eduflow, school: School) -> None:
    other = await eduflow.school()
    course = (await other.admin.post("/courses", {"code": "X", "title": "Theirs"}))["id"]
    assert await school.admin.refused("GET", f"/courses/{course}/roster") == (
        404,
        "kernel.not-found",
    )
    assert await school.admin.refused("GET", f"/courses/{uuid4()}/roster") == (
        404,
        "kernel.not-found",
    )


async def test_a_learner_may_not_enroll_others(eduflow: Eduflow, school: School) -> None:
    course = (await school.admin.post("/courses", {"code": "MA101", "title": "Calculus"}))["id"]
    learner = await eduflow.somebody(school)
    body = {"user_id": str(learner.user)}
    await school.admin.post(f"/courses/{course}/enrollments", body)
    refusal = await learner.refused("POST", f"/courses/{course}/enrollments", body)
    assert refusal == (403, "kernel.forbidden")
