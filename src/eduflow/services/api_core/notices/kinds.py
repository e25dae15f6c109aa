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
GRADED = "graded"
COMMENTED = "commented"
TO_GRADE = "to_grade"
DUE = "due"
KINDS: Mapping[str, Usual] = {
    POST: Usual(mail="daily"),
    ACCEPTED: Usual(mail="immediate"),
    ENROLLED: Usual(mail="daily"),
    GRADED: Usual(mail="daily"),
    COMMENTED: Usual(mail="daily"),
    TO_GRADE: Usual(mail="daily"),
    # In a digest it would come on the morning of the day, or after it.
    DUE: Usual(mail="immediate"),
}
