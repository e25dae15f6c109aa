"""`eduflow verify-receipts`."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import rich_click as click

from eduflow.cli.group import Stop, console, settings_with_databases

_TESTS = (
    "SELECT id FROM assessments WHERE ($1::uuid IS NULL OR institution_id = $1)"
    " AND ($2::uuid IS NULL OR id = $2) AND scoring_number > 0 ORDER BY id"
)


def _tell(erased: Mapping[UUID, int], faults: Iterable[Any]) -> None:
    """What is to be said of some attempts, one by one."""
    for attempt, answers in erased.items():
        console.print(f"  attempt {attempt}: {answers} answers are erased")
    for fault in faults:
        number = "" if fault.number is None else f" receipt {fault.number}"
        console.print(f"  attempt {fault.attempt}{number}: {fault.what}")


@click.command("verify-receipts")
@click.option("--institution", "slug", help="Short name of one institution; without, all of them.")
@click.option("--assessment", type=click.UUID, help="One test; without, all of them.")
def verify_receipts(slug: str | None, assessment: UUID | None) -> None:
    """Recompute what every released score rests on.

    Reads as the workers do, beside the running platform. Exits with 1 where a receipt does not fit,
    and names the attempt and the receipt's number.
    """
    # The help shall not load the services.
    from eduflow.cli.operating import institution_named, operating  # noqa: PLC0415
    from eduflow.kernel.runtime import open_runtime  # noqa: PLC0415
    from eduflow.services import load_services  # noqa: PLC0415
    from eduflow.services.assessment.checking import checked, reading  # noqa: PLC0415

    async def look() -> tuple[int, int, int, int]:
        institution = None
        if slug is not None:
            async with operating() as runtime:
                institution, _ = await institution_named(runtime, slug)
        settings = settings_with_databases()
        if "assessment" not in settings.databases:
            raise Stop("EDUFLOW_ASSESSMENT_DSN is not set", code=2)
        attempts = receipts = faults = erased = 0
        services = load_services(["assessment"])
        async with open_runtime(settings, services, worker=True) as runtime:
            pool = runtime.databases["assessment"].primary
            for row in await pool.fetch(_TESTS, institution, assessment):
                after: UUID | None = None
                while True:
                    found = await checked(reading(pool), row["id"], after=after)
                    attempts, receipts = attempts + found.attempts, receipts + found.receipts
                    faults += len(found.faults)
                    erased += sum(found.erased.values())
                    _tell(found.erased, found.faults)
                    if found.last is None:
                        break
                    after = found.last
                console.print(f"test {row['id']}: {attempts} attempts looked at so far")
        return attempts, receipts, faults, erased

    attempts, receipts, faults, erased = asyncio.run(look())
    console.print(f"{receipts} receipts of {attempts} attempts recomputed")
    if erased:
        console.print(
            f"{erased} answers are erased: their digests are taken for what they say, and what the"
            " scores rest on besides was recomputed"
        )
    if faults:
        raise Stop(
            f"{faults} faults in the receipts",
            advice="docs/how-to/verify-receipts.md says what to do with them",
        )
    console.print("as they were given")
