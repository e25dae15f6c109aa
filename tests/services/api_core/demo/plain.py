"""The plain truth about a student in a course, from what was recorded, without any read model.

Nothing here is quick or clever: every row of the write model is looked at once more, and put
through the rules of the model one after the other.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from eduflow.services.api_core.model.dates import Dates, Override, dates_of_person
from eduflow.services.api_core.model.grading import (
    Curve,
    Grade,
    Group,
    Scored,
    Step,
    course_grade,
    is_late,
    worth,
)


class Truth(msgspec.Struct, frozen=True):
    """What every page has to say of one student in one course."""

    completed: int
    lessons: int
    last_at: datetime | None
    grade: Grade
    states: dict[UUID, str]
    """By assignment, for all that is published."""
    scores: dict[UUID, Decimal | None]
    late: frozenset[UUID]
    due: dict[UUID, datetime | None]
    unread: int

    @property
    def percent(self) -> int:
        """Of the lessons, rounded down."""
        return self.completed * 100 // self.lessons if self.lessons else 0

    @property
    def to_grade(self) -> int:
        """Work that waits for a grade, for the first time or again."""
        return sum(state in {"submitted", "resubmitted"} for state in self.states.values())


async def truth(connection: asyncpg.Connection, course: UUID, user: UUID) -> Truth:
    """Fold what was recorded of them."""
    rows = await connection.fetch(
        "SELECT * FROM assignments WHERE course_id = $1 AND state = 'published'", course
    )
    states, scores, late, due, counted = {}, {}, set(), {}, []
    for row in rows:
        work = await _work(connection, row, user)
        states[row["id"]], scores[row["id"]], due[row["id"]] = work.state, work.score, work.due_at
        if work.late:
            late.add(row["id"])
        if work.score is not None and work.state != "excused":
            counted.append(Scored(row["id"], row["group_id"], row["points"], work.score))
    groups = await connection.fetch(
        "SELECT id, weight, drop_lowest FROM assignment_groups WHERE course_id = $1", course
    )
    completed, last_at = await _completed(connection, course, user)
    return Truth(
        completed=completed,
        lessons=await connection.fetchval(
            "SELECT count(*) FROM lessons WHERE course_id = $1", course
        ),
        last_at=last_at,
        grade=course_grade(counted, {g["id"]: Group(*g) for g in groups}),
        states=states,
        scores=scores,
        late=frozenset(late),
        due=due,
        unread=await _unread(connection, course, user),
    )


class _Work(msgspec.Struct):
    state: str
    score: Decimal | None
    late: bool
    due_at: datetime | None


async def _work(connection: asyncpg.Connection, assignment: Any, user: UUID) -> _Work:
    due_at = await _due(connection, assignment, user)
    versions = await connection.fetch(
        "SELECT v.attempt, v.at FROM submissions AS s JOIN submission_versions AS v"
        " ON v.submission_id = s.id WHERE s.assignment_id = $1 AND s.user_id = $2"
        " ORDER BY v.attempt",
        assignment["id"],
        user,
    )
    grades = await connection.fetch(
        "SELECT * FROM grade_events WHERE assignment_id = $1 AND user_id = $2 ORDER BY version",
        assignment["id"],
        user,
    )
    handed_in = {row["attempt"]: row["at"] for row in versions}
    last = versions[-1] if versions else None
    if not grades:
        at = last["at"] if last else None
        state = "submitted" if last else "none"
        return _Work(state, None, is_late(at, due_at=due_at), due_at)
    grade = grades[-1]
    at = handed_in.get(grade["attempt"])
    if grade["excused"]:
        at = last["at"] if last else None
        return _Work("excused", None, is_late(at, due_at=due_at), due_at)
    again = last is not None and last["attempt"] > (grade["attempt"] or 0)
    score: Decimal = grade["score"]
    if grade["source"] != "override":
        curve = await _curve(connection, assignment["id"])
        score = worth(score, curve, handed_in=at, due_at=due_at)
    return _Work("resubmitted" if again else "graded", score, is_late(at, due_at=due_at), due_at)


async def _due(connection: asyncpg.Connection, assignment: Any, user: UUID) -> datetime | None:
    rows = await connection.fetch(
        "SELECT user_id IS NOT NULL, unlock_at, due_at, lock_at, extra_minutes"
        " FROM assignment_overrides WHERE assignment_id = $1 AND (user_id = $2 OR section_id IN"
        " (SELECT section_id FROM enrollments WHERE user_id = $2 AND role = 'student'))",
        assignment["id"],
        user,
    )
    everybody = Dates(assignment["unlock_at"], assignment["due_at"], assignment["lock_at"])
    return dates_of_person(everybody, [Override(*row) for row in rows]).due_at


async def _curve(connection: asyncpg.Connection, assignment: UUID) -> Curve:
    body = await connection.fetchval(
        "SELECT curve FROM credit_policies WHERE assignment_id = $1", assignment
    )
    if body is None:
        return Curve()
    kept: dict[str, list[dict[str, int]]] = msgspec.json.decode(body)
    early, late = (tuple(Step(**step) for step in kept.get(kind, ())) for kind in ("early", "late"))
    return Curve(early, late)


async def _completed(
    connection: asyncpg.Connection, course: UUID, user: UUID
) -> tuple[int, datetime | None]:
    rows = await connection.fetch(
        "SELECT lesson_id, kind, at FROM lesson_progress_events"
        " WHERE course_id = $1 AND user_id = $2 ORDER BY id",
        course,
        user,
    )
    done = {row["lesson_id"]: row["kind"] == "completed" for row in rows if row["kind"] != "viewed"}
    return sum(done.values()), max((row["at"] for row in rows), default=None)


async def _unread(connection: asyncpg.Connection, course: UUID, user: UUID) -> int:
    """Posts of others behind the furthest post that they said they have read."""
    posts = await connection.fetch(
        "SELECT thread_id, id, author_id FROM discussion_posts WHERE course_id = $1 ORDER BY id",
        course,
    )
    read = await connection.fetch(
        "SELECT (payload->>'post_id')::uuid AS id FROM outbox_events"
        " WHERE type = 'api_core.thread_read' AND actor_id = $1",
        user,
    )
    seen = {row["id"] for row in read}
    unread: dict[UUID, int] = {}
    for post in posts:
        thread = post["thread_id"]
        unread[thread] = unread.get(thread, 0) + (post["author_id"] != user)
        if post["id"] in seen:
            unread[thread] = 0
    return sum(unread.values())
