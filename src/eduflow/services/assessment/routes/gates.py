"""Over HTTP: when a model's scores leave by themselves, how well it agrees, how cases are taken."""

from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from eduflow.kernel.auth.guards import may
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.problems import Invalid
from eduflow.kernel.web import Input, Word
from eduflow.kernel.web.binding import BoundCommands
from eduflow.kernel.web.versions import changed, created, shown
from eduflow.services.assessment.commands.ask_precedent import AskPrecedent
from eduflow.services.assessment.commands.rule_precedent import RulePrecedent
from eduflow.services.assessment.commands.set_gate import SetGate
from eduflow.services.assessment.grading_views import Agreements, Gate, Precedent
from eduflow.services.assessment.ids import QuestionId, ResponseId, RubricId
from eduflow.services.assessment.queries.grading_queue import (
    Precedents,
    agreements,
    gate,
    precedents,
)
from eduflow.services.assessment.routes.kinds import Said

_LONGEST_NAME = 200


class GateChange(Input, kw_only=True):
    """`measured`: scores leave where the bound is reached; `closed`: a person confirms all."""

    state: Literal["closed", "measured"]
    min_answers: Annotated[int, msgspec.Meta(ge=10, le=100_000)] = 30
    min_kappa: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.7


class NewPrecedent(Input, kw_only=True):
    """A case that the rubric does not foresee, and the answer that made you ask."""

    question: Said
    criterion: Word | None = None
    response_id: ResponseId | None = None


class Ruling(Input, kw_only=True):
    """How the case is to be taken."""

    ruling: Said


@get(
    "/questions/{question_id:uuid}/gates/{model:str}",
    guards=[may("assessment:grade", on="question")],
)
async def one(
    question_id: FromPath[QuestionId],
    model: FromPath[str],
    request: Request[Any, Any, Any],
    replica: NamedDependency[ReadSession],
) -> Response[Gate]:
    """When scores of a model leave by themselves for this question, and whether they do."""
    return shown(request, await gate(replica, question_id, model=_named(model)))


@put(
    "/questions/{question_id:uuid}/gates/{model:str}",
    guards=[may("assessment:write", on="question")],
)
async def change(
    question_id: FromPath[QuestionId],
    model: FromPath[str],
    data: JSONBody[GateChange],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[Gate]:
    """Set the bound. `If-Match: "v0"` where there is none."""
    command = SetGate(
        question=question_id,
        model=_named(model),
        expected=if_match,
        state=data.state,
        min_answers=data.min_answers,
        min_kappa=Decimal(str(data.min_kappa)),
    )
    return changed(await commands.execute(command))


@get("/questions/{question_id:uuid}/agreement", guards=[may("assessment:grade", on="question")])
async def agreement(
    question_id: FromPath[QuestionId], replica: NamedDependency[ReadSession]
) -> Agreements:
    """How well models agree with people who judged without seeing them."""
    return await agreements(replica, question_id)


@post(
    "/rubrics/{rubric_id:uuid}/precedents",
    status_code=HTTP_201_CREATED,
    guards=[may("assessment:grade", on="rubric")],
)
async def ask(
    rubric_id: FromPath[RubricId],
    data: JSONBody[NewPrecedent],
    commands: NamedDependency[BoundCommands],
) -> Response[Precedent]:
    """Ask how a case is to be taken."""
    command = AskPrecedent(
        rubric=rubric_id,
        criterion=data.criterion,
        response=data.response_id,
        question=data.question,
    )
    return created(await commands.execute(command), at=None)


@get("/rubrics/{rubric_id:uuid}/precedents", guards=[may("assessment:grade", on="rubric")])
async def cases(rubric_id: FromPath[RubricId], replica: NamedDependency[ReadSession]) -> Precedents:
    """The cases of a rubric, in the order in which they were asked."""
    return await precedents(replica, rubric_id)


@post(
    "/precedents/{precedent_id:uuid}/ruling",
    status_code=HTTP_200_OK,
    guards=[may("assessment:write", on="precedent")],
)
async def rule(
    precedent_id: FromPath[UUID],
    data: JSONBody[Ruling],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[Precedent]:
    """Decide it: graders and models are told, and the answers it touches are offered again."""
    command = RulePrecedent(precedent=precedent_id, expected=if_match, ruling=data.ruling)
    return changed(await commands.execute(command))


def _named(model: str) -> str:
    """The model's name, where it can be one."""
    if len(model) > _LONGEST_NAME or not (model.isascii() and model.isprintable()):
        message = (
            f"A model's name has at most {_LONGEST_NAME} printable ASCII characters: take it from"
            " GET /ai/models or from the question's agreement"
        )
        raise Invalid(errors=[{"parameter": "model", "in": "path", "message": message}])
    return model
