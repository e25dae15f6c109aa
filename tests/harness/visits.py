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
_ASSIGNMENT = {"group_id": "{assignment_group_id}", "title": "T", "points": 10}
_RUBRIC: dict[str, Any] = {"title": "R", "criteria": [{"description": "D", "points": 10}]}

VISITS: dict[str, Visit] = {
    "GET /institutions/me": Visit(trips=READ),
    "PATCH /institutions/me": Visit(
        trips=WRITE, body={"name": "{fresh}"}, version="/institutions/me"
    ),
    "GET /audit": Visit(trips=READ),
    "POST /terms": Visit(trips=WRITE, body={"name": "Spring"}),
    "GET /terms": Visit(trips=READ),
    "GET /users/me": Visit(trips=READ),
    "POST /users/me/export": Visit(trips=WRITE),
    "GET /users/me/export": Visit(trips=READ, before=("POST", "/users/me/export", {})),
    "GET /users/{user_id:uuid}": Visit(trips=READ),
    "POST /users/{user_id:uuid}/erasure": Visit(
        trips=WRITE, before=("POST", "/users", _PERSON), body={"reason": "asked for"}
    ),
    "GET /users/{user_id:uuid}/erasure": Visit(
        trips=READ, before=("POST", "/users/{person}/erasure", {"reason": "asked for"})
    ),
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
    "POST /courses/{course_id:uuid}/assignment-groups": Visit(trips=WRITE, body={"name": "G"}),
    "GET /courses/{course_id:uuid}/assignment-groups": Visit(trips=READ),
    "PATCH /assignment-groups/{assignment_group_id:uuid}": Visit(
        trips=WRITE, body={"name": "{fresh}"}, version="v"
    ),
    "POST /courses/{course_id:uuid}/assignments": Visit(trips=WRITE, body=_ASSIGNMENT),
    "GET /courses/{course_id:uuid}/assignments": Visit(trips=READ, by="learner"),
    "GET /assignments/{assignment_id:uuid}": Visit(trips=READ, by="learner"),
    "PATCH /assignments/{assignment_id:uuid}": Visit(
        trips=WRITE, body={"title": "{fresh}"}, version="/assignments/{assignment_id:uuid}"
    ),
    "POST /assignments/{assignment_id:uuid}/overrides": Visit(
        trips=WRITE,
        before=("POST", "/courses/{course_id}/sections", {"name": "B"}),
        body={"section_id": "{new}", "extra_minutes": 30},
    ),
    "GET /assignments/{assignment_id:uuid}/overrides": Visit(trips=READ),
    "POST /assignments/{assignment_id:uuid}/submissions": Visit(
        trips=WRITE, body={"body": "{fresh}"}, by="learner"
    ),
    "GET /assignments/{assignment_id:uuid}/submissions": Visit(trips=READ),
    "GET /assignments/{assignment_id:uuid}/next-ungraded": Visit(trips=READ),
    "POST /assignments/{assignment_id:uuid}/grades": Visit(
        trips=WRITE,
        before=("POST", "/courses/{course_id}/assignments", _ASSIGNMENT),
        body={"user_id": "{user_id}", "version": 0, "score": 5},
    ),
    "GET /submissions/{submission_id:uuid}": Visit(trips=READ, by="learner"),
    "POST /submissions/{submission_id:uuid}/grades": Visit(
        trips=WRITE,
        body={"version": "{version}", "score": 5, "comment": "{fresh}"},
        version="/submissions/{submission_id:uuid}",
    ),
    "PUT /submissions/{submission_id:uuid}/rubric/{criterion_id:uuid}": Visit(
        trips=WRITE, body={"points": 5}, version="v"
    ),
    "POST /submissions/{submission_id:uuid}/comments": Visit(trips=WRITE, body={"body": "Hm"}),
    "POST /rubrics": Visit(trips=WRITE, body={"course_id": "{course_id}", **_RUBRIC}),
    "POST /rubrics/{rubric_id:uuid}/versions": Visit(
        trips=WRITE, body={"criteria": _RUBRIC["criteria"]}
    ),
    "GET /rubrics/{rubric_id:uuid}": Visit(trips=READ),
    "GET /courses/{course_id:uuid}/gradebook": Visit(trips=READ),
    "GET /users/me/grades": Visit(trips=READ, by="learner"),
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

BY_THE_PRIVACY_TESTS = {"GET /users/me/exports/{export_id:uuid}"}
"""Routes that need an archive to be there."""


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
        **await _handed_in(admin, learner, course=course),
    }
    return Given(eduflow=eduflow, school=school, admin=admin, learner=learner, ids=ids)


async def _handed_in(admin: Person, learner: Person, *, course: str) -> dict[str, str]:
    """Work with a rubric and a first mark."""
    group = (await admin.post(f"/courses/{course}/assignment-groups", {"name": "G"}))["id"]
    rubric = await admin.post("/rubrics", {"course_id": course, **_RUBRIC})
    (version,) = rubric["versions"]
    body = {**_ASSIGNMENT, "group_id": group, "state": "published"}
    body["rubric_version_id"] = version["id"]
    assignment = (await admin.post(f"/courses/{course}/assignments", body))["id"]
    learner.position = admin.position
    work = (await learner.post(f"/assignments/{assignment}/submissions", {"body": "W"}))["id"]
    criterion = version["criteria"][0]["id"]
    path = f"/submissions/{work}/rubric/{criterion}"
    marked = await admin.send("PUT", path, {"points": 1}, If_Match='"v0"')
    assert marked.is_success, marked.text
    return {
        "assignment_group_id": group,
        "assignment_id": assignment,
        "rubric_id": rubric["id"],
        "submission_id": work,
        "criterion_id": criterion,
    }


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
        if visit.before[1].endswith("/assignments"):
            ids["assignment_id"] = ids["new"]
    headers = {"Idempotency-Key": str(new_id())} if method == "POST" else {}
    if visit.version == "v":
        headers["If-Match"] = f'"v{turn + 1}"'
    elif visit.version is not None:
        told = await person.send("GET", _filled(visit.version, ids))
        assert told.is_success, told.text
        headers["If-Match"] = told.headers["ETag"].removeprefix("W/")
        ids["version"] = headers["If-Match"].strip('v"')
    # Without a position nobody waits for a replica: what is counted is the question itself.
    person.position = None
    return person, method, _filled(pattern, ids) + visit.query, _filled(visit.body, ids), headers


def _filled(value: Any, ids: dict[str, str]) -> Any:
    if value == "{version}":
        return int(ids["version"])
    if isinstance(value, dict):
        return {key: _filled(item, ids) for key, item in value.items()}
    if isinstance(value, str):
        for name, known in ids.items():
            value = value.replace(f"{{{name}:uuid}}", known).replace(f"{{{name}}}", known)
    return value
