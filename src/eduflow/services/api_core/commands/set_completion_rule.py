"""Say what completes a lesson."""

from decimal import Decimal

import msgspec

from eduflow.contracts.api_core_completion import CompletionRuleSet
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.kernel.web import refuse_unseen
from eduflow.services.api_core.completion_problems import RuleUnclear
from eduflow.services.api_core.ids import AssignmentId, CourseId, LessonId
from eduflow.services.api_core.model.exact import exact
from eduflow.services.api_core.views import CompletionRule

_OF_WORK = frozenset({"submitted", "scored"})


class SetCompletionRule(Command[CompletionRule], frozen=True, kw_only=True):
    """On the version that was seen, 0 for none. What learners did before is judged by it, too."""

    lesson: LessonId
    expected: int
    rule: str
    assignment_id: AssignmentId | None
    threshold: float | None


class _Lesson(msgspec.Struct):
    course_id: CourseId
    rule: str
    assignment_id: AssignmentId | None
    threshold: Decimal | None
    version: int


_LOOK = (
    "SELECT l.course_id, coalesce(r.rule, 'said') AS rule, r.assignment_id, r.threshold,"
    " coalesce(r.version, 0) AS version FROM lessons AS l"
    " LEFT JOIN completion_rules AS r ON r.lesson_id = l.id WHERE l.id = $1"
)
_FIRST = (
    "INSERT INTO completion_rules (lesson_id, institution_id, course_id, rule, assignment_id,"
    " threshold) SELECT $1, $2, $3, $4, $5, $6 WHERE {allowed} ON CONFLICT DO NOTHING"
)
_NEXT = (
    "UPDATE completion_rules SET rule = $3, assignment_id = $4, threshold = $5,"
    " version = version + 1 WHERE lesson_id = $1 AND version = $2 AND {allowed}"
)


async def set_completion_rule(command: SetCompletionRule, work: UnitOfWork) -> CompletionRule:
    lesson = await work.look_one(_LOOK, command.lesson, into=_Lesson)
    if lesson is None:
        raise NotFound(kind="lesson")
    refuse_unseen(command.expected, lesson.version)
    if (command.rule in _OF_WORK) != (command.assignment_id is not None):
        raise RuleUnclear(needs="assignment_id, for submitted and scored")
    if (command.rule == "scored") != (command.threshold is not None):
        raise RuleUnclear(needs="threshold, for scored")
    threshold = None if command.threshold is None else exact(command.threshold)
    wanted = (command.rule, command.assignment_id, threshold)
    version = lesson.version
    if wanted != (lesson.rule, lesson.assignment_id, lesson.threshold):
        institution = work.identity.institution
        if version == 0:
            work.write(_FIRST, command.lesson, institution, lesson.course_id, *wanted)
        else:
            work.write(_NEXT, command.lesson, version, *wanted)
        version += 1
        work.record(
            CompletionRuleSet(
                institution_id=institution,
                lesson_id=command.lesson,
                course_id=lesson.course_id,
                rule=command.rule,
                assignment_id=command.assignment_id,
                threshold=threshold,
            )
        )
    return CompletionRule(
        lesson_id=command.lesson,
        rule=command.rule,
        assignment_id=command.assignment_id,
        threshold=None if threshold is None else float(threshold),
        version=version,
    )
