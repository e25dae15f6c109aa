"""Who may regrade, appeal, decide and see receipts and statistics, and who may not."""

import re
from typing import Any

from tests.harness.platform import Eduflow
from tests.harness.visiting import given, prepared
from tests.harness.visits_of_replay import BY_THE_REPLAY_TESTS, OF_REPLAY

_BODIES: dict[str, Any] = {
    "regrades": {"cause": "policy", "reason": "R", "policy": {"attempt_counts": "first"}},
    "appeals": {"claim": "Mine"},
    "decision": {"fraction": 1, "reason": "Mine"},
}


async def test_each_route_refuses_strangers_outsiders_and_students_and_serves_who_may(
    eduflow: Eduflow,
) -> None:
    world = await given(eduflow)
    stranger = (await eduflow.school()).admin
    outsider = await eduflow.somebody(world.school)
    faults = {}
    for route, visit in OF_REPLAY.items():
        person, method, path, body, headers = await prepared(world, route, turn=0)
        answers = {
            "stranger": (await stranger.send(method, path, body, **headers), 404),
            "outsider": (await outsider.send(method, path, body, **headers), 403),
        }
        if visit.by != "learner":
            world.learner.position = None
            answers["student"] = (await world.learner.send(method, path, body, **headers), 403)
        answers["who may"] = (await person.send(method, path, body, **headers), 0)
        wrong = {
            name: f"{answer.status_code} {answer.text[:300]}"
            for name, (answer, expected) in answers.items()
            if (answer.status_code != expected if expected else not answer.is_success)
        }
        if wrong:
            faults[route] = wrong
    assert faults == {}


async def test_what_changes_something_is_refused_to_strangers_and_outsiders(
    eduflow: Eduflow,
) -> None:
    world = await given(eduflow)
    stranger = (await eduflow.school()).admin
    outsider = await eduflow.somebody(world.school)
    ids = {**world.ids, "assessment_id": world.ids["replayed_id"]}
    for route in sorted(BY_THE_REPLAY_TESTS):
        method, _, pattern = route.partition(" ")
        path = re.sub(r"\{(\w+):uuid\}", lambda match: ids[match[1]], pattern)
        body = _BODIES.get(path.rpartition("/")[2], {})
        for person, expected in ((stranger, 404), (outsider, 403)):
            status, _ = await person.refused(method, path, body, If_Match='"v1"')
            assert status == expected, route
        world.learner.position = None
        if "withdraw" not in route and not route.startswith("POST /responses"):
            status, _ = await world.learner.refused(method, path, body, If_Match='"v1"')
            assert status == 403, route
