"""Have one answer judged while the test goes on."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.services.assessment.commands.save_draft import (
    FILES,
    TOUCH,
    refuse_unless_an_answer,
    refuse_unless_running,
)
from eduflow.services.assessment.commands.settling import FACTS, FACTS_FROM, Facts
from eduflow.services.assessment.commands.start_attempt import HAPPENED
from eduflow.services.assessment.commands.tries import (
    QUESTIONS,
    Question,
    judged_try,
    keep_tries,
)
from eduflow.services.assessment.ids import AttemptId, QuestionId
from eduflow.services.assessment.sitting_problems import NotAsked, NotByTries, NoTriesLeft
from eduflow.services.assessment.views import Tried

BY_TRIES = ("immediate", "interactive")


class TryAnswer(Command[Tried], frozen=True, kw_only=True):
    """What is tried is kept for good; a further try is worth what the form says."""

    attempt: AttemptId
    question: QuestionId
    value: Any
    certainty: int | None
    seconds: int


class _Found(Facts, frozen=True, kw_only=True):
    behaviour: str
    deadline_at: datetime | None
    grace_until: datetime | None
    questions: list[Question]
    hints: int
    during: list[str]
    files: Mapping[UUID, list[str]]


_LOOK = (
    f"SELECT {FACTS}, t.behaviour, t.deadline_at, t.grace_until, {QUESTIONS}, {FILES},"
    " (SELECT count(*) FROM attempt_events AS e WHERE e.attempt_id = t.id AND e.kind = 'hinted'"
    " AND e.question_id = $2) AS hints, (SELECT w.shows FROM review_policies AS w"
    " WHERE w.assessment_id = t.assessment_id AND w.phase = 'during') AS during"
    f" FROM {FACTS_FROM} WHERE t.id = $1"
)


async def try_answer(command: TryAnswer, work: UnitOfWork) -> Tried:
    who = work.identity
    found = await work.look_one(_LOOK, command.attempt, command.question, into=_Found)
    if found is None:
        raise NotFound(kind="attempt")
    item = next((i for i in found.items if i.question_id == command.question), None)
    if item is None:
        raise NotAsked(question_id=command.question)
    refuse_unless_running(found.state, found.grace_until, found.deadline_at, now=work.now)
    if found.behaviour not in BY_TRIES:
        raise NotByTries(behaviour=found.behaviour)
    before = [t for t in found.tries if t.question_id == command.question]
    most = 1 if found.behaviour == "immediate" else len(item.points_list)
    if len(before) >= most or any(t.correct for t in before):
        raise NoTriesLeft(tries=len(before))
    question = next(q for q in found.questions if q.id == item.question_version_id)
    refuse_unless_an_answer(
        question.interaction,
        command.value,
        files=found.files.get(command.question, ()),
        pointer="/value",
    )
    made = await judged_try(
        work,
        item,
        question,
        value=command.value,
        number=len(before) + 1,
        certainty=command.certainty,
        seconds=command.seconds,
        hints=found.hints,
    )
    # Two windows that try at one moment meet at responses_try_once: the second looks again.
    work.write(TOUCH, command.attempt, "in_progress", who.session)
    keep_tries(work, found, [made], last=False)
    about = (command.attempt, who.institution, "tried", command.question)
    work.write(HAPPENED, *about, "{}", work.now)
    shows = frozenset(found.during)
    score = made.score
    judged = not score.needs_reading
    said = score.feedback
    if judged:
        said = question.comments.after(said, correct=score.correct)
    return Tried(
        question_id=command.question,
        tries=made.number,
        tries_left=0 if score.correct else most - made.number,
        judged=judged,
        correct=score.correct if judged and "correctness" in shows else None,
        fraction=float(score.fraction) if judged and "points" in shows else None,
        feedback=said if "feedback" in shows else (),
    )
