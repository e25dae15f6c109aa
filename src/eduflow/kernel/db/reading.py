"""Reads: one round trip to a replica that answers, says how fresh it is, and who may know.

The identity, the permission, the freshness and the rows are one statement with one snapshot. A
check in a statement of its own could pass on a state that the read then does not see.
"""

import asyncio
import functools
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

import msgspec
import structlog

from eduflow.kernel.auth.identity import Access
from eduflow.kernel.db.away import AWAY
from eduflow.kernel.db.freshness import OF_MODELS, OF_ROWS, SERVER, OfModels, OfRows, Server
from eduflow.kernel.db.pools import Database, Replica
from eduflow.kernel.db.statements import MAY, gated, refuse_unless_allowed, who, who_arguments
from eduflow.kernel.positions import Position
from eduflow.kernel.problems import NotFound, Unavailable

log = structlog.get_logger()
T = TypeVar("T")
Of = str | tuple[str, ...] | None

_IDENTITY_PARAMETERS = 5
_PAUSES = (0.001, 0.002, 0.003, 0.005)
_GROUNDS = f"SELECT {OF_MODELS.format('$1', '$2', '$3')} AS freshness"


class Freshness(msgspec.Struct, frozen=True):
    """What the answers of one request may be taken for."""

    as_of: datetime | None = None
    stale: bool = False
    positions: Mapping[str, Position] = {}


class Stale(Unavailable):
    """Nothing that can be read is as new as the caller asked for."""

    code, title = "kernel.stale", "The answer would be older than what you have written"


class ReadSession:
    """Reads of one request, all from one replica where that is fresh enough.

    SQL is written with `$1 …` for its own arguments and unqualified table names; columns become
    the fields of `into`. `of` names the read model that a query reads, or all that it joins: the
    answer is then as fresh as the oldest of them. None: rows of the write model.
    """

    def __init__(
        self,
        database: Database,
        *,
        access: Access,
        role: str,
        positions: Mapping[str, Position],
        wait: float,
        strict: bool,
        grounds: tuple[str, ...] = (),
    ) -> None:
        self._database = database
        self._grounds = grounds
        self._access = access
        self._role = role
        known = positions.get(database.name)
        # After a failover the numbers of lost transactions come again: such a position proves
        # nothing on a standby, and the primary is as new as there is.
        self._of_another_age = bool(
            known and database.cluster and known.cluster != database.cluster
        )
        self._positions = {
            source: position
            for source, position in positions.items()
            if not (self._of_another_age and source == database.name)
        }
        self._wait = wait
        self._strict = strict
        self.freshness = Freshness(positions=self._positions)

    def serve(self, access: Access) -> None:
        """From now on for this access: for a public route that has found out who it serves."""
        self._access = access

    async def rows(self, sql: str, *arguments: Any, into: type[T], of: Of = None) -> list[T]:
        """Every row of the query."""
        body = await self.document(sql, *arguments, of=of)
        return [] if body is None else msgspec.json.decode(body, type=list[into], strict=False)  # type: ignore[valid-type]

    async def row(self, sql: str, *arguments: Any, into: type[T], of: Of = None) -> T:
        """The one row of the query; raises NotFound where there is none."""
        found = await self.rows(sql, *arguments, into=into, of=of)
        if not found:
            raise Stale(retry_after=1) if self.freshness.stale else NotFound
        return found[0]

    async def document(self, sql: str, *arguments: Any, of: Of = None) -> bytes | None:
        """The rows as a JSON array, ready to be sent; None where there is no row."""
        models = (of,) if isinstance(of, str) else of
        session = self._access.identity.session.bytes if self._access.identity else b""
        candidates = self._database.candidates(self._role, session)
        if self._of_another_age:
            candidates = candidates[-1:]
        deadline = asyncio.get_running_loop().time() + self._wait
        answer: _Answer | None = None
        for candidate in candidates:
            try:
                answer = await self._ask(candidate, sql, arguments, of=models, deadline=deadline)
            except AWAY as fault:
                log.info("read_moved_on", server=candidate.name, reason=type(fault).__name__)
                continue
            if answer.fresh or answer.final:
                break
        if answer is None:
            raise Unavailable("None of the servers that hold this answers.")
        # A standby that has not replayed the caller's write knows neither the thing nor the
        # permission that came with it: its refusal would be a lie.
        refused = answer.verdict != MAY
        if not answer.fresh and not answer.final and (refused or self._strict):
            raise Stale(retry_after=1)
        refuse_unless_allowed(answer.verdict, self._access)
        self._note(answer)
        return answer.body

    async def _ask(
        self,
        server: Replica,
        sql: str,
        arguments: tuple[Any, ...],
        *,
        of: tuple[str, ...] | None,
        deadline: float,
    ) -> "_Answer":
        """Ask until fresh or until the time for waiting is used up; at least once."""
        statement, values = self._statement(sql, arguments, of=of)
        group = values[len(arguments)]  # The institution.
        loop = asyncio.get_running_loop()
        pauses = iter(_PAUSES)
        sure = not self._foreign
        while True:
            record = await server.fetchrow(statement, values, group=group)
            answer = self._judge(server, record, of)
            if answer.verdict != MAY and not sure:
                # Asked again where it may be sure now: the refusal was of a state before.
                if sure := await self._grounded(server):
                    continue
                answer = msgspec.structs.replace(answer, fresh=False, final=False)
            if answer.fresh or answer.final or loop.time() >= deadline:
                return answer
            await asyncio.sleep(next(pauses, _PAUSES[-1]))

    async def grounded(self) -> bool:
        """Whether what `authorize` decides by has, on the primary, all that the caller has written.

        Waits for it as long as a read waits.
        """
        deadline = asyncio.get_running_loop().time() + self._wait
        primary = self._database.candidates(self._role, b"")[-1]
        pauses = iter(_PAUSES)
        try:
            while not await self._grounded(primary):
                if asyncio.get_running_loop().time() >= deadline:
                    return False
                await asyncio.sleep(next(pauses, _PAUSES[-1]))
        except AWAY as fault:
            raise Unavailable("The database does not answer.", retry_after=1) from fault
        return True

    @property
    def _foreign(self) -> list[tuple[str, str]]:
        """What the caller has written elsewhere, where `authorize` decides by what is told."""
        if not self._grounds:
            return []
        return [
            (source, str(xid))
            for source, position in self._positions.items()
            for xid in position.xids
            if source != self._database.name
        ]

    async def _grounded(self, server: Replica) -> bool:
        wanted = self._foreign
        if not wanted:
            return True
        sources, xids = zip(*wanted, strict=True)
        values = [list(sources), list(xids), self._grounds]
        record = await server.fetchrow(_GROUNDS, values, group=None)
        return msgspec.json.decode(record["freshness"], type=OfModels, strict=False).covered

    def _statement(
        self, sql: str, arguments: tuple[Any, ...], *, of: tuple[str, ...] | None
    ) -> tuple[str, list[Any]]:
        wanted = [
            (source, str(xid))
            for source, position in self._positions.items()
            for xid in position.xids
            if of is not None or source == self._database.name
        ]
        statement = _composed(sql, len(arguments), of is None)
        values = [
            *arguments,
            *who_arguments(self._access),
            [source for source, _ in wanted],
            [xid for _, xid in wanted],
            self._database.name if of is None else of,
        ]
        return statement, values

    def _judge(self, server: Replica, record: Any, of: tuple[str, ...] | None) -> "_Answer":
        told = msgspec.json.decode(record["server"], type=Server)
        known = self._positions.get(self._database.name)
        ready = None if record["body"] is None else record["body"].encode()
        verdict = record["verdict"]
        if of is not None:
            models = msgspec.json.decode(record["freshness"], type=OfModels, strict=False)
            seen = known.rounds if known else {}
            fresh = models.covered and all(
                _not_before(models.rounds[model], seen.get(model, ())) for model in of
            )
            final = verdict != MAY and not told.standby
            return _Answer(
                ready, verdict, fresh=fresh, final=final, as_of=models.as_of, rounds=models.rounds
            )
        rows = msgspec.json.decode(record["freshness"], type=OfRows, strict=False)
        name = f"{server.name} {told.started}"
        if not told.standby:
            return _Answer(ready, verdict, fresh=True, lsn=rows.shown, server=name)
        not_back = (
            known is None
            or known.lsn is None
            or known.server == name
            or (rows.lsn is not None and rows.lsn >= known.lsn)
        )
        return _Answer(
            ready,
            verdict,
            fresh=rows.covered and not_back,
            as_of=rows.as_of,
            lsn=rows.shown,
            server=name,
        )

    def _note(self, answer: "_Answer") -> None:
        name = self._database.name
        known = self._positions.get(name) or Position(name, self._database.cluster)
        if answer.fresh and answer.rounds:
            rounds = {**known.rounds, **answer.rounds}
            self._positions[name] = msgspec.structs.replace(known, rounds=rounds)
        elif answer.fresh and answer.lsn is not None:
            self._positions[name] = msgspec.structs.replace(
                known, lsn=answer.lsn, server=answer.server
            )
        before = self.freshness
        times = [t for t in (before.as_of, answer.as_of) if t is not None]
        self.freshness = Freshness(
            as_of=min(times) if times else None,
            stale=before.stale or not answer.fresh,
            positions=self._positions,
        )


@functools.lru_cache(maxsize=1024)
def _composed(sql: str, parameters: int, of_rows: bool) -> str:  # noqa: FBT001 (a cache's key)
    """The whole statement around one query; its text is made once, and always the same object."""
    names = [f"${parameters + 1 + _IDENTITY_PARAMETERS + n}" for n in range(3)]
    freshness = (OF_ROWS if of_rows else OF_MODELS).format(*names)
    return (
        f"{who(parameters + 1)} SELECT (SELECT verdict FROM who) AS verdict, {SERVER} AS server,"
        f" {freshness} AS freshness, {gated(sql)} AS body"
    )


def _not_before(rounds: tuple[int, ...], seen: tuple[int, ...]) -> bool:
    if len(rounds) >= len(seen):
        return all(map(int.__ge__, rounds, seen))
    # Only a rebuild makes shards fewer, and begins with a round above all that there were.
    return bool(rounds) and min(rounds) > max(seen)


class _Answer(msgspec.Struct, frozen=True):
    body: bytes | None
    verdict: int | None
    fresh: bool
    final: bool = False
    """A refusal by the primary, which nobody knows better: permissions are of the write model."""
    as_of: datetime | None = None
    rounds: Mapping[str, tuple[int, ...]] = {}
    lsn: int | None = None
    server: str | None = None
