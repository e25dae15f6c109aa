"""The demo school as it is written down, in `school.toml` beside this file."""

from importlib.resources import files

import msgspec


class Somebody(msgspec.Struct, frozen=True):
    """A person of the demo school."""

    mail: str
    name: str


class LessonText(msgspec.Struct, frozen=True):
    """A lesson to be read."""

    title: str
    body: str


class Chapter(msgspec.Struct, frozen=True):
    """A module."""

    title: str
    lessons: list[LessonText]


class Subject(msgspec.Struct, frozen=True):
    """A course and who teaches it."""

    code: str
    title: str
    description: str
    tier: str
    teacher: Somebody
    modules: list[Chapter]


class Script(msgspec.Struct, frozen=True):
    """All of it."""

    name: str
    slug: str
    password: str
    administrator: Somebody
    students: list[Somebody]
    courses: list[Subject]

    def learners(self, number: int) -> list[Somebody]:
        """Who learns in the course of that number: two of three students."""
        count = len(self.courses)
        return [s for n, s in enumerate(self.students) if number in {n % count, (n + 1) % count}]


def written() -> Script:
    """Read the file."""
    text = files(__package__).joinpath("school.toml").read_bytes()
    return msgspec.toml.decode(text, type=Script)
