"""What people are told of. A new kind needs a line here, its words, and an event that causes it."""

from collections.abc import Mapping

import msgspec


class Usual(msgspec.Struct, frozen=True):
    """What holds for whoever has chosen nothing."""

    in_app: str = "immediate"
    mail: str = "daily"


POST = "post"
ACCEPTED = "accepted"
ENROLLED = "enrolled"
KINDS: Mapping[str, Usual] = {
    POST: Usual(mail="daily"),
    ACCEPTED: Usual(mail="immediate"),
    ENROLLED: Usual(mail="daily"),
}
