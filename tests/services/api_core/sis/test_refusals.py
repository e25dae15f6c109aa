"""Rows that cannot be taken change nothing, stop nothing, and are told with their reason."""

from pathlib import Path

import pytest

from tests.harness.platform import Eduflow, School
from tests.harness.sis import SCHOOL, import_folder, person, rows, write_tables

SEAT = "course_id,user_id,role,section_id,status"
COURSE = "course_id,short_name,long_name,account_id,term_id,status,start_date,end_date"
SECTION = "section_id,course_id,name,status"
ACCOUNT = "account_id,parent_account_id,name,status"
TERM = "term_id,name,status,start_date,end_date"

CASES: list[tuple[str, list[dict[str, str]], str]] = [
    ("users", [person(7, email="", login_id="plain")],
     "has no e-mail address, neither as email nor as login_id"),
    ("users", [person(7, email="not an address")], "'not an address' is not an e-mail address"),
    ("users", [person(7, full_name="")],
     "has no name: give full_name, or first_name and last_name"),
    ("users", [person(7, email="U2@School.test")],
     "the e-mail address 'u2@school.test' belongs to another person"),
    ("users", [person(7, status="sleeping")],
     "status 'sleeping' is none of active, suspended, deleted"),
    ("users", [person(7, user_id="")], "user_id is empty"),
    ("users", [person(7, user_id="x" * 300)], "user_id has 300 characters, 255 are the most"),
    ("users", [person(1, status="deleted"), person(2, email="u1@school.test")],
     "the e-mail address 'u1@school.test' becomes free in this run: run it again"),
    ("users", [person(1), person(1, full_name="Somebody Else")],
     "line 2 of users.csv says otherwise of the same; that one counts"),
    ("terms", rows(TERM, "t2,Spring,active,2027-02-30,"),
     "start_date '2027-02-30' is no day of the calendar"),
    ("terms", rows(TERM, "t2,Spring,active,soon,"),
     "start_date 'soon' is not a date like 2026-09-01T00:00:00Z"),
    ("terms", rows(TERM, "t2,Spring,active,2027-05-01,2027-04-01"),
     "the term ends before it starts"),
    ("accounts", rows(ACCOUNT, "a2,nowhere,Arts,active"),
     "there is no account 'nowhere' to be its parent"),
    ("accounts", rows(ACCOUNT, "top,child,Sciences,active"), "account 'top' would be above itself"),
    ("courses", rows(COURSE, "c2,X,X,nowhere,,active,,"), "there is no account 'nowhere'"),
    ("courses", rows(COURSE, "c2,X,X,,never,active,,"), "there is no term 'never'"),
    ("courses", rows(COURSE, "c2,X,X,,,active,2027-01-02,2027-01-01"),
     "the course ends before it starts"),
    ("courses", rows(COURSE, "c2,,X,,,active,,"), "short_name is empty"),
    ("sections", rows(SECTION, "s2,nowhere,Group,active"), "there is no course 'nowhere'"),
    ("enrollments", rows(SEAT, "c1,nobody,student,,active"), "there is no user 'nobody'"),
    ("enrollments", rows(SEAT, "nowhere,u1,student,,active"), "there is no course 'nowhere'"),
    ("enrollments", rows(SEAT, "c1,u1,student,nowhere,active"), "there is no section 'nowhere'"),
    ("enrollments", rows(SEAT, "c9,u1,student,s1,active"),
     "section 's1' belongs to course 'c1', not 'c9'"),
    ("enrollments", rows(SEAT, ",u1,student,,active"), "neither course_id nor section_id is given"),
    ("enrollments", rows(SEAT, "c1,u1,dean,,active"),
     "role 'dean' is none of student, teacher, ta, observer, designer"),
    ("enrollments", rows(SEAT, "c1,u1,student,,gone"),
     "status 'gone' is none of active, invited, inactive, completed, concluded, deleted"),
    ("enrollments", rows(f"{SEAT},associated_user_id", "c1,u1,observer,,active,u1"),
     "nobody observes themselves"),
    ("enrollments", rows(f"{SEAT},associated_user_id", "c1,u1,observer,,active,u8"),
     "there is no user 'u8' to be observed"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "bad", "reason"), CASES, ids=[case[2] for case in CASES])
async def test_a_bad_row_is_told_and_the_rows_around_it_are_taken(
    eduflow: Eduflow,
    school: School,
    tmp_path: Path,
    *,
    kind: str,
    bad: list[dict[str, str]],
    reason: str,
) -> None:
    await import_folder(eduflow, school, write_tables(tmp_path / "1", SCHOOL))
    good = {
        "users": person(100),
        "terms": rows(TERM, "t100,More,active,,")[0],
        "accounts": rows(ACCOUNT, "a100,,More,active")[0],
        "courses": rows(COURSE, "c100,M,More,,,active,,")[0],
        "sections": rows(SECTION, "s100,c1,More,active")[0],
        "enrollments": rows(SEAT, "c1,u3,ta,,active")[0],
    }
    folder = write_tables(tmp_path / "2", {kind: [*bad, good[kind]]})
    run = await import_folder(eduflow, school, folder)
    assert run.refused == [(f"{kind}.csv", 1 + len(bad), reason)]
    new, _, _, refused = run.counts[kind]
    assert (new, refused) == (1, 1)


async def test_a_user_without_email_whose_login_is_one_is_taken(
    eduflow: Eduflow, school: School, tmp_path: Path
) -> None:
    tables = {"users": [person(1, email="", login_id="Ann@School.test")]}
    run = await import_folder(eduflow, school, write_tables(tmp_path, tables))
    assert run.refused == []


async def test_a_deleted_course_takes_nobody_and_a_concluded_one_does(
    eduflow: Eduflow, school: School, tmp_path: Path
) -> None:
    tables = {
        "users": [person(1)],
        "courses": rows(COURSE, "c1,A,A,,,active,,", "c2,B,B,,,completed,,"),
    }
    await import_folder(eduflow, school, write_tables(tmp_path / "1", tables))
    tables = {
        "courses": rows(COURSE, "c1,,,,,deleted,,"),
        "enrollments": rows(SEAT, "c1,u1,student,,active", "c2,u1,student,,completed"),
    }
    run = await import_folder(eduflow, school, write_tables(tmp_path / "2", tables))
    assert run.refused == [("enrollments.csv", 2, "course 'c1' is deleted")]
    assert run.counts["enrollments"] == (1, 0, 0, 1)


async def test_a_rule_that_only_the_database_knows_costs_one_row_and_not_its_chunk(
    eduflow: Eduflow, school: School, tmp_path: Path
) -> None:
    unlucky = f"unlucky {school.institution}"
    tables = {
        "terms": [
            {"term_id": f"t{n}", "name": unlucky if n == 7 else "Autumn", "status": "active"}
            for n in range(20)
        ]
    }
    async with eduflow.sql() as connection:
        await connection.execute(
            f"ALTER TABLE terms ADD CONSTRAINT terms_are_lucky CHECK (name <> '{unlucky}')"
        )
        try:
            run = await import_folder(eduflow, school, write_tables(tmp_path, tables))
        finally:
            await connection.execute("ALTER TABLE terms DROP CONSTRAINT terms_are_lucky")
    assert run.counts == {"terms": (19, 0, 0, 1)}
    assert run.refused == [("terms.csv", 9, "is against the rule terms_are_lucky")]
