"""Signing keys: made, sealed for the database, published for everybody, and followed by another.

A key is announced before it signs and published after it has stopped, so that a verifier that
looks only now and then never meets a token whose key it cannot know.
"""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from eduflow.kernel.auth.derivation import derived_key
from eduflow.kernel.auth.encoding import to_text
from eduflow.kernel.settings import Secret

KeyState = Literal["announced", "signing", "retiring", "withdrawn"]
_VERSION = b"\x01"
_NONCE = 12


class UnsealError(Exception):
    """A sealed key does not open: the secret changed, or the row is not what was written."""

    def __init__(self, kid: str) -> None:
        super().__init__(
            f"The signing key {kid} cannot be opened with this EDUFLOW_SECRET. Restore the secret "
            "it was made with, or rotate the signing keys; everybody then has to log in again."
        )
        self.kid = kid


class SigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """One key as it is stored. The private half is sealed; the public half is for everybody."""

    kid: str
    """The key's RFC 7638 thumbprint, so that a key cannot pass for another."""
    public: bytes
    sealed: bytes
    state: KeyState
    created: datetime
    changed: datetime
    """When it came into its state."""

    @property
    def published(self) -> bool:
        """Whether it belongs in the key set."""
        return self.state != "withdrawn"


class KeySeal:
    """AES-256-GCM under a key derived from the installation's secret, bound to the `kid`."""

    def __init__(self, secret: Secret) -> None:
        self._cipher = AESGCM(derived_key(secret, "signing-key-seal"))

    def seal(self, private: Ed25519PrivateKey, kid: str) -> bytes:
        """Make the private half fit for a database column."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._cipher.encrypt(nonce, private.private_bytes_raw(), _VERSION + kid.encode())
        return _VERSION + nonce + sealed

    def open(self, key: SigningKey) -> Ed25519PrivateKey:
        """Raises UnsealError when it is not exactly what was sealed for that `kid`."""
        version, nonce, body = key.sealed[:1], key.sealed[1 : 1 + _NONCE], key.sealed[1 + _NONCE :]
        try:
            raw = self._cipher.decrypt(nonce, body, version + key.kid.encode())
            private = Ed25519PrivateKey.from_private_bytes(raw)
        except (InvalidTag, ValueError) as fault:
            raise UnsealError(key.kid) from fault
        if private.public_key().public_bytes_raw() != key.public:
            raise UnsealError(key.kid)
        return private


def new_key(seal: KeySeal, *, state: KeyState, now: datetime) -> SigningKey:
    """Draw a key pair."""
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    kid = thumbprint(public)
    return SigningKey(
        kid=kid,
        public=public,
        sealed=seal.seal(private, kid),
        state=state,
        created=now,
        changed=now,
    )


def thumbprint(public: bytes) -> str:
    """RFC 7638 over RFC 8037's members, SHA-256."""
    members = {"crv": "Ed25519", "kty": "OKP", "x": to_text(public)}
    return to_text(hashlib.sha256(msgspec.json.encode(members)).digest())


def rotated(
    keys: Iterable[SigningKey], *, seal: KeySeal, now: datetime, keep: timedelta
) -> list[SigningKey]:
    """The keys after one rotation, changed or new ones included; pure but for the key drawn.

    The announced key signs, the signing one retires, and a new one is announced. A retiring key is
    withdrawn once the last token it signed has expired (`keep`, the ceiling of a token's life).
    """
    after = []
    for key in keys:
        if key.state == "retiring" and now - key.changed < keep:
            after.append(key)
        elif key.state in ("retiring", "signing", "announced"):
            after.append(msgspec.structs.replace(key, state=_NEXT[key.state], changed=now))
        else:
            after.append(key)
    if not any(key.state == "signing" for key in after):
        after.append(new_key(seal, state="signing", now=now))
    return [*after, new_key(seal, state="announced", now=now)]


_NEXT: dict[str, KeyState] = {
    "announced": "signing",
    "signing": "retiring",
    "retiring": "withdrawn",
}


def withdrawn(keys: Iterable[SigningKey], kid: str, *, now: datetime) -> list[SigningKey]:
    """The keys after one was found to be compromised: its tokens are void within the minute."""
    return [
        msgspec.structs.replace(key, state="withdrawn", changed=now) if key.kid == kid else key
        for key in keys
    ]


def key_set(keys: Iterable[SigningKey]) -> bytes:
    """The JSON Web Key Set of the published keys (RFC 7517, RFC 8037), in a stable order."""
    members = [
        {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": to_text(key.public),
            "kid": key.kid,
            "use": "sig",
            "alg": "EdDSA",
        }
        for key in sorted(keys, key=lambda key: (key.created, key.kid))
        if key.published
    ]
    return msgspec.json.encode({"keys": members})


class OwnKeys:
    """The key source of api_core itself, which has the rows and need not ask for them."""

    def __init__(self, keys: Iterable[SigningKey] = ()) -> None:
        self._keys: dict[str, Ed25519PublicKey] = {}
        self.replace(keys)

    def replace(self, keys: Iterable[SigningKey]) -> None:
        """Take the rows as they are now."""
        self._keys = {
            key.kid: Ed25519PublicKey.from_public_bytes(key.public) for key in keys if key.published
        }

    def has(self, kid: str) -> bool:
        """Whether it is published."""
        return kid in self._keys

    async def find(self, kid: str) -> Ed25519PublicKey | None:
        """The published key of that name."""
        return self._keys.get(kid)
