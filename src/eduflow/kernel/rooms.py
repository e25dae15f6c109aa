"""Finds what a service's rooms hold, by the names the house gives things.

A command and its handler share one name in two spellings (`EnrollLearner`, `enroll_learner`), so a
service need not list them a second time; a command without a handler stops the start.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from litestar.handlers import HTTPRouteHandler

from eduflow.kernel.commands import Command, Handler
from eduflow.kernel.projections import ReadModel

_WORD_BEGINS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def modules_of(package: ModuleType) -> Iterator[ModuleType]:
    """Every module of a package, in the order of their names, folders too."""
    for found in sorted(pkgutil.walk_packages(package.__path__, f"{package.__name__}."), key=str):
        yield importlib.import_module(found.name)


def handlers_in(package: ModuleType) -> dict[type[Command[Any]], Handler]:
    """Every command of a package with its handler; raises LookupError for one without."""
    handlers: dict[type[Command[Any]], Handler] = {}
    for module in modules_of(package):
        for thing in _own(module):
            if isinstance(thing, type) and issubclass(thing, Command) and thing is not Command:
                name = _WORD_BEGINS.sub("_", thing.__name__).lower()
                handler = getattr(module, name, None)
                if handler is None:
                    raise LookupError(f"{module.__name__}: {thing.__name__} has no {name}()")
                handlers[thing] = handler
    return handlers


def routes_in(*modules: ModuleType) -> list[HTTPRouteHandler]:
    """Every route handler of the given modules."""
    return [
        t for module in modules for t in vars(module).values() if isinstance(t, HTTPRouteHandler)
    ]


def read_models_in(package: ModuleType) -> list[ReadModel]:
    """Every read model of a package."""
    return [t for module in modules_of(package) for t in _own(module) if isinstance(t, ReadModel)]


def _own(module: ModuleType) -> Iterator[Any]:
    for thing in vars(module).values():
        if getattr(thing, "__module__", module.__name__) == module.__name__ or isinstance(
            thing, ReadModel
        ):
            yield thing
