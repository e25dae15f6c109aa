"""Calibrate the questions of a test by what was answered: asked for, and kept when done."""

from datetime import datetime
from uuid import UUID

import msgspec

from eduflow.kernel.commands import Command, Enqueue, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.kernel.jobs import Held
from eduflow.kernel.problems import NotFound
from eduflow.kernel.web import View
from eduflow.scoring.calibration import MAX_STUDENTS, MIN_ITEMS, MIN_STUDENTS
from eduflow.services.assessment.ids import AssessmentId
from eduflow.services.assessment.replay_problems import TooFewAnswers

CALIBRATE = "calibrate"
"""The job; its arguments are `assessment_id` and `run_id`."""


class Asked(View, kw_only=True):
    """What was asked for; the statistics of the test show it when it is done."""

    run_id: UUID
    at: datetime


class AskForCalibration(Command[Asked], frozen=True, kw_only=True):
    """One at a time for a test: asked for again while one runs, nothing more is run."""

    assessment: AssessmentId


class Fitted(msgspec.Struct, frozen=True, kw_only=True):
    """A question version with its two parameters, or why it has none."""

    question_version_id: UUID
    n: int
    a: float | None = None
    b: float | None = None
    left_out: str | None = None
    """`all_right`, `all_wrong` or `no_fit`: why it has none."""


class KeepCalibration(Command[None], frozen=True, kw_only=True):
    """Write what was found; earlier calibrations are kept."""

    held: Held
    assessment: AssessmentId
    run: UUID
    fitted: tuple[Fitted, ...]


class _Found(msgspec.Struct):
    students: int
    questions: int


RIGHT = "0.5"
"""A share from here on is taken for right: the model knows nothing between."""
# The first attempts, since whoever comes back has seen the questions before, and of those the first
# tries. What somebody was asked and left out they did not get right. Read from what is folded: an
# attempt of which the last answer has not reached that yet is left out.
ANSWERED = (
    "SELECT t.id AS attempt_id, (i.item ->> 'question_version_id')::uuid AS question_version_id,"
    " coalesce((SELECT j.fraction FROM judged_items AS j WHERE j.attempt_id = t.id AND"
    " j.question_id = (i.item ->> 'question_id')::uuid ORDER BY j.response_id,"
    f" j.scoring_number DESC LIMIT 1), 0) >= {RIGHT} AS correct FROM (SELECT t.id, t.items FROM"
    " attempts AS t WHERE t.assessment_id = $1 AND t.number = 1 AND t.state = 'submitted'"
    " AND t.unjudged = 0 AND EXISTS (SELECT FROM judged_items AS j WHERE j.attempt_id = t.id"
    f" AND j.final) ORDER BY t.id LIMIT {MAX_STUDENTS}) AS t,"
    " jsonb_array_elements(t.items) AS i(item)"
)
_LOOK = (
    f"WITH answered AS MATERIALIZED ({ANSWERED}) SELECT (SELECT count(DISTINCT attempt_id)"
    " FROM answered) AS students, (SELECT count(*) FROM (SELECT FROM answered GROUP BY"
    " question_version_id HAVING bool_or(correct) AND NOT bool_and(correct)) AS q) AS questions"
    " FROM assessments AS a WHERE a.id = $1"
)
_KEEP = (
    "INSERT INTO irt_calibrations (id, institution_id, assessment_id, run_id, question_version_id,"
    " model, a, b, left_out, n, at) SELECT u.id, $1, $2, $3, u.version, '2PL', u.a, u.b,"
    " u.left_out, u.n, $4 FROM unnest($5::uuid[], $6::uuid[], $7::float8[], $8::float8[],"
    " $9::int[], $10::text[]) AS u(id, version, a, b, n, left_out) WHERE {allowed}"
    " ON CONFLICT DO NOTHING"
)


async def ask_for_calibration(command: AskForCalibration, work: UnitOfWork) -> Asked:
    found = await work.look_one(_LOOK, command.assessment, into=_Found)
    if found is None:
        raise NotFound(kind="assessment")
    if found.students < MIN_STUDENTS or found.questions < MIN_ITEMS:
        raise TooFewAnswers(
            needed=MIN_STUDENTS,
            students=found.students,
            needed_questions=MIN_ITEMS,
            questions=found.questions,
        )
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
        [one.left_out for one in command.fitted],
        changes=None,
    )
    command.held.finish_in(work)
