"""Rubrics as authors send them."""

from typing import Annotated

import msgspec

from eduflow.kernel.web import Input, Line, Note, Text
from eduflow.services.assessment.commands import rubric_rows
from eduflow.services.assessment.routes.kinds import Points

Key = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[a-z0-9_-]+$(?!\n)")]
"""A short name that stays the same from version to version."""


class NewLevel(Input, kw_only=True):
    """What may be awarded for a criterion."""

    points: Points
    title: Line
    description: Note = ""


class NewCriterion(Input, kw_only=True):
    """One line. `points` is its best level's. Students never see the `grader_note`."""

    key: Key
    title: Line
    description: Note = ""
    points: Points
    levels: Annotated[list[NewLevel], msgspec.Meta(min_length=1, max_length=20)]
    grader_note: Note = ""


class NewRubricVersion(Input, kw_only=True):
    """All criteria anew. `guidelines` are for graders alone."""

    criteria: Annotated[list[NewCriterion], msgspec.Meta(min_length=1, max_length=50)]
    guidelines: Text = ""


class NewRubric(NewRubricVersion, kw_only=True):
    """What answers to a question are read by."""

    title: Line


def rubric_of(sent: NewRubric) -> rubric_rows.NewRubric:
    """The same for the command."""
    return msgspec.convert(sent, type=rubric_rows.NewRubric, from_attributes=True)


def version_of(sent: NewRubricVersion) -> rubric_rows.NewRubricVersion:
    """The same for the command."""
    return msgspec.convert(sent, type=rubric_rows.NewRubricVersion, from_attributes=True)
