"""Progress and dashboards: what is recorded on the primary is seen on a replica."""

from tests.harness.platform import Eduflow, School
from tests.services.api_core.given import a_course, a_person, a_seat


async def test_completing_twice_counts_once_and_reopening_undoes(
    eduflow: Eduflow, school: School
) -> None:
    course = await a_course(school, lessons=3)
    learner = await a_person(eduflow, school)
    await a_seat(school, course, learner)
    first, second, _ = course.lessons
    steps = [
        (first, "viewed", 0),
        (first, "completed", 1),
        (first, "completed", 1),
        (second, "completed", 2),
        (first, "reopened", 1),
        (first, "reopened", 1),
        (first, "completed", 2),
    ]
    for lesson, kind, completed in steps:
        await learner.post(f"/lessons/{lesson}/progress", {"kind": kind})
        answer = await learner.send("GET", "/users/me/progress")
        assert "EduFlow-Stale" not in answer.headers
        (mine,) = answer.json()["items"]
        assert (mine["completed"], mine["total"]) == (completed, 3), (kind, completed)
    assert mine["percent"] == 66
    assert sorted(mine["completed_lessons"]) == sorted([first, second])


async def test_a_dashboard_shows_every_seat_and_as_of_when(
    eduflow: Eduflow, school: School
) -> None:
    learner = await a_person(eduflow, school)
    algebra = await a_course(school, lessons=2, code="ALG")
    biology = await a_course(school, code="BIO")
    await a_seat(school, biology, learner, role="ta")
    await a_seat(school, algebra, learner)
    await learner.post(f"/lessons/{algebra.lessons[0]}/progress", {"kind": "completed"})
    answer = await learner.send("GET", "/users/me/dashboard")
    seen = answer.json()
    assert "EduFlow-Stale" not in answer.headers
    assert seen["as_of"] is not None
    cards = [(c["code"], c["role"], c["state"], c["percent"], c["total"]) for c in seen["courses"]]
    assert cards == [("ALG", "student", "active", 50, 2), ("BIO", "ta", "active", 0, 0)]
    assert seen["courses"][0]["section_name"] == "ALG"
    assert (await school.admin.get("/users/me/dashboard"))["courses"] == []


async def test_a_course_counts_its_people_and_how_far_they_are(
    eduflow: Eduflow, school: School
) -> None:
    course = await a_course(school, lessons=4)
    teacher = await a_person(eduflow, school, "Tess Teacher")
    await a_seat(school, course, teacher, role="teacher")
    learners = [await a_person(eduflow, school, f"Lin L{n}") for n in range(3)]
    for done, learner in enumerate(learners):
        await a_seat(school, course, learner)
        for lesson in course.lessons[: done * 2]:
            await learner.post(f"/lessons/{lesson}/progress", {"kind": "completed"})
            teacher.position = learner.position
    page = await teacher.get(f"/courses/{course.id}/progress?limit=2")
    cursor = page["next_cursor"]
    rest = await teacher.get(f"/courses/{course.id}/progress?limit=2&cursor={cursor}")
    found = [(r["display_name"], r["percent"]) for r in [*page["items"], *rest["items"]]]
    assert found == [("Lin L0", 0), ("Lin L1", 50), ("Lin L2", 100)]
    seen = await teacher.get(f"/courses/{course.id}/dashboard")
    assert (seen["learners"], seen["average_percent"], seen["lessons"]) == (3, 50.0, 4)
    assert seen["seats"] == [
        {"role": "student", "state": "active", "seats": 3},
        {"role": "teacher", "state": "active", "seats": 1},
    ]
    assert [band["learners"] for band in seen["distribution"]] == [1, 0, 0, 1, 0, 1]
    assert seen["inactive_learners"] == 1
    assert [one["display_name"] for one in seen["longest_inactive"]] == ["Lin L0"]
    assert (await learners[0].refused("GET", f"/courses/{course.id}/dashboard"))[0] == 403
    assert (await learners[0].refused("GET", f"/courses/{course.id}/progress"))[0] == 403


async def test_only_who_takes_part_records_progress(eduflow: Eduflow, school: School) -> None:
    course = await a_course(school, lessons=1)
    stranger = await a_person(eduflow, school)
    path = f"/lessons/{course.lessons[0]}/progress"
    assert (await stranger.refused("POST", path, {"kind": "completed"}))[0] == 403
    seat = await a_seat(school, course, stranger)
    assert (await stranger.refused("POST", path, {"kind": "read"}))[0] == 422
    await stranger.post(path, {"kind": "completed"})
    await school.admin.patch(f"/enrollments/{seat}", {"state": "inactive"}, version=1)
    assert (await stranger.refused("POST", path, {"kind": "reopened"}))[0] == 403


async def test_a_name_that_changes_is_another_on_the_roster(
    eduflow: Eduflow, school: School
) -> None:
    course = await a_course(school)
    learner = await a_person(eduflow, school)
    await a_seat(school, course, learner)
    body = {"display_name": "Samuel Student"}
    await school.admin.patch(f"/users/{learner.user}", body, version=1)
    answer = await school.admin.send("GET", f"/courses/{course.id}/roster")
    assert "EduFlow-Stale" not in answer.headers
    assert [seat["display_name"] for seat in answer.json()["items"]] == ["Samuel Student"]
