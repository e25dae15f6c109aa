"""What people do at a school, each as one function: drawn at random, done over HTTP."""

from collections.abc import Awaitable, Callable, Mapping

from tests.services.api_core.life.at_grading import (
    change_an_assignment,
    comment,
    give_time,
    grade,
    grade_at_the_desk,
    grade_by_name,
    post_or_hide_grades,
    set_an_assignment,
    weigh_anew,
)
from tests.services.api_core.life.clients import UNSEEN, Client
from tests.services.api_core.life.in_forums import (
    begin_a_thread,
    moderate,
    react,
    read_on,
    reply,
    rewrite_or_take_back,
)

Doing = Callable[[Client], Awaitable[None]]


async def hand_in(client: Client) -> None:
    """For the first time or again; early, late or too late."""
    room = client.world.room(client.chance)
    assignment = client.chance.choice(room.assignments)
    made = await client.change(
        "POST",
        f"/assignments/{assignment}/submissions",
        {"body": f"Work {client.chance.random()}"},
        *("api_core.assignment-locked", "api_core.assignment-not-open"),
        *("api_core.not-handed-in-this-way", "api_core.attempts-used-up"),
    )
    if made:
        room.submissions[made["id"]] = assignment


async def learn(client: Client) -> None:
    """A lesson, viewed, completed or reopened."""
    lesson = client.chance.choice(client.world.room(client.chance).course.lessons)
    kind = client.chance.choice(["viewed", "completed", "completed", "reopened"])
    await client.change("POST", f"/lessons/{lesson}/progress", {"kind": kind})


async def look_around(client: Client) -> None:
    """At what everybody looks at."""
    course = client.world.room(client.chance).course.id
    pages = ["/users/me/dashboard", "/users/me/grades", "/users/me/unread", "/users/me/progress"]
    pages += ["/users/me/notifications", "/users/me/subscriptions"]
    pages += [f"/courses/{course}/assignments", f"/courses/{course}/forums"]
    if client.role != "student":
        pages += [f"/courses/{course}/{page}" for page in ("gradebook", "dashboard", "roster")]
    await client.read(client.chance.choice(pages))


async def enroll(client: Client) -> None:
    """Somebody new, or who is there already, into any section."""
    room = client.world.room(client.chance)
    person = client.chance.choice(client.world.newcomers)
    body = {"user_id": str(person.user), "section_id": client.chance.choice(room.sections)}
    path = f"/courses/{room.course.id}/enrollments"
    made = await client.change("POST", path, body, "api_core.already-enrolled")
    if made:
        room.seats.append(made["id"])


async def change_a_seat(client: Client) -> None:
    """Withdraw, complete or take up again."""
    seat = client.chance.choice(client.world.room(client.chance).seats)
    seen = await client.read(f"/enrollments/{seat}")
    if seen is not None:
        state = client.chance.choice([*["active"] * 5, "inactive", "withdrawn", "completed"])
        illegal = "api_core.illegal-transition"
        path = f"/enrollments/{seat}"
        await client.change(
            "PATCH", path, {"state": state}, UNSEEN, illegal, version=seen["version"]
        )


async def rename(client: Client) -> None:
    """A course or a person."""
    room = client.world.room(client.chance)
    person = client.chance.choice(client.world.people)[0]
    path, body = client.chance.choice(
        [
            (f"/courses/{room.course.id}", {"title": f"Title {client.chance.random()}"}),
            (f"/users/{person.user}", {"display_name": f"Name {client.chance.random()}"}),
        ]
    )
    seen = await client.read(path)
    if seen is not None:
        await client.change("PATCH", path, body, UNSEEN, version=seen["version"])


_FORUM: Mapping[Doing, int] = {begin_a_thread: 1, reply: 3, read_on: 3, react: 2}
_GRADING: Mapping[Doing, int] = {
    grade: 6,
    grade_at_the_desk: 4,
    grade_by_name: 2,
    comment: 1,
    look_around: 2,
    reply: 1,
    moderate: 2,
    post_or_hide_grades: 2,
}
_TEACHING: Mapping[Doing, int] = {
    **_GRADING,
    change_an_assignment: 4,
    set_an_assignment: 1,
    weigh_anew: 2,
    give_time: 3,
}
DOINGS: Mapping[str, Mapping[Doing, int]] = {
    "student": {
        **_FORUM,
        hand_in: 7,
        learn: 4,
        look_around: 4,
        rewrite_or_take_back: 2,
        comment: 1,
    },
    "ta": _GRADING,
    "teacher": _TEACHING,
    "administrator": {
        **_TEACHING,
        enroll: 4,
        change_a_seat: 6,
        rename: 2,
        rewrite_or_take_back: 1,
    },
}
"""By role: what they do, and how often beside the other things."""
