"""A chunk of a regrade, as it is read: the run, students' attempts, and every answer in them."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from eduflow.kernel.commands import UnitOfWork
from eduflow.kernel.jobs import Fenced, Held
from eduflow.services.assessment.asking import Asked
from eduflow.services.assessment.commands.facts import Scoring
from eduflow.services.assessment.commands.tries import Question
from eduflow.services.assessment.ids import AssessmentId, RegradeId
from eduflow.services.assessment.lineage import FIRST_OF_LINEAGE
from eduflow.services.assessment.model.replaying import Change, Standing, changed_entries


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A regrade, with the two scoring versions."""

    id: RegradeId
    institution_id: UUID
    course_id: UUID
    assessment_id: AssessmentId
    state: str
    dry_run: bool
    total: int
    done: int
    changed: int
    unread: int
    cursor: UUID | None
    switched_at: datetime | None
    """Since when the new version counts."""
    version: int
    counting: int
    """The number of the scoring version that counts now."""
    release: str
    reading: str
    base: Scoring
    base_versions: list[UUID]
    """The base, and those that it follows as the version of a new form: the newest last."""
    new: Scoring
    questions: list[Question]
    """Those that another key judges, with that key."""

    @property
    def change(self) -> Change:
        """What the new version changes of the base."""
        keys = {**dict.fromkeys(self.new.key_set, 1), **self.base.key_set}
        return Change(
            keys=changed_entries(keys, self.new.key_set),
            rubrics=changed_entries(self.base.rubric_set, self.new.rubric_set),
        )


class Sat(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt as it stands."""

    id: UUID
    user_id: UUID
    number: int
    state: str
    version: int
    items: list[Asked]
    late: bool
    released_at: datetime | None
    scoring_number: int
    score: Decimal | None
    points: Decimal
    erased: bool
    """Whether they were forgotten: their answers are blank, and their scores stay."""


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """One try, with how it is judged under both versions."""

    response_id: UUID
    attempt_id: UUID
    question_id: UUID
    question_version_id: UUID
    try_number: int
    value: Any
    certainty: int | None
    hints: int
    hint_costs: tuple[Decimal, ...]
    base: Standing | None
    base_revision: int | None
    base_version: UUID | None
    new: Standing | None
    new_revision: int | None


_RUN = (
    "SELECT r.id, r.institution_id, r.course_id, r.assessment_id, r.state, r.dry_run, r.total,"
    " r.done, r.changed, r.unread, r.cursor, r.switched_at, r.version,"
    " a.scoring_number AS counting, p.release, p.reading, to_json(b) AS base,"
    " (SELECT json_agg(o.id ORDER BY o.number) FROM"
    " scoring_versions AS o WHERE o.assessment_id = b.assessment_id AND o.state = 'published'"
    f" AND o.number BETWEEN {FIRST_OF_LINEAGE.format('b')} AND b.number) AS base_versions,"
    " to_json(n) AS new,"
    " coalesce((SELECT json_agg(json_build_object('id', v.id, 'interaction', v.interaction, 'key',"
    " k.key, 'key_sha256', encode(k.sha256, 'hex'))) FROM jsonb_each_text(n.key_set) AS e(version,"
    " number) JOIN question_versions AS v ON v.id = e.version::uuid JOIN answer_keys AS k ON"
    " k.question_version_id = v.id AND k.number = e.number::integer WHERE e.number <>"
    " coalesce(b.key_set ->> e.version, '1')), '[]') AS questions"
    " FROM regrade_runs AS r JOIN assessments AS a ON a.id = r.assessment_id"
    " JOIN delivery_policies AS p ON p.assessment_id = r.assessment_id"
    " JOIN scoring_versions AS b ON b.id = r.base_version_id"
    " JOIN scoring_versions AS n ON n.id = r.scoring_version_id WHERE r.id = $1"
)
_SAT = (
    "SELECT t.id, t.user_id, t.number, t.state, t.version, t.items, t.late, t.released_at,"
    " t.scoring_number, t.score, t.points, EXISTS (SELECT FROM erased_people AS e"
    " WHERE e.user_id = t.user_id) AS erased FROM attempts AS t WHERE t.assessment_id = $1"
    " AND t.user_id IN ({students}) ORDER BY t.user_id, t.number"
)
_NEXT = (
    "SELECT c.user_id FROM attempts AS c WHERE c.assessment_id = $1 AND c.user_id > $2"
    " ORDER BY c.user_id, c.number LIMIT $3"
)
# What has happened since it was folded.
_STALE = (
    "SELECT c.user_id FROM attempts AS c LEFT JOIN regrade_diffs AS d ON d.run_id = $4"
    " AND d.attempt_id = c.id WHERE c.assessment_id = $1 AND c.user_id > $2"
    " AND d.attempt_version IS DISTINCT FROM c.version ORDER BY c.user_id, c.number LIMIT $3"
)
_STANDING = (
    "CASE WHEN {0}.response_id IS NOT NULL THEN json_build_object('method', {0}.method, 'fraction',"
    " {0}.fraction, 'correct', {0}.correct, 'root', coalesce({0}.root, {0}.method), 'origin',"
    " CASE {0}.method WHEN 'carried' THEN {0}.source_id ELSE {0}.scoring_version_id END) END"
)
_HIGHEST = (
    "(SELECT DISTINCT ON (i.response_id) i.response_id, i.scoring_version_id, i.method, i.fraction,"
    " i.correct, i.source_id, i.revision, CASE i.method WHEN 'carried' THEN (SELECT o.method FROM"
    " item_scores AS o WHERE o.response_id = i.response_id AND o.scoring_version_id = i.source_id"
    " ORDER BY o.revision DESC LIMIT 1) END AS root FROM item_scores AS i"
    " WHERE i.scoring_version_id = ANY ({0}) AND i.attempt_id = ANY ($1::uuid[])"
    " ORDER BY i.response_id, array_position({0}, i.scoring_version_id) DESC, i.revision DESC)"
)
_REPLAYED = (
    "SELECT r.id AS response_id, r.attempt_id, r.question_id, r.question_version_id, r.try_number,"
    " r.value, r.certainty, r.hints, CASE WHEN r.hints > 0 THEN (SELECT"
    " coalesce(json_agg((h.hint ->> 'cost')::numeric ORDER BY h.i), '[]') FROM question_versions"
    " AS v, jsonb_array_elements(v.feedback -> 'hints') WITH ORDINALITY AS h(hint, i) WHERE v.id ="
    " r.question_version_id AND h.i <= r.hints) ELSE '[]' END AS hint_costs,"
    f" {_STANDING.format('b')} AS base, b.revision AS base_revision,"
    " b.scoring_version_id AS base_version,"
    f" {_STANDING.format('n')} AS new, n.revision AS new_revision FROM responses AS r"
    f" LEFT JOIN {_HIGHEST.format('$2::uuid[]')} AS b ON b.response_id = r.id"
    f" LEFT JOIN {_HIGHEST.format('$3::uuid[]')} AS n ON n.response_id = r.id"
    " WHERE r.attempt_id = ANY ($1::uuid[]) ORDER BY r.attempt_id, r.question_id, r.try_number"
)
_STILL_MINE = (
    "UPDATE jobs SET lease_until = clock_timestamp() + interval '10 seconds'"
    " WHERE id = $1 AND fence = $2 AND state = 'running' AND {allowed}"
)


async def find_run(work: UnitOfWork, run: RegradeId) -> Run | None:
    """The regrade, or None."""
    return await work.look_one(_RUN, run, into=Run)


async def students_after(
    work: UnitOfWork, run: Run, cursor: UUID, *, stale: bool, limit: int
) -> list[Sat]:
    """All attempts of the next students, each student whole; `stale`: of whom something is new."""
    if stale:
        sql = _SAT.format(students=_STALE)
        return await work.look(sql, run.assessment_id, cursor, limit, run.id, into=Sat)
    sql = _SAT.format(students=_NEXT)
    return await work.look(sql, run.assessment_id, cursor, limit, into=Sat)


async def replayed(work: UnitOfWork, run: Run, attempts: list[UUID]) -> list[Replayed]:
    """Every try of these attempts, in the order in which they were made."""
    return await work.look(_REPLAYED, attempts, run.base_versions, [run.new.id], into=Replayed)


def go_on_only_if_mine(work: UnitOfWork, held: Held) -> None:
    """Write nothing for a job that was given to another worker meanwhile."""
    work.write(_STILL_MINE, held.id, held.fence, otherwise=Fenced())
