"""Identifiers: UUIDv7, so that rows made together lie together; typed, so that none is mistaken."""

from typing import NewType
from uuid import UUID

import uuid_utils.compat

InstitutionId = NewType("InstitutionId", UUID)
UserId = NewType("UserId", UUID)
SessionId = NewType("SessionId", UUID)
EventId = NewType("EventId", UUID)
JobId = NewType("JobId", UUID)


def new_id() -> UUID:
    """A UUIDv7 of this moment."""
    return uuid_utils.compat.uuid7()
