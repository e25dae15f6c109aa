"""A small school with everything in it that a route may be asked for, and the asking."""

from functools import partial
from typing import Any
from uuid import uuid4

import msgspec

from eduflow.kernel.ids import new_id
from tests.harness.platform import Eduflow, Person, School
from tests.harness.things import until
from tests.harness.visits import ASSIGNMENT, COURSE, RUBRIC, VISITS


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """A small school to make requests in, and its administrator and learner."""

    eduflow: Eduflow
    school: School
    admin: Person
    learner: Person
    ids: dict[str, str]


async def given(eduflow: Eduflow) -> Given:
    """A school with a course, a lesson and a learner in it."""
    school = await eduflow.school()
    admin = school.admin
    learner = await eduflow.somebody(school)
    course = (await admin.post("/courses", {**COURSE, "state": "published"}))["id"]
    module = (await admin.post(f"/courses/{course}/modules", {"title": "M"}))["id"]
    lesson = (await admin.post(f"/modules/{module}/lessons", {"title": "L"}))["id"]
    seat = {"user_id": str(learner.user)}
    await admin.post(f"/courses/{course}/enrollments", seat)
    other = await eduflow.somebody(school)
    other_seat = {"user_id": str(other.user), "role": "ta"}
    spare = (await admin.post(f"/courses/{course}/enrollments", other_seat))["id"]
    forum = (await admin.post(f"/courses/{course}/forums", {"title": "F"}))["id"]
    learner.position = admin.position
    thread = await learner.post(f"/forums/{forum}/threads", {"title": "T", "body": "B"})
    calendar = (await learner.post("/users/me/calendar"))["url"].rpartition("/")[2]
    graduate = {"user_id": str((await eduflow.somebody(school)).user)}
    await admin.post(f"/courses/{course}/enrollments", graduate)
    certificate = await admin.post(f"/courses/{course}/certificates", graduate)
    ids = {
        "calendar": calendar,
        "certificate": certificate["id"],
        "forum_id": forum,
        "thread_id": thread["id"],
        "post_id": thread["last_post_id"],
        "notification_id": await a_notification(eduflow, learner),
        "user_id": str(learner.user),
        "course_id": course,
        "module_id": module,
        "lesson_id": lesson,
        "enrollment_id": spare,
        "person": str(other.user),
        **await _handed_in(admin, learner, course=course),
    }
    ids |= await _among_peers(eduflow, school, learner, ids=ids)
    return Given(eduflow=eduflow, school=school, admin=admin, learner=learner, ids=ids)


async def _among_peers(
    eduflow: Eduflow, school: School, learner: Person, *, ids: dict[str, str]
) -> dict[str, str]:
    """A team to choose, and reviews of two works by peers, one with a first mark."""
    admin = school.admin
    peer, third = await eduflow.somebody(school), await eduflow.somebody(school)
    course, assignment = ids["course_id"], ids["assignment_id"]
    for person in (peer, third):
        await admin.post(f"/courses/{course}/enrollments", {"user_id": str(person.user)})
    team_set = await admin.post(f"/courses/{course}/team-sets", {"self_sign_up": True})
    team = await admin.post(f"/team-sets/{team_set['id']}/teams", {"name": "T"})
    peer.position = admin.position
    work = (await peer.post(f"/assignments/{assignment}/submissions", {"body": "P"}))["id"]
    admin.position = peer.position
    how = {"reviews": 1, "use_rubric": True}
    path = f"/assignments/{assignment}/peer-review"
    answer = await admin.send("PUT", path, how, If_Match='"v0"')
    assert answer.is_success, answer.text
    reviews = f"/assignments/{assignment}/peer-reviews"
    made = [
        (await admin.post(reviews, {"submission_id": one, "reviewer_id": str(person.user)}))["id"]
        for one, person in ((work, learner), (ids["submission_id"], peer))
    ]
    learner.position = admin.position
    path = f"/peer-reviews/{made[0]}/rubric/{ids['criterion_id']}"
    answer = await learner.send("PUT", path, {"points": 1}, If_Match='"v0"')
    assert answer.is_success, answer.text
    admin.position = learner.position
    return {
        "team_set_id": team_set["id"],
        "team_id": team["id"],
        "peer": str(peer.user),
        "third": str(third.user),
        "peer_work": work,
        "peer_review_id": made[0],
        "spare_review": made[1],
    }


async def _handed_in(admin: Person, learner: Person, *, course: str) -> dict[str, str]:
    """Work with a rubric and a first mark."""
    group = (await admin.post(f"/courses/{course}/assignment-groups", {"name": "G"}))["id"]
    rubric = await admin.post("/rubrics", {"course_id": course, **RUBRIC})
    (version,) = rubric["versions"]
    body = {**ASSIGNMENT, "group_id": group, "state": "published"}
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


async def a_notification(eduflow: Eduflow, person: Person) -> str:
    """Something a person was told."""
    made = new_id()
    async with eduflow.sql() as connection:
        await connection.execute(
            "INSERT INTO notifications (id, institution_id, user_id, kind, event_id, payload,"
            " in_app, mail, created_at) VALUES ($1, $2, $3, 'post', $1, '{}', true, 'off', now())",
            made,
            person.institution,
            person.user,
        )
    return str(made)


_NAMED_BY = {
    "users": "user_id",
    "certificates": "certificate_id",
    "peer-reviews": "peer_review_id",
    "assignments": "assignment_id",
    "posts": "post_id",
}
"""What is made beforehand under a path of this ending is asked for by this name."""


async def prepared(
    world: Given, route: str, *, turn: int
) -> tuple[Person, str, str, Any, dict[str, str]]:
    """Who asks, method, path, body and headers of one more good request to a route."""
    visit = VISITS[route]
    method, _, pattern = route.partition(" ")
    ids = {**world.ids, "fresh": uuid4().hex, "seat": ("inactive", "active")[turn % 2]}
    person = world.learner if visit.by == "learner" else world.admin
    for first, path, body in visit.again:
        made = await world.admin.send(first, _filled(path, ids), _filled(body, ids))
        assert made.is_success, made.text
    if visit.before is not None:
        first, path, body = visit.before
        if "{person}" in f"{path} {body}":
            ids["person"] = ids["user_id"] = str((await world.eduflow.somebody(world.school)).user)
        made = await person.send(first, _filled(path, ids), _filled(body, ids))
        assert made.is_success, made.text
        ids["new"] = made.json().get("id", "")
        # Whoever asks without a position asks any standby, and this must be there to be found.
        world.eduflow.servers.cluster.catch_up()
        kind = visit.before[1].rpartition("/")[2]
        if kind in _NAMED_BY:
            ids[_NAMED_BY[kind]] = ids["new"]
    if visit.folded:
        await until(partial(_is_folded, world.eduflow), what=f"{route}: folded")
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
    return person, method, _filled(pattern + visit.query, ids), _filled(visit.body, ids), headers


async def _is_folded(eduflow: Eduflow) -> bool:
    """Whether every read model has every event that there is."""
    async with eduflow.sql() as sql:
        return not await sql.fetchval(
            "SELECT EXISTS (SELECT FROM projection_checkpoints AS c, pg_current_snapshot() AS now"
            " WHERE c.target IS NOT NULL OR EXISTS (SELECT FROM outbox_events AS e"
            " WHERE pg_visible_in_snapshot(e.xid, now)"
            " AND NOT pg_visible_in_snapshot(e.xid, c.snapshot)))"
        )


def _filled(value: Any, ids: dict[str, str]) -> Any:
    if value == "{version}":
        return int(ids["version"])
    if isinstance(value, dict):
        return {key: _filled(item, ids) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, ids) for item in value]
    if isinstance(value, str):
        for name, known in ids.items():
            for place in (f"{{{name}:uuid}}", f"{{{name}:str}}", f"{{{name}}}"):
                value = value.replace(place, known)
    return value
