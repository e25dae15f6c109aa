"""Tests of a file in a course, as drafts; in the name of somebody who may write tests there."""

import hashlib
from collections.abc import Mapping
from typing import Literal, Protocol, TypeVar

import msgspec

from eduflow.interchange.reading import Test
from eduflow.kernel.auth.identity import Access
from eduflow.kernel.commands import Command, Receipt
from eduflow.kernel.problems import PreconditionFailed, Problem
from eduflow.services.assessment.arranging import Arranged, Asked, Unarranged, arranged
from eduflow.services.assessment.authoring_problems import (
    FormUnfit,
    NoSuchQuestion,
    QuestionRetired,
)
from eduflow.services.assessment.commands.create_assessment import CreateAssessment
from eduflow.services.assessment.commands.find_forms import FindForms, FoundForm, FoundForms
from eduflow.services.assessment.commands.freeze_form import FreezeForm
from eduflow.services.assessment.commands.set_policy import SetPolicy
from eduflow.services.assessment.ids import AssessmentId, CourseId

_TRIES = 5
_TOLD = 5
T = TypeVar("T")


class Executes(Protocol):
    """Who carries out commands: those of a service, or of a request to it."""

    async def execute(
        self, command: Command[T], *, access: Access, key: str | None = None
    ) -> Receipt[T]:
        """Once, with a key; see `Commands`."""
        ...


class DraftOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a test; `lost` is what did not come along."""

    is_: Literal["new", "known", "refused"]
    assessment: AssessmentId | None = None
    lost: tuple[str, ...] = ()
    why: str = ""


class DraftImport:
    """Known is a test by its title and what it asks: the same file makes no second draft of it.

    The form is frozen last. A draft that asks nothing, left by an import that ended before that,
    is taken up again.
    """

    def __init__(self, commands: Executes, access: Access, *, course: CourseId) -> None:
        self._commands = commands
        self._identity = access.identity
        self._course = course

    async def take(self, test: Test, known: Mapping[str, Asked]) -> DraftOutcome:
        """Raises what stands against the person or the database; what is wrong with it is told."""
        try:
            plan = arranged(test, known)
        except Unarranged as wrong:
            return DraftOutcome(is_="refused", why=str(wrong))
        for attempt in range(_TRIES):
            found = await self._do(
                FindForms(course=self._course, title=plan.title), "course", self._course
            )
            if same := next((one for one in found.tests if _is(one, plan)), None):
                return DraftOutcome(is_="known", assessment=same.id, lost=plan.lost)
            try:
                made = await self._made(plan, found)
            except PreconditionFailed:
                # Somebody who imports the same at the same moment was faster.
                if attempt == _TRIES - 1:
                    raise
            except (FormUnfit, NoSuchQuestion, QuestionRetired) as problem:
                return DraftOutcome(is_="refused", why=_said(problem))
            else:
                return DraftOutcome(is_="new", assessment=made, lost=plan.lost)
        raise AssertionError

    async def _made(self, plan: Arranged, found: FoundForms) -> AssessmentId:
        who = None if self._identity is None else self._identity.user
        empty = (one for one in found.tests if not one.sections and one.state == "draft")
        begun = next((one for one in empty if one.created_by == who), None)
        if begun is None:
            command = CreateAssessment(course=self._course, title=plan.title, kind="quiz")
            created = await self._do(command, "course", self._course, key=self._key(plan, found))
            id_, version, policy = created.id, created.version, 1
        else:
            id_, version, policy = begun.id, begun.version, begun.policy_version
        given = plan.given
        if not given.usual:
            await self._do(
                SetPolicy(
                    assessment=id_,
                    expected=policy,
                    opens_at=None,
                    closes_at=None,
                    time_limit=given.time_limit,
                    grace=60,
                    attempts=None,
                    overdue="submit",
                    behaviour=given.behaviour,
                    attempt_counts="highest",
                    late_penalty=0,
                    reading="models",
                    release="when_final",
                    review=given.review,
                ),
                "assessment",
                id_,
            )
        form = FreezeForm(
            assessment=id_,
            expected=version,
            instructions=plan.instructions,
            sections=plan.sections,
        )
        await self._do(form, "assessment", id_)
        return id_

    def _key(self, plan: Arranged, found: FoundForms) -> str:
        """Equal for those who import the same having seen the same, so that they make one test."""
        seen = sorted(str(one) for one in (*(test.id for test in found.tests), *found.past))
        named = msgspec.json.encode((self._course, plan.title, plan.sections, seen))
        return f"import-test-{hashlib.sha256(named).hexdigest()}"

    async def _do(
        self, command: Command[T], kind: str, target: CourseId | AssessmentId, **how: str
    ) -> T:
        access = Access(self._identity, "assessment:write", kind, target)
        key = how.get("key")
        return (await self._commands.execute(command, access=access, key=key)).result


def _is(found: FoundForm, plan: Arranged) -> bool:
    return (found.instructions, found.sections) == (plan.instructions, plan.sections)


def _said(problem: Problem) -> str:
    errors = problem.facts.get("errors", ())
    questions = ", ".join(problem.facts.get("questions", ())[:_TOLD])
    told = (f"{one['pointer']}: {one['message']}" for one in errors[:_TOLD])
    return "; ".join(filter(None, (problem.title, questions, *told)))
