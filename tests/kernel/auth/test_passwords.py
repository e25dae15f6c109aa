import asyncio
import os
import sys
import threading
import time
import unicodedata
from collections.abc import Iterator

import bcrypt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eduflow.kernel.auth.passwords import LONGEST, SHORTEST, Passwords, _common, check_new_password
from eduflow.kernel.auth.problems import PasswordRefused
from eduflow.kernel.problems import TooMany
from eduflow.kernel.settings import Secret
from tests.kernel.auth.forge import SECRET

STRANGE = [
    "x" * 64,
    "x" * 72,
    "x" * 73,
    "ü" * 200,
    "🦉" * 256,
    "with a \0 inside",
    "\0" * 20,
    "\ud800 lone surrogate",
    "ﷺ" * 100,
    "a\u0300\u0316" * 80,
    " blanks around ",
    "пароль-который-долго-помнят",
]


@pytest.fixture(scope="module")
def passwords() -> Iterator[Passwords]:
    passwords = Passwords(SECRET, cost=4)
    yield passwords
    passwords.close()


@pytest.mark.parametrize("password", STRANGE, ids=range(len(STRANGE)))
async def test_any_text_is_a_password_and_every_character_counts(
    passwords: Passwords, password: str
) -> None:
    stored = await passwords.hash(password)
    assert await passwords.verify(password, stored)
    assert not await passwords.verify(password + "x", stored)
    assert not await passwords.verify(password[:-1], stored)
    assert not await passwords.verify("x" + password[1:-1] + "y", stored)


@given(password=st.text(st.characters(), min_size=64, max_size=256))
@settings(max_examples=60, deadline=None)
def test_long_passwords_are_not_truncated(password: str) -> None:
    passwords = Passwords(SECRET, cost=4, threads=1)
    prepared = passwords._prepare(password)
    assert len(prepared) == 64
    assert b"\0" not in prepared
    assert prepared != passwords._prepare(password + "!")
    assert bcrypt.checkpw(prepared, passwords._hash(prepared))
    passwords.close()


async def test_two_ways_to_type_a_letter_are_one_password(passwords: Passwords) -> None:
    composed = "Schlüsselblüte"
    stored = await passwords.hash(composed)
    assert await passwords.verify(unicodedata.normalize("NFD", composed), stored)


async def test_a_megabyte_is_answered_quickly_and_never_matches(passwords: Passwords) -> None:
    begun = time.monotonic()
    stored = await passwords.hash("a" * 1024)
    assert not await passwords.verify("a" * 1_000_000, stored)
    assert not await passwords.verify("ﷺ" * 1_000_000, None)
    assert time.monotonic() - begun < 0.5
    with pytest.raises(PasswordRefused):
        await passwords.hash("a" * 1025)


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "x",
        "\0",
        "$2b$04$abc",
        "$2b$04$" + "a" * 53,
        "{bcrypt-hmac-sha384}$2b$99$" + "a" * 10,
        "{bcrypt-hmac-sha384}" * 3,
    ],
)
async def test_a_broken_row_is_nobodys_password(passwords: Passwords, stored: str) -> None:
    assert not await passwords.verify("whatever it is", stored)
    assert passwords.needs_rehash(stored)


async def test_the_pepper_is_needed(passwords: Passwords) -> None:
    stored = await passwords.hash("a good long password")
    other = Passwords(Secret("another installation"), cost=4, threads=1)
    assert not await other.verify("a good long password", stored)
    other.close()


async def test_a_changed_cost_asks_for_a_new_hash(passwords: Passwords) -> None:
    stored = await passwords.hash("a good long password")
    costlier = Passwords(SECRET, cost=5, threads=1)
    assert not passwords.needs_rehash(stored)
    assert costlier.needs_rehash(stored)
    assert await costlier.verify("a good long password", stored)
    costlier.close()


async def test_nobody_costs_as_much_as_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords = Passwords(SECRET, cost=5, threads=1)
    stored = await passwords.hash("a good long password")
    compared: list[str] = []
    really = bcrypt.checkpw

    def counted(password: bytes, against: bytes) -> bool:
        # The work factor is in the hash: equal factors are equal work.
        compared.append(against[:7].decode())
        return really(password, against)

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    assert not await passwords.verify("a wrong password", stored)
    assert not await passwords.verify("a wrong password", None)
    assert compared == ["$2b$05$", "$2b$05$"]
    passwords.close()


async def test_beyond_the_queue_callers_are_sent_away_at_once_and_places_come_back() -> None:
    passwords = Passwords(SECRET, cost=9, threads=1, queue=3)
    logins = [asyncio.create_task(passwords.verify("wrong", None)) for _ in range(4)]
    await asyncio.sleep(0)
    begun = time.perf_counter()
    with pytest.raises(TooMany) as refused:
        await passwords.verify("wrong", None)
    assert time.perf_counter() - begun < 0.1
    assert refused.value.retry_after >= 1
    logins[3].cancel()
    await asyncio.gather(*logins, return_exceptions=True)
    again = [passwords.verify("wrong", None) for _ in range(4)]
    assert await asyncio.gather(*again) == [False] * 4
    passwords.close()


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "x" * (SHORTEST - 1),
        "y z" * 100,
        "qwertyuiop",
        "QwertyUIOP",
        "１２３４５６７８９０",
        "correct horse battery staple",
        "ada.lovelace is me",
        "Ada.Lovelace1815",
    ],
)
def test_a_weak_password_is_refused_with_a_pointer(password: str) -> None:
    with pytest.raises(PasswordRefused) as refused:
        check_new_password(password, email="ada.lovelace@example.edu")
    assert {error["pointer"] for error in refused.value.facts["errors"]} == {"/password"}


@pytest.mark.parametrize(
    "password",
    ["a quiet river bends", "9f-Kd02_pq", "ключ от старого дома", "x9" * 128, "tab\tand\0nul ok"],
)
def test_a_password_that_is_long_enough_needs_no_signs(password: str) -> None:
    check_new_password(password, email="ada.lovelace@example.edu")
    check_new_password(password, email="a@b.c")


def test_the_list_of_common_passwords_is_worth_its_place() -> None:
    assert len(_common()) > 300
    assert all(SHORTEST <= len(password) <= LONGEST for password in _common())


async def test_hashing_steps_back_behind_what_answers() -> None:
    before = set(threading.enumerate())
    passwords = Passwords(SECRET, cost=4, threads=1)
    await passwords.hash("a long password")
    (thread,) = set(threading.enumerate()) - before
    assert thread.native_id is not None
    if sys.platform == "linux":
        assert os.getpriority(os.PRIO_PROCESS, thread.native_id) == 19
    # Elsewhere the number would be taken for a process: ours must be as it was, on every system.
    assert os.getpriority(os.PRIO_PROCESS, os.getpid()) < 19
    passwords.close()
