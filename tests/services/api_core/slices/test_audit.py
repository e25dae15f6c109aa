"""What administrators read of the audit trail."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from eduflow.kernel.audit.sealing import seal_new
from tests.harness.platform import Eduflow, School
from tests.harness.servers import Servers
from tests.services.api_core.given import a_course, a_person
from tests.services.api_core.sis.test_command_line import run, slug


async def test_administrators_read_who_had_what_done_newest_first(
    eduflow: Eduflow, school: School
) -> None:
    person = await a_person(eduflow, school, "Nora Name")
    course = await a_course(school)
    found = (await school.admin.get("/audit"))["items"]
    assert [e["command"] for e in found] == [
        "AddModule",
        "CreateCourse",
        "AddPerson",
        "FoundInstitution",
    ]
    assert (found[0]["kind"], found[0]["target_id"]) == ("course", course.id)
    assert {e["actor_id"] for e in found} == {str(school.admin.user)}
    text = str(found)
    assert "Nora" not in text
    assert len(found[2]["event_ids"]) == 1
    assert (await person.refused("GET", "/audit")) == (403, "kernel.forbidden")


async def test_the_trail_is_paged_and_filtered(eduflow: Eduflow, school: School) -> None:
    await a_course(school)
    await a_person(eduflow, school)
    first = await school.admin.get("/audit?limit=3")
    rest = await school.admin.get(f"/audit?limit=3&cursor={first['next_cursor']}")
    assert len(first["items"]) == 3
    assert [e["command"] for e in rest["items"]] == ["FoundInstitution"]
    found = await school.admin.get("/audit?command=CreateCourse")
    assert len(found["items"]) == 1
    nobody = await school.admin.get("/audit?actor=00000000-0000-7000-8000-000000000000")
    assert nobody["items"] == []
    later = quote((datetime.now(UTC) + timedelta(minutes=1)).isoformat())
    assert (await school.admin.get(f"/audit?since={later}"))["items"] == []
    assert len((await school.admin.get(f"/audit?until={later}"))["items"]) == 4


async def test_a_moment_too_far_away_is_refused_by_its_name(school: School) -> None:
    for moment in (
        "0001-01-01T00:00:00+14:00",
        "1899-12-31T23:59:59Z",
        "9999-12-31T23:59:59-12:00",
        "3000-01-01T00:00:00Z",
    ):
        for name in ("since", "until"):
            refused = await school.admin.send("GET", f"/audit?{name}={quote(moment)}")
            assert refused.status_code == 422, refused.text
            (fault,) = refused.json()["errors"]
            assert (fault["parameter"], fault["in"]) == (name, "query")
            assert "1900 to 2999" in fault["message"]
    near = await school.admin.send("GET", "/audit?since=1900-01-01T00:00:00Z")
    assert near.status_code == 200


async def test_one_institution_never_reads_anothers_trail(eduflow: Eduflow, school: School) -> None:
    other = await eduflow.school()
    await a_course(other)
    found = (await school.admin.get("/audit"))["items"]
    assert [e["command"] for e in found] == ["FoundInstitution"]


async def test_the_command_line_says_whether_the_trail_is_as_it_was_written(
    eduflow: Eduflow, school: School, servers: Servers
) -> None:
    await a_course(school)
    await seal_new(eduflow.worker.databases["api_core"].primary, eduflow.worker.audit)
    verify = ("audit", "verify", "--institution", slug(school))
    code, told = await run(servers, *verify)
    assert (code, "as it was written" in told) == (0, True), told
    async with eduflow.sql() as sql:
        await sql.execute(
            "UPDATE audit_log SET command = 'Nothing' WHERE institution_id = $1"
            " AND command = 'CreateCourse'",
            school.institution,
        )
        code, told = await run(servers, *verify)
        await sql.execute(
            "UPDATE audit_log SET command = 'CreateCourse' WHERE institution_id = $1"
            " AND command = 'Nothing'",
            school.institution,
        )
    assert (code, "the row was changed" in told) == (1, True), told
