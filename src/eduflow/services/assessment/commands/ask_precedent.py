"""Ask how a case is to be taken that the rubric did not foresee."""

from uuid import UUID

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.kernel.problems import NotFound
from eduflow.services.assessment.grading_views import Precedent
from eduflow.services.assessment.ids import ResponseId, RubricId
from eduflow.services.assessment.reading_problems import BadAward


class AskPrecedent(Command[Precedent], frozen=True, kw_only=True):
    """Of the newest version of the rubric."""

    rubric: RubricId
    criterion: str | None
    response: ResponseId | None
    question: str


class _Found(msgspec.Struct):
    rubric_version_id: UUID
    criterion_id: UUID | None
    is_asked: bool


_LOOK = (
    "SELECT v.id AS rubric_version_id, c.id AS criterion_id, $3::uuid IS NULL OR EXISTS"
    " (SELECT FROM responses AS r WHERE r.id = $3 AND r.question_id = g.question_id) AS is_asked"
    " FROM scoring_rubrics AS g JOIN scoring_rubric_versions AS v"
    " ON v.rubric_id = g.id AND v.number = g.current_number LEFT JOIN scoring_criteria AS c"
    " ON c.rubric_version_id = v.id AND c.key = $2 WHERE g.id = $1"
)
_INSERT = (
    "INSERT INTO rubric_precedents (id, institution_id, rubric_version_id, criterion_id,"
    " response_id, question, asked_by, asked_at) SELECT $1, $2, $3, $4, $5, $6, $7, $8"
    " WHERE {allowed}"
)


async def ask_precedent(command: AskPrecedent, work: UnitOfWork) -> Precedent:
    about = (command.rubric, command.criterion, command.response)
    found = await work.look_one(_LOOK, *about, into=_Found)
    if found is None:
        raise NotFound(kind="rubric")
    if command.criterion is not None and found.criterion_id is None:
        message = "is no criterion of the rubric"
        raise BadAward(errors=[{"pointer": "/criterion", "message": message}])
    if not found.is_asked:
        message = "is no answer to this question"
        raise BadAward(errors=[{"pointer": "/response_id", "message": message}])
    made = new_id()
    who = work.identity
    place = (who.institution, found.rubric_version_id, found.criterion_id, command.response)
    work.write(_INSERT, made, *place, command.question, who.user, work.now)
    return Precedent(
        id=made,
        criterion=command.criterion,
        question=command.question,
        ruling=None,
        asked_at=work.now,
        ruled_at=None,
        version=1,
    )
