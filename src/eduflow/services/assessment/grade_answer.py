"""The job in which models read one answer: what they say is kept call by call, and asked once.

The network is asked outside of any transaction. Every call is written before its answer is used,
in one statement with the sample that it brought: whoever takes over from a worker that died asks
for the rest only. What the samples come to is a command, refused to whoever has lost the job.
"""

import asyncio
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from eduflow.kernel.auth.identity import as_system
from eduflow.kernel.ids import InstitutionId
from eduflow.kernel.jobs import Done, Fenced, Held, Outcome, Retry
from eduflow.kernel.llm.asking import Request
from eduflow.kernel.llm.errors import BudgetExhausted, LedgerAway, NoModelAnswered
from eduflow.kernel.runtime import Runtime
from eduflow.scoring.variants import fill_text
from eduflow.services.assessment.ai_calls import recorder, settler
from eduflow.services.assessment.commands.judged_rows import CRITERIA
from eduflow.services.assessment.commands.record_ai_grading import (
    JUDGEMENTS,
    MODELS,
    Model,
    RecordAiGrading,
)
from eduflow.services.assessment.reading.asking import (
    LONGEST_ANSWER,
    PROMPT,
    Criterion,
    Ruling,
    Task,
    closing_of,
    data_of,
    instructions_of,
    shape_of,
)
from eduflow.services.assessment.reading.control import control_words
from eduflow.services.assessment.reading.judging import (
    EVIDENCE,
    SAMPLES,
    Judged,
    Said,
    said_of,
    verdict_of,
)
from eduflow.services.assessment.reading.view import View, evidence, view_of

_SERVICE = "assessment"
_PATIENCE = 40
"""Tries after which a person reads what no model has: some hours of a ledger that is away."""
_NEVER_ENDED = 45
"""Tries after which nobody tries any more: a fault of ours, or an answer that ends the worker."""
_SHORT_PATIENCE = 6
_TOKENS_A_LINE, _MOST_TOKENS = 220, 4_000


class _Sample(msgspec.Struct, kw_only=True):
    sample: int
    judged: list[Judged]


class _Found(msgspec.Struct, kw_only=True):
    institution_id: UUID
    course_id: UUID
    value: Any
    title: str
    body: str
    values: dict[str, str] | None
    guidelines: str
    criteria: tuple[Criterion, ...]
    rulings: tuple[Ruling, ...]
    names: list[str]
    is_judged: bool

    @property
    def task(self) -> Task:
        return Task(
            title=self.title,
            body=fill_text(self.body, self.values or {}),
            guidelines=self.guidelines,
            criteria=self.criteria,
            rulings=self.rulings,
        )


_LOOK = (
    "SELECT row_to_json(q)::text FROM (SELECT y.institution_id, y.course_id, x.value, v.title,"
    " v.body, (SELECT i -> 'values' FROM jsonb_array_elements(t.items) AS i"
    " WHERE i ->> 'question_version_id' = v.id::text LIMIT 1) AS values, b.guidelines,"
    f" {CRITERIA.format(rubric='b.id')}, coalesce((SELECT json_agg(json_build_object('question',"
    " p.question, 'ruling', p.ruling) ORDER BY p.ruled_at) FROM rubric_precedents AS p"
    " WHERE p.rubric_version_id = b.id AND p.ruling IS NOT NULL), '[]') AS rulings,"
    " coalesce((SELECT json_build_array(n.display_name, n.sortable_name) FROM people AS n"
    f" WHERE n.user_id = t.user_id), '[]') AS names,"
    " EXISTS (SELECT FROM human_reviews AS h WHERE h.response_id = x.id AND"
    " h.rubric_version_id = b.id) AS is_judged"
    " FROM ai_grading_jobs AS y JOIN responses AS x ON x.id = y.response_id"
    " JOIN attempts AS t ON t.id = x.attempt_id"
    " JOIN question_versions AS v ON v.id = x.question_version_id"
    " JOIN scoring_rubric_versions AS b ON b.id = y.rubric_version_id"
    " WHERE y.id = $1 AND y.state = 'waiting') AS q"
)
_KEPT = (
    "SELECT row_to_json(q)::text FROM (SELECT y.state <> 'waiting'"
    " OR is_answer_of_an_erased_person(y.response_id) AS unwanted,"
    f" y.claimed_control, {JUDGEMENTS}, {MODELS} FROM ai_grading_jobs AS y"
    " WHERE y.id = $1 AND EXISTS (SELECT FROM jobs AS b WHERE b.id = $2 AND b.fence = $3"
    " AND b.state = 'running')) AS q"
)


async def grade_answer(held: Held, runtime: Runtime) -> Outcome:
    """Ask what is still to be asked, and let the command decide."""
    job = UUID(held.arguments["job_id"])
    pool = runtime.databases[_SERVICE].primary
    row = await pool.fetchval(_LOOK, job)
    if row is None:
        return Done()
    found = msgspec.json.decode(row, type=_Found, strict=False)
    end = RecordAiGrading(held=held, job=job)
    if failure := _why_not(found, held):
        return await _record(runtime, msgspec.structs.replace(end, failure=failure), found)
    # What looks for orders in a long answer takes a moment, and others wait for this loop.
    view = await asyncio.to_thread(view_of, found.value, names=found.names)
    end = msgspec.structs.replace(end, flags=view.flags)
    try:
        if view.text.strip():
            await _ask_all(runtime, found, held, view=view)
    except LedgerAway:
        if held.attempts < _PATIENCE:
            return Retry(_pause(held), "the ledger of what models cost is away")
        end = msgspec.structs.replace(end, failure="the ledger stayed away")
    except BudgetExhausted:
        end = msgspec.structs.replace(end, failure="budget")
    except NoModelAnswered as fault:
        if fault.can_wait and held.attempts < _SHORT_PATIENCE:
            return Retry(_pause(held), fault.code)
        end = msgspec.structs.replace(end, failure=fault.code)
    return await _record(runtime, end, found)


async def _record(runtime: Runtime, end: RecordAiGrading, found: _Found) -> Outcome:
    access = as_system(InstitutionId(found.institution_id))
    await runtime.commands[_SERVICE].execute(end, access=access)
    return Done()


def _why_not(found: _Found, held: Held) -> str | None:
    """Why no model is asked."""
    if found.is_judged:
        # Nothing that a model says now would count, nor tell how well it agrees.
        return "judged"
    if held.attempts > _NEVER_ENDED:
        return "never_ended"
    can_be_read = isinstance(found.value, str) and len(found.value) <= LONGEST_ANSWER
    return None if can_be_read else "to_be_read"


def _pause(held: Held) -> timedelta:
    return timedelta(seconds=min(600, 5 * 2 ** min(held.attempts, 8)))


class _Kept(msgspec.Struct):
    unwanted: bool
    """Whoever answered was forgotten, or nobody asks any more: the next call is for nothing."""
    claimed_control: bool
    samples: list[_Sample]
    models: list[Model]


async def _kept(runtime: Runtime, held: Held) -> _Kept:
    """What was said so far; raises Fenced: whoever has lost the job spends nothing on it."""
    about = (UUID(held.arguments["job_id"]), held.id, held.fence)
    row = await runtime.databases[_SERVICE].primary.fetchval(_KEPT, *about)
    if row is None:
        raise Fenced
    return msgspec.json.decode(row, type=_Kept, strict=False)


async def _ask_all(runtime: Runtime, found: _Found, held: Held, *, view: View) -> None:
    kept = await _kept(runtime, held)
    for number in range(1, SAMPLES + 1):
        if number not in {one.sample for one in kept.samples} and not kept.unwanted:
            await _ask(runtime, found, held, view=view, sample=number, text=view.text)
            kept = await _kept(runtime, held)
    samples = [one.judged for one in kept.samples]
    if kept.unwanted or len(samples) > SAMPLES:
        return
    flagged = bool(view.flags) or kept.claimed_control
    if verdict_of(found.criteria, samples, flagged=flagged).reason is not None:
        return
    models = kept.models
    if len(models) == 1 and models[0].gate is not None and models[0].gate.is_open:
        await _ask(runtime, found, held, view=view, sample=EVIDENCE, text=_cited(view, samples))


def _cited(view: View, samples: Sequence[Sequence[Judged]]) -> str:
    places = {start: n for n, start in reversed(list(enumerate(view.shown.starts)))}
    spans = []
    for one in (one for sample in samples for one in sample):
        if one.span is not None:
            first = places[one.span[0]]
            spans.append((first, first + max(1, len(one.quote))))
    return evidence(view, spans)


async def _ask(
    runtime: Runtime, found: _Found, held: Held, *, view: View, sample: int, text: str
) -> None:
    mark = secrets.token_hex(8)
    job = UUID(held.arguments["job_id"])
    task = found.task
    pool = runtime.databases[_SERVICE].primary
    request: Request[Any] = Request(
        purpose="grading",
        prompt=PROMPT,
        instructions=instructions_of(task, control=control_words(task.words, text=view.text)),
        closing=closing_of(mark),
        is_shared=True,
        data=data_of(text, mark=mark),
        answer=shape_of(task),
        institution=InstitutionId(found.institution_id),
        user=None,
        course=found.course_id,
        max_tokens=min(_MOST_TOKENS, 100 + _TOKENS_A_LINE * task.control),
        sample=sample,
    )

    def judge(reply: Any) -> Said:
        return said_of(reply, task, shown=view.shown, answer=found.value)

    await runtime.resources[_SERVICE].models.ask(
        request,
        record=recorder(pool, job=job, sample=sample, judge=judge),
        settled=settler(pool),
    )
