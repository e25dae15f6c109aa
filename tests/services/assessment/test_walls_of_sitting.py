"""Who may sit a test and see its results, and who may not."""

import re

from tests.harness.platform import Eduflow
from tests.harness.visiting import given, prepared
from tests.harness.visits_of_sitting import OF_SITTING

FOR_EVERYBODY = {"GET /users/me/results"}
"""Shows to each what is theirs."""


async def test_each_route_refuses_strangers_outsiders_and_classmates_and_serves_who_may(
    eduflow: Eduflow,
) -> None:
    world = await given(eduflow)
    stranger = (await eduflow.school()).admin
    outsider = await eduflow.somebody(world.school)
    faults = {}
    for route, visit in OF_SITTING.items():
        person, method, path, body, headers = await prepared(world, route, turn=0)
        answers = {}
        if route not in FOR_EVERYBODY:
            assert re.search(r"[0-9a-f-]{36}", path)
            answers["stranger"] = (await stranger.send(method, path, body, **headers), 404)
            answers["outsider"] = (await outsider.send(method, path, body, **headers), 403)
            if visit.by != "learner":
                world.learner.position = None
                answer = await world.learner.send(method, path, body, **headers)
                answers["student"] = (answer, 403)
            elif method != "GET" and "/attempts/" in path:
                world.admin.position = None
                answer = await world.admin.send(method, path, body, **headers)
                answers["administrator"] = (answer, 403)
        answers["who may"] = (await person.send(method, path, body, **headers), 0)
        wrong = {
            name: f"{answer.status_code} {answer.text[:300]}"
            for name, (answer, expected) in answers.items()
            if (answer.status_code != expected if expected else not answer.is_success)
        }
        if wrong:
            faults[route] = wrong
    assert faults == {}
