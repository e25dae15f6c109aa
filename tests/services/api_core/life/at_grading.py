"""What those do who set work and grade it."""

from typing import Any

from tests.services.api_core.life.clients import UNSEEN, Client


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
            {"due_at": client.moment()},
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
        "due_at": client.moment(),
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
        "due_at": client.chance.choice([None, client.moment()]),
        "extra_minutes": client.chance.choice([0, 45]),
        "version": client.chance.choice([0, 0, 1]),
    }
    await client.change("POST", path, body, UNSEEN)


def _a_grade(client: Client) -> dict[str, Any]:
    said = client.chance.random()
    if said < 0.1:
        return {"excused": True}
    score = client.chance.randint(0, 48) / 4
    if said < 0.25:
        return {"score": score, "source": "override", "reason": "Because"}
    return {"score": score, "comment": client.chance.choice(["", "", "Good"])}
