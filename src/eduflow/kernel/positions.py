"""Positions: what a caller has written and seen, so that no later read shows an older world.

A position names a transaction, not a place in the WAL. A read model is fresh for it when the
snapshot stored with the model's checkpoint sees that transaction: a comparison of stored data,
exact in any database and on any standby (docs/decisions/0004).
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from functools import lru_cache

import msgspec

from eduflow.kernel.problems import Problem
from eduflow.kernel.settings import Secret

_TAG_BYTES = 16
_LONGEST = 4096
_REMEMBERED = 4096


class PositionRefused(Problem):
    """The `EduFlow-Position` header holds something that this platform never handed out."""

    code, title, status = "kernel.position-refused", "This position was not made here", 400


class Position(msgspec.Struct, frozen=True, array_like=True):
    """What one caller knows of one database."""

    source: str
    """The database."""
    cluster: str
    """System identifier and timeline: after a failover, numbers of lost transactions come again."""
    xids: tuple[int, ...] = ()
    """The caller's newest writes: one, or several that were made side by side."""
    rounds: dict[str, tuple[int, ...]] = {}
    """Read model -> how far each of its shards was when the caller last read it."""
    lsn: int | None = None
    """No row the caller has read was written after this place in the WAL."""
    server: str | None = None
    """The server that `lsn` was read on: it, at least, has not gone back since."""

    def after_write(self, xid: int, cluster: str) -> "Position":
        """The same caller, after a write that began when all of the earlier ones had ended."""
        if cluster != self.cluster:
            return Position(self.source, cluster, xids=(xid,))
        return msgspec.structs.replace(self, xids=(xid,))


class Positions:
    """Seals positions, so that nobody makes a reader wait for a future that never comes."""

    def __init__(self, secret: Secret) -> None:
        self._key = hashlib.sha256(b"eduflow position\0" + secret.value.encode()).digest()
        # A screen asks many things with one position; what was proven once is proven.
        self._open = lru_cache(maxsize=_REMEMBERED)(self._prove)
        # And between two folds, readers who have written nothing have all seen the same.
        self._signed = lru_cache(maxsize=_REMEMBERED)(self._sign)

    def seal(self, positions: Iterable[Position]) -> str:
        """The header's value: one sealed token per database, separated by commas."""
        return ", ".join(self._signed(msgspec.msgpack.encode(p)) for p in positions)

    def open(self, header: str | None) -> dict[str, Position]:
        """Positions by database; two for one database count together.

        Raises PositionRefused for anything that was not sealed here.
        """
        if not header:
            return {}
        if len(header) > _LONGEST:
            raise PositionRefused("It is longer than any position; send the newest one only.")
        found: dict[str, Position] = {}
        for token in header.split(","):
            position = self._open(token.strip())
            known = found.get(position.source)
            found[position.source] = position if known is None else _merge(known, position)
        return found

    def _sign(self, body: bytes) -> str:
        tag = hmac.digest(self._key, body, "sha256")[:_TAG_BYTES]
        return base64.urlsafe_b64encode(tag + body).rstrip(b"=").decode()

    def _prove(self, token: str) -> Position:
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            tag, body = raw[:_TAG_BYTES], raw[_TAG_BYTES:]
            if not hmac.compare_digest(tag, hmac.digest(self._key, body, "sha256")[:_TAG_BYTES]):
                raise PositionRefused("Send back the EduFlow-Position of an answer, unchanged.")
            return msgspec.msgpack.decode(body, type=Position)
        except (binascii.Error, ValueError, msgspec.MsgspecError) as fault:
            raise PositionRefused(
                "Send back the EduFlow-Position of an answer, unchanged."
            ) from fault


def _merge(one: Position, other: Position) -> Position:
    if one.cluster != other.cluster:
        return other
    rounds = dict(one.rounds)
    for model, seen in other.rounds.items():
        rounds[model] = max(rounds.get(model, ()), seen)
    # All of them, which the header's length bounds: none is proof of another.
    xids = tuple(sorted({*one.xids, *other.xids}))
    latest = one if (one.lsn or 0) >= (other.lsn or 0) else other
    return msgspec.structs.replace(latest, xids=xids, rounds=rounds)
