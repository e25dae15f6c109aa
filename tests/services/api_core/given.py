"""People, courses and seats, made the way a client makes them."""

from typing import Any
from uuid import UUID

import msgspec

from eduflow.kernel.ids import UserId, new_id
from tests.harness.platform import Eduflow, Person, School


class GivenCourse(msgspec.Struct, frozen=True):
    """A course, its module and its lessons."""

    id: str
    module: str
    lessons: list[str]


class GivenThread(msgspec.Struct, frozen=True):
    """A thread, its forum and its first post."""

    id: str
    forum: str
    first: str


async def a_person(eduflow: Eduflow, school: School, name: str = "Sam Student") -> Person:
    """Somebody the institution knows, logged in."""
    body = {"email": f"{name.replace(' ', '.')}@school.test", "display_name": name}
    made = await school.admin.post("/users", body)
    person = eduflow.person(UserId(UUID(made["id"])), school.institution)
    person.position = school.admin.position
    return person


async def a_course(school: School, *, lessons: int = 0, code: str = "MA101") -> GivenCourse:
    """A published course of one module."""
    admin = school.admin
    body = {"code": code, "title": f"Title of {code}", "state": "published"}
    course = (await admin.post("/courses", body))["id"]
    module = (await admin.post(f"/courses/{course}/modules", {"title": "Week 1"}))["id"]
    made = [
        (await admin.post(f"/modules/{module}/lessons", {"title": f"Lesson {n}"}))["id"]
        for n in range(lessons)
    ]
    return GivenCourse(course, module, made)


async def a_seat(
    school: School, course: GivenCourse, person: Person, *, role: str = "student"
) -> Any:
    """A seat of somebody, who then knows of it."""
    body = {"user_id": str(person.user), "role": role}
    seat = await school.admin.post(f"/courses/{course.id}/enrollments", body)
    person.position = school.admin.position
    return seat["id"]


async def a_forum(school: School, course: GivenCourse, **fields: str) -> str:
    """A forum of a course."""
    body = {"title": "Talk", **fields}
    made: str = (await school.admin.post(f"/courses/{course.id}/forums", body))["id"]
    return made


async def a_thread(person: Person, forum: str, title: str = "Why?") -> GivenThread:
    """A thread that somebody begins."""
    body = {"title": title, "body": "Tell me."}
    made = await person.post(f"/forums/{forum}/threads", body)
    return GivenThread(made["id"], forum, made["last_post_id"])


async def a_session(eduflow: Eduflow, person: Person) -> UUID:
    """Where somebody is logged in."""
    session = new_id()
    async with eduflow.sql() as connection:
        await connection.execute(
            "INSERT INTO login_sessions (id, user_id, institution_id, secret_hash, created_at,"
            " used_at, expires_at)"
            " VALUES ($1, $2, $3, '\\x00', now(), now(), now() + interval '1 day')",
            session,
            person.user,
            person.institution,
        )
    return session
