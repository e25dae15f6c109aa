"""How a login goes on, and how it ends everywhere at once."""

import asyncio

import jwt

from tests.services.api_core.login.door import Door, bearer, code, eventually


async def test_a_refresh_token_gives_the_next_pair_and_a_lost_answer_is_given_again(
    door: Door,
) -> None:
    who = await door.somebody()
    tokens = await door.login(who.mail)
    first = await door.refresh(tokens["refresh_token"])
    again = await door.refresh(tokens["refresh_token"])
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["refresh_token"] == again.json()["refresh_token"]
    assert first.json()["refresh_token"] != tokens["refresh_token"]
    assert await door.knows(again.json())
    following = await door.refresh(again.json()["refresh_token"])
    assert following.status_code == 200


async def test_twenty_racing_refreshes_end_with_one_successor(door: Door) -> None:
    who = await door.somebody()
    token = (await door.login(who.mail))["refresh_token"]
    answers = await asyncio.gather(*(door.refresh(token) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    successors = {answer.json()["refresh_token"] for answer in answers}
    assert len(successors) == 1
    rows = await door.sql("SELECT generation FROM login_sessions WHERE user_id = $1", who.user)
    assert [row["generation"] for row in rows] == [2]
    assert (await door.refresh(successors.pop())).status_code == 200


async def test_a_token_that_was_used_before_the_last_ends_the_whole_session(door: Door) -> None:
    who = await door.somebody()
    tokens = await door.login(who.mail)
    second = (await door.refresh(tokens["refresh_token"])).json()
    third = (await door.refresh(second["refresh_token"])).json()
    stolen = await door.refresh(tokens["refresh_token"])
    assert code(stolen) == (401, "auth.refresh-refused")
    assert code(await door.refresh(third["refresh_token"])) == (401, "auth.refresh-refused")
    await eventually(lambda: _refused(door, third), within=1)
    events = await door.sql(
        "SELECT payload->>'because' AS why FROM outbox_events"
        " WHERE institution_id = $1 AND type = 'api_core.session_revoked'",
        who.institution,
    )
    assert [event["why"] for event in events] == ["reuse"]


async def test_after_ten_seconds_the_predecessor_is_a_stolen_token(door: Door) -> None:
    who = await door.somebody()
    tokens = await door.login(who.mail)
    await door.refresh(tokens["refresh_token"])
    await door.sql(
        "UPDATE login_sessions SET rotated_at = rotated_at - interval '11 s' WHERE user_id = $1",
        who.user,
    )
    assert (await door.refresh(tokens["refresh_token"])).status_code == 401


async def test_an_expired_session_and_an_invented_token_are_refused(door: Door) -> None:
    who = await door.somebody()
    token = (await door.login(who.mail))["refresh_token"]
    await door.sql("UPDATE login_sessions SET expires_at = now() WHERE user_id = $1", who.user)
    assert code(await door.refresh(token)) == (401, "auth.refresh-refused")
    assert code(await door.refresh("ert1.invented")) == (401, "auth.refresh-refused")
    access = (await door.login(who.mail))["access_token"]
    assert code(await door.refresh(access[:250])) == (401, "auth.refresh-refused")


async def _refused(door: Door, tokens: dict[str, str]) -> bool:
    here = await door.knows(tokens)
    there = await door.knows(tokens, client=door.there)
    return not here and not there


async def test_a_logout_is_known_to_every_other_app_within_a_second(door: Door) -> None:
    who = await door.somebody()
    tokens, other = await door.login(who.mail), await door.login(who.mail)
    assert await door.knows(tokens, client=door.there)
    answer = await door.here.post("/auth/logout", headers=bearer(tokens))
    assert answer.status_code == 204
    await eventually(lambda: _refused(door, tokens), within=1)
    assert await door.knows(other, client=door.there)
    assert (await door.refresh(tokens["refresh_token"])).status_code == 401


async def test_people_see_their_own_sessions_and_end_any_of_them(door: Door) -> None:
    who, stranger = await door.somebody(), await door.somebody()
    mine, lost = await door.login(who.mail), await door.login(who.mail)
    theirs = await door.login(stranger.mail)
    answer = await door.here.get("/auth/sessions", headers=bearer(mine))
    position = (await door.try_login(who.mail)).headers["EduFlow-Position"]
    answer = await door.here.get(
        "/auth/sessions", headers={**bearer(mine), "EduFlow-Position": position}
    )
    items = answer.json()["items"]
    assert len(items) == 3
    assert [item["current"] for item in items].count(True) == 1
    session = jwt.decode(lost["access_token"], options={"verify_signature": False})["sid"]
    assert session in {item["id"] for item in items}
    path = f"/auth/sessions/{session}"
    assert (await door.here.delete(path, headers=bearer(theirs))).status_code == 404
    ended = await door.here.delete(path, headers=bearer(mine))
    assert ended.status_code == 204
    assert (await door.here.delete(path, headers=bearer(mine))).status_code == 204
    await eventually(lambda: _refused(door, lost), within=1)
    after = await door.here.get(
        "/auth/sessions",
        headers={**bearer(mine), "EduFlow-Position": ended.headers["EduFlow-Position"]},
    )
    assert session not in {item["id"] for item in after.json()["items"]}


async def test_the_suspended_are_out_within_a_second_and_stay_out(door: Door) -> None:
    who = await door.somebody()
    tokens = await door.login(who.mail)
    await door.sql("UPDATE users SET state = 'suspended' WHERE id = $1", who.user)
    await eventually(lambda: _refused(door, tokens), within=1)
    assert (await door.refresh(tokens["refresh_token"])).status_code == 401
    assert (await door.try_login(who.mail)).status_code == 401


async def test_a_login_that_races_with_a_suspension_leaves_no_session(door: Door) -> None:
    for _ in range(5):
        who = await door.somebody()
        logins = [door.try_login(who.mail) for _ in range(3)]
        suspension = door.sql("UPDATE users SET state = 'suspended' WHERE id = $1", who.user)
        await asyncio.gather(*logins, suspension)
        rows = await door.sql(
            "SELECT count(*) FROM login_sessions WHERE user_id = $1 AND revoked_at IS NULL",
            who.user,
        )
        assert rows[0][0] == 0
