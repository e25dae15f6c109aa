from datetime import timedelta

import pytest

from eduflow.kernel.auth.device import LIFETIME, KnownDevices
from eduflow.kernel.auth.onetime import LIFETIMES, OneTimeTokens, is_usable
from eduflow.kernel.ids import UserId, new_id
from eduflow.kernel.settings import Secret
from tests.kernel.auth.forge import NOW, SECRET

NONSENSE = [
    "",
    "x",
    "A" * 42,
    "A" * 63 + "=",
    "é" * 43,
    "\0" * 43,
    "A" * 64,
    "A" * 75,
    "-" * 1_000_000,
]


def test_a_one_time_token_leads_to_its_row_for_its_purpose_only() -> None:
    tokens, row = OneTimeTokens(SECRET), new_id()
    token = tokens.token(row, "invitation")
    assert tokens.read(token, "invitation") == row
    assert tokens.token(row, "invitation") == token
    assert tokens.read(token, "password-reset") is None
    assert OneTimeTokens(Secret("another")).read(token, "invitation") is None
    for at in range(len(token)):
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        assert tokens.read(changed, "invitation") is None


def test_a_one_time_token_works_once_and_not_for_ever() -> None:
    expires = NOW + LIFETIMES["password-reset"]
    assert is_usable(expires=expires, used=None, now=NOW)
    assert not is_usable(expires=expires, used=NOW, now=NOW)
    assert not is_usable(expires=expires, used=None, now=expires)


def test_a_device_is_recognised_for_its_owner_only() -> None:
    devices = KnownDevices(SECRET)
    owner, other = UserId(new_id()), UserId(new_id())
    token = devices.issue(owner, now=NOW)
    device = devices.recognise(token, owner, now=NOW)
    assert device is not None
    assert devices.recognise(token, other, now=NOW) is None
    assert devices.recognise(token, owner, now=NOW + LIFETIME) is None
    assert KnownDevices(Secret("another")).recognise(token, owner, now=NOW) is None
    again = devices.recognise(devices.issue(owner, now=NOW), owner, now=NOW + timedelta(days=1))
    assert again not in (None, device)
    for at in range(len(token)):
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        assert devices.recognise(changed, owner, now=NOW) is None


@pytest.mark.parametrize("text", NONSENSE, ids=range(len(NONSENSE)))
def test_nonsense_is_neither(text: str) -> None:
    found = OneTimeTokens(SECRET).read(text, "invitation")
    assert found is None
    assert KnownDevices(SECRET).recognise(text, UserId(new_id()), now=NOW) is None
    assert KnownDevices(SECRET).recognise(None, UserId(new_id()), now=NOW) is None
