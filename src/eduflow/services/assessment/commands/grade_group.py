"""Judge every answer of a group alike: each gets a review of its own."""

from decimal import Decimal
from uuid import UUID

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.services.assessment.commands.review_answer import (
    LOOK,
    Award,
    Reviewable,
    write_review,
)
from eduflow.services.assessment.grading_views import GroupGraded
from eduflow.services.assessment.ids import AssessmentId
from eduflow.services.assessment.reading_problems import NoSuchGroup

_AT_ONCE = 40


class GradeGroup(Command[GroupGraded], frozen=True, kw_only=True):
    """A bounded number at a time: whoever asked asks again while some remain.

    `leaving_out`: those that do say something else.
    """

    assessment: AssessmentId
    group: UUID
    points: dict[str, Decimal] | None
    fraction: Decimal | None
    comment: str
    seconds: int
    leaving_out: tuple[UUID, ...]


class _Member(Reviewable, frozen=True, kw_only=True):
    remaining: int


# What another grader holds, and what is to measure a model blindly, is judged alone.
_LOOK = (
    LOOK.replace("SELECT ", "SELECT count(*) OVER () AS remaining, ", 1)
    + " JOIN answer_group_members AS m ON m.response_id = x.id"
    " WHERE m.group_id = $1 AND t.assessment_id = $2 AND t.state = 'submitted'"
    " AND NOT x.id = ANY ($3::uuid[]) AND (w.state = 'waiting' OR w.state = 'claimed'"
    f" AND (w.assigned_to = $4 OR w.claimed_until < $5)) ORDER BY x.id LIMIT {_AT_ONCE}"
)


async def grade_group(command: GradeGroup, work: UnitOfWork) -> GroupGraded:
    grader = work.identity.user
    out = list(command.leaving_out)
    about = (command.group, command.assessment, out, grader, work.now)
    members = await work.look(_LOOK, *about, into=_Member)
    if not members:
        raise NoSuchGroup
    award = Award(
        points=command.points,
        fraction=command.fraction,
        comment=command.comment,
        seconds=command.seconds // len(members),
    )
    people: set[UUID] = set()
    for one in members:
        # Of two attempts of one person the second counts what the first has brought: next time.
        if one.user_id not in people:
            people.add(one.user_id)
            write_review(work, one, award, blind=grader not in (one.seen_by or []))
    return GroupGraded(graded=len(people), remaining=members[0].remaining - len(people))
