"""Sit a test."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec

from eduflow.contracts.assessment import AttemptStarted
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.kernel.problems import NotFound
from eduflow.scoring.interactions import Interaction
from eduflow.scoring.items import Parameter
from eduflow.scoring.keys import Key
from eduflow.scoring.solutions import right_answer
from eduflow.scoring.variants import draw
from eduflow.services.assessment.asking import (
    Asked,
    FormSection,
    drawn_seed,
    laid_out,
)
from eduflow.services.assessment.ids import AssessmentId, AttemptId
from eduflow.services.assessment.model.timing import (
    Policy,
    Terms,
    deadline_of,
)
from eduflow.services.assessment.sitting_problems import (
    Closed,
    NoAttemptsLeft,
    NotOpen,
    NotPublished,
)
from eduflow.services.assessment.views import Attempt


class StartAttempt(Command[Attempt], frozen=True, kw_only=True):
    """The caller's next attempt; the one in progress, where there is one."""

    assessment: AssessmentId


class _Drawn(msgspec.Struct):
    question_version_id: UUID
    parameters: tuple[tuple[str, Parameter], ...]
    """In the order in which they are drawn, which an object in jsonb would not keep."""
    conditions: tuple[str, ...]
    interaction: Interaction
    key: Key


class _Earlier(msgspec.Struct):
    id: AttemptId
    number: int
    state: str
    behaviour: str
    started_at: datetime
    deadline_at: datetime | None
    grace_until: datetime | None
    version: int


class _Found(msgspec.Struct):
    course_id: UUID
    state: str
    scoring_number: int
    form_id: UUID | None
    policy: Policy
    terms: Terms
    sections: list[FormSection]
    drawn: list[_Drawn]
    last: _Earlier | None


_LOOK = (
    "SELECT a.course_id, a.state, a.scoring_number, f.id AS form_id, to_json(p) AS policy,"
    " (SELECT to_json(d) FROM delivery_for(a.id, $2) AS d) AS terms,"
    " coalesce((SELECT json_agg(json_build_object('id', s.id, 'pick_n', s.pick_n, 'shuffle',"
    " s.shuffle, 'items', (SELECT json_agg(json_build_object('question_id', i.question_id,"
    " 'question_version_id', i.question_version_id, 'points_list', i.points_list, 'parameters',"
    " v.parameters <> '[]') ORDER BY i.position) FROM section_items AS i JOIN question_versions"
    " AS v ON v.id = i.question_version_id WHERE i.section_id = s.id)) ORDER BY s.position)"
    " FROM assessment_sections AS s WHERE s.assessment_version_id = f.id), '[]') AS sections,"
    " coalesce((SELECT json_agg(json_build_object('question_version_id', v.id, 'parameters',"
    " v.parameters, 'conditions', v.conditions, 'interaction', v.interaction, 'key', k.key))"
    " FROM assessment_sections AS s JOIN section_items AS i ON i.section_id = s.id"
    " JOIN question_versions AS v ON v.id = i.question_version_id"
    " JOIN answer_keys AS k ON k.question_version_id = v.id"
    " AND k.number = (n.key_set ->> v.id::text)::integer"
    " WHERE s.assessment_version_id = f.id AND v.parameters <> '[]'), '[]') AS drawn,"
    " (SELECT to_json(t) FROM (SELECT t.id, t.number, t.state,"
    " t.behaviour, t.started_at, t.deadline_at, t.grace_until, t.version FROM attempts AS t"
    " WHERE t.assessment_id = a.id AND t.user_id = $2 ORDER BY t.number DESC LIMIT 1) AS t) AS last"
    " FROM assessments AS a JOIN delivery_policies AS p ON p.assessment_id = a.id"
    " LEFT JOIN assessment_versions AS f ON f.assessment_id = a.id AND f.number = a.current_number"
    " LEFT JOIN scoring_versions AS n ON n.assessment_id = a.id AND n.number = a.scoring_number"
    " WHERE a.id = $1"
)
# Two windows that begin at one moment meet at attempts_one_in_progress: the second looks again.
_START = (
    "INSERT INTO attempts (id, institution_id, course_id, assessment_id, assessment_version_id,"
    " user_id, number, behaviour, seed, items, session_id, started_at, deadline_at, grace_until,"
    " points, scoring_number)"
    " SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10::text::jsonb, $11, $12, $13, $14, $15, $16"
    " WHERE {allowed} ON CONFLICT DO NOTHING"
)
_VARIANTS = (
    "INSERT INTO variants (id, institution_id, question_version_id, seed, params, true_answer)"
    " SELECT u.id, $1, u.version, $2, u.params::jsonb, u.answer::jsonb FROM unnest($3::uuid[],"
    " $4::uuid[], $5::text[], $6::text[]) AS u(id, version, params, answer) WHERE {allowed}"
)
HAPPENED = (
    "INSERT INTO attempt_events (attempt_id, institution_id, kind, question_id, payload, at)"
    " SELECT $1, $2, $3, $4::uuid, $5::text::jsonb, $6 WHERE {allowed}"
)


async def start_attempt(command: StartAttempt, work: UnitOfWork) -> Attempt:
    who = work.identity
    found = await work.look_one(_LOOK, command.assessment, who.user, into=_Found)
    if found is None:
        raise NotFound(kind="assessment")
    if found.last is not None and found.last.state == "in_progress":
        return _shown(command, found.last, user=who.user)
    terms = found.terms
    _refuse_unless_open(found, terms, now=work.now)
    attempt = AttemptId(new_id())
    seed = drawn_seed()
    asked = _asked(found, seed=seed)
    deadline = deadline_of(terms, started_at=work.now)
    begun = _Earlier(
        id=attempt,
        number=found.last.number + 1 if found.last else 1,
        state="in_progress",
        behaviour=found.policy.behaviour,
        started_at=work.now,
        deadline_at=deadline,
        grace_until=None if deadline is None else deadline + timedelta(seconds=found.policy.grace),
        version=1,
    )
    place = (found.course_id, command.assessment, found.form_id, who.user)
    times = (work.now, deadline, begun.grace_until)
    work.write(
        _START,
        attempt,
        who.institution,
        *place,
        begun.number,
        begun.behaviour,
        seed,
        msgspec.json.encode(asked).decode(),
        who.session,
        *times,
        sum((one.points for one in asked), Decimal(0)),
        found.scoring_number,
    )
    _keep_variants(asked, found, seed=seed, work=work)
    work.write(HAPPENED, attempt, who.institution, "started", None, "{}", work.now)
    work.record(
        AttemptStarted(
            institution_id=who.institution,
            attempt_id=attempt,
            assessment_id=command.assessment,
            course_id=found.course_id,
            user_id=who.user,
            number=begun.number,
            started_at=work.now,
            deadline_at=deadline,
        )
    )
    return _shown(command, begun, user=who.user)


def _refuse_unless_open(found: _Found, terms: Terms, *, now: datetime) -> None:
    if found.state != "published" or found.form_id is None:
        raise NotPublished
    if terms.opens_at is not None and now < terms.opens_at:
        raise NotOpen(opens_at=terms.opens_at)
    if terms.closes_at is not None and now >= terms.closes_at:
        raise Closed(closes_at=terms.closes_at)
    used = found.last.number if found.last else 0
    if terms.attempts is not None and used >= terms.attempts:
        raise NoAttemptsLeft(attempts=terms.attempts)


def _asked(found: _Found, *, seed: int) -> list[Asked]:
    """What this attempt asks, its variants drawn."""
    drawn = {d.question_version_id: d for d in found.drawn}
    asked = []
    for section, item in laid_out(found.sections, seed=seed):
        one = Asked(
            question_id=item.question_id,
            question_version_id=item.question_version_id,
            section_id=section.id,
            points_list=item.points_list,
        )
        if item.parameters:
            of = drawn[item.question_version_id]
            chance = f"{seed} {item.question_version_id}"
            values = draw(dict(of.parameters), of.conditions, seed=chance)
            one = msgspec.structs.replace(one, variant_id=new_id(), values=values)
        asked.append(one)
    return asked


def _keep_variants(asked: list[Asked], found: _Found, *, seed: int, work: UnitOfWork) -> None:
    drawn = {d.question_version_id: d for d in found.drawn}
    varied = [one for one in asked if one.variant_id is not None]
    if not varied:
        return
    answers = []
    for one in varied:
        of = drawn[one.question_version_id]
        answers.append(right_answer(of.interaction, of.key, values=one.values))
    work.write(
        _VARIANTS,
        work.identity.institution,
        seed,
        [one.variant_id for one in varied],
        [one.question_version_id for one in varied],
        [msgspec.json.encode(one.values).decode() for one in varied],
        [msgspec.json.encode(answer).decode() for answer in answers],
        changes=len(varied),
    )


def _shown(command: StartAttempt, begun: _Earlier, *, user: UUID) -> Attempt:
    return Attempt(
        id=begun.id,
        assessment_id=command.assessment,
        user_id=user,
        number=begun.number,
        state=begun.state,
        behaviour=begun.behaviour,
        started_at=begun.started_at,
        deadline_at=begun.deadline_at,
        grace_until=begun.grace_until,
        submitted_at=None,
        late=False,
        version=begun.version,
    )
