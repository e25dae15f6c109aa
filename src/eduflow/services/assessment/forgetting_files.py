"""Files that are removed: of the erased, and those that no answer names."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID

from eduflow.kernel.ids import InstitutionId
from eduflow.kernel.jobs import Done, GiveUp, Held, JobKind, Outcome
from eduflow.kernel.runtime import Runtime
from eduflow.services.assessment.commands.erase_answers import REMOVE_FILES
from eduflow.services.assessment.ids import FileId
from eduflow.services.assessment.uploads import FOLDER, place_of

KEPT = timedelta(days=1)
"""After the end of the attempt, or, of what has no row, after it came."""
_AT_ONCE = 500
_OF_ERASED = (
    "SELECT f.id FROM response_files AS f JOIN attempts AS t ON t.id = f.attempt_id"
    " JOIN erased_people AS e ON (e.institution_id, e.user_id) = (t.institution_id, t.user_id)"
    " WHERE t.user_id = $1 AND t.institution_id = $2"
)
_UNNAMED = (
    "SELECT f.id, f.institution_id FROM response_files AS f JOIN attempts AS t"
    " ON t.id = f.attempt_id WHERE t.state <> 'in_progress' AND f.at < $1"
    # One that was abandoned has no other end than its grace.
    " AND coalesce(t.submitted_at, t.grace_until, t.started_at) < $1"
    " AND NOT EXISTS (SELECT FROM responses AS r WHERE r.attempt_id = f.attempt_id"
    " AND r.question_id = f.question_id AND r.value @> jsonb_build_array(f.id))"
    f" ORDER BY f.id LIMIT {_AT_ONCE}"
)
_FORGET = "DELETE FROM response_files WHERE id = ANY ($1::uuid[])"
_WITHOUT_ROW = (
    "SELECT u.id FROM unnest($1::uuid[]) AS u(id)"
    " WHERE NOT EXISTS (SELECT FROM response_files AS f WHERE f.id = u.id)"
)


async def remove_files_of_the_erased(held: Held, runtime: Runtime) -> Outcome:
    """Remove what the object store has of somebody; their rows are blank by now."""
    if held.institution is None:
        return GiveUp("files of no institution")
    institution = InstitutionId(held.institution)
    user = UUID(held.arguments["user"])
    pool = runtime.databases["assessment"].primary
    for row in await pool.fetch(_OF_ERASED, user, institution):
        await runtime.storage.delete(place_of(institution, FileId(row["id"])))
    return Done()


async def forget_files(_: Held, runtime: Runtime) -> Outcome:
    """Remove what no answer names a day after its attempt, and what no row tells of."""
    before = runtime.clock() - KEPT
    await forget_unnamed(runtime, before=before)
    await forget_strays(runtime, before=before)
    return Done()


async def forget_unnamed(runtime: Runtime, *, before: datetime) -> None:
    """First the file and then the word that it is there, so that none is left over."""
    pool = runtime.databases["assessment"].primary
    while rows := await pool.fetch(_UNNAMED, before):
        for row in rows:
            place = place_of(InstitutionId(row["institution_id"]), FileId(row["id"]))
            await runtime.storage.delete(place)
        await pool.execute(_FORGET, [row["id"] for row in rows])


async def forget_strays(runtime: Runtime, *, before: datetime) -> None:
    """Files that came before then and have no row: their request ended between the two."""
    pool = runtime.databases["assessment"].primary
    async for places in _places(runtime, before=before):
        for row in await pool.fetch(_WITHOUT_ROW, list(places)):
            await runtime.storage.delete(places[row["id"]])


async def _places(runtime: Runtime, *, before: datetime) -> AsyncIterator[dict[UUID, str]]:
    found: dict[UUID, str] = {}
    async for place, since in runtime.storage.keys(FOLDER):
        if since < before:
            found[UUID(place.rpartition("/")[2])] = place
        if len(found) >= _AT_ONCE:
            yield found
            found = {}
    if found:
        yield found


JOBS = (
    JobKind(name=REMOVE_FILES, run=remove_files_of_the_erased, time_limit=timedelta(minutes=30)),
    JobKind(
        name="forget_files",
        run=forget_files,
        every=timedelta(hours=6),
        time_limit=timedelta(minutes=30),
    ),
)
