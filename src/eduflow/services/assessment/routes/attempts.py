"""Sitting a test over HTTP."""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from eduflow.kernel.auth.guards import access_of, may
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.problems import Forbidden
from eduflow.kernel.web import Input, Note
from eduflow.kernel.web.binding import BoundCommands
from eduflow.kernel.web.versions import created, shown
from eduflow.services.assessment.commands.add_time import AddTime
from eduflow.services.assessment.commands.note_signal import NoteSignal
from eduflow.services.assessment.commands.save_draft import SaveDraft
from eduflow.services.assessment.commands.start_attempt import StartAttempt
from eduflow.services.assessment.commands.submit_attempt import Given, SubmitAttempt
from eduflow.services.assessment.commands.take_hint import TakeHint
from eduflow.services.assessment.commands.try_answer import TryAnswer
from eduflow.services.assessment.ids import AssessmentId, AttemptId, QuestionId
from eduflow.services.assessment.queries.attempt import AttemptView, attempt
from eduflow.services.assessment.resources import Resources
from eduflow.services.assessment.views import Attempt, Graded, Hinted, Saved, Tried

Certainty = Annotated[int, msgspec.Meta(ge=1, le=3)]
"""1 unsure, 2 fairly sure, 3 certain."""
Seconds = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


class Draft(Input, kw_only=True):
    """An answer as it is now. `revision` counts the changes of it, from 1 up."""

    value: Any
    revision: Annotated[int, msgspec.Meta(ge=1, le=2**53)]
    certainty: Certainty | None = None
    seconds: Seconds = 0


class Try(Input, kw_only=True):
    """An answer that is to be judged at once."""

    value: Any
    certainty: Certainty | None = None
    seconds: Seconds = 0


class Answered(Input, kw_only=True):
    """One answer; it goes before what was saved."""

    question_id: UUID
    value: Any
    certainty: Certainty | None = None
    seconds: Seconds | None = None


class Submission(Input, kw_only=True):
    """What is handed in; questions that are not named keep what was saved."""

    answers: Annotated[tuple[Answered, ...], msgspec.Meta(max_length=1_000)] = ()


class Signal(Input, kw_only=True):
    """Something the page noticed. It changes no score; people look at it."""

    kind: Literal["left_page", "returned", "pasted", "two_windows"]
    detail: Note = ""


class MoreTime(Input, kw_only=True):
    """Minutes more for an attempt that is running."""

    minutes: Annotated[int, msgspec.Meta(ge=1, le=10_000)]


@post(
    "/assessments/{assessment_id:uuid}/attempts",
    status_code=HTTP_201_CREATED,
    guards=[may("assessment:sit", on="assessment")],
)
async def start(
    assessment_id: FromPath[AssessmentId], commands: NamedDependency[BoundCommands]
) -> Response[Attempt]:
    """Sit a test. Whoever is sitting it already gets the attempt that is running."""
    begun = await commands.execute(StartAttempt(assessment=assessment_id))
    return created(begun, at=f"/attempts/{begun.id}")


@get("/attempts/{attempt_id:uuid}", guards=[may("attempt:read", on="attempt")])
async def one(
    attempt_id: FromPath[AttemptId],
    request: Request[Any, Any, Any],
    replica: NamedDependency[ReadSession],
    resources: NamedDependency[Resources],
) -> Response[AttemptView]:
    """An attempt with its questions and answers; of the results, what the review policy shows.

    To staff what an answer got is withheld while an appeal about it waits; then there is no ETag.
    """
    identity = access_of(request).identity
    if identity is None:
        raise Forbidden
    found = await attempt(
        replica,
        attempt_id,
        forms=resources.forms,
        institution=identity.institution,
        now=resources.clock(),
    )
    # Its version counts changes of the attempt: an appeal is none, and would be taken for known.
    return Response(found) if found.under_appeal else shown(request, found)


@put(
    "/attempts/{attempt_id:uuid}/responses/{question_id:uuid}",
    guards=[may("attempt:write", on="attempt")],
)
async def save(
    attempt_id: FromPath[AttemptId],
    question_id: FromPath[QuestionId],
    data: JSONBody[Draft],
    commands: NamedDependency[BoundCommands],
) -> Saved:
    """Keep an answer. Sent twice it is kept once; an older revision never replaces a newer."""
    return await commands.execute(
        SaveDraft(
            attempt=attempt_id,
            question=question_id,
            value=data.value,
            revision=data.revision,
            certainty=data.certainty,
            seconds=data.seconds,
        )
    )


@post(
    "/attempts/{attempt_id:uuid}/responses/{question_id:uuid}/tries",
    status_code=HTTP_200_OK,
    guards=[may("attempt:write", on="attempt")],
)
async def try_one(
    attempt_id: FromPath[AttemptId],
    question_id: FromPath[QuestionId],
    data: JSONBody[Try],
    commands: NamedDependency[BoundCommands],
) -> Tried:
    """Have an answer judged at once, where the test is sat like that."""
    return await commands.execute(
        TryAnswer(
            attempt=attempt_id,
            question=question_id,
            value=data.value,
            certainty=data.certainty,
            seconds=data.seconds,
        )
    )


@post(
    "/attempts/{attempt_id:uuid}/responses/{question_id:uuid}/hints",
    status_code=HTTP_200_OK,
    guards=[may("attempt:write", on="attempt")],
)
async def hint(
    attempt_id: FromPath[AttemptId],
    question_id: FromPath[QuestionId],
    commands: NamedDependency[BoundCommands],
) -> Hinted:
    """Be shown the next hint, for what it costs."""
    return await commands.execute(TakeHint(attempt=attempt_id, question=question_id))


@post(
    "/attempts/{attempt_id:uuid}/submit",
    status_code=HTTP_200_OK,
    guards=[may("attempt:write", on="attempt")],
)
async def submit(
    attempt_id: FromPath[AttemptId],
    data: JSONBody[Submission],
    commands: NamedDependency[BoundCommands],
) -> Graded:
    """Hand in. What a key can judge is judged at once; the rest is read by a model or a person."""
    answers = tuple(
        Given(question_id=a.question_id, value=a.value, certainty=a.certainty, seconds=a.seconds)
        for a in data.answers
    )
    return await commands.execute(SubmitAttempt(attempt=attempt_id, answers=answers))


@post(
    "/attempts/{attempt_id:uuid}/signals",
    status_code=HTTP_201_CREATED,
    guards=[may("attempt:write", on="attempt")],
)
async def signal(
    attempt_id: FromPath[AttemptId],
    data: JSONBody[Signal],
    commands: NamedDependency[BoundCommands],
) -> None:
    """Note what a page noticed while the test was sat."""
    await commands.execute(NoteSignal(attempt=attempt_id, signal=data.kind, detail=data.detail))


@post(
    "/attempts/{attempt_id:uuid}/time",
    status_code=HTTP_200_OK,
    guards=[may("assessment:grade", on="attempt")],
)
async def more_time(
    attempt_id: FromPath[AttemptId],
    data: JSONBody[MoreTime],
    commands: NamedDependency[BoundCommands],
) -> Attempt:
    """Give a running attempt more time: somebody came late, or the network failed."""
    return await commands.execute(AddTime(attempt=attempt_id, minutes=data.minutes))
