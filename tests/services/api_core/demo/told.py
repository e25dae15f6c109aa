"""What the pages of the platform tell of one student in one course, and which must be the same.

A page that tells a number already told gets a line below the number; a new number gets an entry.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import msgspec

from tests.services.api_core.demo.plain import Truth


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """The same student in the same course, on each page that speaks of them."""

    truth: Truth
    dashboard: Any
    """Their card in `GET /users/me/dashboard`."""
    progress: Any
    """Their course in `GET /users/me/progress`."""
    grades: Any
    """Their course in `GET /users/me/grades`."""
    unread: Any
    """Their course in `GET /users/me/unread`; None where nothing is new."""
    assignments: Any
    """`GET /courses/{id}/assignments` as they see it."""
    gradebook: Any
    """Their row in `GET /courses/{id}/gradebook`, as the teacher sees it."""
    learner: Any
    """Their line in `GET /courses/{id}/progress`, as the teacher sees it."""
    work: Any
    """Their lines in `GET /assignments/{id}/submissions`, as the teacher sees them."""


def _cells(page: Any, field: str) -> dict[str, Any]:
    return {cell["assignment_id"]: cell[field] for cell in page["cells"]}


def _mine(told: Told, field: str) -> dict[str, Any]:
    return {one["id"]: one["yours"][field] for one in told.assignments}


def _number(exact: Any) -> float | None:
    return None if exact is None else float(exact)


def _groups(page: Any) -> dict[str, Any]:
    return {g["group_id"]: (g["earned"], g["possible"], g["percent"]) for g in page["groups"]}


Teller = Callable[[Told], Any]
OF_STUDENT: Mapping[str, Mapping[str, Teller]] = {
    "lessons completed": {
        "the truth": lambda t: (t.truth.completed, t.truth.lessons, t.truth.percent),
        "their dashboard": lambda t: _progress(t.dashboard),
        "their progress": lambda t: _progress(t.progress),
        "the course's progress": lambda t: _progress(t.learner),
    },
    "the lessons themselves": {
        "the truth": lambda t: t.truth.completed,
        "their progress": lambda t: len(t.progress["completed_lessons"]),
    },
    "last seen": {
        "the truth": lambda t: t.truth.last_at,
        "their dashboard": lambda t: _moment(t.dashboard["last_at"]),
        "their progress": lambda t: _moment(t.progress["last_at"]),
        "the course's progress": lambda t: _moment(t.learner["last_at"]),
    },
    "course grade": {
        "the truth": lambda t: (_number(t.truth.grade.percent), t.truth.grade.letter),
        "their dashboard": lambda t: (
            t.dashboard["grade"]["percent"],
            t.dashboard["grade"]["letter"],
        ),
        "their grades": lambda t: (t.grades["percent"], t.grades["letter"]),
        "the gradebook": lambda t: (t.gradebook["percent"], t.gradebook["letter"]),
    },
    "what each group comes to": {
        "the truth": lambda t: {
            str(g.group_id): (float(g.earned), float(g.possible), _number(g.percent))
            for g in t.truth.grade.groups
        },
        "their grades": lambda t: _groups(t.grades),
        "the gradebook": lambda t: _groups(t.gradebook),
    },
    "scores": {
        "the truth": lambda t: {str(a): _number(score) for a, score in t.truth.scores.items()},
        "their grades": lambda t: _cells(t.grades, "score"),
        "their assignments": lambda t: _mine(t, "score"),
        "the gradebook": lambda t: _cells(t.gradebook, "score"),
    },
    "states": {
        "the truth": lambda t: {str(a): state for a, state in t.truth.states.items()},
        "their grades": lambda t: _cells(t.grades, "state"),
        "their assignments": lambda t: _mine(t, "state"),
        # Where it is graded blind the gradebook is silent; nobody has handed in such work here.
        "the gradebook": lambda t: {
            a: "none" if state == "blind" else state
            for a, state in _cells(t.gradebook, "state").items()
        },
    },
    "what is late": {
        "the truth": lambda t: {str(a) for a in t.truth.late},
        "their grades": lambda t: {a for a, late in _cells(t.grades, "late").items() if late},
        "their assignments": lambda t: {a for a, late in _mine(t, "late").items() if late},
        "the gradebook": lambda t: {a for a, late in _cells(t.gradebook, "late").items() if late},
        "the lists of work": lambda t: {one["assignment_id"] for one in t.work if one["late"]},
    },
    "what is dropped": {
        "the truth": lambda t: {str(a) for a in t.truth.grade.dropped},
        "their grades": lambda t: {a for a, out in _cells(t.grades, "dropped").items() if out},
        "the gradebook": lambda t: {a for a, out in _cells(t.gradebook, "dropped").items() if out},
    },
    "due dates": {
        "the truth": lambda t: {str(a): due for a, due in t.truth.due.items()},
        "their grades": lambda t: _moments(_cells(t.grades, "due_at")),
        "their assignments": lambda t: _moments(_mine(t, "due_at")),
        "the gradebook": lambda t: _moments(_cells(t.gradebook, "due_at")),
    },
    "work that waits for a grade": {
        "the truth": lambda t: t.truth.to_grade,
        "the gradebook": lambda t: t.gradebook["to_grade"],
        "the lists of work": lambda t: len(_waiting(t.work)),
    },
    "unread posts": {
        "the truth": lambda t: t.truth.unread,
        "their dashboard": lambda t: t.dashboard["unread"],
        "their unread": lambda t: t.unread["unread"] if t.unread else 0,
        "its threads": lambda t: sum(
            thread["unread"]
            for forum in (t.unread["forums"] if t.unread else ())
            for thread in forum["threads"]
        ),
    },
}
"""By what is told: who tells it, and how. All of one entry must say the same."""


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """A course on the page of those who teach it, and what is told of its students."""

    dashboard: Any
    """`GET /courses/{id}/dashboard`."""
    students: list[Told]
    inactive_before: Any


def _bands(percents: list[int]) -> list[int]:
    edges = ((0, 0), (1, 24), (25, 49), (50, 74), (75, 99), (100, 100))
    return [sum(least <= p <= most for p in percents) for least, most in edges]


OF_COURSE: Mapping[str, Mapping[str, Callable[[Course], Any]]] = {
    "learners": {
        "the students": lambda c: len(c.students),
        "the dashboard": lambda c: c.dashboard["learners"],
        "its seats": lambda c: sum(
            s["seats"] for s in c.dashboard["seats"] if s["role"] == "student"
        ),
        "its distribution": lambda c: sum(b["learners"] for b in c.dashboard["distribution"]),
    },
    "average progress": {
        "the students": lambda c: _mean([t.truth.percent for t in c.students]),
        "the dashboard": lambda c: c.dashboard["average_percent"],
    },
    "distribution of progress": {
        "the students": lambda c: _bands([t.dashboard["percent"] for t in c.students]),
        "the dashboard": lambda c: [b["learners"] for b in c.dashboard["distribution"]],
    },
    "who was not seen for a while": {
        "the students": lambda c: sum(
            t.truth.last_at is None or t.truth.last_at < c.inactive_before for t in c.students
        ),
        "the dashboard": lambda c: c.dashboard["inactive_learners"],
        "its names": lambda c: len(c.dashboard["longest_inactive"]),
    },
    "work that waits for a grade": {
        "the students": lambda c: sum(t.truth.to_grade for t in c.students),
        "the gradebook": lambda c: sum(t.gradebook["to_grade"] for t in c.students),
        "the dashboard": lambda c: c.dashboard["ungraded"],
        "its assignments": lambda c: sum(a["ungraded"] for a in c.dashboard["assignments"]),
    },
    "late work": {
        "the students": lambda c: sum(len(t.truth.late) for t in c.students),
        "the dashboard": lambda c: c.dashboard["late"],
        "its assignments": lambda c: sum(a["late"] for a in c.dashboard["assignments"]),
    },
    "how many have which grade": {
        "the students": lambda c: Counter(t.truth.grade.letter for t in c.students),
        "the dashboard": lambda c: Counter(
            {g["letter"]: g["students"] for g in c.dashboard["grades"] if g["students"]}
        ),
    },
    "lessons": {
        "the students": lambda c: max(t.dashboard["total"] for t in c.students),
        "the dashboard": lambda c: c.dashboard["lessons"],
    },
}
"""The same, of a course."""


def disagreements(tellers: Mapping[str, Mapping[str, Callable[[Any], Any]]], of: Any) -> list[str]:
    """What is not told alike, and by whom; empty is good."""
    found = []
    for what, pages in tellers.items():
        said = {page: tell(of) for page, tell in pages.items()}
        first = next(iter(said.values()))
        if any(value != first for value in said.values()):
            found.append(f"{what}: {said}")
    return found


def _progress(page: Any) -> tuple[int, int, int]:
    return page["completed"], page["total"], page["percent"]


def _moment(text: str | None) -> Any:
    return None if text is None else datetime.fromisoformat(text)


def _moments(texts: dict[str, str | None]) -> dict[str, Any]:
    return {name: _moment(text) for name, text in texts.items()}


def _waiting(work: Any) -> list[Any]:
    return [one for one in work if one["state"] in {"submitted", "resubmitted"}]


def _mean(percents: list[int]) -> float:
    mean = Decimal(sum(percents)) / len(percents)
    return float(mean.quantize(Decimal("0.1"), ROUND_HALF_UP))
