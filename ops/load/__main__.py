"""`python -m ops.load`: a class opens, answers and hands in one test. `--help` tells the rest."""

import argparse
import asyncio
import contextlib
import os
import random
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from eduflow.kernel.ids import InstitutionId, SessionId, UserId, new_id
from ops.bench import rest
from ops.bench.exam import published
from ops.bench.ids import numbered
from ops.bench.report import machine
from ops.bench.site import Site, remove, running_site
from ops.bench.start import say
from ops.bench.usage import cpu_seconds, machine_busy_seconds
from ops.load.checks import faults_in
from ops.load.school import COURSE, TEACHER, TENANT, found
from ops.load.student import Student, Times

_MOST_TOLD = 10
_READ_WHOLE = (
    "SELECT relname, seq_tup_read FROM pg_stat_user_tables WHERE seq_tup_read > 0"
    " ORDER BY 2 DESC LIMIT 8"
)


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """Of one run. Times are milliseconds."""

    machine: dict[str, Any]
    students: int
    opened_in: float
    """Seconds over which all of them came."""
    p50: dict[str, float]
    p99: dict[str, float]
    longest: dict[str, float]
    done: dict[str, int]
    cores: dict[str, float]
    """Busy while it ran, by whom."""
    opening: dict[str, float]
    """The same, while the class opened."""
    read_whole: dict[str, int]
    """Rows that came from scans of whole tables, by table, the most first."""
    faults: dict[str, int]
    lost: list[str]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="nox -s load --", description=__doc__)
    parser.add_argument("--students", type=int, default=1_000)
    parser.add_argument("--open-seconds", type=float, default=10.0, help="all open it within")
    parser.add_argument("--save-seconds", type=float, default=60.0, help="drafts are saved within")
    parser.add_argument("--saves", type=int, default=4, help="questions each saves drafts of")
    parser.add_argument("--submit-seconds", type=float, default=30.0, help="all hand in within")
    parser.add_argument("--json", type=Path, help="write the whole result here")
    parser.add_argument("--keep", action="store_true", help="keep the servers' folder and logs")
    return parser.parse_args()


async def measure(options: argparse.Namespace, folder: Path) -> Result:
    """The whole run."""
    async with running_site(folder) as site:
        say(f"founding a course of {options.students}")
        dsn = site.superuser_dsn(standby=False)
        written = await found(dsn, students=options.students)
        await rest.until_folded(site, written=written, seconds=120)
        test = await published(site.ports["assessment"], headers_of(site, TEACHER), course=COURSE)
        await asyncio.to_thread(site.cluster.catch_up)
        times = Times()
        students = [
            Student(
                numbered("person", n),
                port=site.ports["assessment"],
                headers=headers_of(site, n),
                test=test,
                times=times,
            )
            for n in range(1, options.students + 1)
        ]
        say("the class opens the test")
        used, opening = await _sat(site, students, options)
        dsn = site.superuser_dsn(standby=False, database="assessment")
        lost = await faults_in(dsn, test, students)
        scanned = await asyncio.to_thread(site.cluster.ask, _READ_WHOLE, "assessment")
    sorted_times = {name: sorted(seconds) for name, seconds in times.seconds.items()}
    return Result(
        machine=machine(),
        students=options.students,
        opened_in=options.open_seconds,
        p50={name: _at(seconds, 0.5) for name, seconds in sorted_times.items()},
        p99={name: _at(seconds, 0.99) for name, seconds in sorted_times.items()},
        longest={name: _at(seconds, 1.0) for name, seconds in sorted_times.items()},
        done=dict(times.done),
        cores=used,
        opening=opening,
        read_whole={n: int(c) for n, _, c in (r.partition("|") for r in scanned.splitlines())},
        faults=dict(times.faults.most_common(_MOST_TOLD)),
        lost=lost,
    )


def headers_of(site: Site, number: int) -> dict[str, str]:
    """A token, in a session of its own."""
    signed = site.signer.sign(
        user=UserId(numbered("person", number)),
        institution=InstitutionId(TENANT),
        session=SessionId(new_id()),
        now=datetime.now(UTC),
    )
    return {"Authorization": f"Bearer {signed.token}"}


async def _sat(
    site: Site, students: list[Student], options: argparse.Namespace
) -> tuple[dict[str, float], dict[str, float]]:
    """Let all of them sit; how many cores were busy for whom, in all and while they opened."""
    began = asyncio.get_running_loop().time()
    chance = random.Random(1)  # noqa: S311 (the same class in each run)
    saving = began + options.open_seconds
    handing_in = saving + options.save_seconds
    before = _used(site)

    async def opened() -> dict[str, float]:
        await asyncio.sleep(options.open_seconds)
        return _cores(before, _used(site), options.open_seconds)

    async with asyncio.TaskGroup() as group:
        looking = group.create_task(opened())
        for student in students:
            saves = sorted(chance.uniform(saving, handing_in) for _ in range(options.saves))
            group.create_task(
                student.sit(
                    opens=chance.uniform(began, saving),
                    saves=saves,
                    hands_in=handing_in + chance.uniform(0, options.submit_seconds),
                )
            )
    took = asyncio.get_running_loop().time() - began
    return _cores(before, _used(site), took), looking.result()


def _used(site: Site) -> dict[str, float]:
    ours = {name: cpu_seconds([pid]) for name, pid in site.app.items()}
    ours["PostgreSQL"] = cpu_seconds(site.databases)
    ours["broker and objects"] = cpu_seconds([site.stores["broker"], site.stores["objects"]])
    ours["the students"] = sum(_own())
    return {**ours, "all": machine_busy_seconds()}


def _own() -> tuple[float, float]:
    used = os.times()
    return used.user, used.system


def _cores(before: dict[str, float], after: dict[str, float], seconds: float) -> dict[str, float]:
    cores = {name: (after[name] - before[name]) / seconds for name in before}
    foreign = cores.pop("all") - sum(cores.values())
    return {name: round(busy, 2) for name, busy in {**cores, "foreign": max(0.0, foreign)}.items()}


def _at(times: list[float], share: float) -> float:
    return round(times[int(share * (len(times) - 1))] * 1e3, 1) if times else 0.0


def table(result: Result) -> str:
    """For people."""
    rows = ["| | p50 ms | p99 ms | longest ms | done |", "|---|---|---|---|---|"]
    rows += [
        f"| {name} | {result.p50[name]} | {result.p99[name]} | {result.longest[name]} |"
        f" {result.done.get(name, 0)} |"
        for name in result.p50
    ]
    rows += ["", f"Cores while they opened: {result.opening}", f"Cores in all: {result.cores}"]
    told = (f"{what} {result.done.get(what, 0)}" for what in ("cut", "older", "told to wait"))
    rows += [f"Beside: {', '.join(told)}"]
    rows += [f"Rows read without an index: {result.read_whole}"]
    rows += [f"Errors: {sum(result.faults.values())}; lost: {len(result.lost)}"]
    rows += [f"  {n} x {what}" for what, n in result.faults.items()]
    rows += [f"  {what}" for what in result.lost[:_MOST_TOLD]]
    return "\n".join(rows)


def main() -> int:
    options = arguments()
    folder = Path(tempfile.mkdtemp(prefix="eduflow-load-"))
    try:
        result = uvloop.run(measure(options, folder))
    finally:
        if options.keep:
            say(f"kept: {folder}")
        else:
            with contextlib.suppress(OSError):
                remove(folder)
    print(table(result))
    if options.json:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(result)))
    return 1 if result.faults or result.lost else 0


if __name__ == "__main__":
    sys.exit(main())
