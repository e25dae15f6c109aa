"""In the demo schools every page tells the same numbers, and they are the true ones."""

import asyncio
import copy
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from eduflow.kernel.ids import InstitutionId, UserId
from tests.harness.platform import Eduflow, Person
from tests.services.api_core.demo.given_schools import MadeSchools
from tests.services.api_core.demo.plain import truth
from tests.services.api_core.demo.told import OF_COURSE, OF_STUDENT, Course, Told, disagreements

PATIENCE = 60
"""Seconds that the workers are given to fold three schools."""
INACTIVE_DAYS = 14


async def read(person: Person, path: str) -> Any:
    """The page, when it shows everything that was made."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while True:
        answer = await person.send("GET", path, EduFlow_Strict="true")
        if answer.status_code != 503 or asyncio.get_running_loop().time() > deadline:
            assert answer.is_success, answer.text
            return answer.json()


async def everybody(eduflow: Eduflow, schools: MadeSchools, slug: str) -> dict[str, Person]:
    """The people of a school by name, logged in, who have seen that it is whole."""
    script = next(s for s in schools.scripts if s.institution.slug == slug)
    async with eduflow.sql() as connection:
        rows = await connection.fetch(
            "SELECT u.institution_id, u.id, u.email FROM users AS u JOIN institutions AS i"
            " ON i.id = u.institution_id WHERE i.slug = $1",
            script.institution.slug,
        )
    people = {}
    for row in rows:
        user, institution = UserId(row["id"]), InstitutionId(row["institution_id"])
        person = eduflow.person(user, institution)
        person.position = schools.position
        people[row["email"].partition("@")[0]] = person
    return people


def one(items: list[Any], **fields: Any) -> Any:
    """The one of them that has those; None where there is none."""
    found = [i for i in items if all(i[name] == value for name, value in fields.items())]
    assert len(found) <= 1, found
    return found[0] if found else None


async def told_of(eduflow: Eduflow, teacher: Person, learners: list[Person], course: str) -> Course:
    """Every page about every student of a course."""
    gradebook = await read(teacher, f"/courses/{course}/gradebook")
    progress = await read(teacher, f"/courses/{course}/progress")
    work = []
    for column in gradebook["assignments"]:
        page = await read(teacher, f"/assignments/{column['id']}/submissions")
        work += [{**line, "assignment_id": column["id"]} for line in page["items"]]
    students = []
    for learner in learners:
        user = str(learner.user)
        dashboard = await read(learner, "/users/me/dashboard")
        own_progress = await read(learner, "/users/me/progress")
        own_grades = await read(learner, "/users/me/grades")
        unread = await read(learner, "/users/me/unread")
        assignments = await read(learner, f"/courses/{course}/assignments")
        async with eduflow.sql() as connection:
            true = await truth(connection, UUID(course), learner.user)
        students.append(
            Told(
                truth=true,
                dashboard=one(dashboard["courses"], course_id=course),
                progress=one(own_progress["items"], course_id=course),
                grades=one(own_grades["items"], course_id=course),
                unread=one(unread["courses"], course_id=course),
                assignments=assignments["items"],
                gradebook=one(gradebook["items"], user_id=user),
                learner=one(progress["items"], user_id=user),
                work=[line for line in work if line["user_id"] == user],
            )
        )
    page = await read(teacher, f"/courses/{course}/dashboard?inactive_days={INACTIVE_DAYS}")
    before = datetime.now(UTC) - timedelta(days=INACTIVE_DAYS)
    return Course(dashboard=page, students=students, inactive_before=before)


@pytest.mark.parametrize("slug", ["ashgrove", "lantern-hill", "north-harbour"])
async def test_every_page_tells_the_same_of_every_course_and_student(
    eduflow: Eduflow, schools: MadeSchools, slug: str
) -> None:
    script = next(s for s in schools.scripts if s.institution.slug == slug)
    people = await everybody(eduflow, schools, slug)
    told = []
    for subject in script.courses:
        teacher = people[subject.teacher]
        cards = (await read(teacher, "/users/me/dashboard"))["courses"]
        course = one(cards, code=subject.code, role="teacher")["course_id"]
        learners = [people[student] for student in subject.students]
        page = await told_of(eduflow, teacher, learners, course)
        told += [f"{subject.code}, {fault}" for fault in disagreements(OF_COURSE, page)]
        for student, name in zip(page.students, subject.students, strict=True):
            faults = disagreements(OF_STUDENT, student)
            told += [f"{subject.code}, {name}, {fault}" for fault in faults]
            assert student.work or not any(
                work.student == name for task in subject.assignments for work in task.work
            )
    assert told == []


async def test_the_schools_have_every_kind_of_work_and_a_page_that_errs_is_found_out(
    eduflow: Eduflow, schools: MadeSchools
) -> None:
    people = await everybody(eduflow, schools, "north-harbour")
    teacher = people["priya"]
    cards = (await read(teacher, "/users/me/dashboard"))["courses"]
    course = one(cards, code="CSC540")["course_id"]
    learners = [people[name] for name in ("hiro", "kavya", "malik", "zeynep", "jonas")]
    page = await told_of(eduflow, teacher, learners, course)
    states = {state for student in page.students for state in student.truth.states.values()}
    assert states == {"none", "submitted", "graded", "resubmitted"}
    assert any(student.truth.late for student in page.students)
    assert any(student.truth.grade.dropped for student in page.students)
    assert any(student.truth.unread for student in page.students)
    for what in ("gradebook", "grades", "dashboard", "learner"):
        erring = copy.deepcopy(getattr(page.students[0], what))
        erring["percent"] += 1
        said = msgspec.structs.replace(page.students[0], **{what: erring})
        assert disagreements(OF_STUDENT, said), what
    page.dashboard["learners"] += 1
    assert disagreements(OF_COURSE, page)
