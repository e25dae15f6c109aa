"""`eduflow up --servers-only`, as people run it: started, looked at, killed, and started again."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from eduflow import directory
from eduflow.embedded.processes import Identity, end, identify, processes_in, wait_until

from .conftest import NO_OBJECTS, Installation, free_offset

PS = shutil.which("ps") or "ps"
UNTOLD = {"PATH": "/nonexistent"}
"""There is no `setpriv` here, so that nobody tells the children of their parent's death."""


def gone(pid: int) -> bool:
    return identify(pid) is None


async def test_up_starts_the_servers_and_down_leaves_nothing(whole: Installation) -> None:
    started = whole.up()
    assert started.returncode == 0, started.stderr
    assert "EduFlow is ready" in started.stdout
    status = whole.status()
    assert status["state"] == "ready"
    assert {each["name"]: each["state"] for each in status["processes"]} == {
        "supervisor": "ready",
        "broker": "ready",
        "objects": "ready",
        "model": "ready",
        "primary": "ready",
        "standby-1": "ready",
    }
    assert await whole.ask("SELECT pg_is_in_recovery()", directory.STANDBY_PORT) is True
    pids = whole.pids()
    assert whole.down().returncode == 0
    assert all(gone(pid) for pid in pids.values())
    control = (whole.folder / "logs" / "primary.log").read_text()
    assert control.rstrip().endswith("database system is shut down")


def test_nothing_secret_can_be_read_by_others(whole: Installation) -> None:
    whole.up()
    for name in ("secrets.json", "postgres.secrets.json", "environment", "state.json"):
        assert stat.S_IMODE((whole.folder / name).stat().st_mode) == 0o600
    lines = subprocess.run([PS, "-eo", "args"], capture_output=True, text=True, check=True).stdout
    environment = (whole.folder / "environment").read_text()
    for name in ("EDUFLOW_S3_SECRET_KEY", "EDUFLOW_LLM_LOCAL_KEY"):
        key = environment.split(f"{name}=")[1].split()[0]
        assert key not in lines


def test_a_second_up_on_the_same_data_says_who_holds_it(installation: Installation) -> None:
    installation.up()
    holder = installation.pids()["supervisor"]
    second = installation.run("up", "--servers-only", f"--port-offset={installation.offset}")
    assert second.returncode == 1
    assert f"pid {holder}" in second.stderr
    assert "eduflow down" in second.stderr


async def test_up_can_be_killed_and_started_again_without_loss(installation: Installation) -> None:
    installation.up()
    await installation.ask("CREATE TABLE kept AS SELECT 42 AS answer")
    os.kill(installation.pids()["supervisor"], signal.SIGKILL)
    again = installation.up()
    assert again.returncode == 0, again.stderr
    assert await installation.ask("SELECT answer FROM kept") == 42


def test_down_clears_what_a_killed_up_left(whole: Installation) -> None:
    alone = Installation(whole.folder, whole.offset, variables=UNTOLD)
    assert alone.up().returncode == 0
    pids = alone.pids()
    os.kill(pids.pop("supervisor"), signal.SIGKILL)
    assert not any(gone(pid) for pid in pids.values())
    stopped = whole.down()
    assert stopped.returncode == 0, stopped.stderr
    assert all(gone(pid) for pid in pids.values())
    data = whole.folder
    assert processes_in(*(data / part for part in ("objects", "broker", "model"))) == []
    assert processes_in(*(data / "postgres").iterdir()) == []


async def test_up_clears_what_a_killed_up_left(installation: Installation) -> None:
    untold = {**UNTOLD, **NO_OBJECTS}
    alone = Installation(installation.folder, installation.offset, variables=untold)
    assert alone.up().returncode == 0
    await installation.ask("CREATE TABLE kept AS SELECT 42 AS answer")
    pids = alone.pids()
    os.kill(pids["supervisor"], signal.SIGKILL)
    again = alone.up()
    assert again.returncode == 0, again.stderr
    assert not set(pids.values()) & set(alone.pids().values())
    assert await installation.ask("SELECT answer FROM kept") == 42


async def test_a_part_that_dies_is_started_again(installation: Installation) -> None:
    installation.up()
    before = installation.pids()
    for name in ("primary", "broker"):
        os.kill(before[name], signal.SIGKILL)

    def back() -> bool:
        status = {each["name"]: each for each in installation.status()["processes"]}
        return all(
            status[name]["state"] == "ready" and status[name]["pid"] != before[name]
            for name in ("primary", "broker")
        )

    assert wait_until(back, 20)
    assert await installation.ask("SELECT 1") == 1


async def test_two_run_side_by_side(installation: Installation) -> None:
    other = Installation(
        installation.folder.with_name("other"),
        free_offset(installation.offset),
        variables=NO_OBJECTS,
    )
    try:
        assert installation.up().returncode == 0
        assert other.up().returncode == 0
        await other.ask("CREATE TABLE only_here ()")
        assert await installation.ask("SELECT to_regclass('only_here')") is None
    finally:
        other.down()
    assert await installation.ask("SELECT 1") == 1


def test_a_taken_port_is_named_with_what_to_do(installation: Installation) -> None:
    port = directory.BROKER_PORT + installation.offset
    with socket.socket() as holder:
        # As granian does: such a holder would let a second one in without a word.
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(("127.0.0.1", port))
        holder.listen()
        refused = installation.up()
    assert refused.returncode == 1
    assert f"port {port} (broker) is taken" in refused.stderr
    assert "--port-offset" in refused.stderr


def test_an_ordinary_user_can_run_it(installation: Installation) -> None:
    if os.geteuid() != 0:
        pytest.skip("every other test has shown it")
    # In a namespace of its own this user is number 1000 and has no rights over the machine.
    prefix = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")
    if shutil.which("unshare") is None or subprocess.run([*prefix, "true"], check=False).returncode:
        pytest.skip("user namespaces are switched off here")
    ordinary = Installation(
        installation.folder, installation.offset, prefix=prefix, variables=NO_OBJECTS
    )
    started = ordinary.up()
    assert started.returncode == 0, started.stderr
    assert ordinary.status()["state"] == "ready"
    assert ordinary.down().returncode == 0


def test_an_outside_broker_is_used_and_not_started(installation: Installation) -> None:
    outside = Installation(
        installation.folder,
        installation.offset,
        variables={**NO_OBJECTS, "EDUFLOW_BROKER_URL": "redis://broker.invalid/0"},
    )
    assert outside.up().returncode == 0
    assert "broker" not in outside.pids()
    assert "redis://broker.invalid/0" in (outside.folder / "environment").read_text()


def test_a_misspelt_setting_stops_the_start(installation: Installation) -> None:
    wrong = Installation(
        installation.folder, installation.offset, variables={"EDUFLOW_BROKR_URL": "redis://x"}
    )
    refused = wrong.up()
    assert refused.returncode == 1
    assert "EDUFLOW_BROKR_URL" in refused.stderr
    assert not installation.folder.exists()


def test_down_where_nothing_was_started_says_so(folder: Path) -> None:
    said = Installation(folder / "never", 0).down()
    assert said.returncode == 0
    assert "nothing has been started" in said.stdout


async def test_a_port_can_be_moved_between_two_starts(installation: Installation) -> None:
    installation.up()
    await installation.ask("CREATE TABLE kept AS SELECT 42 AS answer")
    installation.down()
    offset = free_offset(installation.offset)
    moved = Installation(installation.folder, offset, variables=NO_OBJECTS)
    assert moved.up().returncode == 0
    assert await moved.ask("SELECT answer FROM kept") == 42
    with pytest.raises(OSError, match="Connect call failed"):
        await asyncpg.connect(
            host="127.0.0.1", port=directory.POSTGRES_PORT + installation.offset, user="postgres"
        )


def test_a_process_that_took_a_dead_ones_number_is_not_ended() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as bystander:
        impostor = Identity(bystander.pid, "another boot:12345")
        end(impostor, stop_signal=signal.SIGTERM, patience=0.1)
        assert bystander.poll() is None
        bystander.kill()
