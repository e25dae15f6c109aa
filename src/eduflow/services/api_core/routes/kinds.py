"""Kinds of values that several routes take."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from eduflow.services.api_core.model.exact import MOST_POINTS

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time with its zone; one without would mean another moment on every server."""
Place = Annotated[int, msgspec.Meta(ge=1, le=100_000)]
"""The place among siblings, from 1."""
Email = Annotated[
    str, msgspec.Meta(max_length=254, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$(?!\n)")
]
"""Compared in lower case. Whether it works is known when the invitation has arrived."""
TimeZone = Annotated[str, msgspec.Meta(max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$(?!\n)")]
"""A name of the IANA time zone database."""
Locale = Annotated[
    str, msgspec.Meta(max_length=35, pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$(?!\n)")
]
"""A language tag (BCP 47)."""
Tier = Literal["high_school", "undergraduate", "graduate", "professional"]
Points = Annotated[float, msgspec.Meta(ge=0, le=MOST_POINTS)]
"""Points of work, kept to four decimals."""
