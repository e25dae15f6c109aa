"""Choose what to be told of, by which way and how often."""

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.services.api_core.notices.kinds import KINDS
from eduflow.services.api_core.problems import NoSuchNotificationKind


class Choice(msgspec.Struct, frozen=True):
    """`in_app`: off or immediate. `mail`: off, immediate, daily or weekly."""

    kind: str
    in_app: str
    mail: str


class ChooseNotifications(Command[None], frozen=True, kw_only=True):
    """Kinds that are not named stay as they are."""

    choices: list[Choice]


_UPSERT = (
    "INSERT INTO notification_preferences (user_id, institution_id, kind, channel, digest)"
    " SELECT $1, $2, c.kind, c.channel, c.digest"
    " FROM unnest($3::text[], $4::text[], $5::text[]) AS c(kind, channel, digest) WHERE {allowed}"
    " ON CONFLICT (user_id, kind, channel) DO UPDATE SET digest = excluded.digest"
)


async def choose_notifications(command: ChooseNotifications, work: UnitOfWork) -> None:
    unknown = sorted({choice.kind for choice in command.choices} - KINDS.keys())
    if unknown:
        raise NoSuchNotificationKind(kinds=unknown, known=sorted(KINDS))
    # The last word on a kind is the one that counts.
    wanted = {choice.kind: choice for choice in command.choices}.values()
    rows = [
        (choice.kind, channel, digest)
        for choice in wanted
        for channel, digest in (("in_app", choice.in_app), ("mail", choice.mail))
    ]
    kinds, channels, digests = ([row[n] for row in rows] for n in range(3))
    who = work.identity
    work.write(_UPSERT, who.user, who.institution, kinds, channels, digests, changes=None)
