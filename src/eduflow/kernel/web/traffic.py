"""How many requests are being answered, how many may be, and an orderly end."""

import asyncio


class Traffic:
    """Shared by every app of a process. After `drain()` nothing new is begun; what runs may end.

    At most `most` requests are answered at a time, streams apart, which wait more than they work.
    More would make all of them slower, until their callers give up and ask again.
    """

    def __init__(self, *, most: int | None = None) -> None:
        self.in_flight = 0
        self.streams = 0
        self._most = most
        self.draining = False
        self._empty = asyncio.Event()
        self._drain_begun = asyncio.Event()

    @property
    def is_full(self) -> bool:
        """Whether one more would be too many."""
        return self._most is not None and self.in_flight - self.streams >= self._most

    def begin(self) -> None:
        self.in_flight += 1

    def end(self, *, stream: bool = False) -> None:
        self.in_flight -= 1
        self.streams -= stream
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
