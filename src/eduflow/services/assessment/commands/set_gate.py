"""Set what a model must have shown before its scores of a question leave by themselves."""

from decimal import Decimal
from uuid import UUID

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.web.preconditions import refuse_unseen
from eduflow.services.assessment import grading_views
from eduflow.services.assessment.ids import QuestionId
from eduflow.services.assessment.reading.releasing import Gate


class SetGate(Command[grading_views.Gate], frozen=True, kw_only=True):
    """Version 0: there is none yet, and a person confirms every score."""

    question: QuestionId
    model: str
    expected: int
    state: str
    min_answers: int
    min_kappa: Decimal


class _Found(msgspec.Struct, kw_only=True):
    version: int
    n: int | None
    kappa: Decimal | None
    kappa_low: Decimal | None


_LOOK = (
    "SELECT coalesce(g.version, 0) AS version, k.n, k.kappa, k.kappa_low"
    " FROM (SELECT $1::uuid AS question_id, $2::text AS model) AS q"
    " LEFT JOIN release_gates AS g ON (g.question_id, g.model) = (q.question_id, q.model)"
    " LEFT JOIN agreement_stats AS k ON (k.question_id, k.model) = (q.question_id, q.model)"
)
_INSERT = (
    "INSERT INTO release_gates (question_id, model, institution_id, state, min_answers, min_kappa,"
    " set_by) SELECT $1, $2, $3, $4, $5, $6, $7 WHERE {allowed} ON CONFLICT DO NOTHING"
)
_UPDATE = (
    "UPDATE release_gates SET state = $4, min_answers = $5, min_kappa = $6, set_by = $7,"
    " version = version + 1 WHERE question_id = $1 AND model = $2 AND version = $3 AND {allowed}"
)


async def set_gate(command: SetGate, work: UnitOfWork) -> grading_views.Gate:
    found = await work.look_one(_LOOK, command.question, command.model, into=_Found)
    if found is None:
        found = _Found(version=0, n=None, kappa=None, kappa_low=None)
    refuse_unseen(command.expected, found.version)
    bound = (command.state, command.min_answers, command.min_kappa, work.identity.user)
    about = (command.question, command.model)
    if found.version:
        work.write(_UPDATE, *about, found.version, *bound)
    else:
        work.write(_INSERT, *about, work.identity.institution, *bound)
    gate = Gate(
        state=command.state,
        min_answers=command.min_answers,
        min_kappa=command.min_kappa,
        n=found.n,
        kappa_low=found.kappa_low,
    )
    return grading_views.Gate(
        question_id=UUID(str(command.question)),
        model=command.model,
        state=command.state,
        min_answers=command.min_answers,
        min_kappa=command.min_kappa,
        n=found.n or 0,
        kappa=found.kappa,
        kappa_low=found.kappa_low,
        open=gate.is_open,
        version=found.version + 1,
    )
