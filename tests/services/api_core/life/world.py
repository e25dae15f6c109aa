"""A small school, and what there is in it to do something with."""

import random
from typing import Any

import msgspec

from tests.harness.platform import Eduflow, Person, School
from tests.services.api_core.given import GivenCourse, a_course, a_forum, a_person, a_seat


class Room(msgspec.Struct):
    """One course with all that is done in it. Lists only grow; what is in them may be gone."""

    course: GivenCourse
    sections: list[str]
    groups: list[str]
    assignments: list[str]
    forums: list[str]
    threads: list[str] = []
    posts: list[tuple[str, str]] = []
    """Thread and post."""
    submissions: dict[str, str] = {}
    """Of which assignment."""
    seats: list[str] = []


class World(msgspec.Struct):
    """What everybody has heard of, and the newest position that anybody was told."""

    school: School
    rooms: list[Room]
    people: list[tuple[Person, str]]
    """Everybody who does something, and as what."""
    newcomers: list[Person]
    position: str | None = None

    def room(self, chance: random.Random) -> Room:
        """One of the courses."""
        return chance.choice(self.rooms)


async def a_world(eduflow: Eduflow, school: School, *, chance: random.Random) -> World:
    """Two courses, a teacher and an assistant for both, six students, and four yet to come."""
    rooms = [await _a_room(school, chance, code=f"C{n}") for n in range(2)]
    staff = [(await a_person(eduflow, school, f"{r} One"), r) for r in ("teacher", "ta")]
    students = [await a_person(eduflow, school, f"Student S{n}") for n in range(6)]
    for room in rooms:
        for person, role in staff:
            await a_seat(school, room.course, person, role=role)
        for student in students:
            room.seats.append(await a_seat(school, room.course, student))
    newcomers = [await a_person(eduflow, school, f"New N{n}") for n in range(4)]
    people = [*staff, *((student, "student") for student in students)]
    people.append((eduflow.person(school.admin.user, school.institution), "administrator"))
    return World(school, rooms, people, newcomers, school.admin.position)


async def _a_room(school: School, chance: random.Random, *, code: str) -> Room:
    course = await a_course(school, lessons=4, code=code)
    path = f"/courses/{course.id}"
    other = (await school.admin.post(f"{path}/sections", {"name": "B"}))["id"]
    first = (await school.admin.get(f"{path}/sections"))["items"]
    groups = [
        (await school.admin.post(f"{path}/assignment-groups", body))["id"]
        for body in ({"name": "A", "weight": 60, "drop_lowest": 1}, {"name": "B", "weight": 40})
    ]
    room = Room(course, sorted({other, *(s["id"] for s in first)}), groups, [], [])
    for n in range(4):
        body: dict[str, Any] = {
            "group_id": chance.choice(groups),
            "title": f"A{n}",
            "points": 10,
            "state": "published",
            "anonymous": n == 1,
            "posting": "manual" if n <= 1 else "automatic",
        }
        made = await school.admin.post(f"{path}/assignments", body)
        room.assignments.append(made["id"])
    room.forums = [await a_forum(school, course), await a_forum(school, course, kind="question")]
    return room
