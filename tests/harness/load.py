"""People who enroll others and look at rosters all the time, and remember what they were told."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import msgspec

from eduflow.kernel.auth.identity import Access
from eduflow.kernel.ids import InstitutionId, UserId, new_id
from eduflow.kernel.positions import Position
from eduflow.kernel.problems import Unavailable
from eduflow.kernel.repair import rebuild
from eduflow.kernel.runtime import Runtime, open_runtime
from eduflow.kernel.settings import Settings
from eduflow.services import load_services
from eduflow.services.api_core.commands.create_course import CreateCourse
from eduflow.services.api_core.commands.enroll_learner import EnrollLearner
from eduflow.services.api_core.commands.found_institution import FoundInstitution
from eduflow.services.api_core.ids import CourseId
from tests.harness.platform import identity
from tests.harness.servers import Servers
from tests.harness.things import until

_SEATS = "SELECT enrollment_id AS id FROM course_roster WHERE course_id = $1"


_SEATS_OF = "SELECT enrollment_id AS id FROM course_roster WHERE course_id = $1 AND user_id = $2"
_COUNT = "SELECT count(*) AS seats FROM course_roster WHERE course_id = $1"


class _Seat(msgspec.Struct):
    id: UUID


class _Count(msgspec.Struct):
    seats: int


class Load:
    """Writers and readers of one institution, on the kernel of one process."""

    def __init__(
        self, runtime: Runtime, *, home: UUID, admin: UUID, course: CourseId, people: list[UUID]
    ) -> None:
        self.runtime = runtime
        self.counts: Counter[str] = Counter()
        self.violations: list[str] = []
        self.acknowledged: dict[UUID, UUID] = {}
        """Seat -> the person who was told to have it."""
        self._home, self._admin, self._course = InstitutionId(home), UserId(admin), course
        self._people = people
        self._stopping = asyncio.Event()

    def somebody(self) -> Access:
        return Access(identity(self._admin, self._home), "")

    @contextlib.asynccontextmanager
    async def going_on(self, *, writers: int = 6, readers: int = 3) -> AsyncIterator[None]:
        """Until the block ends, and a little longer: what was begun is brought to its end."""
        self._stopping.clear()
        async with asyncio.TaskGroup() as group:
            for number in range(writers):
                group.create_task(self._write(number))
            for _ in range(readers):
                group.create_task(self._read())
            try:
                yield
            finally:
                self._stopping.set()

    async def writes(self, count: int) -> None:
        """Return when that many more writes were acknowledged."""
        goal = len(self.acknowledged) + count

        async def reached() -> bool:
            return len(self.acknowledged) >= goal

        await until(reached, seconds=60, what=f"{count} writes")

    async def _write(self, number: int) -> None:
        dice = random.Random(number)  # noqa: S311
        access = self.somebody()
        while not self._stopping.is_set() and self._people:
            person = self._people.pop()
            position = await self._enroll(access, person, key=str(new_id()))
            if dice.random() < 0.3:
                await self._check(access, position, person)

    async def _enroll(self, access: Access, person: UUID, *, key: str) -> Position:
        """Told to try again, a good client does, with the same key."""
        command = EnrollLearner(
            course=self._course, user=UserId(person), role="student", section=None
        )
        while True:
            try:
                receipt = await self.runtime.commands["api_core"].execute(
                    command, access=access, key=key
                )
            except Unavailable:
                self.counts["writes in doubt or refused"] += 1
                await asyncio.sleep(0.02)
                continue
            self.acknowledged[receipt.result] = person
            self.counts["writes"] += 1
            self.counts["repeated"] += receipt.repeated
            return receipt.position

    async def _check(self, access: Access, position: Position, person: UUID) -> None:
        """Whoever has written sees it, or is told that what they see is old."""
        service = self.runtime.services["api_core"]
        try:
            replica = self.runtime.reads(
                service, access=access, positions={position.source: position}
            )
            seats = await replica.rows(
                _SEATS_OF, self._course, person, into=_Seat, of="course_roster"
            )
        except Unavailable:
            self.counts["reads refused"] += 1
            return
        self.counts["reads"] += 1
        if replica.freshness.stale:
            self.counts["stale, and said so"] += 1
        elif [self.acknowledged.get(s.id) for s in seats] != [person]:
            self.violations.append(f"{person} is not seen after {position}")

    async def _read(self) -> None:
        """One session's count of seats never goes down."""
        access = self.somebody()
        service = self.runtime.services["api_core"]
        known: dict[str, Position] = {}
        seen = 0
        while not self._stopping.is_set():
            replica = self.runtime.reads(service, access=access, positions=dict(known))
            try:
                told = await replica.row(_COUNT, self._course, into=_Count, of="course_roster")
            except Unavailable:
                self.counts["reads refused"] += 1
                await asyncio.sleep(0.02)
                continue
            self.counts["reads"] += 1
            if replica.freshness.stale:
                self.counts["stale, and said so"] += 1
            else:
                if told.seats < seen:
                    self.violations.append(f"{told.seats} seats after {seen}")
                seen = told.seats
            known = dict(replica.freshness.positions)
            await asyncio.sleep(0.01)

    async def visible(self, *, seconds: float) -> None:
        """Return when a position of now is fresh on what readers read."""
        access = self.somebody()
        position = await self._enroll(access, self._people.pop(), key=str(new_id()))
        service = self.runtime.services["api_core"]

        async def fresh() -> bool:
            known = {position.source: position}
            replica = self.runtime.reads(service, access=access, positions=known)
            try:
                await replica.row(_COUNT, self._course, into=_Count, of="course_roster")
            except Unavailable:
                return False
            return not replica.freshness.stale

        await until(fresh, seconds=seconds, what="a write is visible")

    async def proven(self, servers: Servers, worker: Runtime) -> None:
        """All that was acknowledged is there once, and every read model is the fold of the log."""
        admin = await asyncpg.connect(servers.cluster.admin_dsn("api_core"))
        try:
            rows = await admin.fetch(
                "SELECT id, user_id FROM enrollments WHERE course_id = $1", self._course
            )
            told = await admin.fetch(
                "SELECT (payload->>'enrollment_id')::uuid AS id FROM outbox_events"
                " WHERE type = 'api_core.learner_enrolled' AND institution_id = $1",
                self._home,
            )
            await until(lambda: _all_folded(admin), seconds=30, what="all is folded")
            shown = await admin.fetch(_SEATS, self._course)
        finally:
            await admin.close()
        there = {r["id"]: r["user_id"] for r in rows}
        assert self.violations == []
        assert there == self.acknowledged
        assert sorted(r["id"] for r in told) == sorted(there)
        assert sorted(r["id"] for r in shown) == sorted(there)
        for service in worker.services.values():
            home = worker.databases[service.database].primary
            for model in service.models:
                source = worker.databases[model.source].primary
                rebuilt = await rebuild(model, source=source, home=home, progress=lambda *_: None)
                assert set(rebuilt.differing.values()) == {0}, (model.name, rebuilt.differing)


async def _all_folded(admin: asyncpg.Connection) -> bool:
    return not await admin.fetchval(
        "SELECT EXISTS (SELECT FROM outbox_events AS e, projection_checkpoints AS c"
        " WHERE c.source = 'api_core' AND NOT pg_visible_in_snapshot(e.xid, c.snapshot))"
    )


@contextlib.asynccontextmanager
async def loaded(settings: Settings, servers: Servers, *, people: int) -> AsyncIterator[Load]:
    """A fresh institution with one course and so many people to be enrolled in it."""
    services = load_services()
    async with (
        open_runtime(settings, services, worker=True) as worker,
        open_runtime(settings, services) as runtime,
    ):
        home, admin = InstitutionId(new_id()), UserId(new_id())
        slug = f"load-{home.hex[-12:]}"
        found = FoundInstitution(
            institution=home,
            administrator=admin,
            slug=slug,
            name=slug,
            email=f"a@{slug}.test",
            display_name="Ada",
        )
        access = Access(identity(admin, home), "")
        await worker.commands["api_core"].execute(found, access=access)
        create = CreateCourse(
            code="L", title="Load", description="", tier=None, term_id=None, state="published"
        )
        course = (await runtime.commands["api_core"].execute(create, access=access)).result
        everybody = [new_id() for _ in range(people)]
        await worker.databases["api_core"].primary.execute(
            "INSERT INTO users (id, institution_id, email, display_name, sortable_name, created_at)"
            " SELECT u, $2, u || '@load.test', 'L', 'L', now() FROM unnest($1::uuid[]) AS u",
            everybody,
            home,
        )
        yield Load(runtime, home=home, admin=admin, course=course, people=everybody)
