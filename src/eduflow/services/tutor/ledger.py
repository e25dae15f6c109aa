"""The ledger as services ask it: hold what a call may cost at most, then settle what it took.

Each question is one statement, a function of migrations/tutor. It is not a command: a service asks,
not a person, so there is no permission to decide, and which budgets allow what can only be decided
under the lock of their balances, that is, where they are. All three may be asked any number of
times and answer what they answered first; so an answer that was lost is asked for again.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import msgspec

from eduflow.kernel.clock import Clock
from eduflow.kernel.db.away import AWAY, LOST
from eduflow.kernel.ids import InstitutionId, UserId, new_id
from eduflow.kernel.problems import Unavailable
from eduflow.services.tutor.ids import CallId, CourseId, PromptVersionId
from eduflow.services.tutor.problems import (
    BudgetExhausted,
    CallIdTaken,
    ModelWithoutPrice,
    NoSuchReservation,
    ReservationEnded,
)

HELD_FOR = timedelta(minutes=15)
"""How long a call may take. What is then not settled is freed; settled later, it still counts."""


KEPT_FOR = timedelta(days=91)
"""How long the answer to a call is known after its end; longer than any service tries to settle."""


class Prompt(msgspec.Struct, frozen=True):
    """A prompt's name and its text, to be cited as a version from then on."""

    key: str
    body: str


class Candidate(msgspec.Struct, frozen=True):
    """A model that would do, and the most that it may take."""

    provider: str
    model: str
    tokens_in: int
    max_tokens_out: int


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A call that somebody wants to make; the first candidate that every budget allows is held."""

    call_id: CallId
    institution_id: InstitutionId
    user_id: UserId | None
    course_id: CourseId | None
    purpose: str
    prompt: Prompt
    candidates: list[Candidate]


class Prices(msgspec.Struct, frozen=True):
    """Micros for a million tokens, since `valid_from`; the call is settled by them."""

    in_micros_per_mtok: int
    cached_micros_per_mtok: int
    out_micros_per_mtok: int
    valid_from: datetime


class Reserved(msgspec.Struct, frozen=True, kw_only=True):
    """What is held for a call. `candidate` counts from 0."""

    call_id: CallId
    candidate: int
    provider: str
    model: str
    prompt_version_id: PromptVersionId
    reserved_micros: int
    expires_at: datetime
    prices: Prices


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """What a call took, as the provider counted it. `tokens_in` includes `tokens_cached`."""

    provider: str
    model: str
    tokens_in: int
    tokens_cached: int
    tokens_out: int
    outcome: str
    latency_ms: int


class _Held(Reserved, frozen=True, kw_only=True, tag_field="state", tag="held"):
    pass


class _Exhausted(msgspec.Struct, frozen=True, tag_field="state", tag="exhausted"):
    scope: str
    on_exhaust: str


class _Unpriced(msgspec.Struct, frozen=True, tag_field="state", tag="unpriced"):
    provider: str
    model: str


class _Reused(msgspec.Struct, frozen=True, tag_field="state", tag="reused"):
    pass


class _Ended(msgspec.Struct, frozen=True, tag_field="state", tag="ended"):
    pass


class _Unknown(msgspec.Struct, frozen=True, tag_field="state", tag="unknown"):
    pass


class _Settled(msgspec.Struct, frozen=True, tag_field="state", tag="settled"):
    cost_micros: int


class _Released(msgspec.Struct, frozen=True, tag_field="state", tag="released"):
    pass


_RESERVE = (
    "SELECT ledger_reserve($1::uuid, $2::uuid, $3::bytea, $4::text, $5::uuid, $6::uuid, $7::text,"
    " $8::text, $9::text, $10::text::jsonb, $11::timestamptz, $12::timestamptz)::text"
)
_SETTLE = (
    "SELECT ledger_settle($1::uuid, $2::text, $3::text, $4::text, $5::bigint, $6::bigint,"
    " $7::bigint, $8::text, $9::bigint, $10::timestamptz, $11::uuid)::text"
)
_RELEASE = "SELECT ledger_release($1::uuid, $2::text)::text"
_EXPIRE = "SELECT ledger_expire($1::timestamptz, $2::integer)"
# Never one that holds money still: that is freed first.
_FORGET = (
    "WITH old AS MATERIALIZED (SELECT c.call_id FROM reserved_calls AS c WHERE c.expires_at <= $1"
    " AND NOT EXISTS (SELECT FROM budget_reservations AS r WHERE r.call_id = c.call_id"
    " AND r.state = 'held') ORDER BY c.expires_at LIMIT $2), nothing AS (DELETE FROM"
    " budget_reservations AS r USING old WHERE r.call_id = old.call_id AND r.state IN ('released',"
    " 'expired')), gone AS (DELETE FROM reserved_calls AS c USING old WHERE c.call_id = old.call_id"
    " RETURNING 1) SELECT count(*) FROM gone"
)
_AT_ONCE = 500


class Ledger:
    """Reserves and settles, for the services of the installation."""

    def __init__(self, pool: asyncpg.Pool, *, clock: Clock, ring: Callable[[], None]) -> None:
        self._pool = pool
        self._clock = clock
        self._ring = ring

    async def reserve(self, asked: Asked, *, service: str) -> Reserved:
        """Hold what the call may cost; raises BudgetExhausted where no candidate fits."""
        now = self._clock()
        answer = await self._ask(
            _RESERVE,
            asked.institution_id,
            asked.call_id,
            hashlib.sha256(msgspec.json.encode((service, asked))).digest(),
            service,
            asked.user_id,
            asked.course_id,
            asked.purpose,
            asked.prompt.key,
            asked.prompt.body,
            msgspec.json.encode(asked.candidates).decode(),
            now,
            now + HELD_FOR,
        )
        match msgspec.json.decode(answer, type=_Held | _Exhausted | _Unpriced | _Reused | _Ended):
            case _Held() as held:
                return held
            case _Exhausted(scope=scope, on_exhaust=on_exhaust):
                raise BudgetExhausted(scope=scope, on_exhaust=on_exhaust)
            case _Unpriced(provider=provider, model=model):
                raise ModelWithoutPrice(provider=provider, model=model)
            case _Ended():
                raise ReservationEnded(call_id=asked.call_id)
            case _:
                raise CallIdTaken(call_id=asked.call_id)

    async def settle(self, call: CallId, spent: Spent, *, service: str) -> int:
        """Count what the call took, whatever became of its hold; returns what it cost, in micros.

        The first settlement counts; a later one of the same call is told what that was.
        """
        answer = await self._ask(
            _SETTLE,
            call,
            service,
            spent.provider,
            spent.model,
            spent.tokens_in,
            spent.tokens_cached,
            spent.tokens_out,
            spent.outcome,
            spent.latency_ms,
            self._clock(),
            new_id(),
        )
        match msgspec.json.decode(answer, type=_Settled | _Unknown):
            case _Settled(cost_micros=cost):
                self._ring()
                return cost
            case _:
                raise NoSuchReservation(call_id=call)

    async def release(self, call: CallId, *, service: str) -> None:
        """Give back what the call held: it was not made. What is settled stays settled."""
        answer = await self._ask(_RELEASE, call, service)
        if isinstance(msgspec.json.decode(answer, type=_Released | _Unknown), _Unknown):
            raise NoSuchReservation(call_id=call)

    async def _ask(self, sql: str, *arguments: Any) -> str:
        try:
            return await self._asked(sql, *arguments)
        except LOST:  # It may have been done or not; asked again, it says the same.
            try:
                return await self._asked(sql, *arguments)
            except AWAY as fault:
                raise Unavailable("The ledger's database does not answer.") from fault
        except AWAY as fault:
            raise Unavailable("The ledger's database does not answer.") from fault

    async def _asked(self, sql: str, *arguments: Any) -> str:
        answer: str = await self._pool.fetchval(sql, *arguments)
        return answer


async def free_expired(pool: asyncpg.Pool, now: datetime) -> int:
    """Give back what calls held that nobody settled in time; returns how many holds. A worker's."""
    freed = 0
    while True:
        done: int = await pool.fetchval(_EXPIRE, now, _AT_ONCE)
        freed += done
        if done < _AT_ONCE:
            return freed


async def forget_old(pool: asyncpg.Pool, now: datetime) -> int:
    """Remove the answers to calls that ended long ago; returns how many. A worker's.

    What they took stays: in the use of tokens, and in the holds that a balance is the sum of.
    """
    gone = 0
    while True:
        done: int = await pool.fetchval(_FORGET, now - KEPT_FOR, _AT_ONCE)
        gone += done
        if done < _AT_ONCE:
            return gone
