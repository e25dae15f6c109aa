import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eduflow.kernel.auth.encoding import from_text, to_text
from eduflow.kernel.auth.keys import OwnKeys, new_key, rotated, withdrawn
from eduflow.kernel.auth.problems import TokenRefused
from eduflow.kernel.auth.revocation import epoch_of
from eduflow.kernel.clock import utc_now
from eduflow.kernel.ids import SessionId, UserId, new_id
from tests.kernel.auth.bad_tokens import BAD_TOKENS, PASSES_STOCK
from tests.kernel.auth.forge import LIFETIME, NOW, STRANGER, Mint


@pytest.fixture
def mint() -> Mint:
    return Mint()


async def refusal(mint: Mint, token: str) -> TokenRefused:
    with pytest.raises(TokenRefused) as caught:
        await mint.verifier.verify(token)
    return caught.value


async def test_a_token_proves_who_is_asking(mint: Mint) -> None:
    identity = await mint.verifier.verify(mint.good())
    assert (identity.user, identity.institution, identity.session) == (
        mint.user,
        mint.institution,
        mint.session,
    )
    assert identity.expires == NOW + LIFETIME


async def test_the_forge_itself_makes_good_tokens(mint: Mint) -> None:
    assert (await mint.verifier.verify(mint.signed())).user == mint.user
    now = Mint(utc_now())
    assert now.stock_accepts(now.signed())
    assert not now.stock_accepts(now.signed(by=STRANGER))


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "eduflow"},
        {"aud": ["assessment", "tutor"]},
        {"unheard": {"of": [1.5, None]}},
    ],
)
async def test_what_the_standards_allow_is_accepted(mint: Mint, changes: dict[str, object]) -> None:
    assert (await mint.verifier.verify(mint.signed(claims=mint.claims(**changes)))).user


async def test_a_clock_that_is_a_little_ahead_is_forgiven(mint: Mint) -> None:
    token = mint.good()
    mint.clock.advance(seconds=-4)
    assert (await mint.verifier.verify(token)).user == mint.user
    mint.clock.advance(seconds=-2)
    assert (await refusal(Mint(), token)).reason == "invalid"


@pytest.mark.parametrize("name", BAD_TOKENS)
async def test_a_bad_token_is_refused(mint: Mint, name: str) -> None:
    refused = await refusal(mint, BAD_TOKENS[name](mint))
    assert (refused.code, refused.status) == ("auth.token-refused", 401)
    expected = "expired" if name in ("exp past", "exp now") else "invalid"
    assert refused.facts == {"reason": expected}
    assert 'error="invalid_token"' in refused.challenge


@pytest.mark.parametrize("name", PASSES_STOCK)
async def test_the_library_alone_would_accept_it(name: str) -> None:
    now = Mint(utc_now())
    token = PASSES_STOCK[name](now)
    assert now.stock_accepts(token)
    await refusal(now, token)


def test_there_are_enough_bad_tokens() -> None:
    assert len(BAD_TOKENS) >= 80


@given(text=st.text(st.characters(), max_size=300))
@settings(max_examples=200, deadline=None)
def test_no_text_is_a_fault(text: str) -> None:
    mint = Mint()
    for token in (text, f"{text}.{text}.{text}", mint.good() + text if text else ""):
        with pytest.raises(TokenRefused):
            asyncio.run(mint.verifier.verify(token))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@given(
    part=st.sampled_from(["header", "claims"]),
    member=st.sampled_from(
        ["alg", "typ", "kid", "iss", "aud", "sub", "inst", "sid", "jti", "iat", "nbf", "exp"]
    ),
    value=JSON,
)
@settings(max_examples=300, deadline=None)
def test_no_value_of_any_member_is_a_fault(part: str, member: str, value: object) -> None:
    mint = Mint()
    changed = mint.header() if part == "header" else mint.claims()
    unchanged = changed.get(member) == value or member == "aud"
    changed[member] = value
    token = mint.signed(changed) if part == "header" else mint.signed(claims=changed)
    try:
        identity = asyncio.run(mint.verifier.verify(token))
    except TokenRefused:
        return
    # In the claims, a header's name is a claim that nobody reads; any past will do for `nbf`.
    assert identity.user == mint.user
    assert unchanged or (part == "claims" and member in ("alg", "typ", "kid", "nbf"))


async def test_remembered_claims_still_expire(mint: Mint) -> None:
    token = mint.good()
    await mint.verifier.verify(token)
    mint.clock.advance(seconds=599.9)
    await mint.verifier.verify(token)
    mint.clock.advance(seconds=0.1)
    assert (await refusal(mint, token)).reason == "expired"


async def test_a_revoked_session_is_refused_though_its_claims_are_remembered(mint: Mint) -> None:
    token = mint.good()
    await mint.verifier.verify(token)
    mint.revocations.note_session(mint.session, until=int(NOW.timestamp()) + 600)
    assert (await refusal(mint, token)).reason == "revoked"
    mint.session = SessionId(new_id())
    assert await mint.verifier.verify(mint.good())


async def test_an_epoch_voids_older_tokens_and_spares_those_after_it(mint: Mint) -> None:
    mint.clock.advance(seconds=0.2)
    before = mint.good()
    await mint.verifier.verify(before)
    mint.clock.advance(seconds=0.3)
    epoch = epoch_of(mint.clock())
    mint.revocations.note_person(mint.user, epoch=epoch, until=epoch + 600)
    mint.clock.advance(seconds=0.3)
    after = mint.good(not_before=epoch)
    assert (await refusal(mint, before)).reason == "revoked"
    assert (await mint.verifier.verify(after)).user == mint.user
    mint.user = UserId(new_id())
    assert await mint.verifier.verify(mint.good())


async def test_the_memory_is_bounded(mint: Mint) -> None:
    verifier = mint.verifier_for("eduflow", remembered=10)
    for _ in range(30):
        mint.session = SessionId(new_id())
        await verifier.verify(mint.good())
    assert len(verifier._verified) == 10


async def test_rotation_never_breaks_a_good_token(mint: Mint) -> None:
    keys = rotated([mint.key], seal=mint.seal, now=NOW, keep=LIFETIME)
    assert [key.state for key in keys] == ["retiring", "signing", "announced"]
    mint.keys.replace(keys)
    token = mint.good()
    assert await mint.verifier.verify(token)
    keys = rotated(keys, seal=mint.seal, now=NOW + LIFETIME / 2, keep=LIFETIME)
    assert [key.state for key in keys] == ["retiring", "retiring", "signing", "announced"]
    mint.keys.replace(keys)
    assert await mint.verifier.verify(token)
    keys = rotated(keys, seal=mint.seal, now=NOW + LIFETIME, keep=LIFETIME)
    mint.keys.replace(keys)
    # The last token that the first key signed has expired by now, and its key is withdrawn.
    assert (await refusal(mint, token)).why == "kid"


async def test_tokens_of_a_compromised_key_are_void_at_once(mint: Mint) -> None:
    token = mint.good()
    await mint.verifier.verify(token)
    mint.keys.replace(withdrawn([mint.key], mint.key.kid, now=NOW))
    assert (await refusal(mint, token)).why == "kid"


async def test_an_announced_key_is_already_published(mint: Mint) -> None:
    announced = new_key(mint.seal, state="announced", now=NOW)
    assert OwnKeys([announced]).has(announced.kid)


@pytest.mark.parametrize("text", ["A", "AB", "AA=", "A A", "A+", "é", "AAAAA"])
def test_only_the_canonical_spelling_is_read(text: str) -> None:
    assert from_text(text) is None


@pytest.mark.parametrize("data", [b"", b"a", b"ab", b"abc", bytes(range(256))])
def test_bytes_survive_their_spelling(data: bytes) -> None:
    assert from_text(to_text(data)) == data
