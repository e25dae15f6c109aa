"""Makes what is missing of the demo schools, by command."""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from eduflow.kernel.auth.identity import Access
from eduflow.kernel.auth.passwords import Passwords
from eduflow.kernel.clock import utc_now
from eduflow.kernel.commands import Commands
from eduflow.kernel.db.pools import Database
from eduflow.kernel.ids import InstitutionId, UserId, new_id
from eduflow.kernel.positions import Position
from eduflow.services.api_core.commands.add_person import AddPerson
from eduflow.services.api_core.commands.add_term import AddTerm
from eduflow.services.api_core.commands.change_institution import ChangeInstitution
from eduflow.services.api_core.commands.choose_notifications import Choice, ChooseNotifications
from eduflow.services.api_core.commands.find_institution import FindInstitution
from eduflow.services.api_core.commands.found_institution import FoundInstitution
from eduflow.services.api_core.commands.give_password import GivePassword
from eduflow.services.api_core.demo.courses import COURSES, make_course
from eduflow.services.api_core.demo.script import Script, Somebody
from eduflow.services.api_core.ids import TermId
from eduflow.story.calendar import Calendar
from eduflow.story.hands import Hands, Made, MadeSchool, side_by_side


class Login(msgspec.Struct, frozen=True):
    """How somebody of a demo school logs in, and who they are."""

    mail: str
    password: str
    who: str


class _School(msgspec.Struct):
    created_at: datetime
    version: int


class _Chosen(msgspec.Struct):
    user_id: UserId


_SCHOOL = "SELECT created_at, version FROM institutions WHERE id = $1"
_PEOPLE = "SELECT id, email AS name FROM users WHERE institution_id = $1 AND state <> 'deleted'"
_NOT_TO_LET_IN = (
    "SELECT u.id, u.email AS name FROM users AS u WHERE u.institution_id = $1"
    " AND (u.state <> 'active' OR EXISTS"
    " (SELECT FROM credentials AS c WHERE c.user_id = u.id))"
)
_CHOSEN = "SELECT DISTINCT user_id FROM notification_preferences WHERE institution_id = $1"
_TERMS = "SELECT id, name FROM terms WHERE institution_id = $1"
_WHOLE = 2
"""The version of an institution whose clock and language are set, which is done last of all."""


class DemoSchools:
    """One making. Every step looks first, so that a making that was stopped is gone on with."""

    def __init__(
        self,
        commands: Commands,
        database: Database,
        *,
        scripts: Sequence[Script],
        counted: Callable[[int], None],
    ) -> None:
        """`commands` go by the story's clock; `counted` is told how many of them are done.

        Both act in the workers' role: the schools are made by people who have not logged in.
        """
        self._commands = commands
        self._database = database
        self._scripts = scripts
        self.counted = Made(counted)
        self.schools: list[MadeSchool] = []
        """Those that are there, when they have been made."""

    @property
    def made(self) -> int:
        """How many commands it took."""
        return self.counted.commands

    async def make(self, passwords: Passwords | None) -> None:
        """Make what is missing; with `passwords` everybody can log in."""
        await side_by_side(*(self._make(script, passwords) for script in self._scripts))

    async def position(self) -> Position:
        """From where on all of it can be read."""
        return (await self._find(self._scripts[0].institution.slug))[1]

    async def _make(self, script: Script, passwords: Passwords | None) -> None:
        hands, whole = await self._founded(script)
        missing = await _find_people(script, hands)
        if not whole:
            await side_by_side(*(_add(person, script, hands) for person in missing))
            await _preferences(script, hands)
        # The two have nothing to do with each other, and to hash takes another core's time.
        await side_by_side(
            *([] if whole else [self._rest(script, hands)]),
            *([_let_in(script, hands, passwords)] if passwords else []),
        )
        self.schools.append(
            MadeSchool(
                slug=script.institution.slug,
                institution=hands.institution,
                calendar=hands.calendar,
                people=dict(hands.people),
                courses=await hands.named(COURSES, hands.institution),
            )
        )

    async def _rest(self, script: Script, hands: Hands) -> None:
        school = script.institution
        term = (await hands.named(_TERMS, hands.institution)).get(school.term.name)
        if term is None:
            add = AddTerm(
                name=school.term.name,
                sis_id=None,
                starts_on=hands.calendar.at(school.term.starts),
                ends_on=hands.calendar.at(school.term.ends),
            )
            term = (await hands.do(add, at=school.founded, by=school.administrator.key)).id
        await side_by_side(
            *(make_course(hands, c, script=script, term=TermId(term)) for c in script.courses)
        )
        settled = ChangeInstitution(expected=1, time_zone=school.time_zone, locale=school.locale)
        await hands.do(settled, at=school.founded, by=school.administrator.key)

    async def _find(self, slug: str) -> tuple[InstitutionId | None, Position]:
        found = await self._commands.execute(
            FindInstitution(slug=slug), access=Access(None, "public")
        )
        return found.result, found.position

    async def _founded(self, script: Script) -> tuple[Hands, bool]:
        """The hands of the school, and whether it is whole already."""
        school = script.institution
        found, _ = await self._find(school.slug)
        hands = Hands(
            self._commands,
            self._database,
            made=self.counted,
            institution=found or InstitutionId(new_id()),
            calendar=Calendar.beginning(school.time_zone, now=utc_now()),
        )
        if found is not None:
            (there,) = await hands.rows(_SCHOOL, found, into=_School)
            hands.calendar = Calendar.of(
                school.time_zone, founded=there.created_at, when=school.founded
            )
            return hands, there.version >= _WHOLE
        first = school.administrator
        hands.people[first.key] = UserId(new_id())
        found_it = FoundInstitution(
            institution=hands.institution,
            administrator=hands.people[first.key],
            slug=school.slug,
            name=school.name,
            email=first.mail,
            display_name=first.name,
        )
        await hands.do(found_it, at=school.founded)
        return hands, False


async def _find_people(script: Script, hands: Hands) -> list[Somebody]:
    """Who is missing; the others are known to the hands."""
    there = await hands.named(_PEOPLE, hands.institution)
    for key, person in script.people.items():
        if person.mail in there:
            hands.people[key] = UserId(there[person.mail])
    return [p for p in script.people.values() if p.key not in hands.people]


async def _add(person: Somebody, script: Script, hands: Hands) -> None:
    school = script.institution
    command = AddPerson(
        email=person.mail,
        display_name=person.name,
        sortable_name=person.sortable,
        sis_id=None,
        login_id=None,
        tier=school.tier if person in school.students else None,
        locale=person.locale,
        time_zone=person.time_zone,
    )
    added = await hands.do(command, at=school.founded, by=school.administrator.key)
    hands.people[person.key] = added.id


async def _preferences(script: Script, hands: Hands) -> None:
    """Chosen on the first day, so that what follows is told as people want it."""
    rows = await hands.rows(_CHOSEN, hands.institution, into=_Chosen)
    chosen = {row.user_id for row in rows}
    for key, person in script.people.items():
        if person.notices and hands.people[key] not in chosen:
            choices = [Choice(n.kind, n.in_app, n.mail) for n in person.notices]
            command = ChooseNotifications(choices=choices)
            await hands.do(command, at=script.institution.founded, by=key)


async def _let_in(script: Script, hands: Hands, passwords: Passwords) -> None:
    """One hash for all of a school: the password is published, and hashing is slow on purpose."""
    settled = set((await hands.named(_NOT_TO_LET_IN, hands.institution)).values())
    locked_out = sorted(set(hands.people.values()) - settled)
    if locked_out:
        new_hash = await passwords.hash(script.institution.password)
        commands = (GivePassword(user=user, new_hash=new_hash) for user in locked_out)
        await side_by_side(*(_give(c, script, hands) for c in commands))


async def _give(command: GivePassword, script: Script, hands: Hands) -> None:
    await hands.do(command, at=script.institution.founded)


def logins(scripts: Sequence[Script]) -> tuple[list[Login], list[Login]]:
    """How people log in: first one of each kind for every school, then everybody else."""
    few: list[Login] = []
    others: list[Login] = []
    for script in scripts:
        school = script.institution
        administrator = [_login(school.administrator, "administrator", script)]
        teachers = [_login(t, _taught(t, script), script) for t in school.teachers]
        students = [_login(s, "student", script) for s in school.students]
        for kind in (administrator, teachers, students):
            few += kind[:1]
            others += kind[1:]
    return few, others


def _taught(teacher: Somebody, script: Script) -> str:
    titles = [c.title.partition(":")[0] for c in script.courses if c.teacher == teacher.key]
    return f"teaches {' and '.join(titles)}" if titles else "assists"


def _login(person: Somebody, who: str, script: Script) -> Login:
    school = script.institution
    return Login(person.mail, school.password, f"{school.name}: {who}")
