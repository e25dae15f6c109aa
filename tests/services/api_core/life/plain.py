"""What the read models must say, computed plainly from the rows that people wrote."""

from collections import defaultdict
from collections.abc import Mapping
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
    course_grade,
    is_late,
    worth,
)

PRESENT = {"active", "completed"}
_ROWS = {
    "groups": "SELECT id, weight, drop_lowest FROM assignment_groups WHERE course_id = $1",
    "assignments": "SELECT a.*, p.curve::text AS curve FROM assignments AS a"
    " LEFT JOIN credit_policies AS p ON p.assignment_id = a.id"
    " WHERE a.course_id = $1 AND a.state = 'published'",
    "overrides": "SELECT * FROM assignment_overrides WHERE course_id = $1",
    "seats": "SELECT * FROM enrollments WHERE course_id = $1 AND role = 'student'",
    "works": "SELECT s.*, v.at AS handed_in_at FROM submissions AS s"
    " LEFT JOIN submission_versions AS v ON v.submission_id = s.id"
    " AND v.attempt = s.current_attempt WHERE s.course_id = $1",
    "grades": "SELECT DISTINCT ON (g.submission_id) g.*, v.at AS work_at FROM grade_events AS g"
    " JOIN assignments AS a ON a.id = g.assignment_id LEFT JOIN submission_versions AS v"
    " ON v.submission_id = g.submission_id AND v.attempt = g.attempt"
    " WHERE a.course_id = $1 ORDER BY g.submission_id, g.version DESC",
}


class PlainCell(msgspec.Struct, frozen=True):
    """What the gradebook must show of one student and one assignment."""

    score: float | None
    given_score: float | None
    late: bool
    dropped: bool
    posted: bool
    due_at: datetime | None
    state: str


class PlainRow(msgspec.Struct, frozen=True):
    """And of one student."""

    percent: float | None
    letter: str | None
    to_grade: int
    cells: dict[str, PlainCell]


async def plain_gradebook(sql: asyncpg.Connection, course: str) -> dict[str, PlainRow]:
    """By user: everybody who takes part or has completed."""
    found = {name: await sql.fetch(query, UUID(course)) for name, query in _ROWS.items()}
    sections: dict[UUID, set[UUID]] = defaultdict(set)
    for seat in found["seats"]:
        if seat["state"] in PRESENT:
            sections[seat["user_id"]].add(seat["section_id"])
    return {str(user): _row(found, user, sections=own) for user, own in sections.items()}


def _row(found: Mapping[str, Any], user: UUID, *, sections: set[UUID]) -> PlainRow:
    works = {w["assignment_id"]: w for w in found["works"] if w["user_id"] == user}
    grades = {g["assignment_id"]: g for g in found["grades"] if g["user_id"] == user}
    cells: dict[UUID, PlainCell] = {}
    scores: list[Scored] = []
    waiting = 0
    for a in found["assignments"]:
        work, grade = works.get(a["id"]), grades.get(a["id"])
        overrides = [
            Override(
                personal=o["user_id"] is not None,
                unlock_at=o["unlock_at"],
                due_at=o["due_at"],
                lock_at=o["lock_at"],
                extra_minutes=o["extra_minutes"],
            )
            for o in found["overrides"]
            if o["assignment_id"] == a["id"]
            and (o["user_id"] == user or o["section_id"] in sections)
        ]
        dates = dates_of_person(Dates(a["unlock_at"], a["due_at"], a["lock_at"]), overrides)
        given = grade["score"] if grade else None
        handed_in = work["handed_in_at"] if work else None
        at = grade["work_at"] if grade and given is not None else handed_in
        score = _score(a, grade, at=at, due_at=dates.due_at) if grade else None
        posted = a["posting"] == "automatic" or a["posted_at"] is not None
        state = _state(work, grade)
        if posted and score is not None:
            scores.append(Scored(a["id"], a["group_id"], a["points"], score))
        late = is_late(at, due_at=dates.due_at)
        cell = PlainCell(_float(score), _float(given), late, False, posted, dates.due_at, state)
        if a["anonymous"] and not posted:
            cell = PlainCell(None, None, False, False, posted, dates.due_at, "blind")
        else:
            waiting += state in {"submitted", "resubmitted"}
        cells[a["id"]] = cell
    total = _course(found, scores)
    return PlainRow(
        percent=_float(total.percent),
        letter=total.letter,
        to_grade=waiting,
        cells={
            str(a): msgspec.structs.replace(cell, dropped=a in total.dropped)
            for a, cell in cells.items()
        },
    )


def _score(
    assignment: Any, grade: Any, *, at: datetime | None, due_at: datetime | None
) -> Decimal | None:
    if grade["score"] is None or grade["source"] == "override":
        return grade["score"]  # type: ignore[no-any-return]
    curve = msgspec.json.decode(assignment["curve"] or "{}", type=Curve)
    return worth(grade["score"], curve, handed_in=at, due_at=due_at)


def _state(work: Any, grade: Any) -> str:
    attempt = work["current_attempt"] if work else 0
    if grade is None:
        return "submitted" if attempt else "none"
    if grade["excused"]:
        return "excused"
    return "graded" if attempt <= (grade["attempt"] or 0) else "resubmitted"


def _course(found: Mapping[str, Any], scores: list[Scored]) -> Grade:
    groups = {g["id"]: Group(g["id"], g["weight"], g["drop_lowest"]) for g in found["groups"]}
    return course_grade(scores, groups)


def _float(number: Decimal | None) -> float | None:
    return None if number is None else float(number)


async def plain_unread(sql: asyncpg.Connection, institution: UUID) -> dict[tuple[str, str], int]:
    """By user and course: posts of others behind the furthest that was read, thread by thread."""
    said = await sql.fetch(
        "SELECT payload::text AS payload FROM outbox_events WHERE institution_id = $1"
        " AND type = 'api_core.post_added' ORDER BY seq",
        institution,
    )
    read = await sql.fetch(
        "SELECT payload::text AS payload FROM outbox_events WHERE institution_id = $1"
        " AND type = 'api_core.thread_read'",
        institution,
    )
    seats = await sql.fetch(
        "SELECT DISTINCT e.user_id, e.course_id FROM enrollments AS e JOIN roles AS r"
        " ON r.key = e.role AND 'forum:read' = ANY (r.permissions)"
        " WHERE e.institution_id = $1 AND e.state = 'active'",
        institution,
    )
    threads: dict[str, list[Any]] = defaultdict(list)
    for row in said:
        post = msgspec.json.decode(row["payload"])
        threads[post["thread_id"]].append(post)
    marks: dict[tuple[str, str], int] = defaultdict(int)
    for row in read:
        mark = msgspec.json.decode(row["payload"])
        ids = [post["post_id"] for post in threads[mark["thread_id"]]]
        key = (mark["user_id"], mark["thread_id"])
        marks[key] = max(marks[key], ids.index(mark["post_id"]) + 1)
    unread: dict[tuple[str, str], int] = {}
    for user, course in ((str(s["user_id"]), str(s["course_id"])) for s in seats):
        unread[user, course] = sum(
            post["author_id"] != user
            for thread, posts in threads.items()
            for post in posts[marks[user, thread] :]
            if post["course_id"] == course
        )
    return unread
