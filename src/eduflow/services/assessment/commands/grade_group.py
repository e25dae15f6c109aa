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
from eduflow.services.assessment.reading_problems import BadAward, NoSuchGroup

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
    strangers: list[UUID]


_STRANGERS = (
    "(SELECT coalesce(json_agg(u.id), '[]') FROM unnest($3::uuid[]) AS u(id) WHERE NOT EXISTS"
    " (SELECT FROM answer_group_members AS k WHERE k.response_id = u.id AND k.group_id = $1))"
    " AS strangers"
)
# What another grader holds, and what is to measure a model blindly, is judged alone.
_LOOK = (
    LOOK.replace("SELECT ", f"SELECT count(*) OVER () AS remaining, {_STRANGERS}, ", 1)
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
    if strangers := members[0].strangers:
        told = [f"/leaving_out/{n}" for n, one in enumerate(out) if one in strangers]
        message = "is no answer of this group"
        raise BadAward(errors=[{"pointer": one, "message": message} for one in told])
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
