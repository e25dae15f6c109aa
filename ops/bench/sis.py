"""`python -m ops.bench.sis`: how long an import of a large school takes, and in how much memory.

Makes the same files every time, imports them into fresh servers by the command line while a worker
projects, and says when the last seat can be read from the standby. Then imports them once more,
which has to change nothing.
"""

import argparse
import asyncio
import csv
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import asyncpg

from eduflow.embedded.account import server_account
from eduflow.embedded.broker import Broker
from eduflow.embedded.cluster import Cluster
from eduflow.embedded.ports import free_ports
from eduflow.kernel.db.migrate import upgrade_database

SECONDS = 180
MEGABYTES = 300
_SLUG = "large"


def generate(folder: Path, *, people: int, courses: int, seats: int) -> None:
    """A school of that size; the same files for the same numbers."""
    dice = random.Random(20260901)  # noqa: S311 (a school, no secret)
    _file(folder, "terms", ["term_id", "name", "status"], [("t1", "Autumn", "active")])
    accounts = [
        (f"a{n}", f"a{(n - 1) // 4}" if n else "", f"Department {n}", "active") for n in range(20)
    ]
    _file(folder, "accounts", ["account_id", "parent_account_id", "name", "status"], accounts)
    users = (
        (f"u{n}", f"login{n}", f"Given{n % 500}", f"Family{n}", f"u{n}@large.test", "active")
        for n in range(people)
    )
    columns = ["user_id", "login_id", "first_name", "last_name", "email", "status"]
    _file(folder, "users", columns, users)
    taught = (
        (f"c{n}", f"C{n}", f"Course {n}", f"a{n % 20}", "t1", "published") for n in range(courses)
    )
    columns = ["course_id", "short_name", "long_name", "account_id", "term_id", "status"]
    _file(folder, "courses", columns, taught)
    sections = ((f"s{n}", f"c{n // 2}", f"Group {n % 2}", "active") for n in range(2 * courses))
    _file(folder, "sections", ["section_id", "course_id", "name", "status"], sections)
    enrolled = (
        (f"s{place // people}", f"u{place % people}", "student" if n % 25 else "teacher", "active")
        for n, place in enumerate(dice.sample(range(2 * courses * people), seats))
    )
    _file(folder, "enrollments", ["section_id", "user_id", "role", "status"], enrolled)


def _file(folder: Path, name: str, columns: list[str], rows: Iterable[Iterable[str]]) -> None:
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(columns)
        writer.writerows(rows)


def _eduflow(environment: Mapping[str, str], *arguments: str) -> tuple[float, float]:
    """Run a command to its good end; seconds, and the most megabytes it held."""
    began = time.monotonic()
    process = _begin(environment, *arguments)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"eduflow {arguments[0]} ended with {os.waitstatus_to_exitcode(status)}")
    return time.monotonic() - began, usage.ru_maxrss / 1024


def _begin(environment: Mapping[str, str], *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "eduflow", *arguments], env=environment)  # noqa: S603


async def _roster(dsn: str, seats: int) -> None:
    """Wait until the standby shows every seat in the roster."""
    connection = await asyncpg.connect(dsn)
    try:
        while await connection.fetchval("SELECT count(*) FROM course_roster") < seats:  # noqa: ASYNC110
            await asyncio.sleep(0.05)  # Nobody tells when a standby has replayed.
    finally:
        await connection.close()


def main() -> None:
    """Measure, print, and fail where the aim is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=20_000)
    options.add_argument("--courses", type=int, default=500)
    options.add_argument("--seats", type=int, default=100_000)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="eduflow-sis-") as temporary:
        folder = Path(temporary) / "files"
        folder.mkdir()
        generate(folder, people=chosen.people, courses=chosen.courses, seats=chosen.seats)
        with Cluster(Path(temporary) / "pg", databases=["api_core"]) as cluster:
            seconds, megabytes = _measure(cluster, Path(temporary), folder, chosen.seats)
    if seconds > SECONDS or megabytes > MEGABYTES:
        raise SystemExit(f"the aim is {SECONDS} s and {MEGABYTES} MB")


def _measure(cluster: Cluster, temporary: Path, folder: Path, seats: int) -> tuple[float, float]:
    broker = Broker(
        temporary / "valkey",
        port=free_ports(1)[0],
        sockets=cluster.sockets,
        password="of-the-bench",  # noqa: S106 (it lives as long as the bench)
        account=server_account(),
        log=temporary / "valkey.log",
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EDUFLOW_")}
    environment = {
        **kept,
        "EDUFLOW_BROKER_URL": broker.url,
        "EDUFLOW_DATA_DIR": str(temporary),
        "EDUFLOW_API_CORE_DSN": cluster.dsn("api_core", "app"),
        "EDUFLOW_API_CORE_WORKER_DSN": cluster.dsn("api_core", "worker"),
        "EDUFLOW_API_CORE_OWNER_DSN": cluster.dsn("api_core", "owner"),
        "EDUFLOW_API_CORE_API_REPLICAS": cluster.standby_dsn(1, "api_core", "app"),
    }
    broker.start()
    try:
        broker.wait_ready()
        asyncio.run(upgrade_database("api_core", cluster.dsn("api_core", "owner")))
        admin = ("--admin-email=a@large.test", "--admin-name=Ada")
        _eduflow(environment, "institution", "create", _SLUG, "Large", *admin)
        worker = _begin(environment, "worker")
        school = ("--institution", _SLUG)
        try:
            began = time.monotonic()
            seconds, megabytes = _eduflow(environment, "import", "sis", str(folder), *school)
            asyncio.run(_roster(cluster.standby_dsn(1, "api_core", "worker"), seats))
            print(f"import             {seconds:6.1f} s   {megabytes:6.0f} MB at most")
            print(f"seen on a standby  {time.monotonic() - began:6.1f} s")
            again, held = _eduflow(environment, "import", "sis", str(folder), *school)
            print(f"once more          {again:6.1f} s   {held:6.0f} MB at most")
            out, held = _eduflow(environment, "export", "sis", str(temporary / "out"), *school)
            print(f"export             {out:6.1f} s   {held:6.0f} MB at most")
        finally:
            worker.terminate()
            worker.wait(30)
    finally:
        broker.stop()
    return seconds, megabytes


if __name__ == "__main__":
    main()
