"""Writes the gradebook of a course as the file that the import reads.

It has the scores as they were given, not what the late policy makes of them: reading it again must
change nothing. Pages by key from a replica, so that a large course is no long transaction.
"""

import csv
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import IO
from uuid import UUID

import msgspec

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.files import whole_files
from eduflow.services.api_core.gradebook_file.columns import CLOSED, READ_ONLY
from eduflow.services.api_core.gradebook_file.guarding import guarded
from eduflow.services.api_core.ids import CourseId

PAGE = 500
_BEFORE = ("", UUID(int=0))
_NAMES = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")


class _Assignment(msgspec.Struct):
    id: UUID
    title: str
    points: Decimal
    closed: str


class _Row(msgspec.Struct):
    id: UUID
    sortable_name: str
    sis_id: str | None
    login: str
    sections: str
    grades: dict[UUID, Decimal | None]


_ASSIGNMENTS = (
    f"SELECT id, title, points, {CLOSED} FROM assignments WHERE course_id = $1"
    " AND state = 'published' ORDER BY position, id"
)
_STUDENTS = """
    SELECT u.id, u.sortable_name, u.sis_id, coalesce(u.login_id, u.email) AS login,
        (SELECT string_agg(DISTINCT s.name, ' and ') FROM enrollments AS e
            JOIN course_sections AS s ON s.id = e.section_id WHERE e.course_id = $1
            AND e.user_id = u.id AND e.role = 'student' AND e.state IN ('active', 'completed'))
            AS sections,
        coalesce((SELECT json_object_agg(w.assignment_id, g.score) FROM (
                SELECT id, assignment_id, course_id FROM submissions WHERE user_id = u.id UNION ALL
                SELECT w.id, w.assignment_id, w.course_id FROM team_members AS m
                JOIN submissions AS w ON w.team_id = m.team_id WHERE m.user_id = u.id) AS w
            JOIN assignments AS a ON a.id = w.assignment_id AND NOT (a.anonymous
                AND a.posted_at IS NULL)
            CROSS JOIN LATERAL (SELECT score FROM grade_events AS g WHERE g.submission_id = w.id
                AND g.user_id = u.id ORDER BY g.version DESC LIMIT 1) AS g
            WHERE w.course_id = $1), '{}') AS grades
    FROM users AS u WHERE u.state <> 'deleted' AND u.id IN (SELECT e.user_id FROM enrollments AS e
            WHERE e.course_id = $1 AND e.role = 'student' AND e.state IN ('active', 'completed'))
        AND (u.sortable_name, u.id) > ($2, $3::uuid)
    ORDER BY u.sortable_name, u.id LIMIT $4
"""


async def export_gradebook(
    path: Path,
    course: CourseId,
    *,
    pages: Callable[[], ReadSession],
    replace: bool = False,
) -> int:
    """Write the file, which takes its place when it is whole; answers how many students are in it.

    What is there already stays, and FileExistsError is raised, unless it is to be replaced.
    `pages` gives the session for the next page, so that none is held for long.
    """
    with (
        whole_files(path, replace=replace) as (part,),
        part.open("w", encoding="utf-8", newline="") as out,
    ):
        return await _written(out, course, pages)


async def _written(out: IO[str], course: CourseId, pages: Callable[[], ReadSession]) -> int:
    assignments = await pages().rows(_ASSIGNMENTS, course, into=_Assignment)
    written, (name, after) = 0, _BEFORE
    writer = csv.writer(out, lineterminator="\n")
    titles = [guarded(f"{' '.join(a.title.split())} ({a.id})") for a in assignments]
    writer.writerow([*_NAMES, *titles])
    possible = [READ_ONLY if a.closed else f"{a.points.normalize():f}" for a in assignments]
    writer.writerow(["    Points Possible", "", "", "", "", *possible])
    while True:
        rows = await pages().rows(_STUDENTS, course, name, after, PAGE, into=_Row)
        for row in rows:
            names = (row.sortable_name, row.id, row.sis_id or "", row.login, row.sections or "")
            cells = [_cell(row.grades, a.id) for a in assignments]
            writer.writerow([*(guarded(str(told)) for told in names), *cells])
        written += len(rows)
        if len(rows) < PAGE:
            break
        name, after = rows[-1].sortable_name, rows[-1].id
    return written


def _cell(grades: dict[UUID, Decimal | None], assignment: UUID) -> str:
    if assignment not in grades:
        return ""
    score = grades[assignment]
    return "EX" if score is None else f"{score.normalize():f}"
