"""A random hour of school life: many at once, and at its end everything agrees.

A longer hour, or another one: `SCHOOL_LIFE_OPERATIONS=5000 SCHOOL_LIFE_SEED=7 pytest …`.
"""

import asyncio
import os
import random
from collections import Counter
from datetime import datetime
from typing import Any

from eduflow.kernel.repair import rebuild
from eduflow.services.api_core import service
from tests.harness.platform import Eduflow, School
from tests.harness.things import until
from tests.services.api_core.life.clients import Client
from tests.services.api_core.life.doings import DOINGS
from tests.services.api_core.life.plain import PlainCell, plain_gradebook, plain_unread
from tests.services.api_core.life.world import World, a_world

SEED = int(os.environ.get("SCHOOL_LIFE_SEED", "20260301"))
OPERATIONS = int(os.environ.get("SCHOOL_LIFE_OPERATIONS", "500"))


async def live(client: Client, times: int) -> None:
    """Do so many things, one after the other."""
    doings = DOINGS[client.role]
    for doing in client.chance.choices(list(doings), list(doings.values()), k=times):
        await doing(client)


async def until_all_is_folded(eduflow: Eduflow) -> None:
    """Until every read model has seen whatever has happened so far."""

    async def folded() -> bool:
        async with eduflow.sql() as connection:
            behind = await connection.fetchval(
                "SELECT count(*) FROM outbox_events AS e, projection_checkpoints AS c"
                " WHERE c.source = 'api_core' AND NOT pg_visible_in_snapshot(e.xid, c.snapshot)"
            )
        return bool(behind == 0)

    await until(folded, seconds=60, what="everything is folded")
    eduflow.servers.cluster.catch_up()


async def test_after_a_random_hour_of_school_life_everything_agrees(
    eduflow: Eduflow, school: School
) -> None:
    # Shown where the test fails, so that the same hour can be lived again.
    print(f"SCHOOL_LIFE_SEED={SEED} SCHOOL_LIFE_OPERATIONS={OPERATIONS}")  # noqa: T201
    chance = random.Random(SEED)  # noqa: S311 (the same hour every time)
    world = await a_world(eduflow, school, chance=chance)
    clients = [
        Client(world, person, role=role, chance=random.Random(f"{SEED}:{n}"))  # noqa: S311
        for n, (person, role) in enumerate(world.people)
    ]
    each = max(1, OPERATIONS // len(clients))
    await asyncio.gather(*(live(client, each) for client in clients))
    await until_all_is_folded(eduflow)
    print(Counter(code for client in clients for code in client.refusals))  # noqa: T201
    await nothing_was_set_aside(eduflow)
    await every_accepted_command_is_there_once(eduflow, clients)
    await the_gradebook_is_the_plain_fold(eduflow, world)
    await everybody_is_told_the_same_numbers(eduflow, world)
    home = eduflow.worker.databases["api_core"].primary
    for model in service.models:
        rebuilt = await rebuild(model, source=home, home=home, progress=lambda *_: None)
        assert rebuilt.differing == dict.fromkeys(model.tables, 0), model.name


async def nothing_was_set_aside(eduflow: Eduflow) -> None:
    async with eduflow.sql() as connection:
        failures = await connection.fetch("SELECT consumer, error FROM projection_failures")
    assert [dict(row) for row in failures] == []


async def every_accepted_command_is_there_once(eduflow: Eduflow, clients: list[Client]) -> None:
    """However often it was sent; and what was refused left nothing."""
    async with eduflow.sql() as connection:
        rows = await connection.fetch(
            "SELECT l.request_id::text AS request, (SELECT count(*) FROM outbox_events AS e"
            " WHERE e.id = ANY(l.event_ids)) = cardinality(l.event_ids) AS whole"
            " FROM audit_log AS l WHERE l.request_id = ANY($1::text[]::uuid[])",
            [request for client in clients for done in client.done for request in done.requests],
        )
    there = Counter(row["request"] for row in rows)
    assert all(row["whole"] for row in rows)
    for client in clients:
        for done in client.done:
            times = sum(there[request] for request in done.requests)
            assert times == int(done.accepted), (client.role, done.what)
    assert sum(there.values()) > len(clients)


async def the_gradebook_is_the_plain_fold(eduflow: Eduflow, world: World) -> None:
    world.school.admin.position = world.position
    for room in world.rooms:
        async with eduflow.sql() as connection:
            plain = await plain_gradebook(connection, room.course.id)
        path = f"/courses/{room.course.id}"
        book = await world.school.admin.get(f"{path}/gradebook?limit=100", EduFlow_Strict="true")
        assert {row["user_id"] for row in book["items"]} == set(plain)
        for row in book["items"]:
            wanted = plain[row["user_id"]]
            assert {c["assignment_id"]: _cell(c) for c in row["cells"]} == wanted.cells
            told = (row["percent"], row["letter"], row["to_grade"])
            assert told == (wanted.percent, wanted.letter, wanted.to_grade)
        figures = await world.school.admin.get(f"{path}/dashboard", EduFlow_Strict="true")
        letters = Counter(row.letter for row in plain.values())
        assert {g["letter"]: g["students"] for g in figures["grades"]} == {
            letter: letters[letter] for letter in ("A", "B", "C", "D", "F", None)
        }


def _cell(shown: Any) -> PlainCell:
    due = shown["due_at"]
    return PlainCell(
        score=shown["score"],
        given_score=shown["given_score"],
        late=shown["late"],
        dropped=shown["dropped"],
        posted=shown["posted"],
        due_at=None if due is None else datetime.fromisoformat(due),
        state=shown["state"],
    )


async def everybody_is_told_the_same_numbers(eduflow: Eduflow, world: World) -> None:
    """On the dashboard, on the pages that it sums up, and by the plain rows."""
    async with eduflow.sql() as connection:
        plain = await plain_unread(connection, world.school.institution)
    for person, role in world.people:
        person.position = world.position
        seen = await person.get("/users/me/dashboard", EduFlow_Strict="true")
        unread = await person.get("/users/me/unread", EduFlow_Strict="true")
        grades = (await person.get("/users/me/grades", EduFlow_Strict="true"))["items"]
        progress = (await person.get("/users/me/progress", EduFlow_Strict="true"))["items"]
        own = {course: n for (user, course), n in plain.items() if user == str(person.user)}
        assert {c["course_id"]: c["unread"] for c in unread["courses"]} == {
            course: n for course, n in own.items() if n
        }
        assert seen["unread_posts"] == unread["unread"] == sum(own.values())
        cards = {card["course_id"]: card for card in seen["courses"]}
        for course, n in own.items():
            assert cards[course]["unread"] == n
        for grade in grades:
            told = {"percent": grade["percent"], "letter": grade["letter"]}
            assert cards[grade["course_id"]]["grade"] == told
        for one in progress:
            assert cards[one["course_id"]]["percent"] == one["percent"]
        assert role != "student" or len(grades) == len(progress)
