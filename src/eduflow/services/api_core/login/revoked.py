"""The published list of revoked sessions, asked for by every process a few times a second."""

import asyncio
import time

from eduflow.kernel.auth.revocation import revoked_document
from eduflow.kernel.auth.tokens import CEILING
from eduflow.services.api_core.login.looks import Looks

FRESH = 0.15
"""Seconds for which one look serves all who ask. What it adds to the second that is promised."""
_LISTED = CEILING.total_seconds() + 60


class Revoked:
    """The document, looked up once for all who ask together."""

    def __init__(self, looks: Looks) -> None:
        self._looks = looks
        self._looking = asyncio.Lock()
        self._looked = 0.0
        self._document = b""

    async def document(self) -> bytes:
        """Raises Unavailable while nobody can know; the askers then keep what they have."""
        async with self._looking:
            if not self._document or time.monotonic() - self._looked > FRESH:
                # The moment before the look: what is revoked during it may not be in it.
                asked = time.monotonic()
                found = await self._looks.revoked(since=_LISTED)
                self._document = revoked_document(
                    [(session, int(at.timestamp() + _LISTED)) for session, at in found], []
                )
                self._looked = asked
            return self._document
