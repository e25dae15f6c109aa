"""Make, rotate and withdraw the keys that access tokens are signed with."""

from datetime import datetime, timedelta

import msgspec

from eduflow.kernel.auth.keys import KeySeal, KeyState, SigningKey, rotated, withdrawn
from eduflow.kernel.auth.tokens import CEILING
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.settings import Secret
from eduflow.services.api_core.problems import NoSuchKey

KEPT = CEILING + timedelta(minutes=1)
"""How long a key stays published that signs no more."""


class EnsureSigningKey(Command[None], frozen=True, kw_only=True):
    """Make the first key, if there is none; any number of processes may want it at once."""

    secret: Secret


class RotateSigningKeys(Command[None], frozen=True, kw_only=True):
    """The announced key signs, the one that signed retires, a new one is announced."""

    secret: Secret


class WithdrawSigningKey(Command[None], frozen=True, kw_only=True):
    """Every token of this key is void; if it is the one that signs, the announced takes over."""

    secret: Secret
    kid: str


class _Row(msgspec.Struct):
    kid: str
    public_key: bytes
    sealed_key: bytes
    state: KeyState
    created_at: datetime
    changed_at: datetime


# PostgreSQL breaks Base64 into lines, which msgspec does not read.
_LOOK = (
    "SELECT kid, encode(public_key, 'base64') AS public_key,"
    " translate(encode(sealed_key, 'base64'), E'\\n', '') AS sealed_key,"
    " state, created_at, changed_at FROM signing_keys"
)
_MOVE = (
    "UPDATE signing_keys SET state = $3, changed_at = $4"
    " WHERE kid = $1 AND state = $2 AND {allowed}"
)
# Of two who make the first key at once, the slower finds its place taken and decides again.
_ADD = (
    "INSERT INTO signing_keys (kid, public_key, sealed_key, state, created_at, changed_at)"
    " SELECT $1, $2, $3, $4, $5, $5 WHERE {allowed} ON CONFLICT DO NOTHING"
)
_ORDER: tuple[KeyState, ...] = ("withdrawn", "retiring", "signing", "announced")
"""In which a place is given up before it is taken."""


async def ensure_signing_key(command: EnsureSigningKey, work: UnitOfWork) -> None:
    before = await _keys(work)
    if not any(key.state == "signing" for key in before):
        _write(work, before, _rotated(before, command.secret, work.now))


async def rotate_signing_keys(command: RotateSigningKeys, work: UnitOfWork) -> None:
    before = await _keys(work)
    _write(work, before, _rotated(before, command.secret, work.now))


async def withdraw_signing_key(command: WithdrawSigningKey, work: UnitOfWork) -> None:
    before = await _keys(work)
    if command.kid not in {key.kid for key in before}:
        raise NoSuchKey(kid=command.kid)
    after = withdrawn(before, command.kid, now=work.now)
    if not any(key.state == "signing" for key in after):
        after = _rotated(after, command.secret, work.now)
    _write(work, before, after)


def _rotated(keys: list[SigningKey], secret: Secret, now: datetime) -> list[SigningKey]:
    return rotated(keys, seal=KeySeal(secret), now=now, keep=KEPT)


async def _keys(work: UnitOfWork) -> list[SigningKey]:
    return [
        SigningKey(
            kid=row.kid,
            public=row.public_key,
            sealed=row.sealed_key,
            state=row.state,
            created=row.created_at,
            changed=row.changed_at,
        )
        for row in await work.look(_LOOK, into=_Row)
    ]


def _write(work: UnitOfWork, before: list[SigningKey], after: list[SigningKey]) -> None:
    known = {key.kid: key.state for key in before}
    for key in sorted(after, key=lambda key: _ORDER.index(key.state)):
        if key.kid not in known:
            work.write(_ADD, key.kid, key.public, key.sealed, key.state, key.created)
        elif known[key.kid] != key.state:
            work.write(_MOVE, key.kid, known[key.kid], key.state, key.changed)
