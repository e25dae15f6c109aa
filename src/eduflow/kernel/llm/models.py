"""The models of the settings in this process: their wires, their health, and whose turn it is."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import Any, TypeVar

from eduflow.kernel.llm.anthropic import Messages
from eduflow.kernel.llm.asking import Turn
from eduflow.kernel.llm.errors import (
    BudgetExhausted,
    Misconfigured,
    NoModelAnswered,
    Resting,
    TimedOut,
    WithoutPrice,
)
from eduflow.kernel.llm.openai import ChatCompletions, Responses
from eduflow.kernel.llm.patience import Sleep, patiently
from eduflow.kernel.llm.rounds import Asking, Round, Rounds, Rung
from eduflow.kernel.llm.settings import LOCAL, LanguageModels, Model
from eduflow.kernel.llm.wire import Adapter

T = TypeVar("T")

_NO_LOCAL = (
    "EDUFLOW_LLM_LOCAL_URL is not set and no local model was started;"
    " `eduflow doctor` says what is missing"
)


class Models:
    """Every model that was asked so far, and how to ask one."""

    def __init__(self, settings: LanguageModels, rounds: Rounds, *, sleep: Sleep) -> None:
        self.rounds = rounds
        self._settings = settings
        self._sleep = sleep
        self._rungs: dict[Model, Rung] = {}
        self._adapters: dict[tuple[str, str], Adapter] = {}

    def ladder(self, purpose: str, asking: Asking) -> list[Rung]:
        rungs = []
        for model in self._settings.ladder(purpose):
            if model.provider == LOCAL and self._settings.local_url is None:
                asking.faults.append((str(model), Misconfigured(_NO_LOCAL)))
                continue
            if model not in self._rungs:
                self._rungs[model] = Rung(model, self._adapter(model), now=time.monotonic)
            rungs.append(self._rungs[model])
        return rungs

    def _adapter(self, model: Model) -> Adapter:
        key = (model.provider, model.wire)
        if key not in self._adapters:
            self._adapters[key] = self._made(*key)
        return self._adapters[key]

    def _made(self, provider: str, wire: str) -> Adapter:
        settings, seconds = self._settings, self._settings.timeout_seconds
        if provider == "anthropic" and settings.anthropic_key is not None:
            return Messages(settings.anthropic_url, settings.anthropic_key, timeout=seconds)
        kind = Responses if wire == "responses" else ChatCompletions
        if provider == LOCAL:
            url, secret = settings.local_url or "", settings.local_key
        else:
            url, secret = settings.openai_url, settings.openai_key
        return kind(url, secret, is_local=provider == LOCAL, timeout=seconds)

    def fit(self, rungs: Sequence[Rung], asking: Asking) -> list[Rung]:
        """Those that do not rest; none when the time is up."""
        fit = []
        for rung in rungs:
            if asking.left() <= 0:
                asking.faults.append((str(rung), TimedOut(f"{rung}: no time is left")))
            elif rest := rung.breaker.rest:
                asking.faults.append((str(rung), Resting(str(rung), retry_after=rest)))
            else:
                fit.append(rung)
        return fit

    async def begin(self, asking: Asking, rungs: Sequence[Rung], turns: tuple[Turn, ...]) -> Round:
        """Reserve for the first of these that fits; those without a price are left out."""
        left = list(rungs)
        while left:
            try:
                return await self.rounds.begin(asking, left, turns=turns)
            except BudgetExhausted as spent:
                scope, on_exhaust = spent.scope, spent.on_exhaust
                break
            except WithoutPrice as fault:
                named = (fault.provider, fault.model)
                kept = [r for r in left if (r.model.provider, r.model.name) != named]
                if len(kept) == len(left):
                    raise
                asking.faults.append((":".join(named), fault))
                left = kept
        else:
            raise NoModelAnswered(tuple(asking.faults))
        raise BudgetExhausted(tuple(asking.faults), scope=scope, on_exhaust=on_exhaust)

    @contextlib.asynccontextmanager
    async def turn(self, made: Round) -> AsyncIterator[None]:
        """The model is ours; raises TimedOut where it was others' for all the time there is."""
        try:
            async with asyncio.timeout(max(0.0, made.asking.left())):
                await made.rung.turn.acquire()
        except TimeoutError:
            raise TimedOut(f"{made.rung}: others were asking it all the time") from None
        try:
            yield
        finally:
            made.rung.turn.release()

    async def tried(self, made: Round, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What `ask` brings, after as many tries as a model has."""
        await made.rung.adapter.ready()
        retrying = patiently(self._sleep, made.asking.left)
        return await retrying(made.attempt, ask, self._settings.timeout_seconds)

    async def close(self) -> None:
        for adapter in self._adapters.values():
            await adapter.close()
