"""What people do at a school, each as one function: drawn at random, done over HTTP."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.services.api_core.life.clients import Client
from tests.services.api_core.life.world import Room

Doing = Callable[[Client], Awaitable[None]]
UNSEEN = "kernel.precondition-failed"
NOW = datetime.now(UTC)


def _moment(client: Client) -> str:
    return str(NOW + timedelta(minutes=client.chance.randint(-90, 90)))


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


async def begin_a_thread(client: Client) -> None:
    """With its first post."""
    room = client.world.room(client.chance)
    path = f"/forums/{client.chance.choice(room.forums)}/threads"
    made = await client.change("POST", path, {"title": "Why?", "body": "Tell me."})
    if made:
        room.threads.append(made["id"])
        room.posts.append((made["id"], made["last_post_id"]))


async def reply(client: Client) -> None:
    """To a thread or to a post in it."""
    room = client.world.room(client.chance)
    if not room.posts:
        return
    thread, post = client.chance.choice(room.posts)
    body = {"body": "So.", "parent_id": client.chance.choice([None, post])}
    made = await client.change(
        "POST",
        f"/threads/{thread}/posts",
        body,
        *("api_core.thread-locked", "api_core.replies-too-deep"),
    )
    if made:
        room.posts.append((thread, made["id"]))


async def read_on(client: Client) -> None:
    """A thread, up to one of its posts."""
    room = client.world.room(client.chance)
    if room.posts:
        thread, post = client.chance.choice(room.posts)
        await client.read(f"/threads/{thread}/posts")
        await client.change("PUT", f"/threads/{thread}/read", {"post_id": post})


async def react(client: Client) -> None:
    """Or take it back."""
    room = client.world.room(client.chance)
    if room.posts:
        path = f"/posts/{client.chance.choice(room.posts)[1]}/reactions"
        kind = client.chance.choice(["vote", "report", "endorse"])
        if client.chance.random() < 0.3:
            await client.change("DELETE", f"{path}?kind={kind}")
        else:
            await client.change("PUT", path, {"kind": kind}, "api_core.post-gone")


async def rewrite_or_take_back(client: Client) -> None:
    """A post, which may be another's."""
    room = client.world.room(client.chance)
    if room.posts:
        path = f"/posts/{client.chance.choice(room.posts)[1]}"
        locked = "api_core.thread-locked"
        if client.chance.random() < 0.5:
            await client.change("DELETE", path, None, locked)
        else:
            gone = "api_core.post-gone"
            body = {"body": f"Again {client.chance.random()}"}
            version = client.chance.randint(1, 2)
            await client.change("PATCH", path, body, UNSEEN, locked, gone, version=version)


async def moderate(client: Client) -> None:
    """Hide or restore a post; pin, lock or unlock a thread."""
    room = client.world.room(client.chance)
    if not room.posts:
        return
    thread, post = client.chance.choice(room.posts)
    what = client.chance.randrange(3)
    if what == 0:
        await client.change("PUT", f"/posts/{post}/hidden", {"note": "No"}, "api_core.post-gone")
    elif what == 1:
        await client.change("DELETE", f"/posts/{post}/hidden", None, "api_core.post-gone")
    elif (seen := await client.read(f"/threads/{thread}")) is not None:
        body = {"pinned": client.chance.random() < 0.5, "locked": client.chance.random() < 0.2}
        await client.change("PATCH", f"/threads/{thread}", body, UNSEEN, version=seen["version"])


async def grade(client: Client) -> None:
    """Work that was handed in, on the version that is there, or on one that is not."""
    room = client.world.room(client.chance)
    if not room.submissions:
        return
    work = client.chance.choice(sorted(room.submissions))
    seen = await client.read(f"/submissions/{work}")
    if seen is not None:
        stale = client.chance.random() < 0.2
        body = {"version": seen["version"] - stale, **_a_grade(client)}
        await client.change("POST", f"/submissions/{work}/grades", body, UNSEEN)


async def grade_at_the_desk(client: Client) -> None:
    """What is next in one's own order."""
    room = client.world.room(client.chance)
    assignment = client.chance.choice(room.assignments)
    seen = await client.read(f"/assignments/{assignment}/next-ungraded")
    if seen and seen["submission"]:
        work = seen["submission"]
        body = {"version": work["version"], **_a_grade(client)}
        await client.change("POST", f"/submissions/{work['id']}/grades", body, UNSEEN)


async def grade_by_name(client: Client) -> None:
    """Somebody who may have handed in nothing."""
    room = client.world.room(client.chance)
    students = [person for person, role in client.world.people if role == "student"]
    body = {"user_id": str(client.chance.choice(students).user), "version": 0, **_a_grade(client)}
    path = f"/assignments/{client.chance.choice(room.assignments)}/grades"
    await client.change("POST", path, body, UNSEEN, "api_core.graded-blind")


async def comment(client: Client) -> None:
    """On work, which may not be for one to see."""
    room = client.world.room(client.chance)
    if room.submissions:
        work = client.chance.choice(sorted(room.submissions))
        await client.change("POST", f"/submissions/{work}/comments", {"body": "Hm."})


async def change_an_assignment(client: Client) -> None:
    """Its points, its policy, its dates, whether it is to be seen, and when its grades are."""
    room = client.world.room(client.chance)
    path = f"/assignments/{client.chance.choice(room.assignments)}"
    seen = await client.read(path)
    if seen is None:
        return
    late = [{"minutes": 0, "percent": client.chance.choice([5, 10, 50])}]
    body = client.chance.choice(
        [
            {"points": client.chance.randint(5, 20)},
            {"credit": {"late": late, "early": [{"minutes": 30, "percent": 5}]}},
            {"credit": None},
            {"due_at": _moment(client)},
            {"group_id": client.chance.choice(room.groups)},
            {"state": client.chance.choice(["published", "published", "draft"])},
            {"posting": client.chance.choice(["automatic", "manual"])},
            {"anonymous": client.chance.random() < 0.3},
        ]
    )
    also = (UNSEEN, "api_core.blind-posted-by-hand", "api_core.dates-out-of-order")
    await client.change("PATCH", path, body, *also, version=seen["version"])


async def post_or_hide_grades(client: Client) -> None:
    """Of an assignment that may do so by itself."""
    room = client.world.room(client.chance)
    action = client.chance.choice(["post-grades", "post-grades", "hide-grades"])
    path = f"/assignments/{client.chance.choice(room.assignments)}/{action}"
    await client.change("POST", path, None, "api_core.posted-automatically")


async def set_an_assignment(client: Client) -> None:
    """One more."""
    room = client.world.room(client.chance)
    body = {
        "group_id": client.chance.choice(room.groups),
        "title": "More",
        "points": client.chance.choice([0, 5, 10]),
        "state": client.chance.choice(["published", "draft"]),
        "due_at": _moment(client),
        "submission_types": client.chance.choice([["text"], ["paper"], ["text", "file"]]),
    }
    made = await client.change("POST", f"/courses/{room.course.id}/assignments", body)
    if made:
        room.assignments.append(made["id"])


async def weigh_anew(client: Client) -> None:
    """A group's weight and how many of its scores are dropped."""
    room = client.world.room(client.chance)
    groups = await client.read(f"/courses/{room.course.id}/assignment-groups")
    if groups:
        one = client.chance.choice(groups["items"])
        drops = client.chance.randint(0, 2)
        body = {"weight": client.chance.choice([0, 25, 60]), "drop_lowest": drops}
        path = f"/assignment-groups/{one['id']}"
        await client.change("PATCH", path, body, UNSEEN, version=one["version"])


async def give_time(client: Client) -> None:
    """Other dates to a student or a section, for the first time or again."""
    room = client.world.room(client.chance)
    path = f"/assignments/{client.chance.choice(room.assignments)}/overrides"
    students = [person for person, role in client.world.people if role == "student"]
    whose = client.chance.choice(
        [
            {"user_id": str(client.chance.choice(students).user)},
            {"section_id": client.chance.choice(room.sections)},
        ]
    )
    body: dict[str, Any] = {
        **whose,
        "due_at": client.chance.choice([None, _moment(client)]),
        "extra_minutes": client.chance.choice([0, 45]),
        "version": client.chance.choice([0, 0, 1]),
    }
    await client.change("POST", path, body, UNSEEN)


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
    seat = client.chance.choice(_seats(client.world.room(client.chance)))
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


def _seats(room: Room) -> list[str]:
    return room.seats


def _a_grade(client: Client) -> dict[str, Any]:
    said = client.chance.random()
    if said < 0.1:
        return {"excused": True}
    score = client.chance.randint(0, 48) / 4
    if said < 0.25:
        return {"score": score, "source": "override", "reason": "Because"}
    return {"score": score, "comment": client.chance.choice(["", "", "Good"])}


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
