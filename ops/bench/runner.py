"""Runs the cases round-robin, so that what else the machine does falls on all of them alike."""

import asyncio
import resource
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from eduflow import directory
from ops.bench.cases import Attempt, Case, load, sent
from ops.bench.ids import School, course, person
from ops.bench.load import LoadResult, LoadSpec
from ops.bench.pgbench import pgbench
from ops.bench.school import tokens
from ops.bench.site import HOST, ROOT, Site
from ops.bench.usage import cpu_seconds, machine_busy_seconds
from ops.bench.wire import Connection, request

LIMIT, EDUFLOW = "pgbench", "EduFlow"
_TOKENS = 4_000
"""So many of a case's requests are looked at for who sends them."""


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """One subject's turn at one case."""

    case: str
    subject: str
    result: LoadResult
    app_us: float
    """CPU of the subject's own processes per good answer, in microseconds; pgbench's own, too."""
    worker_us: float
    """The part of it that EduFlow's worker used: to fold, to tell people, and to stay awake."""
    database_us: float
    """CPU of PostgreSQL, primary and standby, per good answer."""
    foreign: float
    """Cores that were busy with what is neither subject, PostgreSQL nor load generator."""


class Rival(msgspec.Struct, frozen=True, kw_only=True):
    """Another stack's server, already running."""

    name: str
    port: int
    pid: int
    number: int
    """Among the subjects: each hands in other work, and gives other seats."""


async def generate(spec: LoadSpec) -> LoadResult:
    """Run the load generator, as a process."""
    return msgspec.json.decode(await run_with("ops.bench.load", spec), type=LoadResult)


async def run_with(module: str, spec: msgspec.Struct) -> bytes:
    """What a module of this bench prints that is told in a file what to do."""
    with tempfile.NamedTemporaryFile(suffix=".spec") as file:
        await asyncio.to_thread(Path(file.name).write_bytes, msgspec.msgpack.encode(spec))
        return await run_module(module, file.name)


async def run_module(module: str, *arguments: str) -> bytes:
    """What a module of this bench prints, run as a process of its own."""
    run = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await run.communicate()
    if run.returncode:
        raise RuntimeError(f"{module} ended with {run.returncode}")
    return out


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Runner:
    """The rounds of one run."""

    def __init__(self, site: Site, school: School, rivals: Sequence[Rival]) -> None:
        self.site = site
        self.school = school
        self.senders: dict[int, dict[str, str]] = {}
        self._rivals = rivals
        # To the rivals everybody is who they say.
        self._named = {n: {"X-User": str(person(n))} for n in range(school.people)}
        self._begun: dict[str, int] = {}

    async def log_in(self, numbers: Iterable[int]) -> None:
        """Give these people what a client has in the middle of a day: a token, and a position."""
        wanted = sorted(set(numbers) - self.senders.keys())
        connection = Connection(HOST, self.site.port)
        path = f"/api/v1/courses/{course(0)}/roster?limit=1"
        for number, token in zip(
            wanted, tokens(self.school, self.site.signer, wanted), strict=True
        ):
            headers = {"Authorization": f"Bearer {token}"}
            answer = await connection.ask(request("GET", path, headers=headers))
            if position := answer.header("eduflow-position"):
                headers["EduFlow-Position"] = position
            self.senders[number] = headers
        connection.close()

    async def missing(self, case: Case) -> str | None:
        """Why EduFlow cannot be asked this, if it cannot: the answer to the first request."""
        n = self._start(case, EDUFLOW)
        await self._identify(case, range(n, n + 1))
        asking = sent(case, self.school, n, prefix="/api/v1", subject=0, senders=self.senders)
        connection = Connection(HOST, self.site.ports[case.service])
        answer = await connection.ask(asking)
        connection.close()
        self._used(case, EDUFLOW, 1)
        return None if answer.status == case.expect else f"{answer.status} {answer.body[:200]!r}"

    async def load(self, case: Case, attempt: Attempt) -> LoadSpec:
        """A load of EduFlow apart from the rounds; what it sends is not sent again."""
        start = self._start(case, EDUFLOW)
        await self._identify(case, range(start, start + _TOKENS))
        spec = load(
            case,
            self.school,
            msgspec.structs.replace(attempt, start=start),
            senders=self.senders,
        )
        if case.writes:
            self._used(case, EDUFLOW, len(spec.requests))
        return spec

    async def _identify(self, case: Case, numbers: range) -> None:
        if not case.anonymous:
            await self.log_in(case.who(self.school, n) for n in numbers)

    def subjects(self) -> list[str]:
        return [LIMIT, EDUFLOW, *(rival.name for rival in self._rivals)]

    async def round(self, case: Case, subject: str, *, seconds: float) -> Round:
        """Let one subject do one case for a while, and see what it cost."""
        rival = next((r for r in self._rivals if r.name == subject), None)
        apps = list(self.site.app.values()) if subject == EDUFLOW else [rival.pid] if rival else []
        start = self._start(case, subject)
        spec = None
        if rival is not None:
            attempt = Attempt(
                seconds=seconds, port=rival.port, prefix="", start=start, subject=rival.number
            )
            spec = load(case, self.school, attempt, senders=self._named)
        elif subject == EDUFLOW:
            await self._identify(case, range(start, start + _TOKENS))
            attempt = Attempt(seconds=seconds, port=self.site.ports[case.service], start=start)
            spec = load(case, self.school, attempt, senders=self.senders)
        before = self._used_so_far(apps)
        loop = asyncio.get_running_loop()
        began = loop.time()
        if spec is None:
            result = await self._limit(case, seconds, start)
        else:
            result = await generate(spec)
        await self._folded(directory.place(case.service).database)
        wall = loop.time() - began
        used = [b - a for a, b in zip(before, self._used_so_far(apps), strict=True)]
        app, worker, database, children, machine = used
        self._used(case, subject, result.asked)
        good = max(1, result.good)
        return Round(
            case=case.name,
            subject=subject,
            result=result,
            app_us=(children if spec is None else app) / good * 1e6,
            worker_us=(worker if subject == EDUFLOW else 0.0) / good * 1e6,
            database_us=database / good * 1e6,
            foreign=max(0.0, machine - app - database - children) / wall,
        )

    def _used_so_far(self, apps: Iterable[int]) -> list[float]:
        return [
            cpu_seconds(apps),
            cpu_seconds([self.site.app["worker"]]),
            cpu_seconds(self.site.databases),
            _children_seconds(),
            machine_busy_seconds(),
        ]

    async def _limit(self, case: Case, seconds: float, first: int) -> LoadResult:
        return await pgbench(
            self.site.cluster.binaries,
            self.site.superuser(
                standby=not case.writes, database=directory.place(case.service).database
            ),
            case.script(self.school),
            seconds=seconds,
            first=first,
        )

    async def _folded(self, database: str) -> None:
        """Return when the workers have nothing left, so that their work is on the right account."""
        behind = (
            "SELECT count(*) FROM outbox_events AS e, projection_checkpoints AS c"
            " WHERE e.seq > (SELECT max(seq) - 1 FROM outbox_events) AND e.type LIKE '{0}.%'"
            " AND c.source = '{0}' AND NOT pg_visible_in_snapshot(e.xid, c.snapshot)"
        )
        for _ in range(600):
            if (
                await asyncio.to_thread(self.site.cluster.ask, behind.format(database), database)
                == "0"
            ):
                return
            await asyncio.sleep(0.05)

    def _start(self, case: Case, subject: str) -> int:
        return self._begun.get(f"{subject} {case.name}", 0) if case.writes else 0

    def _used(self, case: Case, subject: str, asked: int) -> None:
        # Room for the requests of connections that were a little ahead of the count.
        key = f"{subject} {case.name}"
        self._begun[key] = self._begun.get(key, 0) + asked + 100
