"""Hand an attempt in: every answer is kept for good, and what a key can judge is judged."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from eduflow.contracts.assessment import AttemptSubmitted
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import SessionId, new_id
from eduflow.kernel.problems import Invalid, NotFound
from eduflow.services.assessment.asking import Asked
from eduflow.services.assessment.commands.reading_rows import Unread, have_read
from eduflow.services.assessment.commands.save_draft import (
    FILES,
    SIGNAL,
    refuse_unless_an_answer,
    refuse_unless_running,
)
from eduflow.services.assessment.commands.settling import (
    FACTS,
    FACTS_FROM,
    Facts,
    Settled,
    settle,
)
from eduflow.services.assessment.commands.start_attempt import HAPPENED
from eduflow.services.assessment.commands.tries import (
    QUESTIONS,
    NewTry,
    Question,
    judged_try,
    keep_tries,
    marked_try,
)
from eduflow.services.assessment.ids import AttemptId
from eduflow.services.assessment.model.marking import MarkedTry
from eduflow.services.assessment.showing import CLOSED_TO_ALL, phase_of, shows_of
from eduflow.services.assessment.sitting_problems import AttemptEnded, NotAsked
from eduflow.services.assessment.views import Graded, GradedItem


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, as it is handed in; it goes before a saved one."""

    question_id: UUID
    value: Any
    certainty: int | None = None
    seconds: int | None = None


class SubmitAttempt(Command[Graded], frozen=True, kw_only=True):
    """With `by_clock` what was saved is handed in, because the time is over."""

    attempt: AttemptId
    answers: tuple[Given, ...] = ()
    by_clock: bool = False


class _Draft(msgspec.Struct):
    question_id: UUID
    value: Any
    certainty: int | None
    seconds: int


class _Found(Facts, frozen=True, kw_only=True):
    behaviour: str
    deadline_at: datetime | None
    grace_until: datetime | None
    closes_at: datetime | None
    reading: str
    session_id: SessionId
    questions: list[Question]
    drafts: list[_Draft]
    review: dict[str, list[str]]
    files: Mapping[UUID, list[str]]


_LOOK = (
    f"SELECT {FACTS}, t.behaviour, t.deadline_at, t.grace_until, t.session_id,"
    f" {CLOSED_TO_ALL} AS closes_at,"
    f" p.reading, {QUESTIONS}, {FILES}, coalesce((SELECT json_agg(json_build_object('question_id',"
    " d.question_id, 'value', d.value, 'certainty', d.certainty, 'seconds', d.seconds))"
    " FROM response_drafts AS d WHERE d.attempt_id = t.id), '[]') AS drafts,"
    " coalesce((SELECT json_object_agg(w.phase, w.shows) FROM review_policies AS w"
    " WHERE w.assessment_id = t.assessment_id), '{}') AS review"
    f" FROM {FACTS_FROM} WHERE t.id = $1"
)


async def submit_attempt(command: SubmitAttempt, work: UnitOfWork) -> Graded:
    who = work.identity
    found = await work.look_one(_LOOK, command.attempt, into=_Found)
    if found is None:
        raise NotFound(kind="attempt")
    if not command.by_clock:
        refuse_unless_running(found.state, found.grace_until, found.deadline_at, now=work.now)
    elif found.state != "in_progress":
        raise AttemptEnded
    made = await _tries(command, found, work)
    late = not command.by_clock and found.deadline_at is not None and work.now > found.deadline_at
    facts = msgspec.structs.replace(
        found,
        tries=[*found.tries, *(marked_try(one) for one in made)],
        state="submitted",
        submitted_at=work.now,
        late=late,
    )
    unread = [one for one in made if one.score.needs_reading]
    work.record(
        AttemptSubmitted(
            institution_id=who.institution,
            attempt_id=command.attempt,
            assessment_id=found.assessment_id,
            course_id=found.course_id,
            user_id=found.user_id,
            number=found.number,
            submitted_at=work.now,
            late=late,
            by_clock=command.by_clock,
            scoring_number=found.scoring.number,
            points=sum((one.points for one in found.items), Decimal(0)),
            unjudged=len(unread),
        )
    )
    keep_tries(work, facts, made, last=True)
    settled = settle(work, facts, judged=[one.id for one in made if not one.score.needs_reading])
    have_read(
        work,
        facts,
        [Unread(response=o.id, question=o.asked.question_id) for o in unread],
        models=found.reading == "models",
    )
    kind = "submitted_by_clock" if command.by_clock else "submitted"
    work.write(HAPPENED, command.attempt, who.institution, kind, None, "{}", work.now)
    if not command.by_clock and found.session_id != who.session:
        about = (command.attempt, "device_changed", "{}", work.now)
        work.write(SIGNAL, new_id(), who.institution, *about)
    return _graded(command, facts, settled, found=found, made=made, now=work.now)


async def _tries(command: SubmitAttempt, found: _Found, work: UnitOfWork) -> list[NewTry]:
    """The answers that become final by this, each judged."""
    given: dict[UUID, Given] = {}
    asked = {one.question_id for one in found.items}
    for number, one in enumerate(command.answers):
        if one.question_id not in asked:
            pointer = f"/answers/{number}/question_id"
            raise NotAsked(errors=[{"pointer": pointer, "message": "is not asked here"}])
        if one.question_id in given:
            # Which of the two was meant nobody knows, and what counts is not left to their order.
            pointer = f"/answers/{number}/question_id"
            raise Invalid(errors=[{"pointer": pointer, "message": "is answered here twice"}])
        given[one.question_id] = one
    questions = {q.id: q for q in found.questions}
    drafts = {d.question_id: d for d in found.drafts}
    made = []
    for item in found.items:
        question = questions[item.question_version_id]
        draft = drafts.get(item.question_id)
        sent = given.get(item.question_id)
        value, certainty, seconds = None, None, 0
        if draft is not None:
            value, certainty, seconds = draft.value, draft.certainty, draft.seconds
        if sent is not None:
            number = command.answers.index(sent)
            refuse_unless_an_answer(
                question.interaction,
                sent.value,
                files=found.files.get(item.question_id, ()),
                pointer=f"/answers/{number}/value",
            )
            value, certainty = sent.value, sent.certainty or certainty
            seconds = sent.seconds or seconds
        before = [t for t in found.tries if t.question_id == item.question_id]
        if before and not _tries_again(before, item, value):
            continue
        made.append(
            await judged_try(
                work,
                item,
                question,
                value=value,
                number=len(before) + 1,
                certainty=certainty,
                seconds=seconds,
            )
        )
    return made


def _tries_again(before: list[MarkedTry], item: Asked, value: Any) -> bool:
    """Whether what is handed in is one more try, and not what was judged already."""
    last = before[-1]
    return (
        value is not None
        and value != last.value
        and not last.correct
        and len(before) < len(item.points_list)
    )


def _graded(
    command: SubmitAttempt,
    facts: Facts,
    settled: Settled,
    *,
    found: _Found,
    made: list[NewTry],
    now: datetime,
) -> Graded:
    phase = phase_of(state="submitted", just_now=True, closes_at=found.closes_at, now=now)
    shows = shows_of(found.review, phase)
    told = settled.released_at is not None and "points" in shows
    newest = {one.question_id: one for one in sorted(facts.tries, key=lambda t: t.try_number)}
    said = _said(found, made, newest) if "feedback" in shows else {}
    items = tuple(
        GradedItem(
            question_id=item.question_id,
            judged=newest[item.question_id].fraction is not None,
            correct=newest[item.question_id].correct if "correctness" in shows else None,
            earned=float(settled.marks.earned[item.question_id]) if told else None,
            points=float(settled.marks.possible[item.question_id]),
            feedback=said.get(item.question_id, ()),
        )
        for item in facts.items
    )
    return Graded(
        id=command.attempt,
        state="submitted",
        submitted_at=now,
        late=facts.late,
        unjudged=settled.marks.unjudged,
        score=float(settled.marks.score) if told else None,
        points=float(settled.marks.points),
        items=items,
        version=facts.version + 1,
    )


def _said(
    found: _Found, made: list[NewTry], newest: Mapping[UUID, MarkedTry]
) -> dict[UUID, tuple[str, ...]]:
    """What is said of each answer by its key and, once it is judged, by the question's author."""
    said = {one.asked.question_id: one.score.feedback for one in made}
    comments = {one.id: one.comments for one in found.questions}
    for question, one in newest.items():
        if one.fraction is not None:
            author = comments[one.question_version_id]
            said[question] = author.after(said.get(question, ()), correct=one.correct)
    return said
