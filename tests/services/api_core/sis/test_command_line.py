"""The import as an operator meets it: a process with an exit code, a report, and a power switch."""

import asyncio
import csv
import os
import signal
import sys
from pathlib import Path

from eduflow.services.api_core.sis.exporting import FILE_NAMES
from tests.harness.platform import Eduflow, School
from tests.harness.servers import Servers
from tests.harness.sis import SCHOOL, person, write_tables


def slug(school: School) -> str:
    return f"school-{school.institution.hex[-12:]}"


async def begin(servers: Servers, *arguments: str) -> asyncio.subprocess.Process:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EDUFLOW_")}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "eduflow",
        *arguments,
        env={**kept, **servers.environment(port=1, gateway=2)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def run(servers: Servers, *arguments: str) -> tuple[int, str]:
    process = await begin(servers, *arguments)
    told, _ = await process.communicate()
    assert process.returncode is not None
    # Whoever looks next has no position of what the command wrote.
    await asyncio.to_thread(servers.cluster.catch_up)
    return process.returncode, told.decode()


async def test_the_exit_code_says_whether_all_some_or_nothing_was_taken(
    eduflow: Eduflow, school: School, servers: Servers, tmp_path: Path
) -> None:
    to = ("--institution", slug(school))
    folder = write_tables(tmp_path / "files", SCHOOL)
    code, told = await run(servers, "import", "sis", str(folder), *to)
    assert code == 0, told
    write_tables(folder, {"users": [person(1), person(7, email="nothing"), person(8, status="")]})
    report = tmp_path / "report.csv"
    code, told = await run(servers, "import", "sis", str(folder), *to, "--report", str(report))
    assert code == 1, told
    with report.open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["file", "line", "reason"],
            ["users.csv", "3", "'nothing' is not an e-mail address"],
            ["users.csv", "4", "status is empty"],
        ]
    (tmp_path / "empty").mkdir()
    for nothing in (tmp_path / "empty", tmp_path / "nowhere"):
        assert (await run(servers, "import", "sis", str(nothing), *to))[0] == 2
    code, told = await run(servers, "import", "sis", str(folder), "--institution", "nobody-s")
    assert code == 2
    assert "eduflow institution create" in told


async def test_an_institution_made_by_command_can_be_imported_into_and_exported(
    eduflow: Eduflow, school: School, servers: Servers, tmp_path: Path
) -> None:
    new = f"new-{school.institution.hex[-12:]}"
    make = ("institution", "create", new, "New", "--admin-email", "A@new.test", "--admin-name", "A")
    assert (await run(servers, *make))[0] == 0
    assert (await run(servers, *make))[0] == 1
    folder = write_tables(tmp_path / "files", SCHOOL)
    assert (await run(servers, "import", "sis", str(folder), "--institution", new))[0] == 0
    out = tmp_path / "out"
    code, told = await run(servers, "export", "sis", str(out), "--institution", new)
    assert code == 0, told
    code, told = await run(servers, "import", "sis", str(out), "--institution", new)
    assert code == 0, told
    assert " 0 new       0 changed       4 as they were" in told


def _names(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir()}


async def test_a_folder_with_one_of_the_files_is_written_over_only_where_that_is_said(
    eduflow: Eduflow, school: School, servers: Servers, tmp_path: Path
) -> None:
    words = ("export", "sis", str(tmp_path), "--institution", slug(school))
    precious = tmp_path / "terms.csv"
    precious.write_text("Precious", encoding="utf-8")
    code, told = await run(servers, *words)
    assert code == 2, told
    assert "terms.csv" in told
    assert "--replace" in told
    assert _names(tmp_path) == {"terms.csv"}
    assert precious.read_text(encoding="utf-8") == "Precious"
    code, told = await run(servers, *words, "--replace")
    assert code == 0, told
    assert _names(tmp_path) == set(FILE_NAMES)
    assert precious.read_text(encoding="utf-8").startswith("term_id,")


async def test_killed_in_the_middle_and_started_again_it_is_as_if_it_never_had_been_killed(
    eduflow: Eduflow, school: School, servers: Servers, tmp_path: Path
) -> None:
    people = 30_000
    tables = {"users": [person(n) for n in range(people)]}
    folder = write_tables(tmp_path / "files", tables)
    arguments = ("import", "sis", str(folder), "--institution", slug(school))
    async with eduflow.sql() as connection:

        async def taken() -> int:
            count = await connection.fetchval(
                "SELECT count(*) FROM users WHERE institution_id = $1 AND sis_id IS NOT NULL",
                school.institution,
            )
            assert isinstance(count, int)
            return count

        first = await begin(servers, *arguments)
        while await taken() < people // 10:
            assert first.returncode is None, (await first.communicate())[0].decode()
            await asyncio.sleep(0.01)  # Until enough is there to be killed in the middle of.
        first.send_signal(signal.SIGKILL)
        await first.communicate()
        half = await taken()
        assert half < people
        assert half % 1_000 == 0
        code, told = await run(servers, *arguments)
        assert code == 0, told
        # The statement that was on its way when its sender died is carried out all the same.
        assert any(f"{people - done} new" in told for done in (half, half + 1_000)), told
        assert await taken() == people
        names = await eduflow.events(school.institution)
        assert names.count("person.added") == people + 1
