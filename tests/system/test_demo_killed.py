"""kill -9 of `eduflow seed --demo`, again and again: the next one goes on and doubles nothing."""

import pytest

from eduflow.services.api_core.demo.reading import written
from tests.harness.platform import Eduflow
from tests.harness.processes import Process
from tests.harness.things import until
from tests.services.api_core.demo.given_schools import again, made, story

pytestmark = pytest.mark.system
KILLS = 3


async def test_a_making_that_is_killed_is_gone_on_with_by_the_next_start(eduflow: Eduflow) -> None:
    environment = eduflow.servers.environment(port=1, gateway=1)
    log = eduflow.servers.folder / "seed.log"
    seed = Process("seed", "--demo", environment=environment, log=log)
    kills = 0

    async def halfway() -> bool:
        return seed.said(": 250 commands") > kills

    try:
        for kills in range(KILLS):  # noqa: B007 (halfway reads it)
            seed.start()
            await until(halfway, seconds=60, what="250 commands more")
            seed.kill()
        seed.start()
        assert await seed.ended(seconds=60) == 0
    finally:
        seed.stop()
    scripts = written()
    at_a_stroke = [again(s, f"{s.institution.slug}-whole") for s in scripts]
    await made(eduflow, at_a_stroke, log_in=False)
    for script, whole in zip(scripts, at_a_stroke, strict=True):
        killed = await story(eduflow, script.institution.slug)
        for name, rows in (await story(eduflow, whole.institution.slug)).items():
            assert killed[name] == rows, (script.institution.slug, name)
