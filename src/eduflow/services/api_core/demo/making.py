"""Makes what is missing of the demo school, by command."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from eduflow.kernel.auth.identity import Access, Identity, as_system
from eduflow.kernel.auth.passwords import Passwords
from eduflow.kernel.commands import Command, Commands
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import InstitutionId, UserId, new_id
from eduflow.kernel.positions import Position
from eduflow.services.api_core.commands.add_lesson import AddLesson
from eduflow.services.api_core.commands.add_module import AddModule
from eduflow.services.api_core.commands.add_person import AddPerson
from eduflow.services.api_core.commands.create_course import CreateCourse
from eduflow.services.api_core.commands.enroll_learner import EnrollLearner
from eduflow.services.api_core.commands.find_institution import FindInstitution
from eduflow.services.api_core.commands.found_institution import FoundInstitution
from eduflow.services.api_core.commands.give_password import GivePassword
from eduflow.services.api_core.commands.record_progress import RecordProgress
from eduflow.services.api_core.demo.script import Script, Somebody, Subject
from eduflow.services.api_core.ids import CourseId, LessonId, ModuleId

T = TypeVar("T")
Reads = Callable[[Access, Position], ReadSession]
"""A session for one read that is to see everything up to a position."""


class Login(msgspec.Struct, frozen=True):
    """How somebody of the demo school logs in, and who they are."""

    mail: str
    password: str
    who: str


class _Named(msgspec.Struct):
    id: UUID
    name: str


class _Seat(msgspec.Struct):
    course_id: UUID
    user_id: UUID


class _Step(msgspec.Struct):
    lesson_id: UUID
    user_id: UUID


_PEOPLE = "SELECT id, email AS name FROM users WHERE state <> 'deleted'"
_LOCKED_OUT = f"{_PEOPLE} AND NOT EXISTS (SELECT FROM credentials AS c WHERE c.user_id = users.id)"
_COURSES = "SELECT id, code AS name FROM courses WHERE state <> 'deleted'"
_MODULES = "SELECT id, title AS name FROM course_modules WHERE course_id = $1"
_LESSONS = "SELECT id, title AS name FROM lessons WHERE module_id = $1"
_SEATS = "SELECT course_id, user_id FROM enrollments"
_STEPS = "SELECT lesson_id, user_id FROM lesson_progress_events WHERE course_id = $1"


class DemoSchool:
    """One making. Every step looks first, so that a making that was stopped is gone on with."""

    def __init__(self, commands: Commands, reads: Reads, *, script: Script) -> None:
        self._commands = commands
        self._reads = reads
        self._script = script
        self._institution: InstitutionId
        self._position: Position
        self.made = 0
        """How many commands it took."""

    async def make(self, passwords: Passwords | None) -> list[Login]:
        """Make it; with `passwords` everybody can log in, and the answer says how."""
        await self._found()
        script = self._script
        teachers = [(c.teacher, f"teacher of {c.title}") for c in script.courses]
        everybody = [*teachers, *((s, "student") for s in script.students)]
        people = await self._people([person for person, _ in everybody])
        for number, subject in enumerate(script.courses):
            await self._course(subject, people, script.learners(number))
        if passwords is None:
            return []
        locked_out = await self._rows(_LOCKED_OUT, into=_Named)
        hashes = await asyncio.gather(*(passwords.hash(script.password) for _ in locked_out))
        for person, new_hash in zip(locked_out, hashes, strict=True):
            await self._do(GivePassword(user=UserId(person.id), new_hash=new_hash))
        known = [(script.administrator, "administrator"), *everybody]
        return [Login(person.mail, script.password, who) for person, who in known]

    async def _found(self) -> None:
        find = FindInstitution(slug=self._script.slug)
        found = await self._commands.execute(find, access=Access(None, "public"))
        self._position = found.position
        self._institution = found.result or InstitutionId(new_id())
        if found.result is None:
            first = self._script.administrator
            await self._do(
                FoundInstitution(
                    institution=self._institution,
                    administrator=UserId(new_id()),
                    slug=self._script.slug,
                    name=self._script.name,
                    email=first.mail,
                    display_name=first.name,
                )
            )

    async def _people(self, wanted: list[Somebody]) -> dict[str, UUID]:
        people = await self._named(_PEOPLE)
        for person in wanted:
            if person.mail not in people:
                command = AddPerson(
                    email=person.mail,
                    display_name=person.name,
                    sortable_name=None,
                    sis_id=None,
                    login_id=None,
                    tier=None,
                    locale="en",
                    time_zone="UTC",
                )
                people[person.mail] = (await self._do(command)).id
        return people

    async def _course(
        self, subject: Subject, people: dict[str, UUID], learners: list[Somebody]
    ) -> None:
        course = (await self._named(_COURSES)).get(subject.code)
        if course is None:
            command = CreateCourse(
                code=subject.code,
                title=subject.title,
                description=subject.description,
                tier=subject.tier,
                term_id=None,
                state="published",
            )
            course = await self._do(command)
        lessons = await self._outline(subject, CourseId(course))
        seats = {(s.course_id, s.user_id) for s in await self._rows(_SEATS, into=_Seat)}
        roles = [(subject.teacher, "teacher"), *((learner, "student") for learner in learners)]
        for person, role in roles:
            user = UserId(people[person.mail])
            if (course, user) not in seats:
                await self._do(
                    EnrollLearner(course=CourseId(course), user=user, role=role, section=None)
                )
        await self._progress(course, lessons, [UserId(people[s.mail]) for s in learners])

    async def _outline(self, subject: Subject, course: CourseId) -> list[LessonId]:
        """Every lesson of the course, in order."""
        modules = await self._named(_MODULES, course)
        lessons = []
        for chapter in subject.modules:
            module = modules.get(chapter.title)
            if module is None:
                add = AddModule(course=course, title=chapter.title, position=None, unlock_at=None)
                module = (await self._do(add)).id
            there = await self._named(_LESSONS, module)
            for text in chapter.lessons:
                lesson = there.get(text.title)
                if lesson is None:
                    command = AddLesson(
                        module=ModuleId(module),
                        title=text.title,
                        body=text.body.strip(),
                        position=None,
                        content_item_id=None,
                        content_version=None,
                    )
                    lesson = (await self._do(command)).id
                lessons.append(LessonId(lesson))
        return lessons

    async def _progress(
        self, course: UUID, lessons: list[LessonId], learners: list[UserId]
    ) -> None:
        """Some have completed nothing, some everything, most are on the way."""
        steps = {(s.lesson_id, s.user_id) for s in await self._rows(_STEPS, course, into=_Step)}
        for number, user in enumerate(learners):
            for lesson in lessons[: number % (len(lessons) + 1)]:
                if (lesson, user) not in steps:
                    await self._do(RecordProgress(lesson=lesson, kind="completed"), by=user)

    async def _named(self, sql: str, *arguments: UUID) -> dict[str, UUID]:
        return {row.name: row.id for row in await self._rows(sql, *arguments, into=_Named)}

    async def _rows(self, sql: str, *arguments: Any, into: type[T]) -> list[T]:
        session = self._reads(as_system(self._institution), self._position)
        return await session.rows(sql, *arguments, into=into)

    async def _do(self, command: Command[T], *, by: UserId | None = None) -> T:
        access = as_system(self._institution)
        if by is not None and access.identity is not None:
            who = access.identity
            access = Access(Identity(by, who.institution, who.session, who.expires), "")
        receipt = await self._commands.execute(command, access=access)
        self._position = receipt.position
        self.made += 1
        return receipt.result
