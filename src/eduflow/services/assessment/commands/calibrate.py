"""Calibrate the questions of a test by what was answered: asked for, and kept when done."""

from datetime import datetime
from uuid import UUID

import msgspec

from eduflow.kernel.commands import Command, Enqueue, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.kernel.jobs import Held
from eduflow.kernel.problems import NotFound
from eduflow.kernel.web import View
from eduflow.scoring.calibration import MIN_STUDENTS
from eduflow.services.assessment.ids import AssessmentId
from eduflow.services.assessment.replay_problems import TooFewAnswers

CALIBRATE = "calibrate"
"""The job; its arguments are `assessment_id` and `run_id`."""


class Asked(View, kw_only=True):
    """What was asked for; the statistics of the test show it when it is done."""

    run_id: UUID
    at: datetime


class AskForCalibration(Command[Asked], frozen=True, kw_only=True):
    """One at a time for a test: asked for again while it runs, it is the one that runs."""

    assessment: AssessmentId


class Fitted(msgspec.Struct, frozen=True, kw_only=True):
    """A question version with its two parameters."""

    question_version_id: UUID
    a: float
    b: float
    n: int


class KeepCalibration(Command[None], frozen=True, kw_only=True):
    """Write what was found; earlier calibrations are kept."""

    held: Held
    assessment: AssessmentId
    run: UUID
    fitted: tuple[Fitted, ...]


class _Found(msgspec.Struct):
    attempts: int


_LOOK = (
    "SELECT (SELECT count(*) FROM attempts AS t WHERE t.assessment_id = a.id AND t.state ="
    " 'submitted' AND t.unjudged = 0) AS attempts FROM assessments AS a WHERE a.id = $1"
)
_KEEP = (
    "INSERT INTO irt_calibrations (id, institution_id, assessment_id, run_id, question_version_id,"
    " model, a, b, n, at) SELECT u.id, $1, $2, $3, u.version, '2PL', u.a, u.b, u.n, $4"
    " FROM unnest($5::uuid[], $6::uuid[], $7::float8[], $8::float8[], $9::int[])"
    " AS u(id, version, a, b, n) WHERE {allowed} ON CONFLICT DO NOTHING"
)


async def ask_for_calibration(command: AskForCalibration, work: UnitOfWork) -> Asked:
    found = await work.look_one(_LOOK, command.assessment, into=_Found)
    if found is None:
        raise NotFound(kind="assessment")
    if found.attempts < MIN_STUDENTS:
        raise TooFewAnswers(needed=MIN_STUDENTS, attempts=found.attempts)
    run = new_id()
    arguments = {"assessment_id": str(command.assessment), "run_id": str(run)}
    work.enqueue(Enqueue(CALIBRATE, arguments, unique_key=str(command.assessment)))
    return Asked(run_id=run, at=work.now)


async def keep_calibration(command: KeepCalibration, work: UnitOfWork) -> None:
    work.write(
        _KEEP,
        work.identity.institution,
        command.assessment,
        command.run,
        work.now,
        [new_id() for _ in command.fitted],
        [one.question_version_id for one in command.fitted],
        [one.a for one in command.fitted],
        [one.b for one in command.fitted],
        [one.n for one in command.fitted],
        changes=None,
    )
    command.held.finish_in(work)
