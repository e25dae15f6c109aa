"""What the steps of an erasure have in common: each is done once, and kept with its writes."""

from uuid import UUID

import msgspec

from eduflow.kernel.commands import UnitOfWork
from eduflow.kernel.ids import UserId

_ERASURE = "SELECT institution_id, user_id, steps FROM erasures WHERE id = $1"
_STEP = (
    "UPDATE erasures SET steps = steps || $2::text, counts = counts || $3::text::jsonb"
    " WHERE id = $1 AND NOT $2 = ANY (steps) AND {allowed}"
)


class Erasing(msgspec.Struct):
    """Who is to be forgotten, and what has been done."""

    institution_id: UUID
    user_id: UserId
    steps: list[str]


async def step_due(work: UnitOfWork, erasure: UUID, step: str) -> Erasing | None:
    """None: it is done already."""
    found = await work.look_one(_ERASURE, erasure, into=Erasing)
    return None if found is None or step in found.steps else found


def step_done(work: UnitOfWork, erasure: UUID, step: str, counts: dict[str, int]) -> None:
    """Remember it, with how many of each were changed."""
    work.write(_STEP, erasure, step, msgspec.json.encode(counts).decode())
