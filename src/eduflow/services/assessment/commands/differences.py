"""What a regrade changes, attempt by attempt: counted, and written to be looked at."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import msgspec

from eduflow.kernel.commands import UnitOfWork
from eduflow.services.assessment.commands.regrade_rows import Run, Sat
from eduflow.services.assessment.model.marking import Counted, counts_of


class Difference(msgspec.Struct, kw_only=True):
    """An attempt before and after."""

    sat: Sat
    score: Decimal | None
    points: Decimal
    final: bool
    unread: int
    added: bool
    old_counts: Decimal | None = None
    new_counts: Counted | None = None


# An attempt that counts by the new version already keeps what it was worth before.
_DIFFS = (
    "INSERT INTO regrade_diffs AS d (run_id, attempt_id, institution_id, user_id, old_score,"
    " new_score, old_points, new_points, old_counts, new_counts, counts_points, unread,"
    " attempt_version, unsettled) SELECT $1, u.attempt, $2, u.person, CASE WHEN NOT u.moved THEN"
    " u.old_score END, u.new_score, u.old_points, u.new_points, CASE WHEN NOT u.moved THEN"
    " u.old_counts END, u.new_counts, u.counts_points, u.unread, u.version, u.moved AND u.added"
    " FROM unnest($3::uuid[], $4::uuid[], $5::numeric[], $6::numeric[], $7::numeric[],"
    " $8::numeric[], $9::numeric[], $10::numeric[], $11::numeric[], $12::int[], $13::int[],"
    " $14::boolean[], $15::boolean[]) AS u(attempt, person, old_score, new_score, old_points,"
    " new_points, old_counts, new_counts, counts_points, unread, version, moved, added)"
    " WHERE {allowed} ON CONFLICT (run_id, attempt_id) DO UPDATE SET"
    " old_score = CASE WHEN $16 THEN d.old_score ELSE excluded.old_score END,"
    " old_points = CASE WHEN $16 THEN d.old_points ELSE excluded.old_points END,"
    " old_counts = CASE WHEN $16 THEN d.old_counts ELSE excluded.old_counts END,"
    " new_score = excluded.new_score, new_points = excluded.new_points,"
    " new_counts = excluded.new_counts, counts_points = excluded.counts_points,"
    " unread = excluded.unread, attempt_version = excluded.attempt_version,"
    " unsettled = d.unsettled OR excluded.unsettled"
)


def count(differences: Sequence[Difference], run: Run) -> None:
    """What counts for each student before and after, over all that is released."""
    by_student: dict[UUID, list[Difference]] = defaultdict(list)
    for one in differences:
        by_student[one.sat.user_id].append(one)
    for all_of in by_student.values():
        old, new = [], []
        for one in all_of:
            sat = one.sat
            if sat.released_at is not None and sat.score is not None:
                old.append(Counted(number=sat.number, score=sat.score, points=sat.points))
            leaves = sat.released_at is not None or run.release == "when_final"
            if leaves and one.final and one.score is not None:
                new.append(Counted(number=sat.number, score=one.score, points=one.points))
        old_counts = counts_of(old, run.base.policy).score if old else None
        new_counts = counts_of(new, run.new.policy) if new else None
        for one in all_of:
            one.old_counts, one.new_counts = old_counts, new_counts


def write_differences(work: UnitOfWork, run: Run, all_of: Sequence[Difference]) -> None:
    """Write them, or write them anew."""
    for moved in (False, True):
        some = [one for one in all_of if (one.sat.scoring_number == run.new.number) is moved]
        if not some:
            continue
        work.write(
            _DIFFS,
            run.id,
            run.institution_id,
            [one.sat.id for one in some],
            [one.sat.user_id for one in some],
            [one.sat.score for one in some],
            [one.score for one in some],
            [one.sat.points for one in some],
            [one.points for one in some],
            [one.old_counts for one in some],
            [None if one.new_counts is None else one.new_counts.score for one in some],
            [None if one.new_counts is None else one.new_counts.points for one in some],
            [one.unread for one in some],
            [one.sat.version for one in some],
            [moved for _ in some],
            [one.added for one in some],
            moved,
            changes=len(some),
        )
