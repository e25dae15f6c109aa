"""Clients that do as good clients do, and remember what they were answered."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import msgspec

from tests.harness.platform import Person
from tests.services.api_core.life.world import World

ALWAYS = frozenset({"kernel.busy", "kernel.forbidden", "kernel.not-found"})
"""What may stand against anything: others are quicker, or a seat was taken away meanwhile."""
UNSEEN = "kernel.precondition-failed"
_PATIENCE = 40
_NOW = datetime.now(UTC)


class Done(msgspec.Struct):
    """One operation that changes something: under which ids it was sent, and whether accepted."""

    what: str
    requests: list[str]
    accepted: bool


class Client:
    """One person at one screen: one thing after the other."""

    def __init__(self, world: World, person: Person, *, role: str, chance: random.Random) -> None:
        self.world = world
        self.person = person
        self.role = role
        self.chance = chance
        self.done: list[Done] = []
        self.refusals: list[str] = []

    def moment(self) -> str:
        """Some time in these three hours."""
        return str(_NOW + timedelta(minutes=self.chance.randint(-90, 90)))

    async def read(self, path: str, *also: str) -> Any:
        """What is there, or None where it was refused for a reason that may be."""
        answer = await self._patiently("GET", path, None, {})
        return answer.json() if self._taken(answer, f"GET {path}", frozenset(also)) else None

    async def change(
        self, method: str, path: str, body: Any = None, *also: str, version: int | None = None
    ) -> Any:
        """The answer, or None where it was refused for one of the reasons `also`, or of `ALWAYS`.

        Something new is now and then asked for twice, as by a client that lost the answer: it
        must be made once, and answered the same.
        """
        headers = {} if version is None else {"If-Match": f'"v{version}"'}
        times = 1
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid4())
            times = 2 if self.chance.random() < 0.1 else 1
        requests, answers = [], []
        for _ in range(times):
            requests.append(str(uuid4()))
            sent = {**headers, "X-Request-ID": requests[-1]}
            answers.append(await self._patiently(method, path, body, sent))
        what = f"{method} {path}"
        # What was refused, because others were quicker, may be taken when it is asked for again.
        good = [answer for answer in answers if self._taken(answer, what, frozenset(also))]
        self.done.append(Done(what, requests, bool(good)))
        if not good:
            return None
        assert all(a.content == good[0].content for a in good), f"{what}: another answer"
        return good[0].json() if good[0].content else {}

    async def _patiently(
        self, method: str, path: str, body: Any, headers: dict[str, str]
    ) -> httpx.Response:
        """Wait where the answer says to: too many requests, or nothing is new enough yet."""
        self.person.position = self.world.position
        for _ in range(_PATIENCE):
            answer = await self.person.send(method, path, body, **headers)
            self.world.position = self.person.position
            if answer.status_code not in {429, 503}:
                return answer
            # A stale answer is a matter of moments, whatever its header rounds up to.
            await asyncio.sleep(0.1 if answer.status_code == 503 else 2)
        return answer

    def _taken(self, answer: httpx.Response, what: str, also: frozenset[str]) -> bool:
        if answer.is_success:
            return True
        text = f"{self.role}: {what}: {answer.status_code} {answer.text}"
        assert 400 <= answer.status_code < 500, text
        code = answer.json()["type"].rsplit("/", 1)[-1]
        assert code in ALWAYS | also, text
        self.refusals.append(code)
        return False
