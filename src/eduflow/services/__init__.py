"""The services. Each is a package of its own; none imports another."""

import importlib
from collections.abc import Sequence

from eduflow.directory import built_places, place
from eduflow.kernel.service import Service


def load_services(names: Sequence[str] = ()) -> list[Service]:
    """The named services, or all that are installed; raises LookupError for one that is not."""
    chosen = [place(name) for name in names] or list(built_places())
    services = []
    for found in chosen:
        if not found.built:
            raise LookupError(f"This installation has no code for the service {found.name!r}")
        services.append(importlib.import_module(f"eduflow.services.{found.name}").service)
    return services
