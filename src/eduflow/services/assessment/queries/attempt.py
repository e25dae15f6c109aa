"""One attempt: what it asks, what was answered so far, and how that was judged, as far as shown."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import View
from eduflow.scoring.interactions import Interaction
from eduflow.scoring.items import Answer
from eduflow.scoring.keys import Key, OrderKey
from eduflow.scoring.solutions import right_answer
from eduflow.services.assessment.asking import Asked
from eduflow.services.assessment.ids import AssessmentId, AttemptId
from eduflow.services.assessment.lineage import FIRST_OF_LINEAGE
from eduflow.services.assessment.queries.paper import Forms, PaperItem, Section, paper
from eduflow.services.assessment.showing import (
    CLOSED_TO_ALL,
    EVERYTHING,
    Comments,
    Shows,
    phase_of,
    shows_of,
)


class AnswerFile(View, kw_only=True):
    """A file that was sent for an answer, whether it names it or not."""

    id: UUID
    name: str
    media_type: str
    size: int


class AnswerView(View, kw_only=True):
    """What was answered to a question; what the review policy does not show is null."""

    question_id: UUID
    value: Any
    certainty: int | None
    revision: int
    """Of the saved answer: the next one saved must be higher. 0 where none was saved."""
    saved_at: datetime | None
    tries: int
    judged: bool | None
    correct: bool | None
    fraction: float | None
    feedback: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    right_answer: Answer = None
    """One that is worth all, of the variant that was asked; null where there is none to tell."""
    solution: str | None = None
    comment: str | None = None
    """What the grader wrote."""
    files: tuple[AnswerFile, ...] = ()
    response_id: UUID | None = None
    """By which an appeal names what was answered; None until it was handed in or tried."""


class AttemptView(View, kw_only=True):
    """An attempt, whole."""

    id: AttemptId
    assessment_id: AssessmentId
    title: str
    instructions: str
    user_id: UUID
    number: int
    state: str
    behaviour: str
    started_at: datetime
    deadline_at: datetime | None
    grace_until: datetime | None
    submitted_at: datetime | None
    now: datetime
    """The server's clock, which decides."""
    late: bool
    unjudged: int | None
    score: float | None
    points: float
    released_at: datetime | None
    appeals_until: datetime | None
    """By when an appeal must be raised; None: nothing is released, or there is no such time."""
    shows: tuple[str, ...]
    """What of the results may be seen now."""
    sections: tuple[Section, ...]
    items: list[PaperItem]
    answers: list[AnswerView]
    version: int


class _Try(msgspec.Struct):
    response_id: UUID
    question_id: UUID
    question_version_id: UUID
    value: Answer
    certainty: int | None
    tries: int
    fraction: float | None
    correct: bool | None
    feedback: tuple[str, ...] | None
    comment: str | None


class _Draft(msgspec.Struct):
    question_id: UUID
    value: Any
    certainty: int | None
    revision: int
    saved_at: datetime


class _Told(Comments, frozen=True, kw_only=True):
    """Of a question, what may be told only after it was answered."""

    id: UUID
    interaction: Interaction
    solution: str = ""
    key: Key | None = None
    hints: tuple[str, ...] = ()


class _Row(msgspec.Struct):
    id: AttemptId
    assessment_id: AssessmentId
    assessment_version_id: UUID
    title: str
    user_id: UUID
    number: int
    state: str
    behaviour: str
    seed: int
    items: list[Asked]
    started_at: datetime
    deadline_at: datetime | None
    grace_until: datetime | None
    submitted_at: datetime | None
    late: bool
    unjudged: int | None
    score: float | None
    points: float
    released_at: datetime | None
    version: int
    closes_at: datetime | None
    appeals_until: datetime | None
    staff: bool
    review: dict[str, list[str]]
    drafts: list[_Draft]
    files: dict[UUID, tuple[AnswerFile, ...]]
    tries: list[_Try]
    hinted: dict[UUID, int]
    told: list[_Told]


# A score that a regrade has carried names the scoring version it was first given under.
_SOURCE = (
    "CASE s.method WHEN 'carried' THEN (SELECT o.source_id FROM item_scores AS o"
    " WHERE (o.response_id, o.scoring_version_id) = (s.response_id, s.source_id)"
    " ORDER BY o.revision DESC LIMIT 1) ELSE s.source_id END"
)
_ATTEMPT = (
    "SELECT t.id, t.assessment_id, t.assessment_version_id, a.title, t.user_id, t.number, t.state,"
    " t.behaviour, t.seed, t.items, t.started_at, t.deadline_at, t.grace_until, t.submitted_at,"
    " t.late, t.unjudged, t.score, t.points, t.released_at, t.version,"
    " t.released_at + make_interval(days => p.appeal_days) AS appeals_until,"
    f" {CLOSED_TO_ALL} AS closes_at,"
    " t.user_id <> eduflow_person() AS staff,"
    " coalesce((SELECT json_object_agg(w.phase, w.shows) FROM review_policies AS w"
    " WHERE w.assessment_id = t.assessment_id), '{}') AS review,"
    " coalesce((SELECT json_agg(json_build_object('question_id', d.question_id, 'value', d.value,"
    " 'certainty', d.certainty, 'revision', d.revision, 'saved_at', d.saved_at))"
    " FROM response_drafts AS d WHERE d.attempt_id = t.id), '[]') AS drafts,"
    " coalesce((SELECT json_object_agg(o.question_id, o.files) FROM (SELECT f.question_id,"
    " json_agg(json_build_object('id', f.id, 'name', f.name, 'media_type', f.media_type, 'size',"
    " f.size) ORDER BY f.id) AS files FROM response_files AS f WHERE f.attempt_id = t.id"
    " GROUP BY f.question_id) AS o), '{}') AS files,"
    " coalesce((SELECT json_agg(json_build_object('response_id', r.id, 'question_id',"
    " r.question_id, 'question_version_id', r.question_version_id, 'value', r.value,"
    " 'certainty', r.certainty, 'tries', r.try_number, 'fraction', s.fraction,"
    " 'correct', s.correct, 'feedback', s.feedback, 'comment', (SELECT h.comment"
    f" FROM human_reviews AS h WHERE h.id = {_SOURCE})))"
    " FROM (SELECT DISTINCT ON (r.question_id) r.* FROM responses AS r WHERE r.attempt_id = t.id"
    " ORDER BY r.question_id, r.try_number DESC) AS r LEFT JOIN LATERAL (SELECT i.* FROM"
    " item_scores AS i JOIN scoring_versions AS v ON v.id = i.scoring_version_id"
    " WHERE i.response_id = r.id AND v.state = 'published' AND v.number <= n.number"
    f" AND v.number >= {FIRST_OF_LINEAGE.format('n')}"
    " ORDER BY v.number DESC, i.revision DESC LIMIT 1) AS s ON true), '[]') AS tries,"
    " coalesce((SELECT json_object_agg(e.question_id, e.hints) FROM (SELECT e.question_id,"
    " count(*) AS hints FROM attempt_events AS e WHERE e.attempt_id = t.id AND e.kind = 'hinted'"
    " GROUP BY e.question_id) AS e), '{}') AS hinted,"
    " coalesce((SELECT json_agg(json_build_object('id', v.id, 'interaction', v.interaction,"
    " 'feedback', coalesce(v.feedback ->> 'feedback', ''),"
    " 'feedback_right', coalesce(v.feedback ->> 'feedback_right', ''),"
    " 'feedback_wrong', coalesce(v.feedback ->> 'feedback_wrong', ''), 'solution',"
    " coalesce(v.feedback ->> 'solution', ''), 'hints', coalesce((SELECT json_agg(h ->> 'text')"
    " FROM jsonb_array_elements(v.feedback -> 'hints') AS h), '[]'), 'key', k.key))"
    " FROM question_versions AS v JOIN answer_keys AS k ON k.question_version_id = v.id"
    " AND k.number = coalesce((n.key_set ->> v.id::text)::integer, 1)"
    " WHERE v.id IN (SELECT (i.item ->> 'question_version_id')::uuid"
    " FROM jsonb_array_elements(t.items) AS i(item))), '[]') AS told"
    " FROM attempts AS t JOIN assessments AS a ON a.id = t.assessment_id"
    " JOIN delivery_policies AS p ON p.assessment_id = a.id"
    " JOIN scoring_versions AS n ON n.assessment_id = a.id AND n.number = t.scoring_number"
    " WHERE t.id = $1"
)


async def attempt(
    replica: ReadSession,
    attempt_id: AttemptId,
    *,
    forms: Forms,
    institution: UUID,
    now: datetime,
) -> AttemptView:
    """One attempt, as whoever sat it may see it now; staff see all of it."""
    row = await replica.row(_ATTEMPT, attempt_id, into=_Row)
    form = await forms.form(replica, row.assessment_version_id, institution=institution)
    phase = phase_of(state=row.state, just_now=False, closes_at=row.closes_at, now=now)
    shows = EVERYTHING if row.staff else shows_of(row.review, phase)
    scored = "points" in shows and (row.released_at is not None or row.staff)
    right = {one.id: one.key.sequence for one in row.told if isinstance(one.key, OrderKey)}
    return AttemptView(
        id=row.id,
        assessment_id=row.assessment_id,
        title=row.title,
        instructions=form.instructions,
        user_id=row.user_id,
        number=row.number,
        state=row.state,
        behaviour=row.behaviour,
        started_at=row.started_at,
        deadline_at=row.deadline_at,
        grace_until=row.grace_until,
        submitted_at=row.submitted_at,
        now=now,
        late=row.late,
        unjudged=row.unjudged,
        score=row.score if scored else None,
        points=row.points,
        released_at=row.released_at,
        appeals_until=row.appeals_until,
        shows=tuple(sorted(shows)),
        sections=form.sections,
        items=paper(form, row.items, seed=row.seed, titled=row.staff, right=right),
        answers=[_answer(one, row, shows) for one in row.items],
        version=row.version,
    )


def _answer(asked: Asked, row: _Row, shows: Shows) -> AnswerView:
    """Judgements of a whole attempt show only when they have been released."""
    draft = next((d for d in row.drafts if d.question_id == asked.question_id), None)
    given = next((t for t in row.tries if t.question_id == asked.question_id), None)
    told = next(t for t in row.told if t.id == asked.question_version_id)
    running = row.state == "in_progress"
    judged = given is not None and given.fraction is not None
    # While it is sat only what was tried is judged; later what was let go, and to staff all.
    known = judged and (running or row.staff or row.released_at is not None)
    newest: Any = draft if running and draft is not None else given or draft
    shown = running or "answers" in shows
    view = AnswerView(
        question_id=asked.question_id,
        value=newest.value if newest is not None and shown else None,
        files=row.files.get(asked.question_id, ()) if shown else (),
        certainty=newest.certainty if newest is not None else None,
        revision=draft.revision if draft is not None else 0,
        saved_at=draft.saved_at if draft is not None else None,
        tries=given.tries if given is not None else 0,
        judged=judged,
        response_id=given.response_id if given is not None else None,
        correct=None,
        fraction=None,
        hints=told.hints[: row.hinted.get(asked.question_id, 0)],
    )
    if not known or given is None:
        return view
    return _judged(view, asked, given, told, shows=shows, running=running)


def _judged(
    view: AnswerView, asked: Asked, given: _Try, told: _Told, *, shows: Shows, running: bool
) -> AnswerView:
    if "correctness" in shows:
        view.correct = given.correct
    if "points" in shows:
        view.fraction = given.fraction
    if "feedback" in shows:
        view.feedback = told.after(given.feedback or (), correct=given.correct)
        view.comment = given.comment
    # Not before it is over: a question that may be tried again must not tell its answer.
    if "right_answer" in shows and not running and told.key is not None:
        view.right_answer = right_answer(told.interaction, told.key, values=asked.values)
    if "solution" in shows and not running:
        view.solution = told.solution or None
    return view
