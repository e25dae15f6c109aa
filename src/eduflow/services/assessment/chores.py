"""What assessment does by itself: hands in what nobody handed in, and has answers read."""

from datetime import timedelta
from uuid import UUID

import structlog

from eduflow.kernel.auth.identity import as_system, on_behalf_of
from eduflow.kernel.commands import Busy
from eduflow.kernel.ids import InstitutionId, UserId
from eduflow.kernel.jobs import Done, Held, JobKind, Outcome
from eduflow.kernel.problems import Conflict
from eduflow.kernel.runtime import Runtime
from eduflow.services.assessment.ai_calls import settle_calls
from eduflow.services.assessment.commands.abandon_attempt import AbandonAttempt
from eduflow.services.assessment.commands.reading_rows import GRADE_ANSWER
from eduflow.services.assessment.commands.submit_attempt import SubmitAttempt
from eduflow.services.assessment.commands.tell_points import TellPoints
from eduflow.services.assessment.grade_answer import grade_answer
from eduflow.services.assessment.ids import AssessmentId, AttemptId
from eduflow.services.assessment.showing import SHOWN
from eduflow.services.assessment.sitting_problems import AttemptEnded

log = structlog.get_logger()
_AT_ONCE = 200
_OVERDUE = (
    "SELECT t.id, t.institution_id, t.user_id, p.overdue FROM attempts AS t"
    " JOIN delivery_policies AS p ON p.assessment_id = t.assessment_id"
    " WHERE t.state = 'in_progress' AND t.grace_until < $1 AND t.id > $2"
    f" ORDER BY t.id LIMIT {_AT_ONCE}"
)
_UNTOLD = (
    "SELECT a.id, a.institution_id FROM delivery_policies AS p JOIN assessments AS a"
    " ON a.id = p.assessment_id WHERE NOT p.points_told AND p.closes_at <= $1"
    f" AND a.state = 'published' AND 'points' = ANY ({SHOWN}::text[])"
    f" ORDER BY p.closes_at LIMIT {_AT_ONCE}"
)


async def hand_in_overdue(_: Held, runtime: Runtime) -> Outcome:
    """Hand in, or close, every attempt whose grace is over; each by a command of its own."""
    commands = runtime.commands["assessment"]
    last = UUID(int=0)
    while True:
        rows = await runtime.databases["assessment"].primary.fetch(_OVERDUE, runtime.clock(), last)
        for row in rows:
            last = row["id"]
            attempt = AttemptId(last)
            access = on_behalf_of(UserId(row["user_id"]), InstitutionId(row["institution_id"]))
            try:
                if row["overdue"] == "submit":
                    await commands.execute(
                        SubmitAttempt(attempt=attempt, by_clock=True), access=access
                    )
                else:
                    await commands.execute(AbandonAttempt(attempt=attempt), access=access)
            except AttemptEnded:
                continue
            except Busy:
                log.info("attempt_left_for_next_time", attempt=str(attempt))
        if len(rows) < _AT_ONCE:
            return Done()


async def tell_of_points(_: Held, runtime: Runtime) -> Outcome:
    """Tell of every test that has closed to all, and whose students see their points since."""
    commands, pool = runtime.commands["assessment"], runtime.databases["assessment"].primary
    for row in await pool.fetch(_UNTOLD, runtime.clock()):
        command = TellPoints(assessment=AssessmentId(row["id"]))
        access = as_system(InstitutionId(row["institution_id"]))
        try:
            await commands.execute(command, access=access)
        except (Busy, Conflict):
            log.info("points_told_next_time", assessment=str(row["id"]))
    return Done()


JOBS = (
    JobKind(name="tell_of_points", run=tell_of_points, every=timedelta(seconds=15)),
    JobKind(name="hand_in_overdue", run=hand_in_overdue, every=timedelta(seconds=15)),
    # Three readings at a small model's pace, and whoever stands in the queue before them.
    # While vendors stall, some hands of the worker are left for the clock and for regrades.
    JobKind(name=GRADE_ANSWER, run=grade_answer, time_limit=timedelta(minutes=20), at_once=5),
    JobKind(name="settle_calls", run=settle_calls, every=timedelta(minutes=1)),
)
