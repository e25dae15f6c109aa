"""Reads the schools of `data/`, and refuses a file that says what cannot be made of it."""

from collections.abc import Iterable, Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TypeVar

import msgspec

from eduflow.services.api_core.demo.script import (
    ForumText,
    Given,
    Institution,
    Script,
    Subject,
    Task,
    ThreadText,
)

T = TypeVar("T")
_SCHOOL = "institution.toml"


class ScriptRefused(ValueError):  # noqa: N818 (it says what happened, as problems do)
    """A file of the demo schools cannot be used: which, where in it, and why."""

    def __init__(self, file: str, fault: str) -> None:
        super().__init__(f"{file}: {fault}")


def written() -> list[Script]:
    """All schools, by the names of their folders."""
    return read_schools(files(__package__).joinpath("data"))


def read_schools(data: Traversable) -> list[Script]:
    """The schools of a folder; raises ScriptRefused."""
    folders = sorted((f for f in data.iterdir() if f.is_dir()), key=lambda f: f.name)
    return [_school(folder) for folder in folders]


def _school(folder: Traversable) -> Script:
    school = _read(folder.joinpath(_SCHOOL), Institution, name=f"{folder.name}/{_SCHOOL}")
    courses = []
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml") and file.name != _SCHOOL:
            name = f"{folder.name}/{file.name}"
            subject = _read(file, Subject, name=name)
            for fault in _faults(subject, school):
                raise ScriptRefused(name, fault)
            courses.append(subject)
    return Script(school, tuple(courses))


def _read(file: Traversable, shape: type[T], *, name: str) -> T:
    try:
        return msgspec.toml.decode(file.read_bytes(), type=shape)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as fault:
        raise ScriptRefused(name, str(fault)) from fault


def _faults(subject: Subject, school: Institution) -> Iterator[str]:
    """What msgspec cannot know: that whoever and whatever is named exists."""
    students = set(subject.students)
    teachers = {subject.teacher, *subject.assistants}
    yield from _unknown(students, {s.key for s in school.students}, "$.sections")
    yield from _unknown(teachers, {t.key for t in school.teachers}, "$.teacher")
    yield from _unknown(subject.progress, students, "$.progress")
    lessons = [lesson.title for module in subject.modules for lesson in module.lessons]
    for name, steps in subject.progress.items():
        yield from _unknown(steps.reopened, lessons[: steps.done], f"$.progress.{name}.reopened")
        if steps.done > len(lessons):
            yield f"there are only {len(lessons)} lessons - at `$.progress.{name}.done`"
    for number, task in enumerate(subject.assignments):
        where = f"$.assignments[{number}]"
        yield from _faults_of_task(task, subject, where=where, teachers=teachers)
    for number, forum in enumerate(subject.forums):
        yield from _faults_of_forum(forum, students | teachers, where=f"$.forums[{number}]")


def _faults_of_task(
    task: Task, subject: Subject, *, where: str, teachers: set[str]
) -> Iterator[str]:
    students = set(subject.students)
    yield from _unknown([task.group], [g.name for g in subject.groups], f"{where}.group")
    yield from _unknown([*task.scores, *task.excused], students, f"{where}.scores")
    yield from _unknown([work.student for work in task.work], students, f"{where}.work")
    for other in task.other_dates:
        names = students | {section.name for section in subject.sections}
        yield from _unknown([other.student or other.section or ""], names, f"{where}.other_dates")
    if (task.scores or task.excused) and task.scored_at is None:
        yield f"scores need a `scored_at` - at `{where}`"
    rubrics = {rubric.title: rubric.criteria for rubric in subject.rubrics}
    if task.rubric is not None:
        yield from _unknown([task.rubric], rubrics, f"{where}.rubric")
    criteria = rubrics.get(task.rubric or "", ())
    for number, work in enumerate(task.work):
        for given in work.grades:
            here = f"{where}.work[{number}].grades"
            yield from _unknown([given.by or subject.teacher], teachers, f"{here}.by")
            levels = [{level.label for level in criterion.levels} for criterion in criteria]
            yield from _faults_of_grade(given, levels, where=here)


def _faults_of_grade(given: Given, levels: list[set[str]], *, where: str) -> Iterator[str]:
    if given.score is None and len(given.marks) != len(levels):
        yield f"there must be a mark for each of {len(levels)} criteria - at `{where}`"
    for mark, labels in zip(given.marks, levels, strict=False):
        if isinstance(mark, str):
            yield from _unknown([mark], labels, f"{where}.marks")


def _faults_of_forum(forum: ForumText, people: set[str], *, where: str) -> Iterator[str]:
    yield from _unknown(forum.followers, people, f"{where}.followers")
    for number, thread in enumerate(forum.threads):
        here = f"{where}.threads[{number}]"
        voices = [thread.by, *thread.votes, *thread.read]
        for place, reply in enumerate(thread.replies):
            voices += [reply.by, *reply.votes]
            if (reply.to or 0) > place:
                yield f"it answers what comes later - at `{here}.replies[{place}].to`"
        yield from _unknown(voices, people, here)
        yield from _out_of_range(thread, where=here)


def _out_of_range(thread: ThreadText, *, where: str) -> Iterator[str]:
    if (thread.accepted or 0) > len(thread.replies):
        yield f"there is no such reply - at `{where}.accepted`"
    if max(thread.read.values(), default=0) > len(thread.replies) + 1:
        yield f"there are not so many posts - at `{where}.read`"


def _unknown(named: Iterable[str], known: Iterable[str], where: str) -> Iterator[str]:
    for name in sorted(set(named) - set(known)):
        yield f"there is no `{name}` - at `{where}`"
