"""What a service is: its routes, what it can be told, remembers, and does by itself."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import msgspec
from litestar.types import ControllerRouterHandler

from eduflow.kernel.commands import Command, Handler
from eduflow.kernel.jobs import JobKind
from eduflow.kernel.personal import Personal
from eduflow.kernel.problems import Problem
from eduflow.kernel.projections import ReadModel
from eduflow.kernel.reactions import Reaction


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """One service. Its package's `__init__` says what it owns, promises and publishes."""

    name: str
    """As in the directory."""
    database: str
    routes: Sequence[ControllerRouterHandler] = ()
    """Under `/api/v1`."""
    well_known: Sequence[ControllerRouterHandler] = ()
    """Under `/.well-known`."""
    internal: Sequence[ControllerRouterHandler] = ()
    """Under `/internal/v1` of the service's own port: for other services, never behind the gateway
    and in no published description. Each says `opt=for_services`."""
    handlers: Mapping[type[Command[Any]], Handler] = {}
    models: Sequence[ReadModel] = ()
    reactions: Sequence[Reaction] = ()
    jobs: Sequence[JobKind] = ()
    refusals: Mapping[str, Callable[[], Problem]] = {}
    """Name of a constraint -> what its violation means to the caller."""
    personal: Personal = Personal()
    """What it keeps of people; others ask for it under `/internal/v1/personal-data`."""
    grounds: Sequence[str] = ()
    """The read models by which its `authorize` decides, where those facts are another's: whoever
    has written there is refused only by a state that holds what they wrote."""
    resources: Callable[[Any], AbstractAsyncContextManager[Any]] | None = None
    """What it holds besides its database while a process runs: called with the Runtime, entered
    once a process, found again as `runtime.resources[name]` and, in routes, as `resources`."""

    @property
    def sources(self) -> set[str]:
        """The databases whose logs it reads."""
        return {m.source for m in self.models} | {r.source for r in self.reactions}
