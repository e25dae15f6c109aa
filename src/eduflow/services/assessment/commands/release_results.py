"""Let final results go, where the test releases them by hand."""

from uuid import UUID

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.services.assessment.commands.settling import FACTS, FACTS_FROM, Facts, settle
from eduflow.services.assessment.ids import AssessmentId
from eduflow.services.assessment.sitting_problems import NothingToRelease

_AT_ONCE = 50


class Released(msgspec.Struct, frozen=True):
    """How many were released, and whether there are more."""

    released: int
    more: bool


class ReleaseResults(Command[Released], frozen=True, kw_only=True):
    """A bounded number at a time: whoever asked asks again while there are more."""

    assessment: AssessmentId


class _Held(Facts, frozen=True, kw_only=True):
    more: bool


_LOOK = (
    f"SELECT {FACTS}, count(*) OVER () > {_AT_ONCE} AS more FROM {FACTS_FROM}"
    " WHERE t.assessment_id = $1 AND t.state = 'submitted' AND t.unjudged = 0"
    f" AND t.released_at IS NULL ORDER BY t.id LIMIT {_AT_ONCE}"
)


async def release_results(command: ReleaseResults, work: UnitOfWork) -> Released:
    held = await work.look(_LOOK, command.assessment, into=_Held)
    if not held:
        raise NothingToRelease
    people: set[UUID] = set()
    released = 0
    for facts in held:
        # Of two attempts of one person the second counts what the first has brought: next time.
        if facts.user_id not in people:
            people.add(facts.user_id)
            settle(work, facts, judged=[], release=True)
            released += 1
    return Released(released, more=held[0].more or released < len(held))
