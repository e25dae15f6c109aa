"""What is measured: each case as EduFlow's request, as bare SQL, and as a rival's path."""

from collections.abc import Callable

import msgspec

from ops.bench import school as ids
from ops.bench.load import LoadSpec
from ops.bench.school import School
from ops.bench.site import HOST
from ops.bench.wire import request

_BATCH = 20_000
"""Requests made beforehand for one round; a write's round ends early when it has used them up."""
_SEAT_COLUMNS = "id, institution_id, course_id, section_id, user_id, role, created_at"


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One line of work."""

    name: str
    ask: Callable[[School, int], tuple[str, str, bytes | None]]
    """Method, path below /api/v1 and body of the n-th request, the same for EduFlow and rivals."""
    who: Callable[[School, int], int]
    """Who sends the n-th request, by number."""
    script: Callable[[School], str]
    """For pgbench: the same rows, with no identity, permission, policy or freshness."""
    writes: bool = False
    expect: int = 200


def _dashboard_script(school: School) -> str:
    return (
        f"\\set n random(0, {school.learners - 1})\n"
        "SELECT r.enrollment_id, r.course_id, c.code, c.title, c.state AS course_state, r.role,"
        " r.section_id, s.name AS section_name, r.state, coalesce(p.completed, 0) AS completed,"
        " c.lessons, p.last_at FROM course_roster AS r"
        " JOIN course_cards AS c ON c.course_id = r.course_id AND c.state <> 'deleted'"
        " LEFT JOIN course_sections AS s ON s.id = r.section_id"
        " LEFT JOIN course_progress AS p ON p.user_id = r.user_id AND p.course_id = r.course_id"
        f" WHERE r.user_id = {ids.sql_id('person', f'{school.staff} + :n::int')}"
        " AND r.state <> 'withdrawn' ORDER BY c.code, r.enrollment_id;\n"
    )


def _roster_script(school: School) -> str:
    return (
        f"\\set n random(0, {school.courses - 1})\n"
        "SELECT r.enrollment_id, r.section_id, r.user_id, p.display_name, p.email, r.role, r.state,"
        " r.since"
        " FROM course_roster AS r LEFT JOIN people AS p ON p.user_id = r.user_id"
        f" WHERE r.course_id = {ids.sql_id('course', ':n::int')}"
        " ORDER BY r.since, r.enrollment_id LIMIT 51;\n"
    )


def _enroll_script(school: School) -> str:
    """Seat, event and answer to repetitions in one statement, as EduFlow writes them.

    The event's type is one that nobody folds: what the workers do with it is EduFlow's to pay for.
    """
    course = f"({school.courses} + (:first::int + :n::int) / {school.people} % {school.intake})"
    person = f"((:first::int + :n::int) % {school.people})"
    return (
        "\\set n :k * :clients + :client_id\n\\set k :k + 1\n"
        "WITH seat AS (INSERT INTO enrollments"
        f" ({_SEAT_COLUMNS}) SELECT gen_random_uuid(), '{school.institution}',"
        f" {ids.sql_id('course', course)}, {ids.sql_id('section', course)},"
        f" {ids.sql_id('person', person)}, 'observer', now() RETURNING *),"
        " event AS (INSERT INTO outbox_events"
        " (id, type, aggregate_id, institution_id, actor_id, at, payload)"
        " SELECT gen_random_uuid(), 'bench.seat', id, institution_id, user_id, created_at,"
        " to_jsonb(seat) FROM seat)"
        " INSERT INTO idempotency_keys (principal, key, command, body_hash, answer)"
        " SELECT user_id, id::text, 'EnrollLearner', sha256(id::text::bytea), to_jsonb(id::text)"
        " FROM seat;\n"
    )


def _enrollment(school: School, n: int) -> tuple[str, str, bytes | None]:
    course = school.courses + n // school.people % school.intake
    body = b'{"user_id":"%s","role":"student"}' % str(ids.person(n % school.people)).encode()
    return "POST", f"/courses/{ids.course(course)}/enrollments", body


CASES = (
    Case(
        name="GET /users/me/dashboard",
        ask=lambda _school, _n: ("GET", "/users/me/dashboard", None),
        who=lambda school, n: school.staff + n % min(school.learners, 2_000),
        script=_dashboard_script,
    ),
    Case(
        name="GET /courses/{id}/roster",
        ask=lambda school, n: ("GET", f"/courses/{ids.course(n % school.courses)}/roster", None),
        who=lambda school, n: n % school.staff,
        script=_roster_script,
    ),
    Case(
        name="POST /courses/{id}/enrollments",
        ask=_enrollment,
        who=lambda school, n: n % school.staff,
        script=_enroll_script,
        writes=True,
        expect=202,
    ),
)


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """How one round of one case is asked for."""

    connections: int
    seconds: float
    rate: float | None = None
    start: int = 0
    """Number of the first request; a write must not be sent twice."""
    role: str = "student"
    """Of the seats that are given: one person has one of each role, so each rival has its own."""


def load(
    case: Case,
    school: School,
    attempt: Attempt,
    *,
    port: int,
    prefix: str,
    senders: dict[int, dict[str, str]],
) -> LoadSpec:
    """The load for one round; `senders` holds the headers of everybody who sends, by number."""
    count = _BATCH if case.writes else min(_BATCH, 4_000)
    requests = []
    for n in range(attempt.start, attempt.start + count):
        method, path, body = case.ask(school, n)
        if body is not None:
            body = body.replace(b"student", attempt.role.encode())
        headers = senders.get(case.who(school, n), {})
        if case.writes and headers:
            headers = {**headers, "Idempotency-Key": f"bench-{n}"}
        requests.append(request(method, f"{prefix}{path}", headers=headers, body=body))
    return LoadSpec(
        host=HOST,
        port=port,
        requests=requests,
        connections=attempt.connections,
        seconds=attempt.seconds,
        rate=attempt.rate,
        once=case.writes,
        expect=case.expect,
    )
