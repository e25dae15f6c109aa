"""Put what somebody has not read into one letter."""

from datetime import date
from uuid import UUID

import msgspec

from eduflow.kernel.commands import Command, Enqueue, UnitOfWork
from eduflow.kernel.ids import UserId, new_id
from eduflow.services.api_core.commands.notify import SEND_NOTICE


class MakeDigest(Command[int], frozen=True, kw_only=True):
    """How many things are in it; with none it is not made. One for a person, a kind and a day."""

    user: UserId
    kind: str
    slot: date


class _Waiting(msgspec.Struct):
    id: UUID


_WAITING = (
    "SELECT n.id FROM notifications AS n JOIN users AS u ON u.id = n.user_id"
    " AND u.state = 'active' WHERE n.user_id = $1 AND n.mail = $2 AND n.digest_id IS NULL"
    " AND n.read_at IS NULL AND n.institution_id = $3 ORDER BY n.id LIMIT 1000"
)
_DIGEST = (
    "INSERT INTO notification_digests (id, institution_id, user_id, kind, slot, created_at)"
    " SELECT $1, $2, $3, $4, $5, $6 WHERE {allowed}"
)
_TAKE = (
    "UPDATE notifications SET digest_id = $1 WHERE id = ANY($2::uuid[]) AND digest_id IS NULL"
    " AND {allowed}"
)


async def make_digest(command: MakeDigest, work: UnitOfWork) -> int:
    institution = work.identity.institution
    waiting = await work.look(_WAITING, command.user, command.kind, institution, into=_Waiting)
    if not waiting:
        return 0
    digest = new_id()
    ids = [one.id for one in waiting]
    work.write(_DIGEST, digest, institution, command.user, command.kind, command.slot, work.now)
    work.write(_TAKE, digest, ids, changes=len(ids))
    work.enqueue(Enqueue(SEND_NOTICE, {"digest": str(digest)}))
    return len(ids)
