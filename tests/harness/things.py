"""The smallest service there can be, for tests of the kernel: things that count, and their history.

Every step of a thing adds one to `n` and says so in the log; the read model keeps, per thing, the
numbers in the order in which it heard them. So `[1, 2, 3, …]` is right, and anything else is an
event lost, doubled or out of order.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from eduflow.contracts import Event
from eduflow.kernel.audit.keys import AuditKeys
from eduflow.kernel.auth.identity import Access, Identity
from eduflow.kernel.clock import utc_now
from eduflow.kernel.commands import Command, Commands, Receipt, UnitOfWork
from eduflow.kernel.db.health import look_once
from eduflow.kernel.db.pools import Database
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import InstitutionId, SessionId, UserId, new_id
from eduflow.kernel.positions import Position
from eduflow.kernel.problems import Conflict
from eduflow.kernel.projections import Fold, Projector, ReadModel, fold_with
from eduflow.kernel.settings import Secret, Settings
from eduflow.kernel.web.preconditions import refuse_unseen
from tests.harness.log import logged
from tests.harness.servers import SECRET, Servers

SOURCE = "api_core"
AUDIT = AuditKeys(Secret(SECRET))
TYPE = "sample.thing_stepped"

_TABLES = """
SET ROLE api_core_owner;
CREATE TABLE things (
    id uuid PRIMARY KEY, institution_id uuid NOT NULL, n integer NOT NULL DEFAULT 0,
    version integer NOT NULL DEFAULT 1, name text CONSTRAINT things_name_is_free UNIQUE
);
ALTER TABLE things ENABLE ROW LEVEL SECURITY;
ALTER TABLE things FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON things TO api_core_app
    USING (institution_id = (SELECT eduflow_institution()));
CREATE POLICY everybody ON things TO api_core_worker USING (true);
GRANT SELECT, INSERT, UPDATE ON things TO api_core_app, api_core_worker;
RESET ROLE;
"""
_HISTORY = """
SET ROLE api_core_owner;
CREATE TABLE {0} (thing_id uuid PRIMARY KEY, institution_id uuid NOT NULL, ns integer[] NOT NULL);
ALTER TABLE {0} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {0} FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON {0} TO api_core_app
    USING (institution_id = (SELECT eduflow_institution()));
CREATE POLICY everybody ON {0} TO api_core_worker USING (true);
GRANT SELECT ON {0} TO api_core_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON {0} TO api_core_worker;
RESET ROLE;
"""
_FOLD = """
INSERT INTO {0} (thing_id, institution_id, ns)
SELECT thing_id, min(institution_id::text)::uuid, array_agg(n ORDER BY seq)
FROM jsonb_to_recordset($1::jsonb) AS e(seq bigint, thing_id uuid, institution_id uuid, n integer)
GROUP BY thing_id
ON CONFLICT (thing_id) DO UPDATE SET ns = {0}.ns || excluded.ns
"""


class ThingStepped(Event, frozen=True, kw_only=True, tag=TYPE):
    about = "thing_id"
    thing_id: UUID
    n: int


class NameTaken(Conflict):
    code, title = "sample.name-taken", "Another thing has this name"


class MakeThing(Command[UUID], frozen=True, kw_only=True):
    """Decided without a look, so that only the constraint stands between two of one name."""

    name: str


class StepThing(Command[int], frozen=True, kw_only=True):
    """Decided on a look: the number it writes is one more than the one it saw."""

    thing: UUID
    expected: int | None = None
    """The version that the caller has read."""


class _Seen(msgspec.Struct):
    n: int
    version: int


async def make_thing(command: MakeThing, work: UnitOfWork) -> UUID:
    thing = new_id()
    work.write(
        "INSERT INTO things (id, institution_id, name) SELECT $1, $2, $3 WHERE {allowed}",
        thing,
        work.identity.institution,
        command.name,
    )
    work.record(ThingStepped(institution_id=work.identity.institution, thing_id=thing, n=0))
    return thing


async def step_thing(command: StepThing, work: UnitOfWork) -> int:
    seen = await work.look_one(
        "SELECT n, version FROM things WHERE id = $1", command.thing, into=_Seen
    )
    assert seen is not None
    if command.expected is not None:
        refuse_unseen(command.expected, seen.version)
    work.write(
        "UPDATE things SET n = $2, version = version + 1"
        " WHERE id = $1 AND version = $3 AND {allowed}",
        command.thing,
        seen.n + 1,
        seen.version,
    )
    institution = work.identity.institution
    work.record(ThingStepped(institution_id=institution, thing_id=command.thing, n=seen.n + 1))
    return seen.n + 1


HANDLERS: dict[type[Command[Any]], Any] = {MakeThing: make_thing, StepThing: step_thing}


class _Row(msgspec.Struct):
    thing_id: UUID
    ns: list[int]


class _Number(msgspec.Struct):
    n: int


class Room:
    """One database with things in it, as the services' role and as the workers' see it."""

    def __init__(
        self, servers: Servers, name: str, *, settings: Settings, app: Database, work: Database
    ) -> None:
        self.servers = servers
        self.name = name
        self.settings = settings
        self.app = app
        self.work = work
        self.commands = commands_on(app)

    def somebody(self, institution: UUID | None = None) -> Access:
        """Somebody of a new institution, or of the given one, who may do everything there."""
        home = InstitutionId(institution or new_id())
        until = datetime.now(UTC) + timedelta(hours=1)
        return Access(Identity(UserId(new_id()), home, SessionId(new_id()), until), "")

    async def thing(self, access: Access) -> UUID:
        """A thing that has taken no step yet."""
        identity = access.identity
        assert identity is not None
        thing = new_id()
        await self.work.primary.execute(
            "INSERT INTO things (id, institution_id) VALUES ($1, $2)", thing, identity.institution
        )
        return thing

    async def step(self, access: Access, thing: UUID, *, key: str | None = None) -> Receipt[int]:
        return await self.commands.execute(StepThing(thing=thing), access=access, key=key)

    async def model(self, name: str, *, shards: int = 1, fold: Fold | None = None) -> ReadModel:
        """A read model of its own, with a table of its own name."""
        async with self.sql() as connection:
            await connection.execute(_HISTORY.format(name))
        return history(name, shards=shards, fold=fold)

    def projectors(self, model: ReadModel) -> list[Projector]:
        home = self.work.primary
        return [Projector(model, s, source=home, home=home) for s in range(model.shards)]

    async def fold(self, model: ReadModel) -> int:
        """Fold all there is; the number of events."""
        events = 0
        for projector in self.projectors(model):
            more = True
            while more:
                done = await projector.round(asked=True)
                events, more = events + done.events, done.more
        return events

    @contextlib.asynccontextmanager
    async def folding(self, model: ReadModel) -> AsyncIterator[None]:
        """Fold continually until the block ends; what goes wrong in it comes out of it."""

        async def keep(projector: Projector) -> None:
            while True:
                await projector.round(asked=True)
                await asyncio.sleep(0.005)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(keep(p)) for p in self.projectors(model)]
            yield
            for task in tasks:
                task.cancel()

    async def history(self, model: ReadModel) -> dict[UUID, list[int]]:
        rows = await self.work.primary.fetch(f"SELECT thing_id, ns FROM {model.name}")
        return {row["thing_id"]: row["ns"] for row in rows}

    def reads(
        self,
        access: Access,
        positions: Mapping[str, Position],
        *,
        wait: float = 0.05,
        strict: bool = False,
    ) -> ReadSession:
        return ReadSession(
            self.app, access=access, role="api", positions=positions, wait=wait, strict=strict
        )

    @contextlib.asynccontextmanager
    async def sql(self, server: int = 0) -> AsyncIterator[asyncpg.Connection]:
        """As superuser, whom no policy binds; 0 is the primary, 1 and up are the standbys."""
        cluster = self.servers.cluster
        address = (cluster.primary, *cluster.standbys)[server].address
        connection = await asyncpg.connect(cluster._dsn(address, self.name, "postgres"))
        try:
            yield connection
        finally:
            await connection.close()


async def history_of(replica: ReadSession, thing: UUID, *, model: str) -> list[int]:
    """What the read model knows of a thing."""
    rows = await replica.rows(
        f"SELECT thing_id, ns FROM {model} WHERE thing_id = $1", thing, into=_Row, of=model
    )
    return rows[0].ns if rows else []


async def number_of(replica: ReadSession, thing: UUID) -> int | None:
    """What the thing itself says, read as a row of the write model."""
    rows = await replica.rows("SELECT n FROM things WHERE id = $1", thing, into=_Number)
    return rows[0].n if rows else None


def history(name: str, *, shards: int = 1, fold: Fold | None = None) -> ReadModel:
    return ReadModel(
        name=name,
        tables=(name,),
        folds={TYPE: fold or plain_fold(name)},
        source=SOURCE,
        shards=shards,
    )


def plain_fold(name: str) -> Fold:
    return fold_with(_FOLD.format(name))


def commands_on(database: Database) -> Commands:
    return Commands(
        database,
        handlers=HANDLERS,
        refusals={"things_name_is_free": NameTaken},
        clock=utc_now,
        ring=lambda: None,
        audit=AUDIT,
    )


async def append(connection: asyncpg.Connection, thing: UUID, n: int) -> int:
    """Put an event into the log by hand, in whatever transaction is open; its `seq`."""
    event = ThingStepped(institution_id=thing, thing_id=thing, n=n)
    return (await logged(connection, event)).seq


@contextlib.asynccontextmanager
async def open_room(
    servers: Servers, name: str, *, settings: Settings | None = None
) -> AsyncIterator[Room]:
    """A fresh database of that name, migrated, on all servers."""
    servers.cluster.create_database(name, like=SOURCE)
    servers.cluster.ask(f'GRANT TEMPORARY ON DATABASE "{name}" TO api_core_worker')
    await servers.migrated(name)
    admin = await asyncpg.connect(servers.cluster.admin_dsn(name))
    try:
        await admin.execute(_TABLES)
    finally:
        await admin.close()
    servers.cluster.catch_up()
    settings = settings or servers.settings(database=name, port=1, gateway=1)
    app = await Database.open(SOURCE, settings, worker=False)
    work = await Database.open(SOURCE, settings, worker=True)
    try:
        for database in (app, work):
            await look_once(database, most_lag=60)
        yield Room(servers, name, settings=settings, app=app, work=work)
    finally:
        await app.close()
        await work.close()


async def until(condition: Any, *, seconds: float = 10.0, what: str = "") -> None:
    """Ask again and again (a coroutine function that says yes or no); fails after `seconds`."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not await condition():
        assert asyncio.get_running_loop().time() < deadline, f"not within {seconds} s: {what}"
        await asyncio.sleep(0.01)


def positions(*known: Position) -> dict[str, Position]:
    return {position.source: position for position in known}


def counted(numbers: Sequence[int]) -> bool:
    """Whether a history is whole and in order."""
    return list(numbers) == list(range(1, len(numbers) + 1))
