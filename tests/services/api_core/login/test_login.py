"""Who is let in, who is not, and that the two who are not cannot be told apart."""

import asyncio
from typing import Any

import bcrypt
import jwt
import pytest

from eduflow.kernel.auth.passwords import Passwords
from tests.services.api_core.login.door import GOOD, OTHER, Door, bearer, code, told


async def test_the_right_password_gives_tokens_that_are_good_for_every_service(door: Door) -> None:
    who = await door.somebody()
    tokens = await door.login(who.mail.upper())
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == door.settings.access_token_seconds
    header = jwt.get_unverified_header(tokens["access_token"])
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    assert (header["alg"], header["typ"]) == ("EdDSA", "at+jwt")
    assert (claims["sub"], claims["inst"]) == (str(who.user), str(who.institution))
    assert await door.knows(tokens)
    assert await door.knows(tokens, client=door.there)


async def test_what_the_answer_holds_is_stored_nowhere(door: Door) -> None:
    who = await door.somebody()
    door.here.cookies.clear()
    body = {"email": who.mail, "password": GOOD}
    answer = await door.here.post("/auth/login", json=body, headers={"Idempotency-Key": "k"})
    refreshed = await door.here.post(
        "/auth/refresh",
        json={"refresh_token": answer.json()["refresh_token"]},
        headers={**bearer(answer.json()), "Idempotency-Key": "r"},
    )
    assert refreshed.status_code == 200
    rows = await door.sql("SELECT count(*) FROM idempotency_keys WHERE principal = $1", who.user)
    assert rows[0][0] == 0


async def counted(door: Door, monkeypatch: pytest.MonkeyPatch, mail: str) -> tuple[int, Any]:
    calls = 0
    real = bcrypt.checkpw

    def counting(password: bytes, against: bytes) -> bool:
        nonlocal calls
        calls += 1
        return real(password, against)

    with monkeypatch.context() as patch:
        patch.setattr(bcrypt, "checkpw", counting)
        answer = await door.try_login(mail, "wrong, and of no use")
    return calls, (answer.status_code, told(answer), sorted(set(answer.headers) - {"date"}))


async def test_an_unknown_mail_and_a_wrong_password_cost_and_say_the_same(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    who, invited, suspended = [
        await door.somebody(password=password) for password in (GOOD, None, GOOD)
    ]
    await door.sql("UPDATE users SET state = 'suspended' WHERE id = $1", suspended.user)
    wrong = await counted(door, monkeypatch, who.mail)
    unknown = await counted(door, monkeypatch, f"nobody-{who.mail}")
    assert wrong == unknown
    assert wrong == await counted(door, monkeypatch, invited.mail)
    assert wrong == await counted(door, monkeypatch, suspended.mail)
    assert wrong[0] == 1
    assert wrong[1][0] == 401


async def test_two_accounts_with_one_password_need_the_institution(door: Door) -> None:
    one = await door.somebody()
    two = await door.somebody(mail=one.mail)
    three = await door.somebody(mail=one.mail, password=OTHER)
    answer = await door.try_login(one.mail)
    assert code(answer) == (409, "auth.institution-needed")
    assert sorted(answer.json()["institutions"]) == sorted([one.slug, two.slug])
    tokens = await door.login(one.mail, institution=two.slug)
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    assert claims["sub"] == str(two.user)
    tokens = await door.login(one.mail, OTHER)
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    assert claims["sub"] == str(three.user)
    wrong = await door.try_login(one.mail, institution="no-such-school")
    assert code(wrong) == (401, "auth.login-refused")


async def test_guessing_never_locks_out_the_owner_at_a_known_device(door: Door) -> None:
    who = await door.somebody()
    device = (await door.login(who.mail))["device_token"]
    answers = await asyncio.gather(*(door.try_login(who.mail, f"guess {n}") for n in range(12)))
    refusals = [answer for answer in answers if answer.status_code == 429]
    assert len(refusals) >= 6
    assert int(refusals[0].headers["Retry-After"]) > 0
    assert (await door.try_login(who.mail)).status_code == 429
    assert (await door.login(who.mail, device_token=device))["device_token"] == device
    door.here.cookies.clear()
    unknown = await door.try_login(f"x{who.mail}", "guess")
    assert unknown.status_code == 401


async def test_a_browser_is_known_by_its_cookie_and_by_one_for_each_of_the_family(
    door: Door,
) -> None:
    one, two = await door.somebody(), await door.somebody()
    for who in (one, two):
        body = {"email": who.mail, "password": GOOD}
        answer = await door.here.post("/auth/login", json=body)
        assert answer.status_code == 200
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    value = door.here.cookies["eduflow_devices"].strip('"')
    now = door.desk.clock()
    for who in (one, two):
        assert door.desk.devices.recognise(value.split("."), [who.user], now=now) is not None
    door.here.cookies.clear()


async def test_a_password_is_hashed_anew_when_the_cost_has_changed(door: Door) -> None:
    who = await door.somebody(password=None)
    older = Passwords(door.settings.secret, cost=5)
    stored = await older.hash(GOOD)
    older.close()
    await door.sql(
        "INSERT INTO credentials (user_id, institution_id, password_hash, changed_at)"
        " VALUES ($1, $2, $3, now())",
        who.user,
        who.institution,
        stored,
    )
    tokens = await door.login(who.mail)
    rows = await door.sql("SELECT password_hash FROM credentials WHERE user_id = $1", who.user)
    assert "$2b$04$" in rows[0][0]
    assert (await door.refresh(tokens["refresh_token"])).status_code == 200
    assert await door.login(who.mail)


@pytest.mark.parametrize(
    "body",
    [
        {"email": "no mail", "password": "x"},
        {"email": "a@b", "password": ""},
        {"email": "a@b", "password": "x" * 5000},
        {"email": "a\u0000@b.test", "password": "x"},
        {"email": "a@b", "password": "x", "admin": True},
        {"password": "x"},
    ],
)
async def test_what_is_no_login_is_told_where(door: Door, body: dict[str, Any]) -> None:
    answer = await door.here.post("/auth/login", json=body)
    assert code(answer) == (422, "kernel.invalid")
    assert answer.json()["errors"]
