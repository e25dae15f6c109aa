"""The turns of a regrade: folded, published, dropped, moved."""

import msgspec

from eduflow.contracts.assessment import RegradePublished
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.jobs import Held
from eduflow.kernel.problems import NotFound
from eduflow.kernel.web import refuse_unseen
from eduflow.services.assessment.commands.propose_regrade import job_of
from eduflow.services.assessment.commands.regrade_rows import (
    Run,
    find_run,
    go_on_only_if_mine,
)
from eduflow.services.assessment.ids import RegradeId
from eduflow.services.assessment.replay_problems import RegradeNotReady, RegradeOutdated

PUBLISH_REGRADE = "publish_regrade"
"""The job that lets a scoring version reach every result; its argument is `run_id`."""


class EndFold(Command[None], frozen=True, kw_only=True):
    """Every answer is folded: the run is ready, or, where it was no dry run, published."""

    held: Held
    run: RegradeId


class PublishRegrade(Command[int], frozen=True, kw_only=True):
    """Let it count; the version of the run that was seen is `expected`. Gives the new one."""

    run: RegradeId
    expected: int


class DropRegrade(Command[int], frozen=True, kw_only=True):
    """Nothing changes; what it would have been is kept to be read."""

    run: RegradeId
    expected: int


class SwitchScoring(Command[bool], frozen=True, kw_only=True):
    """From this statement on the proposed version is the one that counts; twice is once."""

    held: Held
    run: RegradeId


class ReopenRegrade(Command[None], frozen=True, kw_only=True):
    """Another version has come to count before it could: it is ready again, to be dropped."""

    held: Held
    run: RegradeId


class EndPublishing(Command[None], frozen=True, kw_only=True):
    """Every result stands under it."""

    held: Held
    run: RegradeId


_CHANGED = (
    "changed = (SELECT count(*) FROM regrade_diffs AS d WHERE d.run_id = $1 AND"
    " d.old_score IS NOT NULL AND (d.old_score IS DISTINCT FROM d.new_score"
    " OR d.old_points <> d.new_points)), unread = (SELECT coalesce(sum(d.unread), 0)"
    " FROM regrade_diffs AS d WHERE d.run_id = $1)"
)
_READY = (
    f"UPDATE regrade_runs SET state = 'ready', {_CHANGED}, version = version + 1"
    " WHERE id = $1 AND state = 'running' AND {allowed}"
)
_PUBLISH = (
    "UPDATE regrade_runs SET state = 'publishing', done = 0, version = version + 1"
    " WHERE id = $1 AND version = $2 AND state = 'ready' AND {allowed}"
)
_PUBLISH_AT_ONCE = (
    f"UPDATE regrade_runs SET state = 'publishing', done = 0, {_CHANGED}, version = version + 1"
    " WHERE id = $1 AND state = 'running' AND {allowed}"
)
_DROP = (
    "UPDATE regrade_runs SET state = 'dropped', ended_at = $3, version = version + 1"
    " WHERE id = $1 AND version = $2 AND state IN ('running', 'ready') AND {allowed}"
)
_SWITCH = (
    "UPDATE assessments SET scoring_number = $3, version = version + 1"
    " WHERE id = $1 AND scoring_number = $2 AND {allowed}"
)
# What is shown to students, and what a new form is counted by, says the same as what counts.
_RULES = (
    "UPDATE delivery_policies SET behaviour = $2, attempt_counts = $3, late_penalty = $4,"
    " version = version + 1 WHERE assessment_id = $1 AND {allowed}"
)
_STATE = "UPDATE scoring_versions SET state = $2 WHERE id = $1 AND state = 'proposed' AND {allowed}"
_COUNT = f"UPDATE regrade_runs SET {_CHANGED}, switched_at = $2 WHERE id = $1 AND {{allowed}}"
_REOPEN = (
    "UPDATE regrade_runs SET state = 'ready', version = version + 1"
    " WHERE id = $1 AND state = 'publishing' AND {allowed}"
)
_END = (
    "UPDATE regrade_runs SET state = 'published', ended_at = $2, version = version + 1"
    " WHERE id = $1 AND state = 'publishing' AND {allowed}"
)


class _Totals(msgspec.Struct):
    changed: int


_LOOK_CHANGED = (
    "SELECT count(*) AS changed FROM regrade_diffs AS d WHERE d.run_id = $1 AND d.old_score IS NOT"
    " NULL AND (d.old_score IS DISTINCT FROM d.new_score OR d.old_points <> d.new_points)"
)


async def end_fold(command: EndFold, work: UnitOfWork) -> None:
    run = await _found(work, command.run)
    if run.state != "running":
        return
    if run.dry_run or run.counting != run.base.number:
        work.write(_READY, run.id)
    else:
        work.write(_PUBLISH_AT_ONCE, run.id)
        work.enqueue(job_of(PUBLISH_REGRADE, run.id))
    go_on_only_if_mine(work, command.held)


async def publish_regrade(command: PublishRegrade, work: UnitOfWork) -> int:
    run = await _found(work, command.run)
    refuse_unseen(command.expected, run.version)
    if run.state != "ready":
        raise RegradeNotReady(state=run.state)
    if run.counting != run.base.number:
        raise RegradeOutdated(base_number=run.base.number, counting=run.counting)
    work.write(_PUBLISH, run.id, run.version)
    work.enqueue(job_of(PUBLISH_REGRADE, run.id))
    return run.version + 1


async def drop_regrade(command: DropRegrade, work: UnitOfWork) -> int:
    run = await _found(work, command.run)
    refuse_unseen(command.expected, run.version)
    if run.state not in ("running", "ready"):
        raise RegradeNotReady(state=run.state)
    work.write(_DROP, run.id, run.version, work.now)
    work.write(_STATE, run.new.id, "dropped")
    return run.version + 1


async def switch_scoring(command: SwitchScoring, work: UnitOfWork) -> bool:
    run = await _found(work, command.run)
    if run.state != "publishing" or run.counting == run.new.number:
        return run.state == "publishing"
    if run.counting != run.base.number:
        return False
    (totals,) = await work.look(_LOOK_CHANGED, run.id, into=_Totals)
    work.write(_SWITCH, run.assessment_id, run.base.number, run.new.number)
    work.write(_STATE, run.new.id, "published")
    rules = run.new.policy
    if rules != run.base.policy:
        counted = (rules.behaviour, rules.attempt_counts, rules.late_penalty)
        work.write(_RULES, run.assessment_id, *counted)
    work.write(_COUNT, run.id, work.now)
    go_on_only_if_mine(work, command.held)
    work.record(
        RegradePublished(
            institution_id=run.institution_id,
            assessment_id=run.assessment_id,
            course_id=run.course_id,
            run_id=run.id,
            scoring_number=run.new.number,
            changed=totals.changed,
        )
    )
    return True


async def reopen_regrade(command: ReopenRegrade, work: UnitOfWork) -> None:
    run = await _found(work, command.run)
    if run.state == "publishing":
        work.write(_REOPEN, run.id)
        command.held.finish_in(work)


async def end_publishing(command: EndPublishing, work: UnitOfWork) -> None:
    run = await _found(work, command.run)
    if run.state == "publishing":
        work.write(_END, run.id, work.now)
        command.held.finish_in(work)


async def _found(work: UnitOfWork, wanted: RegradeId) -> Run:
    run = await find_run(work, wanted)
    if run is None:
        raise NotFound(kind="regrade")
    return run
