"""How many requests are being answered, and an orderly end."""

import asyncio


class Traffic:
    """Shared by every app of a process. After `drain()` nothing new is begun; what runs may end."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.draining = False
        self._empty = asyncio.Event()
        self._drain_begun = asyncio.Event()

    def begin(self) -> None:
        self.in_flight += 1

    def end(self) -> None:
        self.in_flight -= 1
        if self.draining and self.in_flight == 0:
            self._empty.set()

    def drain(self) -> None:
        """From now on readiness is 503, and new requests are sent away."""
        self.draining = True
        self._drain_begun.set()
        if self.in_flight == 0:
            self._empty.set()

    async def until_draining(self) -> None:
        """For streams: they end when they hear of it, and their callers come back elsewhere."""
        await self._drain_begun.wait()

    async def drained(self, seconds: float) -> bool:
        """Waits until nothing is in flight, at most this long; False: something still was."""
        self.drain()
        try:
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        except TimeoutError:
            return False
        return True
