from datetime import timedelta
from uuid import UUID

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from eduflow.kernel.auth.refresh import (
    GRACE,
    Decision,
    Family,
    Issued,
    Presented,
    RefreshTokens,
    decide,
    rotated,
)
from eduflow.kernel.ids import new_id
from eduflow.kernel.settings import Secret
from tests.kernel.auth.forge import NOW, SECRET

TOKENS = RefreshTokens(SECRET)


def begin() -> tuple[Issued, Family]:
    family = new_id()
    issued = TOKENS.begin(family)
    return issued, Family(
        family=family,
        current=issued.hash,
        previous=None,
        rotated=None,
        expires=NOW + timedelta(days=30),
        revoked=False,
    )


def read(token: str) -> Presented:
    presented = TOKENS.read(token)
    assert presented is not None
    return presented


def decided(stored: Family | None, token: str, after: timedelta = timedelta()) -> Decision:
    presented = read(token)
    return decide(stored, presented, hashed=TOKENS.hash(presented), now=NOW + after)


def test_a_token_is_followed_by_one_successor_and_no_other() -> None:
    first, family = begin()
    assert decided(family, first.token) is Decision.ROTATE
    successor = TOKENS.successor(read(first.token))
    assert successor == TOKENS.successor(read(first.token))
    assert successor.token != first.token
    family = rotated(family, successor, now=NOW)
    assert decided(family, successor.token) is Decision.ROTATE


def test_a_lost_answer_can_be_asked_for_again_for_ten_seconds() -> None:
    first, family = begin()
    family = rotated(family, TOKENS.successor(read(first.token)), now=NOW)
    assert decided(family, first.token, GRACE) is Decision.SAME_SUCCESSOR
    just_after = GRACE + timedelta(microseconds=1)
    assert decided(family, first.token, just_after) is Decision.REUSE
    assert decided(family, first.token, timedelta(seconds=-3)) is Decision.SAME_SUCCESSOR


def test_once_the_successor_was_used_the_predecessor_is_stolen() -> None:
    first, family = begin()
    second = TOKENS.successor(read(first.token))
    third = TOKENS.successor(read(second.token))
    family = rotated(rotated(family, second, now=NOW), third, now=NOW)
    assert decided(family, first.token) is Decision.REUSE
    assert decided(family, second.token) is Decision.SAME_SUCCESSOR


def test_a_family_that_ended_stays_ended() -> None:
    first, family = begin()
    revoked = msgspec.structs.replace(family, revoked=True)
    assert decided(revoked, first.token) is Decision.REVOKED
    assert decided(family, first.token, timedelta(days=30)) is Decision.EXPIRED
    assert decided(None, first.token) is Decision.UNKNOWN
    assert decided(begin()[1], first.token) is Decision.UNKNOWN


def test_of_a_thousand_racers_one_rotates_and_all_get_the_same() -> None:
    first, family = begin()
    outcomes = []
    for _ in range(1000):
        outcome = decided(family, first.token)
        successor = TOKENS.successor(read(first.token))
        if outcome is Decision.ROTATE:
            family = rotated(family, successor, now=NOW)
        outcomes.append((outcome, successor.token))
    assert [outcome for outcome, _ in outcomes].count(Decision.ROTATE) == 1
    assert {outcome for outcome, _ in outcomes[1:]} == {Decision.SAME_SUCCESSOR}
    assert len({token for _, token in outcomes}) == 1


@given(
    steps=st.lists(
        st.tuples(st.integers(0, 40), st.floats(0, 30, allow_nan=False)), min_size=1, max_size=60
    )
)
@settings(max_examples=200, deadline=None)
def test_whatever_is_presented_when_there_is_one_living_token(
    steps: list[tuple[int, float]],
) -> None:
    """A model: the chain of all links, of which the last is alive and the one before in grace."""
    first, family = begin()
    chain, moment, turned = [first], NOW, None
    for pick, seconds in steps:
        moment += timedelta(seconds=seconds)
        index = max(0, len(chain) - 1 - pick)
        presented = read(chain[index].token)
        outcome = decide(family, presented, hashed=TOKENS.hash(presented), now=moment)
        newest = len(chain) - 1
        in_grace = turned is not None and moment - turned <= GRACE
        if family.revoked:
            expected = Decision.REVOKED
        elif index == newest:
            expected = Decision.ROTATE
        elif index == newest - 1 and in_grace:
            expected = Decision.SAME_SUCCESSOR
        else:
            expected = Decision.REUSE
        assert outcome is expected
        if outcome is Decision.ROTATE:
            chain.append(TOKENS.successor(presented))
            family, turned = rotated(family, chain[-1], now=moment), moment
        elif outcome is Decision.SAME_SUCCESSOR:
            assert TOKENS.successor(presented) == chain[newest]
        elif outcome is Decision.REUSE:
            family = msgspec.structs.replace(family, revoked=True)
    assert len({link.token for link in chain}) == len({link.hash for link in chain}) == len(chain)


@given(text=st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_no_invented_text_is_a_token(text: str) -> None:
    assert TOKENS.read(text) is None
    assert TOKENS.read("ert1." + text) is None


@given(position=st.integers(0, 90), letter=st.sampled_from("Aa0_-=. é"))
@settings(max_examples=300, deadline=None)
def test_a_token_with_a_letter_changed_is_nobodys(position: int, letter: str) -> None:
    token = TOKENS.begin(UUID(int=7)).token
    at = position % len(token)
    changed = token[:at] + letter + token[at + 1 :]
    assert changed == token or TOKENS.read(changed) is None


def test_another_installation_reads_none_of_it() -> None:
    first, _ = begin()
    assert RefreshTokens(Secret("another")).read(first.token) is None


def test_what_is_stored_and_what_is_logged_hold_no_token() -> None:
    first, _ = begin()
    presented = read(first.token)
    assert presented.secret not in first.hash
    assert first.token not in repr(first)
    assert repr(presented.secret) not in repr(presented)
