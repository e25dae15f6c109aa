"""Formulas judged to the end: what exact arithmetic leaves open is asked of computer algebra.

Sympy is large (half a second and 60 MB to import) and can be made to run for ever by a line of
text. So it lives in processes that are started when first needed, used again while they behave, and
killed when they do not.
"""

import asyncio
import os
import sys
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self, cast

import msgspec

from eduflow.scoring import formulas
from eduflow.scoring.interactions import Formula, Interaction
from eduflow.scoring.items import Answer, Score
from eduflow.scoring.judging import judge
from eduflow.scoring.keys import FormulaKey, Key
from eduflow.scoring.shares import nothing, unread
from eduflow.scoring.variants import fill

_UNPROVED = "algebra could not decide"


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one question may cost."""

    processes: int = 1
    seconds: int = 3
    """Of computing time; by the clock three times as much, for machines that are busy."""
    memory: int = 1 << 30
    """Bytes of address space of a process, sympy's own included."""
    questions: int = 500
    """After so many a process is replaced: sympy's caches only grow."""
    remembered: int = 4096
    """Verdicts kept: a class gives few different answers many times."""
    start: float = 60
    """Seconds to import sympy in, on a machine that is busy."""
    idle: float = 300
    """Seconds after which a process that nobody asks is ended: it holds some 60 MB."""


class FormulaJudge:
    """Processes that know algebra. Enter it to use it; on leaving, all of them are gone."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._free = asyncio.Semaphore(limits.processes)
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()
        self._known: OrderedDict[bytes, str] = OrderedDict()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _raised: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        for worker in list(self._all):
            await self._drop(worker)

    async def judge(
        self, interaction: Interaction, key: Key, answer: Answer, *, values: Mapping[str, str]
    ) -> Score:
        """As `judge`, with formulas decided where they can be; else they need reading."""
        score = judge(interaction, key, answer, values=values)
        if not (isinstance(interaction, Formula) and isinstance(key, FormulaKey)):
            return score
        if score.note != formulas.UNDECIDED or not isinstance(answer, str):
            return score
        open_question = False
        for one in fill(key, values).accepted:
            verdict = await self._verdict(answer, one.text, interaction, key)
            if verdict == "same":
                # An earlier one that could not be decided might have been worth more.
                return unread(_UNPROVED) if open_question else formulas.worth(one)
            open_question = open_question or verdict == "undecided"
        return unread(_UNPROVED) if open_question else nothing("another formula")

    async def _verdict(self, given: str, wanted: str, interaction: Formula, key: FormulaKey) -> str:
        question = msgspec.json.encode(
            {
                "given": given,
                "wanted": wanted,
                "variables": interaction.variables,
                "positive": key.positive,
                "form": key.form,
            }
        )
        if known := self._known.get(question):
            self._known.move_to_end(question)
            return known
        async with self._free:
            verdict = await self._asked(question)
        if verdict is None:
            # Too dear today; another day the machine may be less busy, so it is not remembered.
            return "undecided"
        self._known[question] = verdict
        if len(self._known) > self._limits.remembered:
            self._known.popitem(last=False)
        return verdict

    async def _asked(self, question: bytes) -> str | None:
        worker = self._taken() or await self._started()
        if worker is None:
            return None
        verdict: str | None = None
        try:
            verdict = await worker.ask(question, seconds=self._limits.seconds * 3)
        finally:
            # Also when whoever asked has gone: half an answer must not be the next one's.
            if verdict is None or worker.asked >= self._limits.questions:
                await self._drop(worker)
            else:
                self._idle.append(worker)
                worker.leave = asyncio.get_running_loop().call_later(
                    self._limits.idle, self._retire, worker
                )
        return verdict

    def _taken(self) -> "_Worker | None":
        worker = self._idle.pop() if self._idle else None
        if worker is not None and worker.leave is not None:
            worker.leave.cancel()
        return worker

    def _retire(self, worker: "_Worker") -> None:
        if worker in self._idle:
            self._idle.remove(worker)
            self._all.discard(worker)
            worker.end()

    async def _started(self) -> "_Worker | None":
        worker = _Worker(
            await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "eduflow.scoring.algebra_worker",
                str(self._limits.memory),
                str(self._limits.seconds),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                # No secret of the service goes where a student's text is worked on. Sympy orders
                # by hash here and there: with a fixed seed it does so alike each time.
                env={
                    "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                    "PYTHONHASHSEED": "0",
                    "OPENBLAS_NUM_THREADS": "1",
                },
            )
        )
        self._all.add(worker)
        ready = False
        try:
            ready = await worker.line(seconds=self._limits.start) == b"ready"
        finally:
            if not ready:
                await self._drop(worker)
        return worker if ready else None

    async def _drop(self, worker: "_Worker") -> None:
        self._all.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        await worker.kill()


class _Worker:
    """One process, and how often it was asked."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.asked = 0
        self.leave: asyncio.TimerHandle | None = None

    async def ask(self, question: bytes, *, seconds: float) -> str | None:
        """The verdict, or None where none came in time."""
        self.asked += 1
        writer = cast("asyncio.StreamWriter", self._process.stdin)
        try:
            writer.write(question + b"\n")
            await writer.drain()
        except ConnectionError:
            return None
        return (await self.line(seconds=seconds)).decode() or None

    async def line(self, *, seconds: float) -> bytes:
        reader = cast("asyncio.StreamReader", self._process.stdout)
        try:
            async with asyncio.timeout(seconds):
                return (await reader.readline()).strip()
        except (TimeoutError, ConnectionError, ValueError):
            return b""

    def end(self) -> None:
        """Gone at once; the event loop reaps it."""
        if self.leave is not None:
            self.leave.cancel()
        with suppress(ProcessLookupError):
            self._process.kill()
        # The transport closes its pipes only when it is told to, or at the collector's leisure.
        self._process._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001

    async def kill(self) -> None:
        self.end()
        await self._process.wait()
