"""One good request to every route, and how often it may ask the database; a table.

Whoever adds a route adds a line: the tests that walk the table fail for a route that is not in it.
"""

from typing import Any
from uuid import uuid4

import msgspec
from litestar.handlers import HTTPRouteHandler

from eduflow.kernel.ids import new_id
from tests.harness.platform import Eduflow, Person, School

READ, WRITE = 1, 2


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """A small school to make requests in, and its administrator and learner."""

    eduflow: Eduflow
    school: School
    admin: Person
    learner: Person
    ids: dict[str, str]


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """How to ask a route. `body` and the path's placeholders are filled in for each request."""

    trips: int
    body: Any = None
    query: str = ""
    by: str = "admin"
    version: str | None = None
    """The route of which to learn the version that the change is made on."""
    before: tuple[str, str, Any] | None = None
    """A request to be made first, whose answer's `id` becomes `{new}`."""


def _fresh() -> str:
    return uuid4().hex


_PERSON = {"email": "{fresh}@school.test", "display_name": "P"}
_COURSE = {"code": "C", "title": "T"}

VISITS: dict[str, Visit] = {
    "GET /institutions/me": Visit(trips=READ),
    "PATCH /institutions/me": Visit(
        trips=WRITE, body={"name": "{fresh}"}, version="/institutions/me"
    ),
    "POST /terms": Visit(trips=WRITE, body={"name": "Spring"}),
    "GET /terms": Visit(trips=READ),
    "GET /users/me": Visit(trips=READ),
    "GET /users/{user_id:uuid}": Visit(trips=READ),
    "GET /users": Visit(trips=READ),
    "POST /users": Visit(trips=WRITE, body=_PERSON),
    "PATCH /users/{user_id:uuid}": Visit(
        trips=WRITE, body={"display_name": "{fresh}"}, version="/users/{user_id:uuid}"
    ),
    "POST /users/{user_id:uuid}/roles": Visit(
        trips=WRITE,
        before=("POST", "/users", _PERSON),
        body={"role": "registrar", "context_type": "institution"},
    ),
    "DELETE /users/{user_id:uuid}/roles": Visit(
        trips=WRITE,
        before=("POST", "/users/{person}/roles", {"role": "registrar"}),
        query="?role=registrar",
    ),
    "POST /courses": Visit(trips=WRITE, body=_COURSE),
    "GET /courses": Visit(trips=READ),
    "GET /courses/{course_id:uuid}": Visit(trips=READ),
    "PATCH /courses/{course_id:uuid}": Visit(
        trips=WRITE, body={"title": "{fresh}"}, version="/courses/{course_id:uuid}"
    ),
    "POST /courses/{course_id:uuid}/sections": Visit(trips=WRITE, body={"name": "B"}),
    "GET /courses/{course_id:uuid}/sections": Visit(trips=READ),
    "POST /courses/{course_id:uuid}/modules": Visit(trips=WRITE, body={"title": "M"}),
    "PATCH /modules/{module_id:uuid}": Visit(trips=WRITE, body={"title": "{fresh}"}, version="v"),
    "POST /modules/{module_id:uuid}/lessons": Visit(trips=WRITE, body={"title": "L"}),
    "GET /lessons/{lesson_id:uuid}": Visit(trips=READ),
    "PATCH /lessons/{lesson_id:uuid}": Visit(
        trips=WRITE, body={"title": "{fresh}"}, version="/lessons/{lesson_id:uuid}"
    ),
    "POST /lessons/{lesson_id:uuid}/progress": Visit(
        trips=WRITE, body={"kind": "viewed"}, by="learner"
    ),
    "GET /courses/{course_id:uuid}/progress": Visit(trips=READ),
    "GET /users/me/progress": Visit(trips=READ, by="learner"),
    "GET /users/me/dashboard": Visit(trips=READ, by="learner"),
    "GET /courses/{course_id:uuid}/dashboard": Visit(trips=READ),
    "POST /courses/{course_id:uuid}/enrollments": Visit(
        trips=WRITE, before=("POST", "/users", _PERSON), body={"user_id": "{new}"}
    ),
    "GET /courses/{course_id:uuid}/roster": Visit(trips=READ),
    "GET /enrollments/{enrollment_id:uuid}": Visit(trips=READ),
    "PATCH /enrollments/{enrollment_id:uuid}": Visit(
        trips=WRITE, body={"state": "{seat}"}, version="/enrollments/{enrollment_id:uuid}"
    ),
    "GET /auth/sessions": Visit(trips=READ),
    "POST /auth/invitations": Visit(trips=WRITE, body={"user_id": "{person}"}),
}

BY_THE_LOGIN_TESTS = {
    "POST /auth/login",
    "POST /auth/refresh",
    "POST /auth/logout",
    "PUT /auth/password",
    "DELETE /auth/sessions/{session_id:uuid}",
    "POST /auth/invitations/accept",
    "POST /auth/password-reset",
    "POST /auth/password-reset/confirm",
}
"""Routes whose cost is a password's hash, not a round trip, and which need a login to be tried."""


def routes_of(eduflow: Eduflow) -> set[str]:
    """Method and path of every route of every service, without `/api/v1`."""
    return {
        f"{method} {path}"
        for service in eduflow.runtime.services.values()
        for handler in service.routes
        if isinstance(handler, HTTPRouteHandler)
        for path in handler.paths
        for method in handler.http_methods
    }


async def given(eduflow: Eduflow) -> Given:
    """A school with a course, a lesson and a learner in it."""
    school = await eduflow.school()
    admin = school.admin
    learner = await eduflow.somebody(school)
    course = (await admin.post("/courses", {**_COURSE, "state": "published"}))["id"]
    module = (await admin.post(f"/courses/{course}/modules", {"title": "M"}))["id"]
    lesson = (await admin.post(f"/modules/{module}/lessons", {"title": "L"}))["id"]
    seat = {"user_id": str(learner.user)}
    await admin.post(f"/courses/{course}/enrollments", seat)
    other = await eduflow.somebody(school)
    other_seat = {"user_id": str(other.user), "role": "ta"}
    spare = (await admin.post(f"/courses/{course}/enrollments", other_seat))["id"]
    ids = {
        "user_id": str(learner.user),
        "course_id": course,
        "module_id": module,
        "lesson_id": lesson,
        "enrollment_id": spare,
        "person": str(other.user),
    }
    return Given(eduflow=eduflow, school=school, admin=admin, learner=learner, ids=ids)


async def prepared(
    world: Given, route: str, *, turn: int
) -> tuple[Person, str, str, Any, dict[str, str]]:
    """Who asks, method, path, body and headers of one more good request to a route."""
    visit = VISITS[route]
    method, _, pattern = route.partition(" ")
    ids = {**world.ids, "fresh": _fresh(), "seat": ("inactive", "active")[turn % 2]}
    person = world.learner if visit.by == "learner" else world.admin
    if visit.before is not None:
        first, path, body = visit.before
        if "{person}" in path:
            ids["person"] = ids["user_id"] = str((await world.eduflow.somebody(world.school)).user)
        made = await person.send(first, _filled(path, ids), _filled(body, ids))
        assert made.is_success, made.text
        ids["new"] = made.json()["id"]
        if visit.before[1] == "/users":
            ids["user_id"] = ids["new"]
    headers = {"Idempotency-Key": str(new_id())} if method == "POST" else {}
    if visit.version == "v":
        headers["If-Match"] = f'"v{turn + 1}"'
    elif visit.version is not None:
        told = await person.send("GET", _filled(visit.version, ids))
        assert told.is_success, told.text
        headers["If-Match"] = told.headers["ETag"].removeprefix("W/")
    # Without a position nobody waits for a replica: what is counted is the question itself.
    person.position = None
    return person, method, _filled(pattern, ids) + visit.query, _filled(visit.body, ids), headers


def _filled(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(item, ids) for key, item in value.items()}
    if isinstance(value, str):
        for name, known in ids.items():
            value = value.replace(f"{{{name}:uuid}}", known).replace(f"{{{name}}}", known)
    return value
