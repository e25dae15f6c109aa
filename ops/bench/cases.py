"""What is measured: each case as EduFlow's request, as bare SQL, and as a rival's path."""

from collections.abc import Callable, Mapping

import msgspec

from ops.bench import scripts
from ops.bench.ids import EACH, School, assignment, course, course_of, person
from ops.bench.load import LoadSpec
from ops.bench.school import PASSWORD, email
from ops.bench.site import HOST, SERVICE
from ops.bench.wire import request

_READS = 4_000
"""Requests made beforehand for one round of reads, which are then asked again."""
_WRITES_A_SECOND = 3_000
"""A round of writes ends early when it has used up as many."""
_ROLES = ("student", "observer", "ta", "designer")
"""Of the seats that are given: one person has one of each, so each subject has its own."""
Asked = tuple[str, str, bytes | None]
"""Method, path below /api/v1, and body."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One line of work."""

    name: str
    ask: Callable[[School, int, int], Asked]
    """The n-th request of a subject, by numbers; paths are the same for EduFlow and rivals."""
    who: Callable[[School, int], int]
    """Who sends the n-th request, by number."""
    script: Callable[[School], str]
    """For pgbench."""
    writes: bool = False
    """Whether each request is asked once."""
    anonymous: bool = False
    """Whether nobody is logged in; then each request comes from an address of its own."""
    expect: int = 200
    connections: int = 64
    service: str = SERVICE
    """Who is asked, and whose database pgbench asks."""
    usual: bool = True
    """Whether it is measured without being asked for by name."""
    note: str = ""


def submitter(school: School, n: int) -> tuple[int, int]:
    """Learner and course, by number: everybody in each of their courses, and then again."""
    who = n % school.asking
    return who, course_of(who, n // school.asking % EACH)


def _submission(school: School, n: int, subject: int) -> Asked:
    _, c = submitter(school, n)
    body = msgspec.json.encode({"body": scripts.text(n)})
    return "POST", f"/assignments/{assignment(c, subject)}/submissions", body


def _login(school: School, n: int, _subject: int) -> Asked:
    body = msgspec.json.encode({"email": email(n % school.people), "password": PASSWORD})
    return "POST", "/auth/login", body


def _enrollment(school: School, n: int, subject: int) -> Asked:
    c = school.courses + n // school.people % school.intake
    body = {"user_id": person(n % school.people), "role": _ROLES[subject]}
    return "POST", f"/courses/{course(c)}/enrollments", msgspec.json.encode(body)


DASHBOARD = Case(
    name="GET /users/me/dashboard",
    ask=lambda _school, _n, _subject: ("GET", "/users/me/dashboard", None),
    who=lambda school, n: school.staff + n % school.asking,
    script=scripts.dashboard,
)
LOGIN = Case(
    name="POST /auth/login",
    ask=_login,
    who=lambda school, n: n % school.people,
    script=scripts.login,
    writes=True,
    anonymous=True,
    # Passwords are compared by as many threads as there are cores; more would only wait for them.
    connections=8,
    note="pgbench compares no password, so here its rate and the ratio to it mean nothing.",
)
CASES = (
    DASHBOARD,
    Case(
        name="GET /courses/{id}/gradebook",
        ask=lambda school, n, _subject: (
            *("GET", f"/courses/{course(n % school.large)}/gradebook"),
            None,
        ),
        who=lambda school, n: n % school.staff,
        script=scripts.gradebook,
        # For some of the subjects this is a good part of a second's work.
        connections=8,
    ),
    Case(
        name="GET /courses/{id}/roster",
        ask=lambda school, n, _subject: (
            *("GET", f"/courses/{course(n % school.asked)}/roster"),
            None,
        ),
        who=lambda school, n: n % school.staff,
        script=scripts.roster,
    ),
    Case(
        name="POST /assignments/{id}/submissions",
        ask=_submission,
        who=lambda school, n: school.staff + submitter(school, n)[0],
        script=scripts.submission,
        writes=True,
        expect=201,
    ),
    LOGIN,
    Case(
        name="POST /courses/{id}/enrollments",
        ask=_enrollment,
        who=lambda school, n: n % school.staff,
        script=scripts.enrollment,
        writes=True,
        expect=202,
        usual=False,
    ),
)


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """How one round of one case is asked for."""

    seconds: float
    port: int
    prefix: str = "/api/v1"
    connections: int | None = None
    """None: as many as the case has."""
    rate: float | None = None
    start: int = 0
    """Number of the first request; a write must not be sent twice."""
    subject: int = 0


def load(
    case: Case, school: School, attempt: Attempt, *, senders: Mapping[int, Mapping[str, str]]
) -> LoadSpec:
    """The load for one round; `senders` holds the headers of everybody who sends, by number."""
    count = int(_WRITES_A_SECOND * attempt.seconds) if case.writes else _READS
    return LoadSpec(
        host=HOST,
        port=attempt.port,
        requests=[
            sent(case, school, n, prefix=attempt.prefix, subject=attempt.subject, senders=senders)
            for n in range(attempt.start, attempt.start + count)
        ],
        connections=attempt.connections or case.connections,
        seconds=attempt.seconds,
        rate=attempt.rate,
        once=case.writes,
        expect=case.expect,
    )


def sent(
    case: Case,
    school: School,
    n: int,
    *,
    prefix: str,
    subject: int,
    senders: Mapping[int, Mapping[str, str]],
) -> bytes:
    """The bytes of the n-th request."""
    method, path, body = case.ask(school, n, subject)
    if case.anonymous:
        headers = {"X-Forwarded-For": f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"}
    else:
        headers = {**senders[case.who(school, n)]}
        if case.writes:
            headers["Idempotency-Key"] = f"bench-{n}"
    return request(method, f"{prefix}{path}", headers=headers, body=body)
