import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from eduflow.kernel.auth.encoding import to_text
from eduflow.kernel.auth.keys import (
    KeySeal,
    UnsealError,
    key_set,
    new_key,
    rotated,
    thumbprint,
    withdrawn,
)
from eduflow.kernel.auth.published import KEYS_PATH, KeySetError, PublishedKeys, read_key_set
from eduflow.kernel.problems import Unavailable
from eduflow.kernel.settings import Secret
from tests.kernel.auth.forge import LIFETIME, NOW, SECRET
from tests.kernel.auth.identity_server import IdentityServer

SEAL = KeySeal(SECRET)


@pytest.fixture
def server() -> Iterator[IdentityServer]:
    with IdentityServer() as server:
        yield server


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


class Monotonic:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_sealed_key_opens_with_the_same_secret_and_shows_nothing() -> None:
    key = new_key(SEAL, state="signing", now=NOW)
    private = KeySeal(SECRET).open(key)
    assert private.public_key().public_bytes_raw() == key.public
    assert private.private_bytes_raw() not in key.sealed
    assert new_key(SEAL, state="signing", now=NOW).sealed != key.sealed


@pytest.mark.parametrize(
    "change",
    [
        lambda key: {"sealed": b""},
        lambda key: {"sealed": key.sealed[:-1]},
        lambda key: {"sealed": key.sealed[:-1] + bytes([key.sealed[-1] ^ 1])},
        lambda key: {"sealed": b"\x02" + key.sealed[1:]},
        lambda key: {"kid": "another"},
        lambda key: {"public": bytes(32)},
    ],
)
def test_a_key_that_was_changed_does_not_open(change: Any) -> None:
    key = new_key(SEAL, state="signing", now=NOW)
    with pytest.raises(UnsealError):
        SEAL.open(msgspec.structs.replace(key, **change(key)))


def test_another_secret_does_not_open_it_and_says_what_to_do() -> None:
    key = new_key(SEAL, state="signing", now=NOW)
    with pytest.raises(UnsealError, match="EDUFLOW_SECRET"):
        KeySeal(Secret("another")).open(key)


def test_the_thumbprint_is_that_of_the_standard() -> None:
    # RFC 8037, appendix A.3.
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    assert thumbprint(public) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_the_key_set_holds_public_halves_of_published_keys_only() -> None:
    keys = [new_key(SEAL, state="signing", now=NOW), new_key(SEAL, state="announced", now=NOW)]
    document = key_set(withdrawn(keys, keys[0].kid, now=NOW))
    assert [member["kid"] for member in json.loads(document)["keys"]] == [keys[1].kid]
    assert list(read_key_set(document)) == [keys[1].kid]
    assert b'"d"' not in document


def test_the_first_rotation_makes_a_key_to_sign_with() -> None:
    keys = rotated([], seal=SEAL, now=NOW, keep=LIFETIME)
    assert sorted(key.state for key in keys) == ["announced", "signing"]


def _jwk(**changes: Any) -> dict[str, Any]:
    public = to_text(Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": public, "kid": "k", "use": "sig", "alg": "EdDSA"}
    return jwk | changes


@pytest.mark.parametrize(
    "changes",
    [
        {"kty": "RSA"},
        {"kty": "oct", "k": "c2VjcmV0"},
        {"crv": "X25519"},
        {"crv": "Ed448"},
        {"x": "AAAA"},
        {"x": "not base64!"},
        {"x": ""},
        {"use": "enc"},
        {"alg": "HS256"},
        {"kid": ""},
        {"kid": "k" * 200},
        {"d": "AAAA"},
    ],
)
def test_a_key_of_another_kind_is_never_used(changes: dict[str, Any]) -> None:
    with pytest.raises(KeySetError):
        read_key_set(json.dumps({"keys": [_jwk(**changes)]}).encode())
    if "d" not in changes:
        both = {"keys": [_jwk(kid="good"), _jwk(**changes)]}
        assert list(read_key_set(json.dumps(both).encode())) == ["good"]


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"keys": {}}',
        b'{"keys": []}',
        b"<html>",
        json.dumps({"keys": [_jwk(), _jwk()]}).encode(),
        json.dumps({"keys": [_jwk(kid=str(n)) for n in range(33)]}).encode(),
    ],
)
def test_a_document_that_is_no_key_set_is_refused(document: bytes) -> None:
    with pytest.raises(KeySetError):
        read_key_set(document)


async def test_an_unknown_key_is_fetched_once_for_all_who_wait(
    server: IdentityServer, client: httpx.AsyncClient
) -> None:
    key = new_key(SEAL, state="signing", now=NOW)
    server.documents[KEYS_PATH] = key_set([key])
    keys = PublishedKeys(server.url, client=client)
    server.gate.clear()
    waiting = [asyncio.create_task(keys.find(key.kid)) for _ in range(100)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    server.gate.set()
    found = await asyncio.gather(*waiting[1:])
    assert all(one is not None for one in found)
    assert server.asked[KEYS_PATH] == 1


async def test_a_new_key_is_found_and_a_flood_of_unknown_ones_asks_once_per_pause(
    server: IdentityServer, client: httpx.AsyncClient
) -> None:
    first, second = (new_key(SEAL, state="signing", now=NOW) for _ in range(2))
    server.documents[KEYS_PATH] = key_set([first])
    monotonic = Monotonic()
    keys = PublishedKeys(server.url, client=client, monotonic=monotonic)
    assert await keys.find(first.kid)
    server.documents[KEYS_PATH] = key_set([first, second])
    for n in range(50):
        assert await keys.find(f"unknown {n}") is None
    assert server.asked[KEYS_PATH] == 1
    monotonic.now += 3.1
    assert await keys.find(second.kid)
    assert server.asked[KEYS_PATH] == 2


async def test_the_last_keys_stay_good_while_nobody_answers(
    server: IdentityServer, client: httpx.AsyncClient
) -> None:
    key = new_key(SEAL, state="signing", now=NOW)
    server.documents[KEYS_PATH] = key_set([key])
    monotonic = Monotonic()
    keys = PublishedKeys(server.url, client=client, monotonic=monotonic)
    assert await keys.find(key.kid)
    for break_it in (server.stop, lambda: setattr(server, "status", 500)):
        break_it()
        monotonic.now += 100
        assert keys.has(key.kid)
        assert await keys.find("unknown") is None
        assert keys.has(key.kid)
        if break_it == server.stop:
            server.start()
    assert keys.failures == 2


async def test_a_withdrawn_key_is_forgotten_without_being_asked_for(
    server: IdentityServer, client: httpx.AsyncClient
) -> None:
    first, second = (new_key(SEAL, state="signing", now=NOW) for _ in range(2))
    server.documents[KEYS_PATH] = key_set([first, second])
    monotonic = Monotonic()
    keys = PublishedKeys(server.url, client=client, monotonic=monotonic)
    assert await keys.find(first.kid)
    server.documents[KEYS_PATH] = key_set([second])
    monotonic.now += 61
    async with asyncio.timeout(5):
        while keys.has(first.kid):  # noqa: ASYNC110 (what changes is behind a socket)
            await asyncio.sleep(0.005)
    assert keys.has(second.kid)
    await keys.close()


async def test_before_the_first_keys_the_answer_is_unavailable_and_not_refused(
    server: IdentityServer, client: httpx.AsyncClient
) -> None:
    server.status = 503
    keys = PublishedKeys(server.url, client=client)
    for _ in range(2):
        with pytest.raises(Unavailable):
            await keys.find("any")
    assert server.asked[KEYS_PATH] == 1


async def test_an_endless_document_is_not_read_to_its_end(
    server: IdentityServer, client: httpx.AsyncClient
) -> None:
    key = new_key(SEAL, state="signing", now=NOW)
    server.documents[KEYS_PATH] = key_set([key]) + b" " * 5_000_000
    keys = PublishedKeys(server.url, client=client)
    with pytest.raises(Unavailable):
        await keys.find(key.kid)
