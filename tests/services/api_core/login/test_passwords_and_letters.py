"""Choosing passwords, and the letters in which a link comes."""

import asyncio

import pytest

from tests.services.api_core.login.door import (
    GOOD,
    OTHER,
    Door,
    Somebody,
    bearer,
    code,
    eventually,
    token_in,
    told,
)


async def change(door: Door, tokens: dict[str, str], current: str, new: str) -> tuple[int, str]:
    body = {"current_password": current, "new_password": new}
    answer = await door.here.put("/auth/password", json=body, headers=bearer(tokens))
    return (204, "") if answer.status_code == 204 else code(answer)


async def test_another_password_ends_every_other_session_and_not_this_one(door: Door) -> None:
    who = await door.somebody()
    mine, other = await door.login(who.mail), await door.login(who.mail)
    assert await change(door, mine, OTHER, OTHER) == (422, "auth.wrong-password")
    assert await change(door, mine, GOOD, "password1") == (422, "auth.password-refused")
    assert await change(door, mine, GOOD, OTHER) == (204, "")

    async def ended() -> bool:
        return not await door.knows(other) and not await door.knows(other, client=door.there)

    await eventually(ended, within=1)
    assert await door.knows(mine)
    assert (await door.refresh(mine["refresh_token"])).status_code == 200
    assert (await door.refresh(other["refresh_token"])).status_code == 401
    assert (await door.try_login(who.mail, GOOD)).status_code == 401
    assert await door.login(who.mail, OTHER)


async def test_a_stolen_token_guesses_the_password_as_slowly_as_anybody(door: Door) -> None:
    who = await door.somebody()
    tokens = await door.login(who.mail)
    answers = [await change(door, tokens, f"guess {n}", OTHER) for n in range(12)]
    assert answers[-1][0] == 429
    assert await door.login(who.mail)


async def test_an_invited_person_chooses_a_password_once_and_logs_in(door: Door) -> None:
    boss = await door.somebody(role="administrator")
    who = await door.somebody(password=None, institution=boss.institution)
    tokens = await door.login(boss.mail)
    answer = await door.here.post(
        "/auth/invitations", json={"user_id": str(who.user)}, headers=bearer(tokens)
    )
    assert answer.status_code == 202
    (letter,) = await door.letters(who.mail)
    assert str(letter["Message-ID"]).startswith("<")
    assert letter.get_content_type() == "multipart/alternative"
    html = letter.get_body(("html",))
    assert html is not None
    assert "&lt;b&gt;" in html.get_content()
    assert "(Europe/Berlin)" in html.get_content()
    token = token_in(letter)
    short = {"token": token, "password": "short"}
    refusal = await door.here.post("/auth/invitations/accept", json=short)
    assert code(refusal) == (422, "auth.password-refused")
    good = {"token": token, "password": OTHER}
    answers = await asyncio.gather(
        *(door.here.post("/auth/invitations/accept", json=good) for _ in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [204, 422, 422, 422, 422]
    assert await door.login(who.mail, OTHER)
    again = await door.here.post(
        "/auth/invitations", json={"user_id": str(who.user)}, headers=bearer(tokens)
    )
    assert code(again) == (409, "api_core.has-password")


async def test_only_who_may_write_users_invites_and_only_own_people(door: Door) -> None:
    boss = await door.somebody(role="administrator")
    learner = await door.somebody(institution=boss.institution)
    stranger = await door.somebody(password=None)
    path = "/auth/invitations"
    body = {"user_id": str(stranger.user)}
    refusal = await door.here.post(path, json=body, headers=bearer(await door.login(learner.mail)))
    assert code(refusal) == (403, "kernel.forbidden")
    refusal = await door.here.post(path, json=body, headers=bearer(await door.login(boss.mail)))
    assert code(refusal) == (422, "api_core.no-such-person")


async def reset_token(door: Door, who: Somebody) -> str:
    answer = await door.here.post("/auth/password-reset", json={"email": who.mail})
    assert answer.status_code == 202
    return token_in((await door.letters(who.mail))[-1])


async def test_a_reset_letter_arrives_as_a_file_and_works_once(door: Door) -> None:
    who = await door.somebody()
    tokens = await door.login(who.mail)
    token = await reset_token(door, who)
    path = "/auth/password-reset/confirm"
    body = {"token": token, "password": OTHER}
    assert (await door.here.post("/auth/invitations/accept", json=body)).status_code == 422
    assert (await door.here.post(path, json=body)).status_code == 204
    refusal = await door.here.post(path, json={"token": token, "password": GOOD})
    assert code(refusal) == (422, "auth.one-time-token-refused")
    assert (await door.refresh(tokens["refresh_token"])).status_code == 401
    assert (await door.try_login(who.mail, GOOD)).status_code == 401
    assert await door.login(who.mail, OTHER)
    rows = await door.sql(
        "SELECT arguments::text FROM jobs WHERE arguments::text LIKE $1", f"%{token}%"
    )
    assert rows == []


async def test_an_old_letter_is_void(door: Door) -> None:
    who = await door.somebody()
    token = await reset_token(door, who)
    await door.sql("UPDATE one_time_tokens SET expires_at = now() WHERE user_id = $1", who.user)
    body = {"token": token, "password": OTHER}
    refusal = await door.here.post("/auth/password-reset/confirm", json=body)
    assert code(refusal) == (422, "auth.one-time-token-refused")
    assert await door.login(who.mail, GOOD)


async def test_asking_for_a_reset_says_and_does_the_same_for_a_stranger(door: Door) -> None:
    who = await door.somebody()
    path = "/auth/password-reset"
    known = await door.here.post(path, json={"email": who.mail})
    unknown = await door.here.post(path, json={"email": f"nobody-{who.mail}"})
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    await asyncio.gather(*(door.here.post(path, json={"email": who.mail}) for _ in range(8)))
    await door.jobs_are_done()
    assert len(await door.letters(who.mail)) == 1
    assert await door.letters(f"nobody-{who.mail}", count=0) == []


async def test_the_passwords_of_a_locked_out_owner_are_taken_again_after_a_reset(
    door: Door,
) -> None:
    who = await door.somebody()
    for n in range(7):
        await door.try_login(who.mail, f"guess {n}")
    assert (await door.try_login(who.mail)).status_code == 429
    body = {"token": await reset_token(door, who), "password": OTHER}
    assert (await door.here.post("/auth/password-reset/confirm", json=body)).status_code == 204
    assert await door.login(who.mail, OTHER)


@pytest.mark.parametrize("token", ["x", "A" * 64, "é" * 64])
async def test_invented_tokens_are_all_refused_alike(door: Door, token: str) -> None:
    body = {"token": token, "password": OTHER}
    answers = [
        await door.here.post(f"/auth/{path}", json=body)
        for path in ("invitations/accept", "password-reset/confirm")
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert told(answers[0]) == told(answers[1])
