import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from eduflow.kernel.auth.problems import TokenRefused
from eduflow.kernel.auth.revocation import (
    REVOKED_PATH,
    RevocationList,
    RevokedDocument,
    RevokedSessions,
    entity_tag,
    epoch_of,
    revoked_document,
)
from eduflow.kernel.ids import SessionId, UserId, new_id
from tests.kernel.auth.forge import NOW, FakeClock, Mint
from tests.kernel.auth.identity_server import IdentityServer

UNTIL = int(NOW.timestamp()) + 600


@pytest.fixture
def server() -> Iterator[IdentityServer]:
    with IdentityServer() as server:
        server.documents[REVOKED_PATH] = revoked_document([], [])
        yield server


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


async def until_refused(mint: Mint, token: str) -> float:
    begun = time.monotonic()
    async with asyncio.timeout(5):
        while True:
            try:
                await mint.verifier.verify(token)
            except TokenRefused:
                return time.monotonic() - begun
            await asyncio.sleep(0.005)


async def test_a_revoked_session_is_refused_everywhere_within_a_second(
    server: IdentityServer, client: httpx.AsyncClient
) -> None:
    mint = Mint()
    processes = [RevokedSessions(server.url, client=client, clock=mint.clock) for _ in range(3)]
    mints = []
    for process in processes:
        await process.__aenter__()
        mint.revocations = process
        mints.append(mint.verifier_for("eduflow"))
    token = mint.good()
    for verifier in mints:
        assert await verifier.verify(token)
    server.documents[REVOKED_PATH] = revoked_document([(mint.session, UNTIL)], [])
    for verifier in mints:
        mint.verifier = verifier
    took = []
    for verifier in mints:
        mint.verifier = verifier
        took.append(await until_refused(mint, token))
    assert sum(took) < 1.0
    mint.session = SessionId(new_id())
    assert await mints[0].verify(mint.good())
    for process in processes:
        await process.__aexit__(None, None, None)


async def test_all_tokens_of_a_person_before_the_epoch_are_refused(
    server: IdentityServer, client: httpx.AsyncClient
) -> None:
    clock, user = FakeClock(), UserId(new_id())
    revoked = RevokedSessions(server.url, client=client, clock=clock)
    epoch = epoch_of(NOW)
    server.documents[REVOKED_PATH] = revoked_document([], [(user, epoch)])
    assert await revoked.ask()
    session = SessionId(new_id())
    assert revoked.refuses(user, session, issued=epoch - 1)
    assert not revoked.refuses(user, session, issued=epoch)
    assert not revoked.refuses(UserId(new_id()), session, issued=epoch - 1)


async def test_an_unchanged_list_is_not_sent_again(
    server: IdentityServer, client: httpx.AsyncClient
) -> None:
    revoked = RevokedSessions(server.url, client=client, clock=FakeClock())
    for _ in range(5):
        assert await revoked.ask()
    assert server.answers == {200: 1, 304: 4}


async def test_an_outage_forgets_nothing_and_is_counted(
    server: IdentityServer, client: httpx.AsyncClient
) -> None:
    failures: list[None] = []
    session, user = SessionId(new_id()), UserId(new_id())
    server.documents[REVOKED_PATH] = revoked_document([(session, UNTIL)], [])
    revoked = RevokedSessions(
        server.url,
        client=client,
        clock=FakeClock(),
        on_failure=lambda: failures.append(None),
    )
    assert await revoked.ask()
    server.status = 500
    assert not await revoked.ask()
    server.status = 200
    for nonsense in (b"", b"[]", b'{"sessions": [["x", 1]]}', b"\xff", b" " * (9 << 20)):
        server.documents[REVOKED_PATH] = nonsense
        assert not await revoked.ask()
    server.stop()
    assert not await revoked.ask()
    assert revoked.refuses(user, session, issued=1)
    server.documents[REVOKED_PATH] = revoked_document([], [])
    server.start()
    assert await revoked.ask()
    assert not revoked.refuses(user, session, issued=1)
    assert len(failures) == 7
    assert revoked.age is not None
    assert revoked.age < 5


async def test_an_answer_that_hangs_is_given_up_in_time(
    server: IdentityServer, client: httpx.AsyncClient
) -> None:
    revoked = RevokedSessions(server.url, client=client, clock=FakeClock())
    server.gate.clear()
    begun = time.monotonic()
    assert not await revoked.ask()
    assert time.monotonic() - begun < 0.9


async def test_nobody_waits_at_the_start_for_a_server_that_is_away(
    client: httpx.AsyncClient,
) -> None:
    with IdentityServer() as gone:
        url = gone.url
    async with RevokedSessions(url, client=client, clock=FakeClock()) as revoked:
        assert revoked.age is None


def test_what_was_revoked_here_outlives_an_older_list_until_it_expires() -> None:
    clock, session, user = FakeClock(), SessionId(new_id()), UserId(new_id())
    revoked = RevocationList(clock=clock)
    revoked.note_session(session, until=UNTIL)
    revoked.note_person(user, epoch=UNTIL - 600, until=UNTIL)
    for _ in range(2):
        revoked.take(RevokedDocument())
        assert revoked.refuses(UserId(new_id()), session, issued=UNTIL)
        assert revoked.refuses(user, SessionId(new_id()), issued=UNTIL - 601)
    clock.advance(seconds=600)
    revoked.take(RevokedDocument())
    assert not revoked.refuses(user, session, issued=1)


def test_an_epoch_never_goes_back() -> None:
    user, session = UserId(new_id()), SessionId(new_id())
    revoked = RevocationList(clock=FakeClock())
    revoked.take(RevokedDocument(people=[(user, 2000)]))
    revoked.note_person(user, epoch=1000, until=UNTIL)
    assert revoked.refuses(user, session, issued=1999)


def test_equal_lists_have_equal_tags() -> None:
    sessions = [(SessionId(new_id()), UNTIL) for _ in range(5)]
    document = revoked_document(sessions, [])
    assert document == revoked_document(reversed(sessions), [])
    assert entity_tag(document) != entity_tag(revoked_document(sessions[1:], []))
