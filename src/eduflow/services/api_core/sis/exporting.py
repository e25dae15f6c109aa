"""Writes a school as the files that the import reads.

Pages by key from a replica, so that a large school is no long transaction. What refers is written
before what is referred to: somebody who joins meanwhile is in a later file, never missing from it.
What was made by hand has no SIS id and goes by its own id, which the import understands; what is
deleted or withdrawn is left out.
"""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import IO
from uuid import UUID

import msgspec

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.files import whole_files

PAGE = 2_000
_FIRST = UUID(int=0)


class _Page(msgspec.Struct):
    id: UUID
    fields: list[str | None]


class _File(msgspec.Struct, frozen=True):
    name: str
    header: tuple[str, ...]
    sql: str


_DATES = (
    "to_char({0}.starts_on AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),"
    " to_char({0}.ends_on AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
)
_NAME = "coalesce({0}.sis_id, {0}.id::text)"
_PAGE = "{0}.institution_id = $1 AND {0}.id > $2 ORDER BY {0}.id LIMIT $3"

_FILES = (
    _File(
        "enrollments.csv",
        ("course_id", "user_id", "role", "section_id", "status", "associated_user_id"),
        f"SELECT e.id, ARRAY[{_NAME.format('c')}, {_NAME.format('u')}, e.role,"
        f" CASE WHEN s.is_default THEN NULL ELSE {_NAME.format('s')} END, e.state,"
        " (SELECT coalesce(o.sis_id, o.id::text) FROM users AS o WHERE o.id ="
        " e.observes_user_id)] AS fields"
        " FROM enrollments AS e JOIN courses AS c ON c.id = e.course_id AND c.state <> 'deleted'"
        " JOIN course_sections AS s ON s.id = e.section_id AND s.state <> 'deleted'"
        " JOIN users AS u ON u.id = e.user_id AND u.state <> 'deleted'"
        f" WHERE e.state <> 'withdrawn' AND {_PAGE.format('e')}",
    ),
    _File(
        "sections.csv",
        ("section_id", "course_id", "name", "status", "start_date", "end_date"),
        f"SELECT s.id, ARRAY[{_NAME.format('s')}, {_NAME.format('c')}, s.name, s.state,"
        f" {_DATES.format('s')}] AS fields"
        " FROM course_sections AS s JOIN courses AS c ON c.id = s.course_id AND c.state <>"
        " 'deleted'"
        f" WHERE s.state <> 'deleted' AND NOT s.is_default AND {_PAGE.format('s')}",
    ),
    _File(
        "courses.csv",
        (
            "course_id",
            "short_name",
            "long_name",
            "account_id",
            "term_id",
            "status",
            "start_date",
            "end_date",
        ),
        f"SELECT c.id, ARRAY[{_NAME.format('c')}, c.code, c.title,"
        f" (SELECT {_NAME.format('a')} FROM accounts AS a WHERE a.id = c.account_id AND a.state"
        " <> 'deleted'),"
        f" (SELECT {_NAME.format('t')} FROM terms AS t WHERE t.id = c.term_id AND t.state <>"
        " 'deleted'),"
        " CASE c.state WHEN 'draft' THEN 'active' WHEN 'concluded' THEN 'completed' ELSE c.state"
        " END,"
        f" {_DATES.format('c')}] AS fields"
        f" FROM courses AS c WHERE c.state <> 'deleted' AND {_PAGE.format('c')}",
    ),
    _File(
        "users.csv",
        ("user_id", "login_id", "full_name", "sortable_name", "email", "status"),
        f"SELECT u.id, ARRAY[{_NAME.format('u')}, coalesce(u.login_id, u.email), u.display_name,"
        " u.sortable_name,"
        " u.email, u.state] AS fields FROM users AS u WHERE u.state <> 'deleted' AND"
        f" {_PAGE.format('u')}",
    ),
    _File(
        "accounts.csv",
        ("account_id", "parent_account_id", "name", "status"),
        f"SELECT a.id, ARRAY[{_NAME.format('a')}, (SELECT {_NAME.format('p')} FROM accounts AS p"
        " WHERE p.id = a.parent_id AND p.state <> 'deleted'), a.name, a.state] AS fields"
        f" FROM accounts AS a WHERE a.state <> 'deleted' AND {_PAGE.format('a')}",
    ),
    _File(
        "terms.csv",
        ("term_id", "name", "status", "start_date", "end_date"),
        f"SELECT t.id, ARRAY[{_NAME.format('t')}, t.name, t.state, {_DATES.format('t')}] AS fields"
        f" FROM terms AS t WHERE t.state <> 'deleted' AND {_PAGE.format('t')}",
    ),
)
FILE_NAMES = tuple(file.name for file in _FILES)


async def export_sis(
    folder: Path,
    institution: UUID,
    *,
    pages: Callable[[], ReadSession],
    went_on: Callable[[str, int], None],
    replace: bool = False,
) -> None:
    """Write the six files into a folder; they take their places when all of them are whole.

    What is there already stays, and FileExistsError is raised, unless it is to be replaced.
    `pages` gives the session for the next page, so that none is held for long.
    """
    with whole_files(*(folder / file.name for file in _FILES), replace=replace) as parts:
        for part, file in zip(parts, _FILES, strict=True):
            await _write(part, file, institution, pages=pages, went_on=went_on)


async def _write(
    path: Path,
    file: _File,
    institution: UUID,
    *,
    pages: Callable[[], ReadSession],
    went_on: Callable[[str, int], None],
) -> None:
    with _begin(path) as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(file.header)
        rows, after = 0, _FIRST
        while True:
            page = await pages().rows(file.sql, institution, after, PAGE, into=_Page)
            writer.writerows(row.fields for row in page)
            rows += len(page)
            went_on(file.name, rows)
            if len(page) < PAGE:
                break
            after = page[-1].id


def _begin(path: Path) -> IO[str]:
    return path.open("w", encoding="utf-8", newline="")
