"""The process's view of the signing keys: a second old at most, whoever turned them."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from eduflow.kernel.auth.keys import KeySeal, SigningKey, key_set
from eduflow.kernel.auth.tokens import TokenSigner
from eduflow.kernel.problems import Unavailable
from eduflow.kernel.settings import Settings
from eduflow.services.api_core.login.looks import Looks

FRESH = 1.0
"""Seconds for which what was seen is believed."""
_log = structlog.get_logger(__name__)


class Signing:
    """Signs with the key that signs now, and shows the ones that are published.

    There is no task that polls: whoever needs a key looks, at most once a second for all of them.
    """

    def __init__(
        self, looks: Looks, settings: Settings, *, make_first: Callable[[], Awaitable[object]]
    ) -> None:
        self._looks = looks
        self._settings = settings
        self._seal = KeySeal(settings.secret)
        self._make_first = make_first
        self._looking = asyncio.Lock()
        self._looked: float | None = None
        self._keys: list[SigningKey] = []
        self._signer: TokenSigner | None = None

    async def signer(self) -> TokenSigner:
        """With the key that signs; the very first one is made now."""
        await self._look()
        if self._signer is None:
            raise Unavailable("There is no key to sign with", retry_after=1)
        return self._signer

    async def published(self) -> bytes:
        """The key set."""
        await self._look()
        return key_set(self._keys)

    async def _look(self) -> None:
        if self._is_fresh():
            return
        async with self._looking:
            if self._is_fresh():
                return
            try:
                self._keys = await self._found()
            except Unavailable:
                if not self._keys:
                    raise
                _log.warning("signing keys not looked at: the last ones are used")
            self._looked = time.monotonic()
            self._follow()

    def _is_fresh(self) -> bool:
        return self._looked is not None and time.monotonic() - self._looked < FRESH

    async def _found(self) -> list[SigningKey]:
        keys = await self._looks.keys()
        if not any(key.state == "signing" for key in keys):
            await self._make_first()
            keys = await self._looks.keys()
        return keys

    def _follow(self) -> None:
        key = next((key for key in self._keys if key.state == "signing"), None)
        if key is None:
            self._signer = None
        elif self._signer is None or self._signer.kid != key.kid:
            _log.info("signing with another key", kid=key.kid)
            self._signer = TokenSigner(
                self._seal.open(key),
                kid=key.kid,
                issuer=self._settings.public_url,
                lifetime=timedelta(seconds=self._settings.access_token_seconds),
            )
