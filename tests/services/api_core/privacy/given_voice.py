"""Somebody who hands in and takes part in a forum, and of whom others have said things."""

from typing import Any

import msgspec

from eduflow.kernel.ids import new_id
from tests.harness.platform import Eduflow, Person, School
from tests.services.api_core.given import GivenCourse, a_forum, a_person, a_seat, a_thread


class Voice(msgspec.Struct, frozen=True):
    """What there is of them, and somebody else of the course with work and a reply of their own."""

    submission: str
    thread: str
    first: str
    other: Person
    others_work: str
    reply: str


async def a_voice(
    eduflow: Eduflow, school: School, person: Person, *, course: GivenCourse
) -> Voice:
    """Every text tells the name of the person; the other's tell another."""
    admin = school.admin
    name = (await admin.get(f"/users/{person.user}"))["display_name"]
    group = await admin.post(f"/courses/{course.id}/assignment-groups", {"name": "G"})
    rubric = {"course_id": course.id, "title": "R", "criteria": [{"description": "D", "points": 9}]}
    version = (await admin.post("/rubrics", rubric))["versions"][0]
    body = {"group_id": group["id"], "title": "T", "points": 9, "state": "published"}
    body["rubric_version_id"] = version["id"]
    essay = (await admin.post(f"/courses/{course.id}/assignments", body))["id"]
    await admin.post(
        f"/assignments/{essay}/overrides", {"user_id": str(person.user), "extra_minutes": 9}
    )
    other = await a_person(eduflow, school, "Otto Else")
    await a_seat(school, course, other)
    forum = await a_forum(school, course)
    works = {}
    for writer, called in ((person, name), (other, "Otto")):
        writer.position = admin.position
        handed_in = await writer.post(f"/assignments/{essay}/submissions", {"body": f"By {called}"})
        works[writer.user] = path = f"/submissions/{handed_in['id']}"
        await writer.post(f"{path}/comments", {"body": f"{called} was ill"})
        admin.position = writer.position
        await _graded(admin, path, criterion=version["criteria"][0]["id"], name=called)
    person.position = admin.position
    thread = await a_thread(person, forum, f"{name} asks")
    other.position = person.position
    reply = {"body": "Otto says so.", "parent_id": thread.first}
    replied = await other.post(f"/threads/{thread.id}/posts", reply)
    for method, path, said in (
        ("PUT", f"/courses/{course.id}/subscription", {"digest": "daily"}),
        ("PUT", f"/threads/{thread.id}/read", {"post_id": thread.first}),
        ("PUT", f"/posts/{replied['id']}/reactions", {"kind": "vote"}),
        (
            *("PUT", "/users/me/notification-preferences"),
            {"choices": [{"kind": "post", "in_app": "immediate", "mail": "weekly"}]},
        ),
    ):
        answer = await person.send(method, path, said)
        assert answer.is_success, answer.text
    admin.position = person.position
    return Voice(
        submission=works[person.user].removeprefix("/submissions/"),
        thread=thread.id,
        first=thread.first,
        other=other,
        others_work=works[other.user].removeprefix("/submissions/"),
        reply=replied["id"],
    )


async def _graded(admin: Person, path: str, *, criterion: str, name: str) -> None:
    """A comment, a grade with its reason, and a mark; the answers are kept."""
    await admin.post(f"{path}/comments", {"body": f"Hello {name}"}, Idempotency_Key=str(new_id()))
    grade: dict[str, Any] = {
        "version": (await admin.get(path))["version"],
        "rubric": {criterion: {"points": 5, "comment": f"Good, {name}"}},
        "reason": f"{name} asked",
        "comment": f"Well done, {name}",
    }
    await admin.post(f"{path}/grades", grade, Idempotency_Key=str(new_id()))
