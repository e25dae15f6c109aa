"""Item and test statistics: sums that each attempt adds to, and what follows from them.

A run of events costs as much as the attempts in it, however many there were before: what an attempt
said formerly is taken from the sums, and what it says now is added (`model.statistics`).
"""

from collections import defaultdict
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from eduflow.contracts.assessment import ItemsScored
from eduflow.kernel.projections import ReadModel, Run, Tables
from eduflow.services.assessment.model.statistics import Item, Sums, add, of_item, of_test

Place = tuple[UUID, int]
"""Assessment and scoring number."""


class _Row(msgspec.Struct, kw_only=True):
    """A row of `judged_items`."""

    response_id: UUID
    scoring_number: int
    institution_id: UUID
    course_id: UUID
    assessment_id: UUID
    attempt_id: UUID
    question_id: UUID
    question_version_id: UUID
    fraction: Decimal
    earned: Decimal
    points: Decimal
    final: bool
    seconds: int
    chosen: tuple[str, ...]
    method: str
    seq: int


class _Sums(msgspec.Struct, kw_only=True):
    assessment_id: UUID
    scoring_number: int
    institution_id: UUID
    course_id: UUID
    sums: Sums


_KNOWN = "SELECT * FROM judged_items WHERE attempt_id = ANY ($1::uuid[])"
_SUMS = "SELECT * FROM statistics_sums WHERE assessment_id = ANY ($1::uuid[])"
_COLUMNS = (
    "response_id uuid, scoring_number integer, institution_id uuid, course_id uuid,"
    " assessment_id uuid, attempt_id uuid, question_id uuid, question_version_id uuid,"
    " fraction numeric, earned numeric, points numeric, final boolean, seconds integer,"
    " chosen text[], method text, seq bigint"
)
_KEEP = (
    "INSERT INTO judged_items (response_id, scoring_number, institution_id, course_id,"
    " assessment_id, attempt_id, question_id, question_version_id, fraction, earned, points, final,"
    " seconds, chosen, method, seq) SELECT response_id, scoring_number, institution_id, course_id,"
    " assessment_id, attempt_id, question_id, question_version_id, fraction, earned, points, final,"
    f" seconds, chosen, method, seq FROM jsonb_to_recordset($1::jsonb) AS e({_COLUMNS})"
    " ON CONFLICT (response_id, scoring_number) DO UPDATE SET fraction = excluded.fraction,"
    " earned = excluded.earned, points = excluded.points, final = excluded.final,"
    " method = excluded.method, seq = excluded.seq"
)
_KEEP_SUMS = (
    "INSERT INTO statistics_sums (assessment_id, scoring_number, institution_id, course_id, sums)"
    " SELECT assessment_id, scoring_number, institution_id, course_id, sums"
    " FROM jsonb_to_recordset($1::jsonb) AS e(assessment_id uuid, scoring_number integer,"
    " institution_id uuid, course_id uuid, sums jsonb)"
    " ON CONFLICT (assessment_id, scoring_number) DO UPDATE SET sums = excluded.sums"
)
_FORGET = "DELETE FROM {} WHERE assessment_id = ANY ($1::uuid[])"
_ITEMS = (
    "INSERT INTO item_statistics (assessment_id, question_version_id, institution_id, course_id,"
    " scoring_number, question_id, n, p_value, point_biserial, median_seconds, chosen, scores)"
    " SELECT assessment_id, question_version_id, institution_id, course_id, scoring_number,"
    " question_id, n, p_value, point_biserial, median_seconds, chosen, scores"
    " FROM jsonb_to_recordset($1::jsonb) AS e(assessment_id uuid, question_version_id uuid,"
    " institution_id uuid, course_id uuid, scoring_number integer, question_id uuid, n integer,"
    " p_value numeric, point_biserial numeric, median_seconds numeric, chosen jsonb, scores jsonb)"
)
_TESTS = (
    "INSERT INTO test_statistics (assessment_id, institution_id, course_id, scoring_number, n,"
    " mean, deviation, alpha, median_seconds) SELECT assessment_id, institution_id, course_id,"
    " scoring_number, n, mean, deviation, alpha, median_seconds"
    " FROM jsonb_to_recordset($1::jsonb) AS e(assessment_id uuid, institution_id uuid,"
    " course_id uuid, scoring_number integer, n integer, mean numeric, deviation numeric,"
    " alpha numeric, median_seconds numeric)"
)
_ENCODER = msgspec.json.Encoder(decimal_format="number")


async def _fold(run: Run, tables: Tables) -> None:
    events = [(e["seq"], msgspec.json.decode(e["payload"], type=ItemsScored)) for e in run.events]
    attempts = sorted({event.attempt_id for _, event in events})
    known: dict[tuple[UUID, int], dict[UUID, _Row]] = defaultdict(dict)
    for row in await tables.rows(_KNOWN, attempts, into=_Row):
        known[row.attempt_id, row.scoring_number][row.response_id] = row
    tests = sorted({event.assessment_id for _, event in events})
    sums = {
        (one.assessment_id, one.scoring_number): one
        for one in await tables.rows(_SUMS, tests, into=_Sums)
    }
    touched: dict[tuple[UUID, int], dict[UUID, _Row]] = {}
    for seq, event in events:
        rows = known[event.attempt_id, event.scoring_number]
        of = sums.setdefault((event.assessment_id, event.scoring_number), _begun(event))
        _say(of.sums, rows, sign=-1)
        _note(rows, event, seq=seq)
        _say(of.sums, rows, sign=1)
        touched[event.attempt_id, event.scoring_number] = rows
    changed = [row for rows in touched.values() for row in rows.values()]
    if changed:
        await tables.execute(_KEEP, _ENCODER.encode(changed).decode())
    places = {(event.assessment_id, event.scoring_number) for _, event in events}
    await tables.execute(_KEEP_SUMS, _ENCODER.encode([sums[p] for p in sorted(places)]).decode())
    await _conclude(tables, tests, list(sums.values()))


def _begun(event: ItemsScored) -> _Sums:
    return _Sums(
        assessment_id=event.assessment_id,
        scoring_number=event.scoring_number,
        institution_id=event.institution_id,
        course_id=event.course_id,
        sums=Sums(),
    )


def _note(rows: dict[UUID, _Row], event: ItemsScored, *, seq: int) -> None:
    for one in event.items:
        rows[one.response_id] = _Row(
            response_id=one.response_id,
            scoring_number=event.scoring_number,
            institution_id=event.institution_id,
            course_id=event.course_id,
            assessment_id=event.assessment_id,
            attempt_id=event.attempt_id,
            question_id=one.question_id,
            question_version_id=one.question_version_id,
            fraction=one.fraction,
            earned=one.earned,
            points=one.points,
            final=False,
            seconds=one.seconds,
            chosen=one.chosen,
            method=one.method,
            seq=seq,
        )
    for row in rows.values():
        row.final = event.unjudged == 0


def _say(sums: Sums, rows: dict[UUID, _Row], *, sign: int) -> None:
    """Add what an attempt says, by the last try of each question; ids of tries are in order."""
    last: dict[UUID, _Row] = {}
    for response in sorted(rows):
        last[rows[response].question_id] = rows[response]
    items = [
        Item(
            question_id=row.question_id,
            question_version_id=row.question_version_id,
            fraction=row.fraction,
            earned=row.earned,
            seconds=row.seconds,
            chosen=row.chosen,
        )
        for row in last.values()
    ]
    add(sums, items, final=any(row.final for row in rows.values()), sign=sign)


async def _conclude(tables: Tables, tests: list[UUID], known: list[_Sums]) -> None:
    """What is shown is of the newest scoring version that anything was judged by."""
    newest: dict[UUID, _Sums] = {}
    for one in sorted(known, key=lambda s: s.scoring_number):
        newest[one.assessment_id] = one
    items: list[dict[str, Any]] = []
    whole: list[dict[str, Any]] = []
    for test in tests:
        of = newest[test]
        place = {
            "assessment_id": of.assessment_id,
            "institution_id": of.institution_id,
            "course_id": of.course_id,
            "scoring_number": of.scoring_number,
        }
        for version, sums in sorted(of.sums.items.items()):
            told = msgspec.structs.asdict(of_item(sums))
            items.append({**place, "question_version_id": version, **told})
        if (test_told := of_test(of.sums)) is not None:
            whole.append({**place, **msgspec.structs.asdict(test_told)})
    for table in ("item_statistics", "test_statistics"):
        await tables.execute(_FORGET.format(table), tests)
    await tables.execute(_ITEMS, _ENCODER.encode(items).decode())
    await tables.execute(_TESTS, _ENCODER.encode(whole).decode())


statistics = ReadModel(
    name="assessment_statistics",
    tables=("judged_items", "statistics_sums", "item_statistics", "test_statistics"),
    source="assessment",
    folds={"assessment.items_scored": _fold},
)
