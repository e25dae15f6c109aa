"""Who may regrade, appeal, decide and see receipts and statistics, and who may not."""

from tests.harness.platform import Eduflow
from tests.harness.visiting import given, prepared
from tests.harness.visits_of_replay import OF_REPLAY


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
