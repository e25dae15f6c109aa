"""The process behind the screens: folds the log into read models and runs jobs.

It works when the bell rings and, rung or not, looks by itself every second, so that a lost bell
costs a second and a lost broker costs nothing else.
"""

import asyncio
import contextlib
import functools
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import structlog
import uvloop

from eduflow.kernel import telemetry
from eduflow.kernel.audit.sealing import sealing
from eduflow.kernel.bell import answer_bell, close_broker, listening, open_broker
from eduflow.kernel.db.away import AWAY
from eduflow.kernel.housekeeping import housekeeping
from eduflow.kernel.jobs import JobRunner
from eduflow.kernel.lookout import Lookout
from eduflow.kernel.projections import Projector
from eduflow.kernel.reactions import Reactor
from eduflow.kernel.repair import retry_set_aside
from eduflow.kernel.runtime import Runtime, open_runtime
from eduflow.kernel.service import Service
from eduflow.kernel.settings import Settings
from eduflow.services import load_services

log = structlog.get_logger()

_TICK = 1.0
_BREATH = 0.02
"""Seconds between two rounds of one projector: bells that come closer are answered together."""
_LOOK_AFTER_SET_ASIDE = 10.0


class Listener:
    """Wakes the tasks of one service."""

    def __init__(self) -> None:
        self._rung: set[asyncio.Event] = set()

    def subscribe(self) -> asyncio.Event:
        """An event that every bell sets."""
        event = asyncio.Event()
        self._rung.add(event)
        return event

    def heard(self) -> None:
        """Wake everybody; on the loop's thread."""
        for event in self._rung:
            event.set()


async def _keep_at_it(
    name: str,
    work: Callable[[bool], Awaitable[bool]],
    rung: asyncio.Event,
    *,
    tick: float | None = _TICK,
) -> None:
    """Call `work` at every bell and tick, told which, and at once again while there is more.

    Without a tick nothing but the bell calls it: somebody else looks, and rings.
    """
    asked = True
    while True:
        more = False
        try:
            more = await work(asked)
        except AWAY as fault:
            log.warning("worker_will_try_again", task=name, reason=type(fault).__name__)
            await asyncio.sleep(_TICK)
        except Exception:
            # One task's bug must not end the others, nor itself: what it could not do is still due.
            log.exception("worker_task_failed", task=name)
            await asyncio.sleep(_TICK)
        await asyncio.sleep(0 if tick is None else _BREATH)
        if more:
            continue
        asked = True
        try:
            async with asyncio.timeout(tick):
                await rung.wait()
        except TimeoutError:
            asked = False
        rung.clear()


def tasks_of(
    service: Service, runtime: Runtime, listener: Listener
) -> tuple[list[asyncio.Task[None]], JobRunner]:
    """Start what one service needs done: its read models by shard, its reactions, its jobs."""
    home = runtime.databases[service.database].primary
    tasks = _folding(service, runtime, listener) + _reacting(service, runtime, listener)
    own = (housekeeping(service.database), sealing(service.database))
    kinds = {k.name: k for k in (*service.jobs, *own)}
    runner = JobRunner(home, kinds, context=runtime)
    registered = False
    last_look = 0.0

    async def run_jobs(asked: bool) -> bool:  # noqa: FBT001
        nonlocal registered, last_look
        if not registered:
            await runner.register()
            registered = True
        if not asked:
            await runner.tick()
        await runner.drain()
        now = asyncio.get_running_loop().time()
        if now - last_look > _LOOK_AFTER_SET_ASIDE:
            last_look = now
            for model in service.models:
                await retry_set_aside(model, home, now=False)
        return False

    tasks.append(
        asyncio.create_task(_keep_at_it("jobs", run_jobs, listener.subscribe()), name="jobs")
    )
    return tasks, runner


def _folding(service: Service, runtime: Runtime, listener: Listener) -> list[asyncio.Task[None]]:
    """A projector for each shard, and one lookout for all that are folded from their own database.

    Models of another database's log look for themselves: a snapshot of one says nothing of two.
    """
    home = runtime.databases[service.database].primary
    work: list[tuple[str, Callable[[bool], Awaitable[bool]], asyncio.Event, float | None]] = []
    called: dict[tuple[str, int], asyncio.Event] = {}
    for model in service.models:
        source = runtime.databases[model.source].primary
        for shard in range(model.shards):
            projector = Projector(model, shard, source=source, home=home)

            async def fold(asked: bool, projector: Projector = projector) -> bool:  # noqa: FBT001
                return (await projector.round(asked=asked)).more

            name = f"{model.name}/{shard}"
            if model.source == service.database:
                called[model.name, shard] = asyncio.Event()
                work.append((name, fold, called[model.name, shard], None))
            else:
                work.append((name, fold, listener.subscribe(), _TICK))
    lookout = Lookout(
        [m for m in service.models if m.source == service.database], service.database, home=home
    )

    async def look(asked: bool) -> bool:  # noqa: FBT001
        for busy in await lookout.look(asked=asked):
            called[busy].set()
        return False

    if called:
        work.append((f"{service.name} lookout", look, listener.subscribe(), _TICK))
    return [
        asyncio.create_task(_keep_at_it(name, do, rung, tick=tick), name=name)
        for name, do, rung, tick in work
    ]


def _reacting(service: Service, runtime: Runtime, listener: Listener) -> list[asyncio.Task[None]]:
    home = runtime.databases[service.database].primary
    tasks = []
    for reaction in service.reactions:
        source = runtime.databases[reaction.source].primary
        reactor = Reactor(reaction, runtime.commands[service.name], source=source, home=home)

        async def react(asked: bool, reactor: Reactor = reactor) -> bool:  # noqa: FBT001
            return (await reactor.round(asked=asked)).more

        doing = _keep_at_it(reaction.name, react, listener.subscribe())
        tasks.append(asyncio.create_task(doing, name=reaction.name))
    return tasks


@contextlib.asynccontextmanager
async def working(settings: Settings, services: Sequence[Service]) -> AsyncIterator[Runtime]:
    """Work until the block ends; then running jobs get a few seconds to end."""
    async with open_runtime(settings, services, worker=True) as runtime:
        loop = asyncio.get_running_loop()
        broker = open_broker(settings)
        tasks: list[asyncio.Task[None]] = []
        runners = []
        for service in services:
            listener = Listener()
            answer_bell(broker, service.name, functools.partial(_tell, loop, listener.heard))
            started, runner = tasks_of(service, runtime, listener)
            tasks += started
            runners.append(runner)
        ears = listening(broker, [s.name for s in services])
        await asyncio.to_thread(ears.start)
        try:
            yield runtime
        finally:
            await asyncio.to_thread(ears.stop, 2000)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.gather(*(runner.stop(within=10) for runner in runners))
            await asyncio.to_thread(close_broker, broker)


def _tell(loop: asyncio.AbstractEventLoop, heard: Callable[[], None]) -> None:
    with contextlib.suppress(RuntimeError):  # The loop has ended; so has the need to know.
        loop.call_soon_threadsafe(heard)


async def _until_told_to_stop(settings: Settings, services: Sequence[Service]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with working(settings, services):
        log.info("worker_started", services=[s.name for s in services])
        await stop.wait()
        log.info("worker_stopping")


def run(settings: Settings, services: Sequence[str]) -> None:
    """Work for the named services until SIGTERM or SIGINT."""
    telemetry.configure(settings)
    uvloop.run(_until_told_to_stop(settings, load_services(services)))
