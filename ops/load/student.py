"""One student who sits the test on a bad network, and remembers what was taken of them."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from ops.bench.exam import OPTIONS, Test
from ops.bench.site import HOST
from ops.bench.wire import Answer, Connection, request

_OK, _CREATED, _CONFLICT, _BUSY = 200, 201, 409, 503
_TIMES = ("start", "paper", "save", "submit")
_ANSWERED = 5
"""Questions that are first answered when the test is handed in."""


class Times:
    """Seconds of every answer, from when it was due, and what was not as it should be."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = {name: [] for name in _TIMES}
        self.faults: Counter[str] = Counter()
        self.done: Counter[str] = Counter()

    def fault(self, what: str, answer: Answer) -> None:
        """Something that no student should see."""
        self.faults[f"{what}: {answer.status} {answer.body[:200].decode(errors='replace')}"] += 1


class Kept(msgspec.Struct):
    """What the server may keep of one question."""

    revision: int = 0
    """The newest that it said it took."""
    value: list[str] | None = None
    perhaps: list[list[str]] = msgspec.field(default_factory=list)
    """Newer ones of whose fate nobody was told: the line was cut."""


class Student:
    """Sits the test once, from `opens` to `hands_in`, in seconds of the loop's clock."""

    def __init__(
        self, user: UUID, *, port: int, headers: dict[str, str], test: Test, times: Times
    ) -> None:
        self.user = user
        self.attempt: UUID | None = None
        self.kept: dict[UUID, Kept] = {}
        self._port = port
        self._headers = headers
        self._test = test
        self._times = times
        self._line = Connection(HOST, port)
        self._chance = random.Random(user.int)  # noqa: S311 (the same bad network in each run)

    async def sit(self, *, opens: float, saves: Sequence[float], hands_in: float) -> None:
        """All of it, each part at its time."""
        await _until(opens)
        if not await self._open(opens):
            return
        order = self._chance.sample(self._test.questions, len(self._test.questions))
        saved, rest = order[: len(saves)], order[len(saves) :]
        network = (self._well, self._again, self._out_of_order, self._cut)
        for turn, (due, question) in enumerate(zip(saves, saved, strict=True)):
            await _until(due)
            self.kept[question] = Kept()
            await network[turn % len(network)](question, due)
        await _until(hands_in)
        await self._hand_in(rest[:_ANSWERED], hands_in)
        self._line.close()

    async def _open(self, due: float) -> bool:
        path = f"/assessments/{self._test.id}/attempts"
        begun = await self._ask("POST", path, {})
        self._note("start", due)
        if begun.status != _CREATED:
            self._times.fault("start", begun)
            return False
        self.attempt = UUID(msgspec.json.decode(begun.body)["id"])
        paper = await self._ask("GET", f"/attempts/{self.attempt}")
        self._note("paper", due)
        asked = [item["question_id"] for item in msgspec.json.decode(paper.body).get("items", ())]
        if paper.status != _OK or len(asked) != len(self._test.questions):
            self._times.fault("paper", paper)
            return False
        return True

    async def _well(self, question: UUID, due: float) -> None:
        await self._save(question, 1, due=due)

    async def _again(self, question: UUID, due: float) -> None:
        """The same draft twice, as a client sends it that has not heard of the first."""
        value = self._choice()
        await self._save(question, 1, due=due, value=value)
        await self._save(question, 1, due=_now(), value=value)

    async def _out_of_order(self, question: UUID, due: float) -> None:
        """Three drafts on three lines at once, the newest first."""
        lines = [Connection(HOST, self._port) for _ in range(3)]
        await asyncio.gather(
            *(
                self._save(question, revision, due=due, line=line)
                for revision, line in zip((3, 1, 2), lines, strict=True)
            )
        )
        for line in lines:
            line.close()

    async def _cut(self, question: UUID, due: float) -> None:
        """A draft that is heard, one whose line is cut, and half of the times that one again."""
        await self._save(question, 1, due=due)
        value, kept = self._choice(), self.kept[question]
        asking = self._put(question, 2, value)
        await Connection(HOST, self._port).cut(asking, after=self._chance.uniform(0, 0.03))
        self._times.done["cut"] += 1
        kept.perhaps.append(value)
        if self._chance.random() < 0.5:  # noqa: PLR2004 (half)
            await self._save(question, 2, due=_now(), value=value)

    async def _save(
        self,
        question: UUID,
        revision: int,
        *,
        due: float,
        value: list[str] | None = None,
        line: Connection | None = None,
    ) -> None:
        value = value or self._choice()
        asking = self._put(question, revision, value)
        answer = await self._patiently(line or self._line, asking)
        kept = self.kept[question]
        if answer.status == _OK:
            self._note("save", due)
            if revision > kept.revision:
                kept.revision, kept.value = revision, value
                kept.perhaps = [v for v in kept.perhaps if v != value]
        elif answer.status == _CONFLICT and b"older-draft" in answer.body:
            self._times.done["older"] += 1
        else:
            self._times.fault("save", answer)

    async def _hand_in(self, rest: Sequence[UUID], due: float) -> None:
        values = {question: self._choice() for question in rest}
        answers = [{"question_id": question, "value": value} for question, value in values.items()]
        handed = await self._ask("POST", f"/attempts/{self.attempt}/submit", {"answers": answers})
        self._note("submit", due)
        if handed.status != _OK:
            self._times.fault("submit", handed)
            return
        graded = msgspec.json.decode(handed.body)
        if graded["unjudged"] or graded["score"] is None:
            self._times.fault("graded", handed)
        for question, value in values.items():
            self.kept[question] = Kept(revision=1, value=value)

    async def _ask(self, method: str, path: str, body: Any = None) -> Answer:
        sent = None if body is None else msgspec.json.encode(body)
        asking = request(method, f"/api/v1{path}", headers=self._headers, body=sent)
        answer = await self._patiently(self._line, asking)
        if position := answer.header("eduflow-position"):
            self._headers["EduFlow-Position"] = position
        return answer

    async def _patiently(self, line: Connection, asking: bytes) -> Answer:
        """As a client does that is told to wait: it waits so long, and the wait counts."""
        while True:
            answer = await line.ask(asking)
            if answer.status != _BUSY:
                return answer
            self._times.done["told to wait"] += 1
            await asyncio.sleep(float(answer.header("retry-after") or 1))

    def _put(self, question: UUID, revision: int, value: list[str]) -> bytes:
        return request(
            "PUT",
            f"/api/v1/attempts/{self.attempt}/responses/{question}",
            headers=self._headers,
            body=msgspec.json.encode({"value": value, "revision": revision, "seconds": 5}),
        )

    def _choice(self) -> list[str]:
        return [self._chance.choice(OPTIONS)]

    def _note(self, what: str, due: float) -> None:
        self._times.seconds[what].append(_now() - due)
        self._times.done[what] += 1


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _until(moment: float) -> None:
    await asyncio.sleep(max(0.0, moment - _now()))
