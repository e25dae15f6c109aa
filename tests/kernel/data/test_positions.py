"""A position is what we handed out, or it is refused."""

import base64
import random
import string

import msgspec
import pytest

from eduflow.kernel.positions import Position, PositionRefused, Positions
from eduflow.kernel.settings import Secret
from tests.harness.platform import School

MINE = Positions(Secret("mine" * 16))
THEIRS = Positions(Secret("theirs" * 16))
KNOWN = Position(
    "api_core", "123.00000001", xids=(7,), rounds={"roster": (3, 4)}, lsn=9, server="a"
)


def test_a_position_comes_back_as_it_was() -> None:
    header = MINE.seal([KNOWN, msgspec.structs.replace(KNOWN, source="tutor")])
    assert MINE.open(header) == {
        "api_core": KNOWN,
        "tutor": msgspec.structs.replace(KNOWN, source="tutor"),
    }
    assert MINE.open(None) == MINE.open("") == {}


def test_a_position_with_any_bit_changed_is_refused() -> None:
    raw = base64.urlsafe_b64decode(MINE.seal([KNOWN]) + "==")
    for place in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(PositionRefused):
            MINE.open(base64.urlsafe_b64encode(changed).decode().rstrip("="))


def test_whatever_somebody_writes_is_refused_and_never_a_fault() -> None:
    # Not by Hypothesis: it takes it amiss that the platform's threads use `random` beside it.
    dice = random.Random(3)  # noqa: S311
    signs = "aA0-_=, \t\0\xff,,,\u0664\U0001f600" + string.printable
    for _ in range(500):
        text = "".join(dice.choices(signs, k=dice.randrange(1, 300)))
        with pytest.raises(PositionRefused):
            MINE.open(text)


def test_truncated_foreign_and_oversized_positions_are_refused() -> None:
    good = MINE.seal([KNOWN])
    bad = [good[:n] for n in range(1, len(good))]
    bad += [THEIRS.seal([KNOWN]), good + "A", good + "*", good + ",", "," + good, f"{good}, x"]
    bad += [good.swapcase(), ", ".join([good] * 60), "A" * 5000]
    for header in bad:
        with pytest.raises(PositionRefused):
            MINE.open(header)


def test_two_positions_of_one_database_count_together() -> None:
    other = msgspec.structs.replace(KNOWN, xids=(5,), rounds={"roster": (4, 3), "people": (1,)})
    (found,) = MINE.open(f"{MINE.seal([KNOWN])}, {MINE.seal([other])}").values()
    assert found.xids == (5, 7)
    assert set(found.rounds) == {"roster", "people"}


@pytest.mark.parametrize(
    "header", ["x", "A" * 5000, THEIRS.seal([KNOWN]), THEIRS.seal([KNOWN])[:40]]
)
async def test_a_request_with_a_position_that_is_not_ours_is_told_so(
    school: School, header: str
) -> None:
    path = "/users/me/dashboard"
    refusal = await school.admin.refused("GET", path, EduFlow_Position=header)
    assert refusal == (400, "kernel.position-refused")
    refusal = await school.admin.refused(
        "POST", "/courses", {"code": "C", "title": "T"}, EduFlow_Position=header
    )
    assert refusal == (400, "kernel.position-refused")
    good = await school.admin.send("GET", path, EduFlow_Position="")
    assert good.status_code == 200
