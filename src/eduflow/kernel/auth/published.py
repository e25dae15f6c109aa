"""The published keys as every other service sees them: fetched, remembered, looked up again."""

import asyncio
import time
from collections.abc import Callable

import httpx
import msgspec
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from eduflow.kernel.auth.encoding import from_text
from eduflow.kernel.problems import Unavailable

KEYS_PATH = "/.well-known/jwks.json"
LARGEST = 65_536
"""Bytes of the largest key set that is read."""
MOST_KEYS = 32
_PUBLIC_KEY_BYTES = 32
_LONGEST_KID = 128
_log = structlog.get_logger(__name__)


class _Jwk(msgspec.Struct):
    kty: str = ""
    crv: str = ""
    x: str = ""
    kid: str = ""
    use: str = "sig"
    alg: str = "EdDSA"
    d: str | None = None


class _KeySet(msgspec.Struct):
    keys: list[_Jwk]


class KeySetError(Exception):
    """What was fetched is not a key set that can be believed."""


class PublishedKeys:
    """A KeySource that asks `{identity_url}/.well-known/jwks.json`.

    An unknown `kid` makes it look again, at most once per `cooldown` seconds and once for all who
    wait; keys older than `fresh` seconds are looked up behind the requests' backs, so that a
    withdrawn key is forgotten. While api_core is away, the keys it gave last stay good.
    """

    def __init__(
        self,
        identity_url: str,
        *,
        client: httpx.AsyncClient,
        cooldown: float = 3.0,
        fresh: float = 60.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = identity_url.rstrip("/") + KEYS_PATH
        self._client = client
        self._cooldown = cooldown
        self._fresh = fresh
        self._monotonic = monotonic
        self._keys: dict[str, Ed25519PublicKey] = {}
        self._asked: float | None = None
        self._answered: float | None = None
        self._flight: asyncio.Task[None] | None = None
        self.failures = 0
        """How often the keys could not be fetched, for the metrics."""

    def has(self, kid: str) -> bool:
        """Whether it was published when we last looked; looks again in the background by and by."""
        if self._answered is None or self._monotonic() - self._answered > self._fresh:
            self._look()
        return kid in self._keys

    async def find(self, kid: str) -> Ed25519PublicKey | None:
        """The key; raises Unavailable as long as no key set was ever seen."""
        if self.has(kid):
            return self._keys[kid]
        if flight := self._look():
            # Shielded: the request that happened to ask first may be cancelled, the others wait on.
            await asyncio.shield(flight)
        if self._answered is None:
            raise Unavailable("The keys to check logins with cannot be fetched", retry_after=3)
        return self._keys.get(kid)

    def _look(self) -> asyncio.Task[None] | None:
        """The flight under way, or a new one; None when it is too early to ask again."""
        if self._flight is None or self._flight.done():
            early = self._asked is not None and self._monotonic() - self._asked < self._cooldown
            self._flight = None if early else asyncio.create_task(self._fetch())
        return self._flight

    async def _fetch(self) -> None:
        try:
            self._keys = read_key_set(await self._download())
            self._answered = self._monotonic()
        except (httpx.HTTPError, KeySetError) as fault:
            self.failures += 1
            _log.warning("published keys not fetched", url=self._url, fault=repr(fault))
        finally:
            self._asked = self._monotonic()

    async def _download(self) -> bytes:
        body = bytearray()
        async with self._client.stream("GET", self._url, timeout=2.0) as answer:
            if answer.status_code != httpx.codes.OK:
                raise KeySetError(f"status {answer.status_code}")
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > LARGEST:
                    raise KeySetError(f"more than {LARGEST} bytes")
        return bytes(body)

    async def close(self) -> None:
        """Let no flight outlive the process's loop. The client is its maker's to close."""
        if self._flight is not None:
            self._flight.cancel()
            await asyncio.gather(self._flight, return_exceptions=True)


def read_key_set(document: bytes) -> dict[str, Ed25519PublicKey]:
    """Ed25519 keys by `kid`; others are left out. Raises KeySetError when none can be used."""
    try:
        found = msgspec.json.decode(document, type=_KeySet).keys
    except (msgspec.DecodeError, ValueError) as fault:
        raise KeySetError("not a key set") from fault
    if len(found) > MOST_KEYS:
        raise KeySetError(f"more than {MOST_KEYS} keys")
    if any(key.d is not None for key in found):
        raise KeySetError("it shows a private key")
    keys: dict[str, Ed25519PublicKey] = {}
    for key in found:
        raw = from_text(key.x)
        usable = (
            (key.kty, key.crv, key.use, key.alg) == ("OKP", "Ed25519", "sig", "EdDSA")
            and raw is not None
            and len(raw) == _PUBLIC_KEY_BYTES
            and 0 < len(key.kid) <= _LONGEST_KID
        )
        if not usable or raw is None:
            _log.warning("published key left out", kid=key.kid[:_LONGEST_KID], kty=key.kty[:16])
            continue
        if key.kid in keys:
            raise KeySetError("one kid for two keys")
        keys[key.kid] = Ed25519PublicKey.from_public_bytes(raw)
    if not keys:
        raise KeySetError("no Ed25519 key in it")
    return keys
