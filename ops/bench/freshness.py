"""From the answer of a write until a replica shows it, at a fixed rate of writes."""

import msgspec

from ops.bench.ids import course as course_id
from ops.bench.ids import person as person_id
from ops.bench.runner import Runner, run_with
from ops.bench.site import HOST
from ops.bench.wire import request

_PROBES = 20
"""Writes a second that are followed by a GET; each goes to a course of its own."""


class FreshnessSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What the measuring process is told."""

    host: str
    port: int
    standby: str
    rate: int
    seconds: float
    writes: list[bytes]
    probes: list[tuple[bytes, bytes]]
    """A write, and the head of the read that must show it; `@` stands for the position."""
    probe_rate: int


class Freshness(msgspec.Struct, frozen=True, kw_only=True):
    """Times in seconds."""

    rate: int
    done: float
    write_p50: float
    write_p99: float
    sql_p50: float
    """From the answer until SQL on the standby finds the seat in the roster."""
    sql_p99: float
    get_p50: float
    """How long a GET with the write's position, sent at once, takes to answer."""
    get_p99: float
    reads: int
    stale: int
    """GETs that did not show it, or said that they were stale."""


async def measure(runner: Runner, rates: list[int], *, seconds: float) -> list[Freshness]:
    """Each rate in turn."""
    school, site = runner.school, runner.site
    await runner.log_in(range(school.staff))
    found, probe = [], 0
    for number, rate in enumerate(rates):
        # The last of the intake: the rounds before began at the other end.
        first = school.people * (school.intake - 10 + number)
        writes = [
            _write(
                runner,
                course=school.courses + n // school.people % school.intake,
                person=n % school.people,
                key=n,
            )
            for n in range(first, first + int(rate * seconds * 1.5))
        ]
        probes = []
        for _ in range(int(_PROBES * seconds)):
            course = school.courses + school.intake + probe
            headers = {**runner.senders[probe % school.staff], "EduFlow-Position": "@"}
            path = f"/api/v1/courses/{course_id(course)}/roster"
            write = _write(runner, course=course, person=probe % school.people, key=10**9 + probe)
            probes.append((write, request("GET", path, headers=headers)))
            probe += 1
        spec = FreshnessSpec(
            host=HOST,
            port=site.port,
            standby=site.superuser_dsn(standby=True),
            rate=rate,
            seconds=seconds,
            writes=writes,
            probes=probes,
            probe_rate=_PROBES,
        )
        out = await run_with("ops.bench.watch", spec)
        found.append(msgspec.json.decode(out, type=Freshness))
    return found


def _write(runner: Runner, *, course: int, person: int, key: int) -> bytes:
    headers = {**runner.senders[key % runner.school.staff], "Idempotency-Key": f"fresh-{key}"}
    body = b'{"user_id":"%s"}' % str(person_id(person)).encode()
    path = f"/api/v1/courses/{course_id(course)}/enrollments"
    return request("POST", path, headers=headers, body=body)
