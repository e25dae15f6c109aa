"""Access tokens: made in one place, and checked in every process without asking that place.

PyJWT makes and checks the signature. It accepts a refresh token in place of an access token, a
claim that is given twice, and `exp: 1e308`; what it lets through is refused here (RFC 8725).
"""

import json
import re
from collections import OrderedDict
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn, Protocol
from uuid import UUID

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from eduflow.kernel.auth.encoding import from_text
from eduflow.kernel.auth.identity import Identity
from eduflow.kernel.auth.problems import TokenRefused
from eduflow.kernel.clock import Clock
from eduflow.kernel.ids import InstitutionId, SessionId, UserId, new_id

PLATFORM = "eduflow"
"""The audience of a token that is good for every service of the installation."""
TOKEN_TYPE = "at+jwt"  # noqa: S105 (RFC 9068's name for an access token)
LEEWAY = 5
"""Seconds by which another machine's clock may be ahead of ours. It widens `iat` and `nbf` only:
an expired token is expired, and its owner refreshes it."""
CEILING = timedelta(hours=1)
"""The longest life of any access token, the upper end of `EDUFLOW_ACCESS_TOKEN_SECONDS`.

Verifiers measure by it, not by the setting, so that the setting can change while services run.
A revoked session need not be listed longer, nor a retired key kept longer, than this.
"""
LONGEST = 4096
"""Characters of the longest token that is looked at."""
MOST_AUDIENCES = 32
_LATEST = 1 << 40
_SHAPE = re.compile(r"[A-Za-z0-9_-]{20,512}\.[A-Za-z0-9_-]{20,3400}\.[A-Za-z0-9_-]{86}")
_HEADER = {"alg", "typ", "kid"}
_jws = jwt.PyJWS(algorithms=["EdDSA"])


class KeySource(Protocol):
    """Public keys by `kid`."""

    def has(self, kid: str) -> bool:
        """Whether tokens of this key are still to be believed; asked at every request."""

    async def find(self, kid: str) -> Ed25519PublicKey | None:
        """The key, looked up afresh if need be. None: there is no such key."""


class Revocations(Protocol):
    """What has been revoked before its time."""

    def refuses(self, user: UserId, session: SessionId, *, issued: int) -> bool:
        """Whether a token issued then (seconds since 1970), for that session, is void."""


class AccessToken(msgspec.Struct, frozen=True):
    """A fresh token, with what its bearer may know of it."""

    token: str
    identity: Identity
    expires_in: int
    """Seconds."""


class TokenSigner:
    """Makes access tokens with one private key. Only api_core has one."""

    def __init__(
        self, private: Ed25519PrivateKey, *, kid: str, issuer: str, lifetime: timedelta
    ) -> None:
        self.kid = kid
        self._private = private
        self._issuer = issuer
        self._lifetime = int(lifetime.total_seconds())

    def sign(
        self,
        *,
        user: UserId,
        institution: InstitutionId,
        session: SessionId,
        now: datetime,
        audiences: tuple[str, ...] = (PLATFORM,),
        not_before: int = 0,
    ) -> AccessToken:
        """Make a token of this moment.

        `not_before` is the person's epoch, if there is one (`revocation.epoch_of`). A login within
        the second of the revocation is then told apart from the tokens that it voided.
        """
        issued = max(int(now.timestamp()), not_before)
        expires = issued + self._lifetime
        claims = {
            "iss": self._issuer,
            "aud": list(audiences),
            "sub": str(user),
            "inst": str(institution),
            "sid": str(session),
            "jti": str(new_id()),
            "iat": issued,
            "nbf": issued,
            "exp": expires,
        }
        headers = {"typ": TOKEN_TYPE, "kid": self.kid}
        token = jwt.encode(claims, self._private, algorithm="EdDSA", headers=headers)
        identity = Identity(user, institution, session, datetime.fromtimestamp(expires, UTC))
        return AccessToken(token, identity, self._lifetime)


class _Verified(msgspec.Struct, frozen=True):
    identity: Identity
    kid: str
    issued: int
    expires: int


class TokenVerifier:
    """Turns a token into the identity it proves, or raises `TokenRefused`.

    A signature is checked once per token and process; afterwards its claims are remembered until
    `exp`. Revocation, expiry and withdrawal of the key are asked of every request.
    """

    def __init__(
        self,
        keys: KeySource,
        *,
        issuer: str,
        audiences: Collection[str],
        ceiling: timedelta,
        revocations: Revocations,
        clock: Clock,
        remembered: int = 20_000,
    ) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audiences = frozenset(audiences)
        self._ceiling = ceiling.total_seconds()
        self._revocations = revocations
        self._clock = clock
        self._remembered = remembered
        self._verified: OrderedDict[str, _Verified] = OrderedDict()

    async def verify(self, token: str) -> Identity:
        """Check everything; raises TokenRefused, or Unavailable while no key could be fetched."""
        now = self._clock().timestamp()
        known = self._verified.get(token)
        if known is None:
            known = await self._verify(token, now)
            self._verified[token] = known
            if len(self._verified) > self._remembered:
                self._verified.popitem(last=False)
        else:
            self._verified.move_to_end(token)
        try:
            self._ask_again(known, now)
        except TokenRefused:
            self._verified.pop(token, None)
            raise
        return known.identity

    def _ask_again(self, known: _Verified, now: float) -> None:
        if known.expires <= now:
            raise TokenRefused("exp", reason="expired")
        if not self._keys.has(known.kid):
            raise TokenRefused("kid")
        who = known.identity
        if self._revocations.refuses(who.user, who.session, issued=known.issued):
            raise TokenRefused("revoked", reason="revoked")

    async def _verify(self, token: str, now: float) -> _Verified:
        if len(token) > LONGEST or not _SHAPE.fullmatch(token):
            raise TokenRefused("shape")
        header = strict_object(from_text(token.partition(".")[0]), "header")
        if header.keys() != _HEADER:
            # No jku, jwk, x5u, crit, b64, zip or cty: what we do not need we do not read.
            raise TokenRefused("header members")
        if header["alg"] != "EdDSA":
            raise TokenRefused("alg")
        if header["typ"] != TOKEN_TYPE:
            raise TokenRefused("typ")
        kid = header["kid"]
        key = await self._keys.find(kid) if isinstance(kid, str) else None
        if key is None:
            raise TokenRefused("kid")
        try:
            payload = _jws.decode_complete(token, key, algorithms=["EdDSA"])["payload"]
        except jwt.InvalidTokenError as refusal:
            raise TokenRefused("signature") from refusal
        return self._believe(strict_object(payload, "payload"), kid, now)

    def _believe(self, claims: dict[str, Any], kid: str, now: float) -> _Verified:
        if claims.get("iss") != self._issuer:
            raise TokenRefused("iss")
        if not self._is_for_us(claims.get("aud")):
            raise TokenRefused("aud")
        issued, begins, expires = (moment(claims, name) for name in ("iat", "nbf", "exp"))
        if expires <= now:
            raise TokenRefused("exp", reason="expired")
        if issued > now + LEEWAY:
            raise TokenRefused("iat")
        if begins > now + LEEWAY or begins > expires:
            raise TokenRefused("nbf")
        if not 0 < expires - issued <= self._ceiling:
            raise TokenRefused("lifetime")
        user, institution, session, _ = (
            _uuid(claims, name) for name in ("sub", "inst", "sid", "jti")
        )
        identity = Identity(
            UserId(user),
            InstitutionId(institution),
            SessionId(session),
            datetime.fromtimestamp(expires, UTC),
        )
        return _Verified(identity, kid, issued, expires)

    def _is_for_us(self, audience: object) -> bool:
        named = audience if isinstance(audience, list) else [audience]
        if len(named) > MOST_AUDIENCES or not all(isinstance(name, str) for name in named):
            return False
        return not self._audiences.isdisjoint(named)


def strict_object(data: bytes | None, part: str) -> dict[str, Any]:
    """JSON by RFC 8259 and I-JSON: UTF-8, no member twice, no NaN; an object."""

    def refuse(_: object) -> NoReturn:
        raise TokenRefused(f"{part} constant")

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise TokenRefused(f"{part} duplicate")
        return found

    if data is None:
        raise TokenRefused(f"{part} encoding")
    try:
        # json.loads would guess UTF-16 from bytes; decoding first leaves nothing to guess.
        value = json.loads(data.decode(), object_pairs_hook=members, parse_constant=refuse)
    except (ValueError, RecursionError) as fault:
        raise TokenRefused(f"{part} json") from fault
    if not isinstance(value, dict):
        raise TokenRefused(f"{part} object")
    return value


def moment(claims: dict[str, Any], name: str) -> int:
    """A claim that is a time: whole seconds since 1970, and nothing that only looks like it."""
    value = claims.get(name)
    # `type() is`: True is an int, and 1e308 is a number of seconds to a library that asks less.
    if type(value) is not int or not 0 < value < _LATEST:
        raise TokenRefused(f"{name} is no time")
    return value


def _uuid(claims: dict[str, Any], name: str) -> UUID:
    value = claims.get(name)
    try:
        found = UUID(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or str(found) != value:
        raise TokenRefused(f"{name} is no id")
    return found
