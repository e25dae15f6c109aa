"""Makes a course: its sections and seats, its lessons and how far people are in them."""

from uuid import UUID

import msgspec

from eduflow.kernel.ids import UserId
from eduflow.services.api_core.commands.add_lesson import AddLesson
from eduflow.services.api_core.commands.add_module import AddModule
from eduflow.services.api_core.commands.add_section import AddSection
from eduflow.services.api_core.commands.create_course import CreateCourse
from eduflow.services.api_core.commands.enroll_learner import EnrollLearner
from eduflow.services.api_core.commands.record_progress import RecordProgress
from eduflow.services.api_core.demo.assessing import assess
from eduflow.services.api_core.demo.script import Chapter, Script, Steps, Subject
from eduflow.services.api_core.demo.talking import talk
from eduflow.services.api_core.ids import CourseId, LessonId, ModuleId, SectionId, TermId
from eduflow.story.hands import Hands, side_by_side


class _Seat(msgspec.Struct, frozen=True):
    user_id: UserId
    role: str


class _Done(msgspec.Struct):
    user_id: UserId
    lesson_id: UUID
    kind: str


COURSES = "SELECT id, code AS name FROM courses WHERE institution_id = $1 AND state <> 'deleted'"
_SECTIONS = "SELECT id, name FROM course_sections WHERE course_id = $1 AND NOT is_default"
_SEATS = "SELECT user_id, role FROM enrollments WHERE course_id = $1"
_MODULES = "SELECT id, title AS name FROM course_modules WHERE course_id = $1"
_LESSONS = "SELECT id, title AS name FROM lessons WHERE course_id = $1"
_DONE = "SELECT user_id, lesson_id, kind FROM lesson_progress_events WHERE course_id = $1"
_PACE = 4
"""Days from one completed lesson to the next."""


async def make_course(hands: Hands, subject: Subject, *, script: Script, term: TermId) -> None:
    """What is missing of it, down to the last reaction in its forums."""
    registrar = script.institution.administrator.key
    course = (await hands.named(COURSES, hands.institution)).get(subject.code)
    if course is None:
        command = CreateCourse(
            code=subject.code,
            title=subject.title,
            description=subject.description,
            tier=subject.tier,
            term_id=term,
            starts_on=hands.calendar.at(script.institution.term.starts),
            ends_on=hands.calendar.at(script.institution.term.ends),
            state="published",
        )
        course = await hands.do(command, at=subject.opens, by=registrar)
    course_id = CourseId(course)
    sections = await _sections(hands, subject, course_id, registrar)
    await _seats(hands, subject, course_id, sections, registrar)
    await side_by_side(
        _study(hands, subject, course_id),
        assess(hands, subject, course_id, sections),
        talk(hands, subject, course_id),
    )


async def _sections(
    hands: Hands, subject: Subject, course: CourseId, registrar: str
) -> dict[str, SectionId]:
    there = await hands.named(_SECTIONS, course)
    sections = {name: SectionId(section) for name, section in there.items()}
    for wanted in subject.sections:
        if wanted.name not in sections:
            command = AddSection(
                course=course, name=wanted.name, sis_id=None, starts_on=None, ends_on=None
            )
            sections[wanted.name] = (await hands.do(command, at=subject.opens, by=registrar)).id
    return sections


async def _seats(
    hands: Hands,
    subject: Subject,
    course: CourseId,
    sections: dict[str, SectionId],
    registrar: str,
) -> None:
    taken = set(await hands.rows(_SEATS, course, into=_Seat))

    async def seat(person: str, role: str, section: SectionId | None) -> None:
        user = hands.people[person]
        if _Seat(user, role) not in taken:
            command = EnrollLearner(course=course, user=user, role=role, section=section)
            await hands.do(command, at=subject.opens, by=registrar)

    await side_by_side(
        seat(subject.teacher, "teacher", None),
        *(seat(person, "ta", None) for person in subject.assistants),
        *(seat(p, "student", sections[s.name]) for s in subject.sections for p in s.students),
    )


async def _study(hands: Hands, subject: Subject, course: CourseId) -> None:
    lessons = await _outline(hands, subject, course)
    rows = await hands.rows(_DONE, course, into=_Done)
    done = {(row.user_id, row.lesson_id, row.kind) for row in rows}
    titles = list(lessons)

    async def learn(person: str, steps: Steps) -> None:
        user = hands.people[person]
        for number, title in enumerate(titles[: steps.done], 1):
            at = hands.calendar.before(steps.last, days=_PACE * (steps.done - number))
            if (user, lessons[title], "completed") not in done:
                command = RecordProgress(lesson=lessons[title], kind="completed")
                await hands.do(command, at=at, by=person)
        for title in steps.reopened:
            if (user, lessons[title], "reopened") not in done:
                again = RecordProgress(lesson=lessons[title], kind="reopened")
                await hands.do(again, at=steps.last, by=person)

    await side_by_side(*(learn(person, steps) for person, steps in subject.progress.items()))


async def _outline(hands: Hands, subject: Subject, course: CourseId) -> dict[str, LessonId]:
    """Every lesson of the course, in order. One by one: each counts a version of the course."""
    modules = await hands.named(_MODULES, course)
    there = await hands.named(_LESSONS, course)
    lessons: dict[str, LessonId] = {}
    for place, chapter in enumerate(subject.modules, 1):
        module = modules.get(chapter.title)
        if module is None:
            add = AddModule(course=course, title=chapter.title, position=place, unlock_at=None)
            module = (await hands.do(add, at=subject.opens, by=subject.teacher)).id
        lessons |= await _lessons(hands, subject, chapter, ModuleId(module), there)
    return lessons


async def _lessons(
    hands: Hands, subject: Subject, chapter: Chapter, module: ModuleId, there: dict[str, UUID]
) -> dict[str, LessonId]:
    lessons = {}
    for place, text in enumerate(chapter.lessons, 1):
        lesson = there.get(text.title)
        if lesson is None:
            command = AddLesson(
                module=module,
                title=text.title,
                body=text.body.strip(),
                position=place,
                content_item_id=None,
                content_version=None,
            )
            lesson = (await hands.do(command, at=subject.opens, by=subject.teacher)).id
        lessons[text.title] = LessonId(lesson)
    return lessons
