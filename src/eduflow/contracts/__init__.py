"""What services say to each other. One module per service; msgspec and the standard library only.

An event is a fact with ids and numbers, not names or texts. Its fields may be added to, with a
default; they are never renamed and never change their meaning: old events are read for ever.
"""

from typing import ClassVar
from uuid import UUID

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened, tagged `service.fact`; its envelope (id, time, who) is the log's."""

    about: ClassVar[str]
    """The field that names the aggregate: events about one aggregate keep their order."""
    institution_id: UUID

    @property
    def aggregate(self) -> UUID:
        """The aggregate this is about."""
        found = getattr(self, self.about)
        assert isinstance(found, UUID)  # noqa: S101 (a contract test goes through all events)
        return found

    @property
    def name(self) -> str:
        """`service.fact`."""
        return str(self.__struct_config__.tag)
