"""What a course grade would be with another score for one assignment."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from eduflow.services.api_core.model.grading import Group, Scored, course_grade


def percent_with(
    scores: Sequence[Scored], groups: Mapping[UUID, Group], *, instead: Scored
) -> Decimal | None:
    """The course grade where this is the score of its assignment, whether there was one or not."""
    others = [s for s in scores if s.assignment_id != instead.assignment_id]
    return course_grade([*others, instead], groups).percent
