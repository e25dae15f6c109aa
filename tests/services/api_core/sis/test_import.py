"""A whole school comes in from SIS files, again and again, and changes only what is new."""

import zipfile
from pathlib import Path

from tests.harness.platform import Eduflow, School
from tests.harness.sis import SCHOOL, Tables, import_folder, person, write_tables


async def test_a_school_comes_in_and_a_second_run_changes_nothing_and_says_nothing(
    eduflow: Eduflow, school: School, tmp_path: Path
) -> None:
    folder = write_tables(tmp_path, SCHOOL)
    first = await import_folder(eduflow, school, folder)
    assert first.refused == []
    assert first.counts == {
        "terms": (1, 0, 0, 0),
        "accounts": (2, 0, 0, 0),
        "users": (3, 0, 0, 0),
        "courses": (1, 0, 0, 0),
        "sections": (1, 0, 0, 0),
        "enrollments": (3, 0, 0, 0),
    }
    said = await eduflow.events(school.institution)
    second = await import_folder(eduflow, school, folder)
    assert second.changes == 0
    assert await eduflow.events(school.institution) == said


async def test_everybody_imported_is_on_a_roster_read_from_the_replica(
    eduflow: Eduflow, school: School, tmp_path: Path
) -> None:
    run = await import_folder(eduflow, school, write_tables(tmp_path, SCHOOL))
    assert run.summary.position is not None
    school.admin.position = eduflow.runtime.positions.seal([run.summary.position])
    async with eduflow.sql() as connection:
        course = await connection.fetchval(
            "SELECT id FROM courses WHERE institution_id = $1", school.institution
        )
    answer = await school.admin.send("GET", f"/courses/{course}/roster")
    assert "EduFlow-Stale" not in answer.headers
    assert sorted(e["role"] for e in answer.json()["items"]) == ["observer", "student", "teacher"]


async def test_a_rehearsal_refuses_the_same_and_writes_nothing(
    eduflow: Eduflow, school: School, tmp_path: Path
) -> None:
    tables = {
        **SCHOOL,
        "g_enrollments": [
            {"course_id": "c1", "user_id": "nobody", "role": "student", "status": "active"}
        ],
    }
    folder = write_tables(tmp_path, tables)
    before = await eduflow.events(school.institution)
    rehearsal = await import_folder(eduflow, school, folder, rehearse=True)
    assert await eduflow.events(school.institution) == before
    run = await import_folder(eduflow, school, folder)
    assert (
        rehearsal.refused == run.refused == [("g_enrollments.csv", 2, "there is no user 'nobody'")]
    )
    assert rehearsal.counts == run.counts


async def test_changed_rows_change_what_they_speak_of_and_nothing_else(
    eduflow: Eduflow, school: School, tmp_path: Path
) -> None:
    await import_folder(eduflow, school, write_tables(tmp_path / "1", SCHOOL))
    said = len(await eduflow.events(school.institution))
    changes: Tables = {
        "users": [person(1, full_name="Ann Other"), person(2)],
        "courses": [
            {"course_id": "c1", "short_name": "MA1", "long_name": "Analysis", "status": "published"}
        ],
        "terms": [{"term_id": "t1", "name": "Autumn", "status": "active", "start_date": ""}],
        "enrollments": [
            {"section_id": "s1", "user_id": "u1", "role": "student", "status": "completed"}
        ],
    }
    run = await import_folder(eduflow, school, write_tables(tmp_path / "2", changes))
    assert run.counts == {
        "users": (0, 1, 1, 0),
        "courses": (0, 1, 0, 0),
        "terms": (0, 1, 0, 0),
        "enrollments": (0, 1, 0, 0),
    }
    assert (await eduflow.events(school.institution))[said:] == [
        "api_core.term_changed",
        "person.changed",
        "api_core.course_changed",
        "api_core.enrollment_changed",
    ]
    async with eduflow.sql() as connection:
        course = await connection.fetchrow(
            "SELECT title, state, account_id IS NOT NULL AS placed, version FROM courses"
            " WHERE institution_id = $1",
            school.institution,
        )
        term = await connection.fetchrow(
            "SELECT starts_on, ends_on FROM terms WHERE institution_id = $1", school.institution
        )
    assert dict(course) == {"title": "Analysis", "state": "published", "placed": True, "version": 2}
    assert term["starts_on"] is None
    assert term["ends_on"] is not None


async def test_who_is_deleted_leaves_every_seat_and_gives_the_address_to_another(
    eduflow: Eduflow, school: School, tmp_path: Path
) -> None:
    await import_folder(eduflow, school, write_tables(tmp_path / "1", SCHOOL))
    changes = {"users": [person(9, email="u1@school.test"), person(1, status="deleted", email="")]}
    folder = write_tables(tmp_path / "2", changes)
    run = await import_folder(eduflow, school, folder)
    assert run.refused == []
    assert run.counts == {"users": (1, 1, 0, 0)}
    async with eduflow.sql() as connection:
        states = await connection.fetch(
            "SELECT e.state FROM enrollments AS e JOIN users AS u ON u.id = e.user_id"
            " WHERE u.institution_id = $1 AND u.sis_id = 'u1'",
            school.institution,
        )
    assert [row["state"] for row in states] == ["withdrawn"]
    again = await import_folder(eduflow, school, folder)
    assert again.changes == 0


async def test_a_section_that_goes_takes_its_seats_with_it(
    eduflow: Eduflow, school: School, tmp_path: Path
) -> None:
    await import_folder(eduflow, school, write_tables(tmp_path / "1", SCHOOL))
    gone: Tables = {
        "sections": [{"section_id": "s1", "course_id": "c1", "name": "", "status": "deleted"}]
    }
    await import_folder(eduflow, school, write_tables(tmp_path / "2", gone))
    async with eduflow.sql() as connection:
        rows = await connection.fetch(
            "SELECT role, state FROM enrollments WHERE institution_id = $1 ORDER BY role",
            school.institution,
        )
    assert [tuple(r) for r in rows] == [
        ("observer", "withdrawn"),
        ("student", "withdrawn"),
        ("teacher", "active"),
    ]


async def test_a_zip_of_many_files_is_a_folder(
    eduflow: Eduflow, school: School, tmp_path: Path
) -> None:
    folder = write_tables(tmp_path / "files", SCHOOL)
    place = tmp_path / "all.zip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in folder.glob("*.csv"):
            archive.write(path, f"export/{path.name}")
        archive.writestr("../../users.csv", "user_id,login_id,status\n")
        archive.writestr("__MACOSX/export/._d_users.csv", b"\0\1")
    run = await import_folder(eduflow, school, place)
    assert run.refused == [("all.zip/../../users.csv", 0, "has a name that leads out of the zip")]
    assert run.changes == 11


async def test_people_of_another_school_are_not_found(
    eduflow: Eduflow, school: School, tmp_path: Path
) -> None:
    await import_folder(eduflow, school, write_tables(tmp_path / "1", SCHOOL))
    other = await eduflow.school()
    courses = [{**course, "account_id": "", "term_id": ""} for course in SCHOOL["c_courses"]]
    seats: Tables = {"enrollments": list(SCHOOL["a_enrollments"]), "courses": courses}
    run = await import_folder(eduflow, other, write_tables(tmp_path / "2", seats))
    assert run.counts == {"courses": (1, 0, 0, 0), "enrollments": (0, 0, 0, 3)}
    same = {"users": list(SCHOOL["d_users"])}
    again = await import_folder(eduflow, other, write_tables(tmp_path / "3", same))
    assert again.counts == {"users": (3, 0, 0, 0)}
