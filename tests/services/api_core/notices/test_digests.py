"""Digests: once for a person and a morning, in their time zone and their language."""

import asyncio
from datetime import datetime, timedelta
from typing import cast

import pytest

from eduflow.kernel.ids import new_id
from eduflow.kernel.jobs import Held
from eduflow.kernel.runtime import Runtime
from eduflow.services.api_core.notices.digests import send_digests
from eduflow.services.api_core.notices.slots import last_slot
from tests.harness.platform import Eduflow, School
from tests.services.api_core.given import a_course, a_forum, a_person, a_seat, a_thread
from tests.services.api_core.notices.test_notifications import mails, until_quiet


class Later:
    """A worker whose clock is ahead."""

    def __init__(self, worker: Runtime, ahead: timedelta) -> None:
        self.databases = worker.databases
        self.commands = worker.commands
        self._now = worker.clock() + ahead

    def clock(self) -> datetime:
        return self._now


async def digest(eduflow: Eduflow, ahead: timedelta, *, workers: int) -> None:
    held = Held(new_id(), 1, 1, {}, None)
    later = [cast("Runtime", Later(eduflow.worker, ahead)) for _ in range(workers)]
    await asyncio.gather(*(send_digests(held, one) for one in later))


async def test_a_digest_goes_out_once_however_many_workers_make_it(
    eduflow: Eduflow, school: School
) -> None:
    course = await a_course(school)
    ann, ben = [await a_person(eduflow, school, f"{n} N") for n in ("Ann", "Ben")]
    german = {"locale": "de-AT", "time_zone": "Europe/Vienna"}
    await school.admin.patch(f"/users/{ann.user}", german, version=1)
    for person in (ann, ben):
        await a_seat(school, course, person)
    thread = await a_thread(ben, await a_forum(school, course), "Übung 1")
    ann.position = ben.position
    weekly = f"/threads/{thread.id}/subscription"
    assert (await ann.send("PUT", weekly, {})).status_code == 204
    for n in range(2):
        await ben.post(f"/threads/{thread.id}/posts", {"body": f"News {n}."})
    await until_quiet(eduflow, school)
    assert await mails(eduflow, school) == []
    day = timedelta(days=1)
    for ahead in (day, day, 2 * day):
        await digest(eduflow, ahead, workers=3)
    await until_quiet(eduflow, school)
    sent = {str(m["To"]).split()[0]: m for m in await mails(eduflow, school)}
    assert len(await mails(eduflow, school)) == 2
    assert sent["Ben"]["Subject"].startswith("Your day at School")
    assert sent["Ann"]["Subject"].startswith("Ihr Tag an School")
    body = sent["Ann"].get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert text.count("Neuer Beitrag in „Übung 1“ (Title of MA101)") == 2
    assert "Sie nehmen jetzt an Title of MA101 teil" in text
    assert "(Europe/Vienna)" in text
    await digest(eduflow, 3 * day, workers=1)
    await until_quiet(eduflow, school)
    assert len(await mails(eduflow, school)) == 2


async def test_what_was_read_in_the_app_is_in_no_digest(eduflow: Eduflow, school: School) -> None:
    ann = await a_person(eduflow, school, "Ann N")
    await a_seat(school, await a_course(school), ann)
    await until_quiet(eduflow, school)
    assert (await ann.send("PATCH", "/users/me/notifications/read")).status_code == 204
    await digest(eduflow, timedelta(days=2), workers=1)
    await until_quiet(eduflow, school)
    assert await mails(eduflow, school) == []


@pytest.mark.parametrize(
    ("kind", "now", "zone", "slot"),
    [
        ("daily", "2026-03-10 06:59Z", "UTC", "2026-03-09 07:00Z"),
        ("daily", "2026-03-10 07:00Z", "UTC", "2026-03-10 07:00Z"),
        ("daily", "2026-03-10 07:00Z", "America/New_York", "2026-03-09 11:00Z"),
        ("daily", "2026-03-10 00:00Z", "Asia/Tokyo", "2026-03-09 22:00Z"),
        ("daily", "2026-03-29 05:30Z", "Europe/Vienna", "2026-03-29 05:00Z"),
        ("weekly", "2026-03-09 06:59Z", "UTC", "2026-03-02 07:00Z"),
        ("weekly", "2026-03-15 23:00Z", "UTC", "2026-03-09 07:00Z"),
        ("daily", "2026-03-10 08:00Z", "Nowhere/At_All", "2026-03-10 07:00Z"),
    ],
)
def test_a_morning_is_where_the_person_is(kind: str, now: str, zone: str, slot: str) -> None:
    found = last_slot(kind, datetime.fromisoformat(now), time_zone=zone)
    assert found == datetime.fromisoformat(slot)
