"""A primary and two standbys, killed, paused and rebuilt."""

import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from eduflow.embedded.binaries import PostgresBinaries, find_postgres
from eduflow.embedded.cluster import Cluster
from eduflow.embedded.problems import EmbeddedError
from eduflow.embedded.processes import processes_in

DEBIAN = Path("/usr/lib/postgresql/15/bin")


async def connected(dsn: str, work: Callable[[Any], Awaitable[Any]]) -> Any:
    connection = await asyncpg.connect(dsn)
    try:
        return await work(connection)
    finally:
        await connection.close()


async def rows(dsn: str, sql: str) -> Any:
    return await connected(dsn, lambda connection: connection.fetchval(sql))


async def execute(dsn: str, sql: str) -> Any:
    return await connected(dsn, lambda connection: connection.execute(sql))


@pytest.fixture(scope="module")
async def table(cluster: Cluster) -> str:
    await execute(
        cluster.dsn("school", "owner"),
        "CREATE TABLE pupil (name text); GRANT SELECT, INSERT ON pupil TO school_app",
    )
    return "pupil"


async def test_what_is_written_to_the_primary_is_read_from_every_standby(
    cluster: Cluster, table: str
) -> None:
    await execute(cluster.dsn("school"), "INSERT INTO pupil VALUES ('Ada')")
    cluster.catch_up()
    for number in (1, 2):
        seen = "SELECT count(*) FROM pupil WHERE name = 'Ada'"
        assert await rows(cluster.standby_dsn(number, "school"), seen) == 1


async def test_a_standby_refuses_a_write(cluster: Cluster, table: str) -> None:
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await execute(cluster.standby_dsn(1, "school"), "INSERT INTO pupil VALUES ('Bob')")


async def test_a_killed_primary_comes_back_with_every_committed_row(
    cluster: Cluster, table: str
) -> None:
    await execute(cluster.dsn("school"), "INSERT INTO pupil VALUES ('before the kill')")
    cluster.kill_primary()
    cluster.start_primary()
    seen = "SELECT count(*) FROM pupil WHERE name = 'before the kill'"
    assert await rows(cluster.dsn("school"), seen) == 1
    cluster.catch_up()
    assert await rows(cluster.standby_dsn(2, "school"), seen) == 1


async def test_a_killed_standby_catches_up(cluster: Cluster, table: str) -> None:
    cluster.kill_standby(1)
    await execute(cluster.dsn("school"), "INSERT INTO pupil VALUES ('while it was away')")
    cluster.start_standby(1)
    cluster.catch_up()
    seen = "SELECT count(*) FROM pupil WHERE name = 'while it was away'"
    assert await rows(cluster.standby_dsn(1, "school"), seen) == 1


async def test_a_paused_standby_shows_the_old_world_until_it_is_resumed(
    cluster: Cluster, table: str
) -> None:
    cluster.pause_standby(1)
    await execute(cluster.dsn("school"), "INSERT INTO pupil VALUES ('unseen')")
    seen = "SELECT count(*) FROM pupil WHERE name = 'unseen'"
    assert await rows(cluster.standby_dsn(1, "school"), seen) == 0
    cluster.resume_standby(1)
    cluster.catch_up()
    assert await rows(cluster.standby_dsn(1, "school"), seen) == 1


async def test_a_standby_that_lost_its_slot_is_rebuilt(cluster: Cluster, table: str) -> None:
    cluster.standbys[1].stop()
    cluster.ask("SELECT pg_drop_replication_slot('standby_2')")
    await execute(cluster.dsn("school"), "INSERT INTO pupil VALUES ('after the loss')")
    cluster.start_standby(2)
    cluster.catch_up()
    seen = "SELECT count(*) FROM pupil WHERE name = 'after the loss'"
    assert await rows(cluster.standby_dsn(2, "school"), seen) == 1
    assert cluster.ask("SELECT count(*) FROM pg_replication_slots WHERE active") == "2"


def test_no_role_of_a_service_is_superuser_or_above_row_level_security(cluster: Cluster) -> None:
    above = cluster.ask(
        "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'school%' "
        "AND (rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole OR rolreplication)"
    )
    assert above == "0"
    assert cluster.ask("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'school%'") == "3"


def test_commits_are_never_asynchronous(cluster: Cluster) -> None:
    assert cluster.ask("SHOW synchronous_commit") == "on"
    assert cluster.ask("SHOW hot_standby_feedback") == "on"


async def test_a_wrong_password_is_refused_on_socket_and_loopback(cluster: Cluster) -> None:
    port = cluster.primary.address.port
    for host in (str(cluster.sockets), "127.0.0.1"):
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(
                host=host, port=port, user="school_app", password="guess", database="school"
            )


async def test_the_database_of_one_service_is_closed_to_the_roles_of_another(
    cluster: Cluster,
) -> None:
    cluster.create_database("stranger")
    dsn = cluster.dsn("stranger").replace("/stranger?", "/school?")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(dsn)
    cluster.drop_database("stranger")


async def test_a_copy_of_a_database_has_its_rows_and_its_roles(
    cluster: Cluster, table: str
) -> None:
    await execute(cluster.dsn("school"), "INSERT INTO pupil VALUES ('copied')")
    cluster.create_database("school_copy", template="school")
    seen = "SELECT count(*) FROM pupil WHERE name = 'copied'"
    assert await rows(cluster.dsn("school_copy"), seen) == 1
    cluster.drop_database("school_copy")
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(cluster.dsn("school"), database="school_copy")


def test_names_that_are_not_plain_are_refused(cluster: Cluster) -> None:
    with pytest.raises(EmbeddedError, match="not a name"):
        cluster.create_database('x"; DROP DATABASE school; --')


@pytest.mark.skipif(not DEBIAN.exists(), reason="the distribution's PostgreSQL 15 is not here")
def test_postgresql_15_replicates_as_well(folder: Path) -> None:
    debian = PostgresBinaries(DEBIAN, 15)
    with Cluster(folder / "pg", databases=["school"], durable=False, binaries=debian) as old:
        assert old.ask("SHOW server_version").startswith("15")
        old.ask("CREATE TABLE t AS SELECT 1 AS a", database="school")
        old.catch_up()
        assert old.ask_standby("SELECT a FROM t", database="school") == "1"


@pytest.mark.skipif(not DEBIAN.exists(), reason="the distribution's PostgreSQL 15 is not here")
def test_data_of_another_version_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDUFLOW_PG_BIN", str(DEBIAN))
    with pytest.raises(EmbeddedError, match="made by PostgreSQL 18"):
        find_postgres(18)


def test_what_a_killed_start_left_running_is_ended_first(folder: Path) -> None:
    with Cluster(folder / "pg", databases=["school"], durable=False) as first:
        first.ask("CREATE TABLE t AS SELECT 1 AS a", database="school")
    ports = [first.primary.address.port, first.standbys[0].address.port]
    sockets = folder / "sockets"
    sockets.mkdir()
    first.primary.account.own(sockets)
    again = Cluster(folder / "pg", ports=ports, sockets=sockets, durable=False)
    again.primary.prepare()
    orphan = subprocess.Popen(
        [*first.primary.account.prefix, *first.primary.argv()],
        env=first.primary.environment(),
        user=first.primary.account.uid,
        group=first.primary.account.gid,
        stderr=subprocess.DEVNULL,
    )
    again.primary.process = orphan
    again.primary.wait_ready()
    with Cluster(folder / "pg", ports=ports, databases=["school"], durable=False) as second:
        assert orphan.poll() is not None
        assert second.ask("SELECT a FROM t", database="school") == "1"
    assert processes_in(folder / "pg" / "primary") == []


def test_a_lock_file_whose_number_belongs_to_somebody_else_does_not_stop_a_start(
    folder: Path,
) -> None:
    with Cluster(folder / "pg", standbys=0, durable=False) as first:
        first.kill_primary()
    stale = folder / "pg" / "primary" / "postmaster.pid"
    lines = stale.read_text().splitlines()
    stale.write_text("\n".join(["1", *lines[1:]]) + "\n")
    with Cluster(folder / "pg", standbys=0, durable=False) as second:
        assert second.ask("SELECT 1") == "1"
