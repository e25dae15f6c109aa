"""Makes tokens of every kind, good and bad, from their parts."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from eduflow.kernel.auth.encoding import to_text
from eduflow.kernel.auth.keys import KeySeal, OwnKeys, SigningKey, new_key
from eduflow.kernel.auth.revocation import RevocationList
from eduflow.kernel.auth.tokens import TokenSigner, TokenVerifier
from eduflow.kernel.ids import InstitutionId, SessionId, UserId, new_id
from eduflow.kernel.settings import Secret

SECRET = Secret("a secret of the tests, of more than 32 characters")
ISSUER = "https://eduflow.test"
NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
LIFETIME = timedelta(minutes=10)
STRANGER = Ed25519PrivateKey.generate()


class FakeClock:
    """The time a test says it is."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


class Mint:
    """One installation: a key, a signer, a verifier, and the means to forge."""

    def __init__(self, now: datetime = NOW) -> None:
        self.clock = FakeClock(now)
        self.seal = KeySeal(SECRET)
        self.key: SigningKey = new_key(self.seal, state="signing", now=NOW)
        self.private = self.seal.open(self.key)
        self.keys = OwnKeys([self.key])
        self.revocations = RevocationList(clock=self.clock)
        self.user = UserId(new_id())
        self.institution = InstitutionId(new_id())
        self.session = SessionId(new_id())
        self.signer = TokenSigner(self.private, kid=self.key.kid, issuer=ISSUER, lifetime=LIFETIME)
        self.verifier = self.verifier_for("eduflow", "tutor")

    def verifier_for(self, *audiences: str, **options: int) -> TokenVerifier:
        return TokenVerifier(
            self.keys,
            issuer=ISSUER,
            audiences=audiences,
            ceiling=LIFETIME,
            revocations=self.revocations,
            clock=self.clock,
            **options,
        )

    def good(self, **options: Any) -> str:
        return self.signer.sign(
            user=self.user,
            institution=self.institution,
            session=self.session,
            now=self.clock(),
            **options,
        ).token

    def header(self, **changes: Any) -> dict[str, Any]:
        return changed({"alg": "EdDSA", "typ": "at+jwt", "kid": self.key.kid}, changes)

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(self.clock().timestamp())
        return changed(
            {
                "iss": ISSUER,
                "aud": ["eduflow"],
                "sub": str(self.user),
                "inst": str(self.institution),
                "sid": str(self.session),
                "jti": str(new_id()),
                "iat": now,
                "nbf": now,
                "exp": now + 600,
            },
            changes,
        )

    def signed(
        self,
        header: Mapping[str, Any] | str | None = None,
        claims: Mapping[str, Any] | str | bytes | None = None,
        *,
        by: Ed25519PrivateKey | None = None,
    ) -> str:
        """Any header over any payload, with a true signature."""
        head = to_text(as_bytes(self.header() if header is None else header))
        body = to_text(as_bytes(self.claims() if claims is None else claims))
        signature = (by or self.private).sign(f"{head}.{body}".encode())
        return f"{head}.{body}.{to_text(signature)}"

    def stock_accepts(self, token: str) -> bool:
        """Whether PyJWT, asked as its manual says, lets the token pass; it has no clock but one."""
        try:
            jwt.decode(
                token,
                self.private.public_key(),
                algorithms=["EdDSA"],
                audience="eduflow",
                issuer=ISSUER,
                options={"require": ["exp", "sub", "iat"]},
            )
        except jwt.InvalidTokenError:
            return False
        return True


def changed(base: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The base with some members changed; `...` takes one away."""
    return {name: value for name, value in (base | dict(changes)).items() if value is not ...}


def as_bytes(part: Mapping[str, Any] | str | bytes) -> bytes:
    if isinstance(part, bytes):
        return part
    return part.encode() if isinstance(part, str) else json.dumps(part).encode()


Forgery = Callable[[Mint], str]
