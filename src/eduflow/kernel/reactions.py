"""Reactions: an event of the log becomes commands, each carried out once.

A reactor reads the log like a projector, but its effect is commands. Their idempotency key is made
of the event's id, so that whoever dies between a command and the checkpoint, or does what another
does at the same moment, gets the first answer and changes nothing. Keys are kept a day: a command
that must not be done twice after a longer break says so with a constraint of its own.

What comes by the thousand (the results of a regrade) is answered together: one command for all the
events of a run that are an institution's. Who begins again after a crash may draw the bounds of the
run otherwise, so such a command does nothing twice by itself, whatever its key. If it fails, its
events are tried in halves down to the one that it fails for.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import groupby
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import asyncpg
import msgspec
import structlog

from eduflow.kernel.auth.identity import Access, Identity
from eduflow.kernel.commands import Busy, Commands
from eduflow.kernel.db.away import AWAY
from eduflow.kernel.ids import InstitutionId, SessionId, UserId
from eduflow.kernel.outbox import Cursor, read_new
from eduflow.kernel.problems import Problem, Unavailable
from eduflow.kernel.projections import BEGIN, CHECKPOINT, MOVE, SET_ASIDE, Folded
from eduflow.kernel.work import Command

log = structlog.get_logger()
_AT_ONCE = 50
"""Events between two checkpoints: as many are asked for again after a crash."""
_TOGETHER = 500
"""The same, where events are answered together; so many rows are locked by one statement."""
_AGAIN = (
    "SELECT seq, event::text AS event FROM projection_failures WHERE consumer = $1 AND source = $2"
    f" AND retry_at <= clock_timestamp() ORDER BY seq LIMIT {_AT_ONCE}"
)
_LATER = (
    "UPDATE projection_failures SET attempts = attempts + 1, error = $4, failed_at ="
    " clock_timestamp(), retry_at = clock_timestamp() + least(interval '1 hour',"
    " interval '10 seconds' * 2 ^ least(attempts, 12))"
    " WHERE consumer = $1 AND source = $2 AND seq = $3"
)
_DONE = "DELETE FROM projection_failures WHERE consumer = $1 AND source = $2 AND seq = $3"


class Happened(msgspec.Struct, frozen=True):
    """An event as the log keeps it."""

    id: UUID
    seq: int
    type: str
    institution_id: InstitutionId
    actor_id: UserId | None
    at: datetime
    payload: msgspec.Raw


Answer = Callable[[Happened], Sequence[Command[Any]]]
"""What an event asks for: commands, always the same ones in the same order."""


class Together(msgspec.Struct, frozen=True, kw_only=True):
    """Of which events many are answered at once, in their order, all of one institution."""

    types: frozenset[str]
    answer: Callable[[Sequence[Happened]], Sequence[Command[Any]]]
    """Their commands can be done twice, and with others beside them, and are done once."""


class Reaction(msgspec.Struct, frozen=True, kw_only=True):
    """By name: which events of which log ask for which commands of its service."""

    name: str
    source: str
    answers: Mapping[str, Answer]
    """By event name, `service.fact`."""
    together: Together | None = None

    @property
    def types(self) -> list[str]:
        """Every event that is answered."""
        return [*self.answers, *(self.together.types if self.together else ())]

    def asked(self, events: Sequence[Happened]) -> Sequence[Command[Any]]:
        """What one event asks for, or several that are answered together."""
        if self.together is not None and events[0].type in self.together.types:
            return self.together.answer(events)
        (event,) = events
        return self.answers[event.type](event)

    @property
    def principal(self) -> UserId:
        """Who is said to have done it: nobody's id, and always the same."""
        return UserId(uuid5(NAMESPACE_URL, f"eduflow:reaction:{self.name}"))


class Reactor:
    """Carries out one reaction."""

    def __init__(
        self, reaction: Reaction, commands: Commands, *, source: asyncpg.Pool, home: asyncpg.Pool
    ) -> None:
        self._reaction = reaction
        self._commands = commands
        self._most = _AT_ONCE if reaction.together is None else _TOGETHER
        self._source = source
        self._home = home

    async def round(self, *, asked: bool, heartbeat: float = 5.0) -> Folded:
        """React to what is new. A refusal is an answer; what fails otherwise is tried again later.

        Raises what says that a database is away: then nothing is passed over, and the next round
        begins with the same events.
        """
        place = (self._reaction.name, self._reaction.source)
        row = await self._home.fetchrow(CHECKPOINT, *place, 0, heartbeat)
        if row is None:
            await self._home.execute(BEGIN, *place, 1)
            return Folded(0, more=True)
        if row["broken"]:
            await self._try_again()
        cursor = Cursor(row["snapshot"], row["target"], row["drained"], row["target_at"])
        batch = await read_new(
            self._source,
            cursor,
            types=self._reaction.types,
            shard=0,
            shards=1,
            limit=self._most,
        )
        if not batch.events and batch.complete and not (asked or row["old"]):
            return Folded(0, more=False)
        failed = [
            one for run in self._runs(batch.events) for one in await self._react_together(run)
        ]
        of = {event["seq"]: event["aggregate_id"] for event in batch.events}
        # Set aside first: who dies before the checkpoint moves finds them there, and nothing lost.
        for event, fault in failed:
            kept = msgspec.json.encode(event).decode()
            about = (event.seq, of[event.seq], kept, 1, fault)
            await self._home.execute(SET_ASIDE, *place, *about)
        after = batch.after
        moved = (after.snapshot, after.target, after.drained, after.taken_at)
        await self._home.execute(MOVE, *place, 0, row["round"], *moved)
        return Folded(len(batch.events), more=not batch.complete, set_aside=len(failed))

    def _runs(self, events: Sequence[Mapping[str, Any]]) -> Iterator[list[Happened]]:
        """In the order of the log, but those of one institution beside those of another."""
        together = self._reaction.together
        happened = map(_kept, events)
        for many, run in groupby(happened, lambda e: bool(together and e.type in together.types)):
            if not many:
                yield from ([event] for event in run)
                continue
            parts: dict[UUID, list[Happened]] = {}
            for event in run:
                parts.setdefault(event.institution_id, []).append(event)
            yield from parts.values()

    async def _react_together(self, events: Sequence[Happened]) -> list[tuple[Happened, str]]:
        """Returns what failed, with what went wrong."""
        if len(events) == 1:
            fault = await self._react(events[0])
            return [] if fault is None else [(events[0], fault)]
        try:
            await self._answer(events, of=sha256(b"".join(e.id.bytes for e in events)).hexdigest())
        except Busy:  # Fewer rows meet fewer others.
            log.info("reaction_split", reaction=self._reaction.name, events=len(events))
        except (*AWAY, Unavailable):
            raise
        # rule: R4 because whatever it is, it is one event's, and halving finds which
        except Exception:
            log.warning("reaction_split", reaction=self._reaction.name, exc_info=True)
        else:
            return []
        half = len(events) // 2
        first = await self._react_together(events[:half])
        return [*first, *await self._react_together(events[half:])]

    async def _react(self, event: Happened) -> str | None:
        """Returns what went wrong, or None."""
        try:
            await self._answer([event], of=str(event.id), refused=self._note)
        except (*AWAY, Unavailable, Busy):
            raise
        # rule: R4 because whatever it is, it is this event's and no other's
        except Exception as fault:
            log.exception("reaction_failed", reaction=self._reaction.name, seq=event.seq)
            return f"{type(fault).__name__}: {fault}"
        return None

    def _note(self, refusal: Problem) -> None:
        log.info("reaction_refused", reaction=self._reaction.name, code=refusal.code)

    async def _answer(
        self,
        events: Sequence[Happened],
        *,
        of: str,
        refused: Callable[[Problem], None] | None = None,
    ) -> None:
        """Carry out what they ask for; `refused` hears of a refusal, and the rest is done too."""
        first = events[0]
        who = Identity(
            self._reaction.principal,
            first.institution_id,
            SessionId(first.id),
            first.at + timedelta(days=36_500),
        )
        for number, command in enumerate(self._reaction.asked(events)):
            key = f"{self._reaction.name}:{of}:{number}"
            try:
                await self._commands.execute(command, access=Access(who, ""), key=key)
            except (Unavailable, Busy):
                raise
            except Problem as refusal:
                if refused is None:
                    raise
                refused(refusal)

    async def _try_again(self) -> None:
        place = (self._reaction.name, self._reaction.source)
        for row in await self._home.fetch(_AGAIN, *place):
            fault = await self._react(msgspec.json.decode(row["event"], type=Happened))
            if fault is None:
                await self._home.execute(_DONE, *place, row["seq"])
            else:
                await self._home.execute(_LATER, *place, row["seq"], fault)


def _kept(event: Mapping[str, Any]) -> Happened:
    return Happened(
        id=event["id"],
        seq=event["seq"],
        type=event["type"],
        institution_id=InstitutionId(event["institution_id"]),
        actor_id=None if event["actor_id"] is None else UserId(event["actor_id"]),
        at=event["at"],
        payload=msgspec.Raw(event["payload"].encode()),
    )
