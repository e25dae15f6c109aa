"""Decide a case for all who grade by the rubric; what it touches is offered to them again."""

from datetime import datetime
from uuid import UUID

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.kernel.web import refuse_unseen
from eduflow.services.assessment.grading_views import Precedent
from eduflow.services.assessment.reading_problems import RuledAlready


class RulePrecedent(Command[Precedent], frozen=True, kw_only=True):
    """Shown to graders, and put before models, from now on."""

    precedent: UUID
    expected: int
    ruling: str


class _Found(msgspec.Struct):
    criterion_id: UUID | None
    criterion: str | None
    response_id: UUID | None
    question: str
    ruling: str | None
    asked_at: datetime
    version: int


_LOOK = (
    "SELECT p.criterion_id, c.key AS criterion, p.response_id, p.question, p.ruling, p.asked_at,"
    " p.version FROM rubric_precedents AS p LEFT JOIN scoring_criteria AS c"
    " ON c.id = p.criterion_id WHERE p.id = $1"
)
_RULE = (
    "UPDATE rubric_precedents SET ruling = $3, ruled_by = $4, ruled_at = $5, version = version + 1"
    " WHERE id = $1 AND version = $2 AND ruling IS NULL AND {allowed}"
)
# The answer over which it was asked, what stands in a group with it, and where the models' samples
# differed over this criterion; whatever else was graded stays as it is.
_AGAIN = (
    "UPDATE grading_queue AS w SET state = 'waiting', reason = 'undecided', assigned_to = NULL,"
    " claimed_until = NULL, version = w.version + 1 WHERE w.state = 'done' AND (w.response_id = $1"
    " OR w.response_id IN (SELECT o.response_id FROM answer_group_members AS m"
    " JOIN answer_group_members AS o ON o.group_id = m.group_id WHERE m.response_id = $1)"
    " OR w.job_id IN (SELECT a.job_id FROM ai_judgements AS a WHERE a.criterion_id = $2"
    " GROUP BY a.job_id HAVING count(DISTINCT a.awarded) > 1)) AND {allowed}"
)


async def rule_precedent(command: RulePrecedent, work: UnitOfWork) -> Precedent:
    found = await work.look_one(_LOOK, command.precedent, into=_Found)
    if found is None:
        raise NotFound(kind="precedent")
    if found.ruling is not None:
        raise RuledAlready
    refuse_unseen(command.expected, found.version)
    about = (command.precedent, found.version, command.ruling)
    work.write(_RULE, *about, work.identity.user, work.now)
    work.write(_AGAIN, found.response_id, found.criterion_id, changes=None)
    return Precedent(
        id=command.precedent,
        criterion=found.criterion,
        question=found.question,
        ruling=command.ruling,
        asked_at=found.asked_at,
        ruled_at=work.now,
        version=found.version + 1,
    )
