"""Let a published scoring version reach the results: scores, receipts, releases, events."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.jobs import Held
from eduflow.kernel.problems import NotFound
from eduflow.services.assessment.commands.facts import FACTS, FACTS_FROM, Facts
from eduflow.services.assessment.commands.fold_regrade import Folded
from eduflow.services.assessment.commands.read_again import read_again
from eduflow.services.assessment.commands.regrade_rows import (
    Run,
    find_run,
    go_on_only_if_mine,
)
from eduflow.services.assessment.commands.settling import (
    items_scored,
    receipt_of,
    result_released,
)
from eduflow.services.assessment.ids import RegradeId
from eduflow.services.assessment.model.marking import Counted, Marks, counts_of, marks_of

AT_ONCE = 200


class MoveResults(Command[Folded], frozen=True, kw_only=True):
    """The attempts of the next students behind `cursor` that do not stand under it yet."""

    held: Held
    run: RegradeId
    cursor: UUID


class _Found(Facts, frozen=True, kw_only=True):
    stands_under: int
    score: Decimal | None
    attempt_points: Decimal
    unjudged: int | None


class _Moved(msgspec.Struct, frozen=True, kw_only=True):
    facts: _Found
    marks: Marks
    released_at: datetime | None

    @property
    def ended(self) -> bool:
        return self.facts.state == "submitted"

    @property
    def stands(self) -> bool:
        """Whether it was settled by the new version already, by whoever judged it meanwhile."""
        known = (self.facts.stands_under, self.facts.score, self.facts.unjudged)
        wanted = (self.facts.scoring.number, self.marks.score, self.marks.unjudged)
        return known == wanted or (
            not self.ended and self.facts.stands_under == self.facts.scoring.number
        )


_LOOK = (
    f"SELECT {FACTS}, t.scoring_number AS stands_under, t.score, t.points AS attempt_points,"
    f" t.unjudged FROM {FACTS_FROM} WHERE t.id IN (SELECT c.id FROM attempts AS c WHERE"
    " c.assessment_id = $1 AND c.user_id IN (SELECT o.user_id FROM attempts AS o LEFT JOIN"
    " regrade_diffs AS d ON d.run_id = $3 AND d.attempt_id = o.id WHERE o.assessment_id = $1 AND"
    " o.user_id > $2 AND (o.scoring_number <> $4 OR d.unsettled OR d.attempt_version <> o.version)"
    " ORDER BY o.user_id, o.number LIMIT $5)) ORDER BY t.user_id, t.number"
)
_SETTLE = (
    "UPDATE attempts AS t SET score = u.score, points = u.points, unjudged = u.unjudged,"
    " released_at = u.released_at, scoring_number = $1, version = t.version + 1"
    " FROM unnest($2::uuid[], $3::int[], $4::numeric[], $5::numeric[], $6::int[],"
    " $7::timestamptz[]) AS u(id, version, score, points, unjudged, released_at)"
    " WHERE t.id = u.id AND t.version = u.version AND {allowed}"
)
_RECEIPTS = (
    "INSERT INTO grade_receipts (attempt_id, number, institution_id, scoring_version_id, score,"
    " points, links, digest, previous, at) SELECT u.attempt, u.number, $1, $2, u.score, u.points,"
    " u.links::jsonb, u.digest, u.previous, $3 FROM unnest($4::uuid[], $5::int[], $6::numeric[],"
    " $7::numeric[], $8::text[], $9::bytea[], $10::bytea[]) AS u(attempt, number, score, points,"
    " links, digest, previous) WHERE {allowed}"
)
_TOLD = (
    "INSERT INTO attempt_events (attempt_id, institution_id, kind, payload, at)"
    " SELECT u.attempt, $1, 'regraded', u.payload::jsonb, $2 FROM unnest($3::uuid[], $4::text[])"
    " AS u(attempt, payload) WHERE {allowed}"
)
_SETTLED = (
    "UPDATE regrade_diffs AS d SET attempt_version = u.version, unsettled = false"
    " FROM unnest($2::uuid[], $3::int[]) AS u(id, version)"
    " WHERE d.run_id = $1 AND d.attempt_id = u.id AND {allowed}"
)
_PROGRESS = "UPDATE regrade_runs SET done = done + $2 WHERE id = $1 AND {allowed}"


async def move_results(command: MoveResults, work: UnitOfWork) -> Folded:
    run = await find_run(work, command.run)
    if run is None:
        raise NotFound(kind="regrade")
    place = (run.assessment_id, command.cursor, run.id, run.new.number, AT_ONCE)
    found = await work.look(_LOOK, *place, into=_Found)
    if not found:
        return Folded(cursor=None, attempts=0)
    all_of = [_moved(one, work) for one in found]
    moving = [one for one in all_of if not one.stands]
    if moving:
        _settle(work, run, moving)
        _say(work, run, moving, all_of=all_of)
    # Also for those whom somebody else has settled by the new version: that asks nobody to read.
    await read_again(work, run, [one.facts for one in all_of])
    work.write(
        _SETTLED,
        run.id,
        [one.facts.id for one in all_of],
        [one.facts.version + (not one.stands) for one in all_of],
        changes=None,
    )
    work.write(_PROGRESS, run.id, len(moving))
    go_on_only_if_mine(work, command.held)
    return Folded(cursor=found[-1].user_id, attempts=len(moving))


def _moved(facts: _Found, work: UnitOfWork) -> _Moved:
    scoring = facts.scoring
    marks = marks_of(
        facts.items, facts.tries, scoring.policy, late=facts.late, points=scoring.points_set
    )
    final = facts.state == "submitted" and marks.unjudged == 0
    leaves = final and (facts.release == "when_final" or facts.released_at is not None)
    return _Moved(facts=facts, marks=marks, released_at=work.now if leaves else None)


def _settle(work: UnitOfWork, run: Run, moving: Sequence[_Moved]) -> None:
    work.write(
        _SETTLE,
        run.new.number,
        [one.facts.id for one in moving],
        [one.facts.version for one in moving],
        [one.marks.score if one.ended else None for one in moving],
        [one.marks.points for one in moving],
        [one.marks.unjudged if one.ended else None for one in moving],
        [one.released_at for one in moving],
        changes=len(moving),
    )


def _say(work: UnitOfWork, run: Run, moving: Sequence[_Moved], *, all_of: Sequence[_Moved]) -> None:
    counts = _counts(all_of)
    ended = [one for one in moving if one.ended]
    for one in ended:
        judged = frozenset(t.response_id for t in one.facts.tries if t.fraction is not None)
        work.record(items_scored(work, one.facts, one.marks, judged=judged))
    released = [one for one in ended if one.released_at is not None]
    for one in released:
        worth = counts[one.facts.user_id]
        work.record(result_released(work, one.facts, one.marks, counts=worth))
    if ended:
        told = [{"score": o.marks.score, "items": o.marks.earned} for o in ended]
        work.write(
            _TOLD,
            run.institution_id,
            work.now,
            [one.facts.id for one in ended],
            [
                msgspec.json.encode(o if one.released_at else {}).decode()
                for one, o in zip(ended, told, strict=True)
            ],
            changes=len(ended),
        )
    if released:
        receipts = [receipt_of(work, one.facts, one.marks) for one in released]
        work.write(
            _RECEIPTS,
            run.institution_id,
            run.new.id,
            work.now,
            [one.facts.id for one in released],
            [receipt.number for receipt in receipts],
            [one.marks.score for one in released],
            [one.marks.points for one in released],
            [msgspec.json.encode(receipt.links).decode() for receipt in receipts],
            [bytes.fromhex(receipt.digest) for receipt in receipts],
            [bytes.fromhex(receipt.previous) for receipt in receipts],
            changes=len(released),
        )


def _counts(all_of: Sequence[_Moved]) -> dict[UUID, Counted]:
    """What counts for each student once all of their attempts stand under the new version."""
    released: dict[UUID, list[Counted]] = defaultdict(list)
    for one in all_of:
        if one.released_at is not None:
            told = Counted(number=one.facts.number, score=one.marks.score, points=one.marks.points)
            released[one.facts.user_id].append(told)
    policy = all_of[0].facts.scoring.policy
    return {user: counts_of(counted, policy) for user, counted in released.items()}
