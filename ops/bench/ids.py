"""Who and what there is in the school, by number; ids are numbers in disguise.

So a pgbench script can compute them, and the same number is the same thing in every school.
"""

from collections.abc import Iterator
from uuid import UUID

import msgspec

SEATS = 200
"""Learners in a course."""
EACH = 4
"""Courses of a learner."""
BLOCK = 5
"""Courses that share their learners, and have no others: a larger school has more of the same."""
LEARNERS = BLOCK * SEATS // EACH
"""Of a block."""
MOST_ASSIGNMENTS = 20
LARGE = 4
"""So many courses, the first ones, have that many assignments, and nearly all of them graded."""
OPEN = 4
"""Assignments of every course that can be handed in, the first ones: one for each subject."""
_ASKED = 40
"""Courses that are asked for, if there are as many: a token for each of their learners."""
_CODES = {
    kind: 0x7000 + n
    for n, kind in enumerate(
        (
            *("person", "course", "section", "group", "assignment", "submission"),
            *("module", "lesson", "forum", "thread", "post", "attempt"),
        )
    )
}


class School(msgspec.Struct, frozen=True, kw_only=True):
    """How large it is. The first people are the staff, those behind them the learners."""

    institution: UUID
    staff: int
    people: int
    courses: int
    """With full rosters, and only read, but for what is handed in."""
    asked: int
    """So many of them, the first ones, are asked for, and by their learners."""
    intake: int
    """Courses that new seats fill, behind those that are read."""
    probes: int
    """Courses with one new seat each, behind the intake, for the measurement of freshness."""

    @property
    def learners(self) -> int:
        """People with courses."""
        return self.courses // BLOCK * LEARNERS

    @property
    def asking(self) -> int:
        """Learners who ask."""
        return self.asked // BLOCK * LEARNERS

    @property
    def seats(self) -> int:
        return self.courses * SEATS

    @property
    def large(self) -> int:
        return min(LARGE, self.asked)


def plan(*, courses: int, asked: int | None = None) -> School:
    """A school with so many courses that are read, and enough room to write into."""
    courses = max(BLOCK, courses // BLOCK * BLOCK)
    return School(
        institution=UUID("00000000-0000-7fff-8000-000000000001"),
        staff=400,
        people=400 + max(5_000, courses // BLOCK * LEARNERS),
        courses=courses,
        asked=min(courses, asked or _ASKED),
        intake=60,
        probes=2_000,
    )


def numbered(kind: str, number: int) -> UUID:
    return UUID(f"00000000-0000-{_CODES[kind]:04x}-8000-{number:012x}")


def sql_id(kind: str, number: str) -> str:
    """The same in SQL; `number` is an integer expression."""
    return f"('00000000-0000-{_CODES[kind]:04x}-8000-' || lpad(to_hex({number}), 12, '0'))::uuid"


def person(number: int) -> UUID:
    return numbered("person", number)


def learner(school: School, number: int) -> UUID:
    """Learners are counted from 0, too."""
    return person(school.staff + number)


def course(number: int) -> UUID:
    return numbered("course", number)


def section(number: int) -> UUID:
    return numbered("section", number)


def assignment(of_course: int, number: int) -> UUID:
    return numbered("assignment", of_course * MOST_ASSIGNMENTS + number)


def course_of(learner_number: int, turn: int) -> int:
    """The course, by number, that a learner has in one of their `EACH` places."""
    return learner_number // LEARNERS * BLOCK + (learner_number + turn) % BLOCK


def seats(school: School) -> Iterator[tuple[int, int]]:
    """Learner and course, by number."""
    return ((n, course_of(n, turn)) for n in range(school.learners) for turn in range(EACH))
