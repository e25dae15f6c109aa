"""Each rule of `ops.lint` catches its case and lets its neighbour pass; the code keeps them all."""

from pathlib import Path

import pytest

from ops.lint.check import findings
from ops.lint.rules import LONGEST_FILE, RULES
from ops.lint.source import Source

SRC = Path(__file__).resolve().parents[2] / "src"
COMMAND = "eduflow.services.api_core.commands.enroll"
QUERY = "eduflow.services.api_core.queries.roster"
ROUTE = "eduflow.services.api_core.routes.rosters"

CAUGHT = [
    ("R1", COMMAND, "async def f(c):\n    async with c.transaction():\n        pass"),
    ("R1", COMMAND, "async def f(c):\n    async with c.transaction(isolation='serializable'): ..."),
    ("R1", COMMAND, "async def f(session):\n    await session.commit()"),
    ("R1", COMMAND, "async def f(engine):\n    async with engine.begin(): ..."),
    ("R1", COMMAND, "async def f(session):\n    await session.begin()"),
    ("R1", COMMAND, "async def f(c):\n    await c.execute('BEGIN ISOLATION LEVEL SERIALIZABLE')"),
    ("R2", QUERY, "Q = 'SELECT * FROM outbox_events WHERE id > $1 ORDER BY id'"),
    ("R2", QUERY, "Q = '''SELECT body\nFROM api_core.events e\nWHERE e.seq >= %s'''"),
    ("R2", QUERY, "def q(t, n):\n    return f'SELECT * FROM outbox WHERE {t} AND seq > {n}'"),
    ("R3", QUERY, "import time\ndef f():\n    time.sleep(1)"),
    ("R3", QUERY, "from time import sleep as nap\nasync def f():\n    nap(1)"),
    ("R3", QUERY, "import requests\nasync def f():\n    return requests.get('http://x')"),
    ("R3", QUERY, "async def f(p):\n    with open(p) as file:\n        return file.read()"),
    ("R3", QUERY, "async def f(path):\n    return path.read_text()"),
    ("R3", QUERY, "import bcrypt\nasync def f(a, b):\n    return bcrypt.checkpw(a, b)"),
    ("R3", "eduflow.cli.up", "import time\nasync def f():\n    time.sleep(1)"),
    ("R4", COMMAND, "try:\n    f()\nexcept Exception:\n    pass"),
    ("R4", COMMAND, "try:\n    f()\nexcept (ValueError, BaseException) as e:\n    raise X from e"),
    ("R4", COMMAND, "try:\n    f()\nexcept:\n    pass"),
    ("R5", ROUTE, "from __future__ import annotations"),
    ("R5", COMMAND, "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import x"),
    ("R5", ROUTE, "import typing as t\nif t.TYPE_CHECKING:\n    import x"),
    ("R6", QUERY, "\n" * (LONGEST_FILE + 1)),
    ("R7", COMMAND, "def f(clock=None): ..."),
    ("R7", COMMAND, "def f(*, now: Clock = utc_now): ..."),
    ("R7", COMMAND, "def f(a, replica: ReadSession | None = None): ..."),
    ("R7", COMMAND, "class A:\n    def f(self, *, which: DatabaseSettings = D): ..."),
    ("R8", "eduflow.kernel.utils", ""),
    ("R8", "eduflow.kernel.date_helpers", ""),
    ("R8", QUERY, "class CourseManager: ..."),
    ("R8", QUERY, "def parse_helper(): ..."),
    ("R9", QUERY, "import dramatiq\nbroker = dramatiq.brokers.redis.RedisBroker(url='x')"),
    ("R9", QUERY, "from eduflow.kernel.settings import read_settings\ns = read_settings({})"),
    ("R9", QUERY, "import sqlalchemy as sa\nclass A:\n    engine = sa.create_engine('x')"),
    ("R9", QUERY, "import os\nURL = os.environ['EDUFLOW_URL']"),
    ("R9", QUERY, "import os\ndef f(url=os.getenv('EDUFLOW_URL')): ..."),
    ("R9", QUERY, "import dramatiq\n@dramatiq.actor\ndef f(): ..."),
    ("R9", QUERY, "from dramatiq import actor\n@actor(max_retries=3)\ndef f(): ..."),
    ("R10", QUERY, "Q = 'LISTEN revoked'"),
    ("R10", QUERY, "Q = 'SET statement_timeout = 100'"),
    ("R10", QUERY, "def q(name):\n    return f'SET SESSION {name} TO 1'"),
    ("R10", QUERY, "Q = 'SELECT 1; SET ROLE api_core_owner'"),
    ("R10", QUERY, "Q = \"SELECT set_config('app.user', $1, false)\""),
    ("R10", QUERY, "Q = \"SELECT set_config('app.user', coalesce($1, ''), false)\""),
    ("R10", QUERY, "Q = \"SELECT set_config('synchronous_commit', 'off', true)\""),
    ("R10", QUERY, "Q = 'SET LOCAL synchronous_commit TO off'"),
    ("R10", QUERY, "def f():\n    return {'synchronous_commit': 'off'}"),
    ("R10", QUERY, "async def f(c):\n    await c.add_listener('revoked', print)"),
    ("R11", "eduflow.contracts.courses", "import uuid_utils"),
    ("R11", "eduflow.contracts.courses", "from eduflow.kernel.ids import UserId"),
]

ALLOWED = [
    ("eduflow.kernel.commands", "async def f(c):\n    async with c.transaction(): ..."),
    ("eduflow.kernel.projections.fold", "async def f(c):\n    await c.execute('COMMIT')"),
    (COMMAND, "def f(learner, course):\n    return Enrollment.begin(learner, course)"),
    (COMMAND, "async def f(traffic):\n    traffic.begin()"),
    (COMMAND, 'def f():\n    """BEGIN is never sent from here."""'),
    ("eduflow.kernel.outbox", "Q = 'SELECT * FROM outbox_events WHERE seq > $1'"),
    (QUERY, "Q = 'SELECT * FROM course_roster WHERE id > $1 ORDER BY id'"),
    (QUERY, "Q = 'SELECT count(*) FROM outbox_events WHERE tenant = $1'"),
    (QUERY, "import asyncio\nasync def f():\n    await asyncio.sleep(0)"),
    (
        QUERY,
        "async def f(p):\n    def read():\n        return p.read_text()\n    await thread(read)",
    ),
    ("eduflow.cli.up", "import time\ndef f():\n    time.sleep(1)"),
    ("eduflow.kernel.web.problems", "try:\n    f()\nexcept Exception:\n    pass"),
    (COMMAND, "try:\n    f()\nexcept BaseException:\n    undo()\n    raise"),
    (COMMAND, "try:\n    f()\nexcept ValueError:\n    pass"),
    ("eduflow.kernel.settings", "from __future__ import annotations"),
    (QUERY, "\n" * LONGEST_FILE),
    (COMMAND, "def f(a, clock: Clock, *, settings: Settings, limit: int = 3): ..."),
    (QUERY, "class Management: ..."),
    (QUERY, "import sqlalchemy\ndef f():\n    return sqlalchemy.create_engine('x')"),
    (QUERY, "import os\nif __name__ == '__main__':\n    print(os.environ['HOME'])"),
    (QUERY, "Q = \"SELECT set_config('app.user', $1, true)\""),
    (QUERY, "Q = 'SET LOCAL lock_timeout = 4000'"),
    (QUERY, "Q = 'UPDATE courses SET title = $1, set_by = $2'"),
    (QUERY, "Q = 'UPDATE courses\\nSET title = $1'"),
    (QUERY, "ADVICE = 'set EDUFLOW_PG_BIN to a newer PostgreSQL'"),
    (QUERY, "Q = 'SET TRANSACTION READ ONLY'"),
    ("eduflow.contracts.courses", "import datetime\nimport msgspec\nimport eduflow.contracts.base"),
]


@pytest.mark.parametrize(("rule", "module", "text"), CAUGHT)
def test_a_rule_catches_its_case(rule: str, module: str, text: str) -> None:
    assert {finding.rule for finding in findings(Source(module, text))} == {rule}


@pytest.mark.parametrize(("module", "text"), ALLOWED)
def test_what_only_looks_alike_passes(module: str, text: str) -> None:
    assert findings(Source(module, text)) == []


def test_every_rule_is_shown_to_catch_something() -> None:
    assert {rule for rule, _, _ in CAUGHT} == set(RULES)


def test_every_rule_says_its_own_id_and_its_reason() -> None:
    for key, rule in RULES.items():
        assert (rule.__doc__ or "").startswith(f"{key}: ")


@pytest.mark.parametrize(
    "text",
    [
        "Q = 'LISTEN revoked'  # rule: R10 because this connection is never pooled",
        "# rule: R10 because this connection is never pooled\nQ = 'LISTEN revoked'",
    ],
)
def test_an_escape_with_a_reason_stands_beside_what_it_excuses(text: str) -> None:
    assert findings(Source(QUERY, text)) == []


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("Q = 'LISTEN revoked'  # rule: R10", ["R0", "R10"]),
        ("Q = 'LISTEN revoked'  # rule: R3 because it is the wrong one", ["R0", "R10"]),
        ("Q = 1  # rule: R10 because it once was needed", ["R0"]),
        ("Q = 1  # rule: R99 because there is none", ["R0"]),
        ("Q = 'LISTEN revoked'\n\n# rule: R10 because it is too far away", ["R10", "R0"]),
        ("Q = 'LISTEN x'; N = '# rule: R10 because a string is no comment'", ["R10"]),
    ],
)
def test_an_escape_that_does_not_excuse_is_a_finding(text: str, rules: list[str]) -> None:
    assert [finding.rule for finding in findings(Source(QUERY, text))] == rules


def test_the_code_keeps_the_rules_of_the_house() -> None:
    broken = [
        f"{path}:{finding.line}: {finding.rule} {finding.message}"
        for path in sorted(SRC.rglob("*.py"))
        for finding in findings(Source.read(path, root=SRC))
    ]
    assert broken == []
