"""What services beside api_core make in the demo schools."""

import importlib
from collections.abc import Container, Sequence
from pathlib import Path

from eduflow.directory import built_places
from eduflow.kernel.runtime import Runtime
from eduflow.story.hands import Hands, Made, MadeSchool, side_by_side

_MAKES_THE_SCHOOLS = "api_core"


def services_with_parts(databases: Container[str]) -> list[str]:
    """The services whose database is at hand and which have something to make, by name."""
    services = Path(__file__).parents[1] / "services"
    return [
        place.name
        for place in built_places()
        if place.name != _MAKES_THE_SCHOOLS
        and place.database in databases
        and (services / place.name / "demo").is_dir()
    ]


async def make(
    runtime: Runtime, service: str, schools: Sequence[MadeSchool], *, counted: Made
) -> None:
    """Have a service make what is missing of its part, in all schools."""
    # Loaded only to make something: no process that answers has a use for it.
    part = importlib.import_module(f"eduflow.services.{service}.demo")
    database = runtime.databases[runtime.services[service].database]
    parts = []
    for school in schools:
        hands = Hands(
            runtime.commands[service],
            database,
            made=counted,
            institution=school.institution,
            calendar=school.calendar,
        )
        hands.people = school.people
        parts.append(part.make(hands, school))
    await side_by_side(*parts)
