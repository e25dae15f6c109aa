"""Show the next hint of a question."""

from datetime import datetime

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.scoring.items import Hint
from eduflow.scoring.variants import fill_text
from eduflow.services.assessment.asking import Asked
from eduflow.services.assessment.commands.save_draft import TOUCH, refuse_unless_running
from eduflow.services.assessment.commands.start_attempt import HAPPENED
from eduflow.services.assessment.commands.try_answer import BY_TRIES
from eduflow.services.assessment.ids import AttemptId, QuestionId
from eduflow.services.assessment.sitting_problems import NoHintsLeft, NotAsked, NotByTries
from eduflow.services.assessment.views import Hinted


class TakeHint(Command[Hinted], frozen=True, kw_only=True):
    """What a hint costs is taken from the tries after it."""

    attempt: AttemptId
    question: QuestionId


class _Found(msgspec.Struct):
    state: str
    behaviour: str
    version: int
    deadline_at: datetime | None
    grace_until: datetime | None
    asked: Asked | None
    hints: list[Hint] | None
    taken: int


_LOOK = (
    "SELECT t.state, t.behaviour, t.version, t.deadline_at, t.grace_until, q.item AS asked,"
    " (SELECT v.feedback -> 'hints' FROM question_versions AS v"
    " WHERE v.id = (q.item ->> 'question_version_id')::uuid) AS hints,"
    " (SELECT count(*) FROM attempt_events AS e WHERE e.attempt_id = t.id AND e.kind = 'hinted'"
    " AND e.question_id = $2) AS taken"
    " FROM attempts AS t LEFT JOIN LATERAL (SELECT i.item FROM jsonb_array_elements(t.items)"
    " AS i(item) WHERE (i.item ->> 'question_id')::uuid = $2) AS q ON true WHERE t.id = $1"
)
# Two windows that ask at one moment are shown one hint each, in turn.
_TOUCH = TOUCH.replace("AND {allowed}", "AND version = $4 AND {allowed}")


async def take_hint(command: TakeHint, work: UnitOfWork) -> Hinted:
    who = work.identity
    found = await work.look_one(_LOOK, command.attempt, command.question, into=_Found)
    if found is None:
        raise NotFound(kind="attempt")
    if found.asked is None:
        raise NotAsked(question_id=command.question)
    refuse_unless_running(found.state, found.grace_until, found.deadline_at, now=work.now)
    if found.behaviour not in BY_TRIES:
        raise NotByTries(behaviour=found.behaviour)
    hints = found.hints or []
    if found.taken >= len(hints):
        raise NoHintsLeft(hints=len(hints))
    hint = hints[found.taken]
    work.write(_TOUCH, command.attempt, "in_progress", who.session, found.version)
    about = (command.attempt, who.institution, "hinted", command.question)
    work.write(HAPPENED, *about, "{}", work.now)
    return Hinted(
        question_id=command.question,
        text=fill_text(hint.text, found.asked.values),
        cost=float(hint.cost),
        hints_left=len(hints) - found.taken - 1,
    )
