"""No row of another institution is seen: by no query, no plan, no pool and no plain SQL."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from eduflow.kernel.auth.identity import Access
from eduflow.kernel.db.pools import Database
from eduflow.kernel.db.statements import who_arguments
from eduflow.kernel.ids import new_id
from eduflow.kernel.problems import NotFound
from tests.harness.platform import Eduflow, identity
from tests.harness.things import Room, history_of, number_of, positions, until
from tests.harness.visiting import given, is_quiet, prepared
from tests.harness.visits import VISITS

PUBLIC_TABLES = {"roles", "signing_keys", "alembic_version", "job_schedules"}
"""Tables in which nothing is anybody's: the same for all, or no business of a person."""
OF_THE_WORKERS = {"projection_checkpoints", "projection_failures", "audit_cursor"}
"""Tables of how far folding is; the failures, which hold events, only workers may read."""
DEFINERS = {
    "calendar_owner",
    "certificate_place",
    "login_account",
    "login_candidates",
    "login_session",
    "one_time_token",
    "revoked_sessions",
}
"""Functions that look across institutions, for those who are not logged in yet."""

_TABLES = (
    "SELECT c.relname AS name, c.relrowsecurity AS on, c.relforcerowsecurity AS forced,"
    " ARRAY(SELECT r.rolname FROM pg_policy AS p, unnest(p.polroles) AS o"
    " JOIN pg_roles AS r ON r.oid = o WHERE p.polrelid = c.oid) AS roles"
    " FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
)


class _Table(msgspec.Struct):
    name: str
    on: bool
    forced: bool
    roles: list[str]


async def _tables(room: Room) -> list[_Table]:
    async with room.sql() as admin:
        return [msgspec.convert(dict(r), _Table) for r in await admin.fetch(_TABLES)]


async def test_every_table_is_walled_for_its_owner_too_or_is_on_the_list(room: Room) -> None:
    open_tables = {t.name for t in await _tables(room) if not (t.on and t.forced)}
    assert open_tables == PUBLIC_TABLES | OF_THE_WORKERS


async def test_every_walled_table_has_a_policy_for_services_and_one_for_workers(room: Room) -> None:
    without = {
        t.name
        for t in await _tables(room)
        if t.on and not {"api_core_app", "api_core_worker"} <= set(t.roles)
    }
    assert without == set()


async def test_a_policy_for_services_shows_ones_own_and_is_never_simply_true(room: Room) -> None:
    async with room.sql() as admin:
        rows = await admin.fetch(
            "SELECT tablename, qual, with_check FROM pg_policies WHERE 'api_core_app' = ANY(roles)"
        )
    loose = [
        r["tablename"]
        for r in rows
        if not any(f"eduflow_{kind}()" in (r["qual"] or "") for kind in ("institution", "person"))
        or r["with_check"] not in (None, r["qual"])
    ]
    assert rows
    assert loose == []


async def test_no_role_of_ours_is_above_the_walls(room: Room) -> None:
    async with room.sql() as admin:
        above = await admin.fetch(
            "SELECT rolname FROM pg_roles WHERE rolname LIKE 'api\\_core\\_%'"
            " AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)"
        )
        members = await admin.fetch(
            "SELECT 1 FROM pg_auth_members AS m JOIN pg_roles AS r ON r.oid = m.member"
            " WHERE r.rolname LIKE 'api\\_core\\_%'"
        )
        owned = await admin.fetch(
            "SELECT relname FROM pg_class AS c JOIN pg_roles AS r ON r.oid = c.relowner"
            " WHERE r.rolname IN ('api_core_app', 'api_core_worker')"
        )
    assert (above, members, owned) == ([], [], [])


async def test_what_runs_or_looks_as_its_owner_is_on_the_list(room: Room) -> None:
    async with room.sql() as admin:
        definers = await admin.fetch(
            "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
        )
        unfixed = await admin.fetch(
            "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
            " AND NOT coalesce(array_to_string(proconfig, ','), '') LIKE '%search_path=%'"
        )
        views = await admin.fetch(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND (relkind = 'm' OR relkind = 'v' AND NOT"
            " coalesce(array_to_string(reloptions, ','), '') LIKE '%security_invoker=true%')"
        )
    assert {r["proname"] for r in definers} == DEFINERS
    assert (unfixed, views) == ([], [])


@contextlib.asynccontextmanager
async def _as_the_service(
    eduflow: Eduflow, server: int, *, database: str = "api_core"
) -> AsyncIterator[asyncpg.Connection]:
    cluster = eduflow.servers.cluster
    dsn = cluster.dsn(database) if server == 0 else cluster.standby_dsn(server, database)
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


@pytest.mark.parametrize("server", [0, 1, 2])
async def test_plain_sql_under_the_services_role_sees_ones_own_institution_or_nothing(
    eduflow: Eduflow, room: Room, server: int
) -> None:
    worlds = [await given(eduflow) for _ in range(2)]
    mine = worlds[0].school
    for world in worlds:
        await world.admin.get(f"/courses/{world.ids['course_id']}/roster")
    eduflow.servers.cluster.catch_up()
    walled = [t.name for t in await _tables(room) if t.on and t.name != "things"]
    async with _as_the_service(eduflow, server) as connection, eduflow.sql() as admin:
        there = {
            r["relname"]
            for r in await admin.fetch("SELECT relname FROM pg_class WHERE relkind = 'r'")
        }
        for table in sorted(set(walled) & there):
            column = {"institutions": "id", "idempotency_keys": "principal"}.get(
                table, "institution_id"
            )
            for identity in (None, "", str(new_id())):
                assert await _seen(connection, table, column, identity) == set(), table
            seen = await _seen(connection, table, column, str(mine.institution))
            assert seen <= {mine.institution}, table
        assert await _seen(connection, "courses", "institution_id", str(mine.institution))


async def _seen(
    connection: asyncpg.Connection, table: str, column: str, identity: str | None
) -> set[UUID]:
    """Whose rows plain SQL finds; None: nobody ever said who is asking."""
    async with connection.transaction(readonly=True):
        if identity is not None:
            for name in ("institution", "person"):
                said = "SELECT set_config($1, $2, true)"
                await connection.execute(said, f"eduflow.{name}", identity)
        try:
            rows = await connection.fetch(f"SELECT DISTINCT {column} AS whose FROM {table}")
        except asyncpg.InsufficientPrivilegeError:
            return set()
    # A job of nobody's is anybody's.
    return {r["whose"] for r in rows} - {None}


async def test_a_row_cannot_be_written_into_another_institution(room: Room) -> None:
    somebody = room.somebody()
    assert somebody.identity is not None
    thing = await room.thing(somebody)
    async with room.app.primary.acquire() as connection:
        for sql in (
            "INSERT INTO things (id, institution_id) VALUES ($1, $2)",
            "UPDATE things SET institution_id = $2 WHERE id <> $1 OR true",
        ):
            transaction = connection.transaction()
            await transaction.start()
            await connection.execute(
                "SELECT set_config('eduflow.institution', $1, true)",
                str(somebody.identity.institution),
            )
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
                await connection.execute(sql, new_id(), new_id())
            await transaction.rollback()
    async with room.sql() as admin:
        home = await admin.fetchval("SELECT institution_id FROM things WHERE id = $1", thing)
    assert home == somebody.identity.institution


async def test_a_thousand_mixed_requests_leave_nothing_on_the_connections(room: Room) -> None:
    model = await room.model("mixed")
    people = [room.somebody() for _ in range(5)]
    things = [await room.thing(p) for p in people]
    await room.step(people[0], things[0])
    await room.fold(model)
    room.servers.cluster.catch_up()

    async def request(number: int) -> None:
        mine = number % 5
        theirs = (number * 7 + 1) % 5
        person = people[mine]
        match number % 4:
            case 0:
                await room.step(person, things[mine])
            case 1:
                seen = await number_of(room.reads(person, {}), things[theirs])
                assert (seen is not None) == (theirs == mine)
            case 2:
                read = room.reads(person, {})
                found = await history_of(read, things[theirs], model=model.name)
                assert found == [] or theirs == mine
            case 3:
                foreign = msgspec.structs.replace(
                    person, permission="course:read", kind="course", target=new_id()
                )
                with pytest.raises(NotFound):
                    await number_of(room.reads(foreign, {}), things[theirs])

    for start in range(0, 1000, 20):
        await asyncio.gather(*(request(n) for n in range(start, start + 20)))
    left = await _left_behind(room.app)
    assert len(left) >= 3
    assert set(left) == {("", "", 0)}


async def _left_behind(database: Database) -> list[tuple[str, str, int]]:
    """What the next borrower of each pooled connection would find."""
    found = []
    pools = [database.primary, *(r.pool for r in database.all_replicas().values())]
    for pool in pools:
        async with contextlib.AsyncExitStack() as stack:
            borrowed = [
                await stack.enter_async_context(pool.acquire()) for _ in range(pool.get_size())
            ]
            for connection in borrowed:
                row = await connection.fetchrow(
                    "SELECT coalesce(current_setting('eduflow.institution', true), '') AS home,"
                    " coalesce(current_setting('eduflow.person', true), '') AS person,"
                    " (SELECT count(*) FROM things) AS seen"
                )
                found.append((row["home"], row["person"], row["seen"]))
    return found


PLANS: list[dict[str, str]] = [
    {},
    *({f"enable_{way}": "off"} for way in ("nestloop", "hashjoin", "mergejoin", "seqscan")),
    {"enable_indexscan": "off", "enable_bitmapscan": "off", "enable_indexonlyscan": "off"},
    {"enable_material": "off", "enable_memoize": "off"},
    {
        "debug_parallel_query": "on",
        "force_parallel_mode": "on",
        "min_parallel_table_scan_size": "0",
        "min_parallel_index_scan_size": "0",
        "parallel_setup_cost": "0",
        "parallel_tuple_cost": "0",
        "max_parallel_workers_per_gather": "2",
    },
    {"plan_cache_mode": "force_generic_plan"},
]


class _Asked(msgspec.Struct):
    """A statement as it was sent, to be sent again as somebody else."""

    sql: str
    arguments: tuple[Any, ...]
    who: int
    """Where the five parameters of the identity begin."""

    def by(self, access: Access) -> tuple[Any, ...]:
        changed = list(self.arguments)
        changed[self.who : self.who + 5] = who_arguments(access)
        return tuple(changed)


class _Heard:
    """Stands before a pool and writes down what it is asked."""

    def __init__(self, pool: Any, asked: dict[str, _Asked]) -> None:
        self._pool, self._asked = pool, asked

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)

    async def fetchrow(self, sql: str, *arguments: Any) -> Any:
        if "authorize($" in sql and " AS body" in sql:
            begin = int(sql.split("authorize($", 1)[1].split("::", 1)[0]) - 1
            self._asked[sql] = _Asked(sql, arguments, begin)
        return await self._pool.fetchrow(sql, *arguments)


@contextlib.contextmanager
def _listening(database: Database) -> Any:
    asked: dict[str, _Asked] = {}
    replicas = list(database.all_replicas().values())
    kept = database.primary, [r.pool for r in replicas]
    try:
        database.primary = _Heard(database.primary, asked)
        for replica in replicas:
            # Reads go by another way than the pool itself.
            replica.pool = replica._together._pool = _Heard(replica.pool, asked)
        yield asked
    finally:
        database.primary = kept[0]
        for replica, pool in zip(replicas, kept[1], strict=True):
            replica.pool = replica._together._pool = pool


QUESTIONS = {"api_core": 25, "assessment": 25, "tutor": 4}
"""By database, how many different questions its routes ask at least."""


@pytest.mark.parametrize("database", QUESTIONS)
async def test_every_query_keeps_its_walls_under_every_plan_on_primary_and_standby(
    eduflow: Eduflow, database: str
) -> None:
    world = await given(eduflow)
    other = await given(eduflow)
    with _listening(eduflow.runtime.databases[database]) as asked:
        for route in VISITS:
            person, method, path, body, headers = await prepared(world, route, turn=0)
            answer = await person.send(method, path, body, **headers)
            assert answer.is_success, f"{route}: {answer.text}"
    await until(partial(is_quiet, eduflow), what="everything is folded")
    eduflow.servers.cluster.catch_up()
    assert len(asked) > QUESTIONS[database]
    marks = (str(world.school.institution), *world.ids.values())
    stranger = Access(identity(other.admin.user, other.school.institution), "")
    faults = []
    for server in (0, 1):
        async with _as_the_service(eduflow, server, database=database) as connection:
            right = {q.sql: await _body(connection, q) for q in asked.values()}
            answered = sum(body is not None for body in right.values())
            assert answered > 0.7 * QUESTIONS[database]
            for plan in PLANS:
                await _set(connection, plan)
                for question in asked.values():
                    faults += await _leaks(connection, question, stranger, marks)
                    if await _body(connection, question) != right[question.sql]:
                        faults.append(f"another answer under {plan} by {question.sql[:200]}")
                await connection.execute("RESET ALL")
    assert faults == []


async def _set(connection: asyncpg.Connection, plan: dict[str, str]) -> None:
    for setting, value in plan.items():
        # One of two names of the same setting is unknown to each version.
        with contextlib.suppress(asyncpg.UndefinedObjectError):
            await connection.execute(f"SET {setting} = '{value}'")


async def _body(connection: asyncpg.Connection, question: _Asked) -> Any:
    """The answer to whoever asked, in an order that no plan decides."""
    row = await connection.fetchrow(question.sql, *question.arguments)
    if row["body"] is None:
        return None
    return _unordered(msgspec.json.decode(row["body"]))


def _unordered(value: Any) -> Any:
    """Lists within rows too: many are sets to whoever asked."""
    if isinstance(value, list):
        return sorted(map(_unordered, value), key=repr)
    if isinstance(value, dict):
        return {name: _unordered(item) for name, item in sorted(value.items())}
    return value


async def _leaks(
    connection: asyncpg.Connection, question: _Asked, stranger: Access, marks: tuple[str, ...]
) -> list[str]:
    """Asked by a stranger who may do everything at home, and by nobody at all."""
    faults = []
    for access in (stranger, Access(None, "")):
        row = await connection.fetchrow(question.sql, *question.by(access))
        body = row["body"] or ""
        if access.identity is None and body:
            faults.append(f"nobody sees {body[:80]} by {question.sql[-700:]}")
        faults += [f"{mark} in {body[:80]} by {question.sql}" for mark in marks if mark in body]
    return faults


@pytest.mark.parametrize("database", QUESTIONS)
async def test_whoever_may_not_costs_the_database_nothing_beneath_the_gate(
    eduflow: Eduflow, database: str
) -> None:
    world = await given(eduflow)
    with _listening(eduflow.runtime.databases[database]) as asked:
        for route in VISITS:
            person, method, path, body, headers = await prepared(world, route, turn=0)
            await person.send(method, path, body, **headers)
    nobody = Access(None, "course:read")
    ungated = []
    async with _as_the_service(eduflow, 0, database=database) as connection:
        for question in asked.values():
            plan = await connection.fetchval(
                f"EXPLAIN (ANALYZE, FORMAT JSON) {question.sql}", *question.by(nobody)
            )
            (told,) = msgspec.json.decode(plan)
            ungated += [
                f"{table} by {question.sql}"
                for table in _touched(told["Plan"])
                if table != "projection_checkpoints"
            ]
    assert ungated == []


def _touched(node: dict[str, Any]) -> list[str]:
    """Tables that were really looked into."""
    mine = []
    if node.get("Relation Name") and node.get("Actual Loops", 0) > 0:
        mine = [node["Relation Name"]]
    return [*mine, *(t for child in node.get("Plans", ()) for t in _touched(child))]


async def test_a_position_is_no_way_around_the_walls(room: Room) -> None:
    model = await room.model("walls")
    owner, stranger = room.somebody(), room.somebody()
    thing = await room.thing(owner)
    receipt = await room.step(owner, thing)
    await room.fold(model)
    read = room.reads(stranger, positions(receipt.position))
    assert await history_of(read, thing, model=model.name) == []
    assert await number_of(room.reads(stranger, positions(receipt.position)), thing) is None
