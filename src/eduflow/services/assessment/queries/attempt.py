"""One attempt: what it asks, what was answered so far, and how that was judged, as far as shown."""

from datetime import datetime
from typing import Any
from uuid import UUID

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import View
from eduflow.scoring.items import Answer
from eduflow.scoring.keys import OrderKey
from eduflow.scoring.solutions import right_answer
from eduflow.services.assessment.asking import Asked
from eduflow.services.assessment.ids import AssessmentId, AttemptId
from eduflow.services.assessment.queries.attempt_rows import ATTEMPT, AnswerFile, Row, Told, Try
from eduflow.services.assessment.queries.paper import Forms, PaperItem, Section, paper
from eduflow.services.assessment.showing import EVERYTHING, Shows, phase_of, shows_of


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
    under_appeal: bool = False
    """An appeal about it waits: to all but who gave it `correct`, `fraction`, `feedback` and
    `comment` are withheld, whatever `shows` says."""


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
    under_appeal: bool
    """An appeal about one of its answers waits: to all but who gave it the score is withheld."""
    released_at: datetime | None
    appeals_until: datetime | None
    """By when an appeal must be raised; None: nothing is released, or there is no such time."""
    shows: tuple[str, ...]
    """What of the results may be seen now."""
    sections: tuple[Section, ...]
    items: list[PaperItem]
    answers: list[AnswerView]
    version: int


_WORTH: Shows = frozenset({"correctness", "points", "feedback"})
"""What tells, or lets one guess, what an answer got."""


async def attempt(
    replica: ReadSession,
    attempt_id: AttemptId,
    *,
    forms: Forms,
    institution: UUID,
    now: datetime,
) -> AttemptView:
    """One attempt, as whoever sat it may see it now; staff see all but what is under appeal."""
    row = await replica.row(ATTEMPT, attempt_id, into=Row)
    form = await forms.form(replica, row.assessment_version_id, institution=institution)
    phase = phase_of(state=row.state, just_now=False, closes_at=row.closes_at, now=now)
    shows = EVERYTHING if row.staff else shows_of(row.review, phase)
    under_appeal = bool(row.appealed)
    released = "points" in shows and row.released_at is not None
    scored = not under_appeal if row.staff else released
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
        under_appeal=under_appeal,
        released_at=row.released_at,
        appeals_until=row.appeals_until,
        shows=tuple(sorted(shows)),
        sections=form.sections,
        items=paper(form, row.items, seed=row.seed, titled=row.staff, right=right),
        answers=[_answer(one, row, shows) for one in row.items],
        version=row.version,
    )


def _answer(asked: Asked, row: Row, shows: Shows) -> AnswerView:
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
        under_appeal=asked.question_id in row.appealed,
        correct=None,
        fraction=None,
        hints=told.hints[: row.hinted.get(asked.question_id, 0)],
    )
    if not known or given is None:
        return view
    if row.staff and view.under_appeal:
        shows -= _WORTH
    return _judged(view, asked, given, told, shows=shows, running=running)


def _judged(
    view: AnswerView, asked: Asked, given: Try, told: Told, *, shows: Shows, running: bool
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
