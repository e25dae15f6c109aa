"""Runs the cases round-robin, so that what else the machine does falls on all of them alike."""

import asyncio
import resource
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from ops.bench import school as ids
from ops.bench.cases import Attempt, Case, load
from ops.bench.load import LoadResult, LoadSpec
from ops.bench.pgbench import pgbench
from ops.bench.school import School, tokens
from ops.bench.site import HOST, ROOT, Site
from ops.bench.usage import cpu_seconds, machine_busy_seconds
from ops.bench.wire import Connection, request

LIMIT, EDUFLOW = "pgbench", "EduFlow"
CONNECTIONS = 64


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """One subject's turn at one case."""

    case: str
    subject: str
    result: LoadResult
    app_us: float
    """CPU of the subject's own processes per good answer, in microseconds; pgbench's own, too."""
    database_us: float
    """CPU of PostgreSQL, primary and standby, per good answer."""
    foreign: float
    """Cores that were busy with what is neither subject, PostgreSQL nor load generator."""


class Rival(msgspec.Struct, frozen=True, kw_only=True):
    """Another stack's server, already running."""

    name: str
    port: int
    pid: int
    role: str
    """Of the seats it gives: see `Attempt.role`."""


async def generate(spec: LoadSpec) -> LoadResult:
    """Run the load generator, as a process."""
    with tempfile.NamedTemporaryFile(suffix=".load") as file:
        await asyncio.to_thread(Path(file.name).write_bytes, msgspec.msgpack.encode(spec))
        out = await run_module("ops.bench.load", file.name)
    return msgspec.json.decode(out, type=LoadResult)


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
        self._begun: dict[str, int] = {}

    async def log_in(self, numbers: Iterable[int]) -> None:
        """Give these people what a client has in the middle of a day: a token, and a position."""
        wanted = sorted(set(numbers) - self.senders.keys())
        connection = Connection(HOST, self.site.port)
        path = f"/api/v1/courses/{ids.course(0)}/roster?limit=1"
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
        await self.log_in([case.who(self.school, 0)])
        method, path, body = case.ask(self.school, self._start(case, EDUFLOW))
        headers = self.senders[case.who(self.school, 0)]
        connection = Connection(HOST, self.site.port)
        answer = await connection.ask(request(method, f"/api/v1{path}", headers=headers, body=body))
        connection.close()
        self._used(case, EDUFLOW, 1)
        return None if answer.status == case.expect else f"{answer.status} {answer.body[:200]!r}"

    def subjects(self) -> list[str]:
        return [LIMIT, EDUFLOW, *(rival.name for rival in self._rivals)]

    async def round(self, case: Case, subject: str, *, seconds: float) -> Round:
        """Let one subject do one case for a while, and see what it cost."""
        rival = next((r for r in self._rivals if r.name == subject), None)
        apps = list(self.site.app.values()) if subject == EDUFLOW else [rival.pid] if rival else []
        start = self._start(case, subject)
        spec = None
        if subject != LIMIT:
            attempt = Attempt(
                connections=CONNECTIONS,
                seconds=seconds,
                start=start,
                role=rival.role if rival else "student",
            )
            if rival is None:
                await self.log_in(case.who(self.school, n) for n in range(4_000))
            spec = load(
                case,
                self.school,
                attempt,
                port=rival.port if rival else self.site.port,
                prefix="" if rival else "/api/v1",
                senders={} if rival else self.senders,
            )
        before = [
            cpu_seconds(apps),
            cpu_seconds(self.site.databases),
            _children_seconds(),
            machine_busy_seconds(),
        ]
        loop = asyncio.get_running_loop()
        began = loop.time()
        if spec is None:
            result = await self._limit(case, seconds, start)
        else:
            result = await generate(spec)
        await self._folded()
        wall = loop.time() - began
        after = [
            cpu_seconds(apps),
            cpu_seconds(self.site.databases),
            _children_seconds(),
            machine_busy_seconds(),
        ]
        app, database, children, machine = (a - b for a, b in zip(after, before, strict=True))
        self._used(case, subject, result.asked)
        good = max(1, result.good)
        return Round(
            case=case.name,
            subject=subject,
            result=result,
            app_us=(children if spec is None else app) / good * 1e6,
            database_us=database / good * 1e6,
            foreign=max(0.0, machine - app - database - children) / wall,
        )

    async def _limit(self, case: Case, seconds: float, first: int) -> LoadResult:
        return await pgbench(
            self.site.cluster.binaries,
            self.site.superuser(standby=not case.writes),
            case.script(self.school),
            seconds=seconds,
            first=first,
        )

    async def _folded(self) -> None:
        """Return when the workers have nothing left, so that their work is on the right account."""
        behind = (
            "SELECT count(*) FROM outbox_events AS e, projection_checkpoints AS c"
            " WHERE e.seq > (SELECT max(seq) - 1 FROM outbox_events) AND e.type LIKE 'api_core.%'"
            " AND NOT pg_visible_in_snapshot(e.xid, c.snapshot)"
        )
        for _ in range(600):
            if await asyncio.to_thread(self.site.cluster.ask, behind, "api_core") == "0":
                return
            await asyncio.sleep(0.05)

    def _start(self, case: Case, subject: str) -> int:
        return self._begun.get(f"{subject} {case.name}", 0) if case.writes else 0

    def _used(self, case: Case, subject: str, asked: int) -> None:
        # Room for the requests of connections that were a little ahead of the count.
        key = f"{subject} {case.name}"
        self._begun[key] = self._begun.get(key, 0) + asked + 100
