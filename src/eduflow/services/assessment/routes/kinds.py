"""Kinds of values that several routes take."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from eduflow.kernel.web import NOT_BLANK, Word, measured
from eduflow.services.assessment.model.exact import MOST_POINTS

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time with its zone; one without would mean another moment on every server."""
Points = Annotated[float, measured("Points", most=MOST_POINTS)]
"""In at most four decimals."""
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
"""A part of the whole, from 0 to 1; kept as it is sent."""
Penalty = Annotated[float, measured("Penalties", most=1)]
"""A part of the whole that is taken, in at most four decimals."""
Number = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
"""Of a version, from 1."""
Kind = Literal["quiz", "exam", "practice", "survey"]
Shows = Annotated[
    list[Literal["answers", "correctness", "points", "feedback", "right_answer", "solution"]],
    msgspec.Meta(max_length=6),
]
"""What a student sees of an attempt."""
Said = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000, pattern=NOT_BLANK)]
"""A few sentences that must say something."""
Claim = Annotated[str, msgspec.Meta(min_length=1, max_length=50_000, pattern=NOT_BLANK)]
"""The same, at any length."""
Tag = Word
"""A word by which questions are found; kept in lower case."""
QuestionType = Literal[
    "choice",
    "true_false",
    "order",
    "match",
    "gap_fill",
    "short_text",
    "numeric",
    "hot_text",
    "essay",
    "file_upload",
    "formula",
]
