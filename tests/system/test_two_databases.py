"""Read models across two clusters: a second service folds the log of the first."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from eduflow.kernel.repair import rebuild
from eduflow.services import load_services
from tests.harness import sample_service
from tests.harness.platform import Eduflow, running_platform
from tests.harness.sample_service import TwoClusters, seat_counts, two_clusters
from tests.harness.servers import Servers
from tests.harness.things import until

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
async def both(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[TwoClusters]:
    await servers.migrated()
    async with two_clusters(servers, Path(tmp_path_factory.mktemp("second"))) as both:
        yield both


@pytest.fixture(scope="module")
async def eduflow(both: TwoClusters) -> AsyncIterator[Eduflow]:
    services = [*load_services(), sample_service.service]
    async with running_platform(both, services) as running:
        await _caught_up(running)
        yield running


async def _caught_up(eduflow: Eduflow) -> None:
    """The new read model first folds whatever the tests before this one have left in the log."""
    school = await eduflow.school()
    course = (await school.admin.post("/courses", {"code": "C", "title": "T"}))["id"]
    learner = await eduflow.somebody(school)
    await school.admin.post(f"/courses/{course}/enrollments", {"user_id": str(learner.user)})

    async def counted() -> bool:
        answer = await school.admin.send("GET", f"/analytics/seats/{course}")
        return answer.status_code == 200 and answer.json() == {"seats": 1}

    await until(counted, seconds=60)


async def _enroll(eduflow: Eduflow, count: int) -> tuple[Eduflow, object, str]:
    school = await eduflow.school()
    course = (await school.admin.post("/courses", {"code": "C", "title": "T"}))["id"]
    for n in range(1, count + 1):
        learner = await eduflow.somebody(school)
        await school.admin.post(f"/courses/{course}/enrollments", {"user_id": str(learner.user)})
        answer = await school.admin.send("GET", f"/analytics/seats/{course}")
        assert (answer.status_code, answer.json()) == (200, {"seats": n})
        assert "EduFlow-Stale" not in answer.headers
    return eduflow, school, course


async def test_what_is_written_to_one_database_is_read_at_once_from_the_other(
    eduflow: Eduflow,
) -> None:
    await _enroll(eduflow, 20)


async def test_a_standby_of_the_other_that_stands_still_shows_no_older_world(
    eduflow: Eduflow, both: TwoClusters
) -> None:
    second = both.second
    second.catch_up()
    second.pause_standby(1)
    try:
        await _enroll(eduflow, 5)
    finally:
        second.resume_standby(1)


async def test_a_position_of_the_one_counts_for_nothing_in_the_other_that_it_does_not_fold(
    eduflow: Eduflow, both: TwoClusters
) -> None:
    # The two clusters count their transactions alike: the numbers must never be confused.
    school = await eduflow.school()
    made = await school.admin.send("POST", "/courses", {"code": "C", "title": "T"})
    positions = eduflow.runtime.positions.open(made.headers["EduFlow-Position"])
    assert set(positions) == {"api_core"}
    answer = await school.admin.send("GET", f"/analytics/seats/{made.json()['id']}")
    assert answer.status_code == 404


async def test_the_other_database_dies_and_comes_back_and_the_one_goes_on(
    eduflow: Eduflow, both: TwoClusters
) -> None:
    second = both.second
    school = await eduflow.school()
    course = (await school.admin.post("/courses", {"code": "C", "title": "T"}))["id"]
    path = f"/courses/{course}/enrollments"
    second.kill_standby(1)
    second.kill_primary()
    try:
        for _ in range(10):
            learner = await eduflow.somebody(school)
            await school.admin.post(path, {"user_id": str(learner.user)})
        assert (await school.admin.send("GET", f"/analytics/seats/{course}")).status_code == 503
        assert len((await school.admin.get(f"/courses/{course}/roster"))["items"]) == 10
    finally:
        second.primary.start()
        await asyncio.to_thread(second.primary.wait_ready)
        second.standbys[0].start()
        await asyncio.to_thread(second.standbys[0].wait_ready)

    async def counted() -> bool:
        answer = await school.admin.send("GET", f"/analytics/seats/{course}")
        return answer.status_code == 200 and answer.json() == {"seats": 10}

    await until(counted, seconds=20)


async def test_the_source_dies_and_comes_back_and_no_event_is_lost_on_the_way_to_the_other(
    eduflow: Eduflow, both: TwoClusters
) -> None:
    school = await eduflow.school()
    course = (await school.admin.post("/courses", {"code": "C", "title": "T"}))["id"]
    learner = await eduflow.somebody(school)
    body = {"user_id": str(learner.user)}
    path = f"/courses/{course}/enrollments"
    await school.admin.post(path, body)
    given = 1
    for _ in range(4):
        # Refused writes use up transaction ids of which a crash leaves no trace, while others
        # have been told of them already.
        for _ in range(5):
            assert (await school.admin.send("POST", path, body)).status_code == 409
        await school.admin.get(f"/analytics/seats/{course}")
        both.cluster.kill_primary()
        both.cluster.primary.start()
        await asyncio.to_thread(both.cluster.primary.wait_ready)
        for _ in range(5):
            other = await eduflow.somebody(school)

            async def enrolled(other: object = other) -> bool:
                answer = await school.admin.send(
                    "POST",
                    path,
                    {"user_id": str(other.user)},  # type: ignore[attr-defined]
                    Idempotency_Key=str(other.user),  # type: ignore[attr-defined]
                )
                return answer.status_code == 202

            await until(enrolled, seconds=20)
            given += 1

    async def counted() -> bool:
        return bool((await school.admin.get(f"/analytics/seats/{course}")) == {"seats": given})

    await until(counted, seconds=20)


async def test_the_read_model_of_the_other_equals_its_rebuild(
    eduflow: Eduflow, both: TwoClusters
) -> None:
    await _enroll(eduflow, 3)
    worker = eduflow.worker
    admin = await asyncpg.connect(both.second.admin_dsn("analytics"))
    try:
        assert await admin.fetchval("SELECT count(*) FROM seat_counts") >= 5
    finally:
        await admin.close()
    rebuilt = await rebuild(
        seat_counts,
        source=worker.databases["api_core"].primary,
        home=worker.databases["analytics"].primary,
        progress=lambda *_: None,
    )
    assert rebuilt.differing == {"seat_counts": 0}
