"""Fold the answers of some students by a proposed scoring version."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.jobs import Held
from eduflow.kernel.problems import NotFound
from eduflow.scoring.items import Score
from eduflow.services.assessment.commands.differences import (
    Difference,
    count,
    write_differences,
)
from eduflow.services.assessment.commands.regrade_rows import (
    Replayed,
    Run,
    Sat,
    find_run,
    go_on_only_if_mine,
    replayed,
    students_after,
)
from eduflow.services.assessment.commands.tries import Question
from eduflow.services.assessment.ids import RegradeId
from eduflow.services.assessment.model.marking import MarkedTry, marks_of
from eduflow.services.assessment.model.replaying import fate_of

AT_ONCE = 500
"""Attempts in one step, about."""
FIRST = UUID(int=0)


class Folded(msgspec.Struct, frozen=True, kw_only=True):
    cursor: UUID | None
    """None when nobody is left."""
    attempts: int


class FoldRegrade(Command[Folded], frozen=True, kw_only=True):
    """The next step of a run. Without `cursor` the run's own, which moves with it.

    With one, only students of whom something is new since they were folded.
    """

    held: Held
    run: RegradeId
    cursor: UUID | None = None


class _New(msgspec.Struct, frozen=True, kw_only=True):
    """A score that the new version adds; without one of its own it is carried."""

    of: Replayed
    score: Score | None

    @property
    def revision(self) -> int:
        return (self.of.new_revision or 0) + 1


_JUDGED = (
    "INSERT INTO item_scores (response_id, scoring_version_id, revision, institution_id,"
    " attempt_id, question_id, fraction, correct, parts, feedback, method, note, at)"
    " SELECT u.response, $1, u.revision, $2, u.attempt, u.question, u.fraction, u.correct,"
    " u.parts::jsonb, u.feedback::jsonb, 'key', u.note, $3 FROM unnest($4::uuid[], $5::int[],"
    " $6::uuid[], $7::uuid[], $8::numeric[], $9::boolean[], $10::text[], $11::text[], $12::text[])"
    " AS u(response, revision, attempt, question, fraction, correct, parts, feedback, note)"
    " WHERE {allowed}"
)
# What was said of an answer is carried whole: parts, feedback and note too.
_CARRIED = (
    "INSERT INTO item_scores (response_id, scoring_version_id, revision, institution_id,"
    " attempt_id, question_id, fraction, correct, parts, feedback, method, source_id, note, at)"
    " SELECT i.response_id, $1, u.revision, i.institution_id, i.attempt_id, i.question_id,"
    " i.fraction, i.correct, i.parts, i.feedback, 'carried', CASE i.method WHEN 'carried' THEN"
    " i.source_id ELSE i.scoring_version_id END, i.note, $2 FROM unnest($3::uuid[], $4::int[],"
    " $5::int[], $6::uuid[]) AS u(response, revision, was, version) JOIN item_scores AS i"
    " ON (i.response_id, i.scoring_version_id, i.revision) = (u.response, u.version, u.was)"
    " WHERE {allowed}"
)
_MOVE = (
    "UPDATE regrade_runs SET cursor = $3, done = done + $4"
    " WHERE id = $1 AND cursor IS NOT DISTINCT FROM $2 AND state = 'running' AND {allowed}"
)


async def fold_regrade(command: FoldRegrade, work: UnitOfWork) -> Folded:
    run = await find_run(work, command.run)
    if run is None:
        raise NotFound(kind="regrade")
    stale = command.cursor is not None
    cursor = command.cursor or run.cursor or FIRST
    sat = await students_after(work, run, cursor, stale=stale, limit=AT_ONCE)
    if not sat:
        return Folded(cursor=None, attempts=0)
    tries: dict[UUID, list[Replayed]] = defaultdict(list)
    for one in await replayed(work, run, [one.id for one in sat]):
        tries[one.attempt_id].append(one)
    judging = _Judging(run, work.resources.judge)
    differences, added = [], []
    for attempt in sat:
        news, difference = await _replay(attempt, tries[attempt.id], judging)
        added.extend(news)
        differences.append(difference)
    count(differences, run)
    _write(work, run, added)
    write_differences(work, run, differences)
    go_on_only_if_mine(work, command.held)
    last = sat[-1].user_id
    if not stale:
        work.write(_MOVE, run.id, run.cursor, last, len(sat))
    return Folded(cursor=last, attempts=len(sat))


class _Judging:
    """Judges by the corrected keys; answers that are alike are judged once."""

    def __init__(self, run: Run, judge: Any) -> None:
        self.run = run
        self.change = run.change
        self.questions: Mapping[UUID, Question] = {q.id: q for q in run.questions}
        self._judge = judge
        self._known: dict[tuple[UUID, bytes], Score] = {}

    async def score(self, one: Replayed, values: Mapping[str, str]) -> Score:
        """What the new key gives."""
        told = one.question_version_id, msgspec.json.encode([one.value, values], order="sorted")
        if (known := self._known.get(told)) is None:
            of = self.questions[one.question_version_id]
            known = await self._judge(of.interaction, of.key, one.value, values=values)
            self._known[told] = known
        return known


async def _replay(
    sat: Sat, tries: Sequence[Replayed], judging: _Judging
) -> tuple[list[_New], Difference]:
    values = {one.question_id: one.values for one in sat.items}
    news: list[_New] = []
    marked: list[MarkedTry] = []
    unread = 0
    is_to_be_read = False
    for one in tries:
        fate = fate_of(
            one.base,
            one.new,
            question=one.question_id,
            question_version=one.question_version_id,
            change=judging.change,
        )
        if sat.erased and fate in ("judged", "unread") and one.base is not None:
            # The digest of what they wrote stays, and what it was worth.
            fate = "carried" if one.new is None else "stays"
        standing = one.new
        fraction = None if standing is None else standing.fraction
        correct = standing is not None and standing.correct
        if fate == "judged":
            score = await judging.score(one, values.get(one.question_id, {}))
            fate = "unread" if score.needs_reading else fate
            if not score.needs_reading:
                news.append(_New(of=one, score=score))
                fraction, correct = score.fraction, score.correct
        elif fate == "carried" and one.base is not None:
            news.append(_New(of=one, score=None))
            fraction, correct = one.base.fraction, one.base.correct
        if fate == "unread":
            unread += one.base is not None
            is_to_be_read = True
        marked.append(
            MarkedTry(
                response_id=one.response_id,
                question_id=one.question_id,
                question_version_id=one.question_version_id,
                try_number=one.try_number,
                value=one.value,
                sha256="",
                certainty=one.certainty,
                hints=one.hints,
                hint_costs=one.hint_costs,
                fraction=fraction,
                correct=correct,
            )
        )
    new = judging.run.new
    marks = marks_of(sat.items, marked, new.policy, late=sat.late, points=new.points_set)
    ended = sat.state == "submitted"
    return news, Difference(
        sat=sat,
        score=marks.score if ended else None,
        points=marks.points,
        final=ended and marks.unjudged == 0,
        unread=unread,
        added=bool(news) or is_to_be_read,
    )


def _write(work: UnitOfWork, run: Run, added: Sequence[_New]) -> None:
    judged = [(one, one.score) for one in added if one.score is not None]
    if judged:
        work.write(
            _JUDGED,
            run.new.id,
            run.institution_id,
            work.now,
            [one.of.response_id for one, _ in judged],
            [one.revision for one, _ in judged],
            [one.of.attempt_id for one, _ in judged],
            [one.of.question_id for one, _ in judged],
            [score.fraction for _, score in judged],
            [score.correct for _, score in judged],
            [msgspec.json.encode(score.parts).decode() for _, score in judged],
            [msgspec.json.encode(score.feedback).decode() for _, score in judged],
            [score.note for _, score in judged],
            changes=len(judged),
        )
    carried = [one for one in added if one.score is None]
    if carried:
        work.write(
            _CARRIED,
            run.new.id,
            work.now,
            [one.of.response_id for one in carried],
            [one.revision for one in carried],
            [one.of.base_revision for one in carried],
            [one.of.base_version for one in carried],
            changes=len(carried),
        )
