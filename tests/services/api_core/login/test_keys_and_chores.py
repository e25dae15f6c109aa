"""Keys that turn while people work, and what is forgotten by itself."""

import asyncio
import os
from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest
from click.testing import CliRunner

from eduflow.cli.group import Stop
from eduflow.cli.keys import keys as command
from eduflow.kernel.housekeeping import housekeeping
from eduflow.kernel.ids import new_id
from eduflow.kernel.jobs import Done, Held
from eduflow.services.api_core.login.chores import forget_logins
from eduflow.services.api_core.login.keyring import all_keys, rotate, withdraw
from tests.services.api_core.login.door import Door, eventually


def kid(tokens: dict[str, Any]) -> str:
    found: str = jwt.get_unverified_header(tokens["access_token"])["kid"]
    return found


async def published(door: Door, path: str, **headers: str) -> httpx.Response:
    url = str(door.here.base_url).replace("/api/v1/", f"/.well-known/{path}")
    return await door.here.get(url, headers=headers)


async def test_the_first_key_is_one_however_many_want_it(door: Door) -> None:
    await door.sql("DELETE FROM signing_keys")
    makers = [door.runtime.resources["api_core"].signing._make_first() for _ in range(8)]
    await asyncio.gather(*makers)
    states = sorted(state for _, state, _ in await all_keys(door.settings))
    assert states == ["announced", "signing"]


async def test_a_rotation_is_followed_and_nobody_is_logged_out(door: Door) -> None:
    who = await door.somebody()
    before = await door.login(who.mail)
    announced = {key: state for key, state, _ in await all_keys(door.settings)}
    states = {key: state for key, state, _ in await rotate(door.settings)}
    assert announced[kid(before)] == "signing"
    assert states[kid(before)] == "retiring"

    async def follows() -> bool:
        return states[kid(await door.login(who.mail))] == "signing"

    await eventually(follows, within=5)
    after = await door.login(who.mail)
    assert announced[kid(after)] == "announced"
    for tokens in (before, after):
        assert await door.knows(tokens)
        assert await door.knows(tokens, client=door.there)
    keys = (await published(door, "jwks.json")).json()["keys"]
    assert {kid(before), kid(after)} <= {key["kid"] for key in keys}
    assert all("d" not in key for key in keys)


async def test_the_command_shows_and_turns_the_keys(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("EDUFLOW_")]:
        monkeypatch.delenv(name)
    for name, value in door.servers.environment(port=1, gateway=1).items():
        monkeypatch.setenv(name, value)
    run = CliRunner().invoke
    before = {kid for kid, _, _ in await all_keys(door.settings)}
    turned = await asyncio.to_thread(run, command, ["rotate"])
    shown = await asyncio.to_thread(run, command, ["list"])
    after = [(kid, state) for kid, state, _ in await all_keys(door.settings)]
    assert (turned.exit_code, shown.exit_code) == (0, 0)
    assert len({kid for kid, _ in after} - before) == 1
    assert [tuple(line.split()[:2]) for line in shown.output.splitlines()] == after
    unknown = await asyncio.to_thread(run, command, ["withdraw", "nonsense"])
    assert isinstance(unknown.exception, Stop)


async def test_a_withdrawn_key_is_not_published_and_another_signs(door: Door) -> None:
    who = await door.somebody()
    lost = kid(await door.login(who.mail))
    states = {key: state for key, state, _ in await withdraw(door.settings, lost)}
    assert states[lost] == "withdrawn"
    assert "signing" in states.values()

    async def follows() -> bool:
        return kid(await door.login(who.mail)) != lost

    await eventually(follows, within=5)
    keys = (await published(door, "jwks.json")).json()["keys"]
    assert lost not in {key["kid"] for key in keys}


async def test_what_has_not_changed_is_not_sent_again(door: Door) -> None:
    for path in ("jwks.json", "revoked-sessions"):
        first = await published(door, path)
        again = await published(door, path, **{"If-None-Match": first.headers["ETag"]})
        assert first.status_code == 200
        assert again.status_code == 304
        assert again.content == b""


async def test_what_nobody_can_use_any_more_is_deleted(door: Door) -> None:
    who = await door.somebody()
    await door.login(who.mail)
    await door.login(who.mail)
    old, new = new_id(), new_id()
    await door.sql(
        "UPDATE login_sessions SET expires_at = now() - interval '40 days' WHERE id ="
        " (SELECT id FROM login_sessions WHERE user_id = $1 LIMIT 1)",
        who.user,
    )
    for row, age, purpose in (
        (old, timedelta(days=3), "invitation"),
        (new, timedelta(), "password-reset"),
    ):
        await door.sql(
            "INSERT INTO one_time_tokens (id, user_id, institution_id, purpose, created_at,"
            " expires_at) VALUES ($1, $2, $3, $5, now(), now() - $4::interval)",
            row,
            who.user,
            who.institution,
            age,
            purpose,
        )
        await door.sql(
            "INSERT INTO idempotency_keys (principal, key, command, body_hash, answer, at)"
            " VALUES ($1, $2, 'X', '', '{}', now() - $3::interval)",
            who.user,
            str(row),
            age,
        )
    held = Held(new_id(), 1, 1, {}, None)
    assert await forget_logins(held, door.worker) == Done()
    assert await housekeeping("api_core").run(held, door.worker) == Done()
    sessions = await door.sql("SELECT id FROM login_sessions WHERE user_id = $1", who.user)
    tokens = await door.sql("SELECT id FROM one_time_tokens WHERE user_id = $1", who.user)
    keys = await door.sql("SELECT key FROM idempotency_keys WHERE principal = $1", who.user)
    assert len(sessions) == 1
    assert [row["id"] for row in tokens] == [new]
    assert [row["key"] for row in keys] == [str(new)]
