"""What an import names itself goes out to students, so neither ids nor order say what is right."""

from itertools import permutations
from pathlib import Path

import pytest

from eduflow.interchange import read, write_qti3
from eduflow.scoring import interactions as ours
from eduflow.scoring import keys
from eduflow.scoring.items import Item

_WORDS = ["Oslo", "Bern", "Rome", "Paris", "Vienna", "Prague", "Madrid", "Lisbon"]
_MANY = 50


def _moodle(kind: str, inner: list[str]) -> str:
    return (
        "<quiz>"
        + "".join(
            f'<question type="{kind}"><name><text>Q{number}</text></name>'
            f'<questiontext format="html"><text>Question {number}, [[1]] and [[2]]</text>'
            f"</questiontext>{answers}</question>"
            for number, answers in enumerate(inner)
        )
        + "</quiz>"
    )


def _three(number: int) -> tuple[str, ...]:
    return list(permutations(_WORDS, 3))[number * 5]


def _orders() -> str:
    return _moodle(
        "ordering",
        [
            "".join(f"<answer><text>{word}</text></answer>" for word in _three(number))
            for number in range(_MANY)
        ],
    )


def _matches() -> str:
    return _moodle(
        "matching",
        [
            "".join(
                f"<subquestion><text>{word}</text><answer><text>of {word}</text></answer>"
                "</subquestion>"
                for word in _three(number)
            )
            for number in range(_MANY)
        ],
    )


def _selects() -> str:
    return _moodle(
        "gapselect",
        [
            "".join(
                f"<selectoption><text>{word}</text><group>1</group></selectoption>"
                for word in _three(number)
            )
            for number in range(_MANY)
        ],
    )


def _cloze() -> str:
    return _moodle("cloze", [f"<!-- {number} -->" for number in range(_MANY)]).replace(
        "[[1]] and [[2]]", "{1:MULTICHOICE:=right~wrong~worse}"
    )


def _choices() -> str:
    return "\n".join(
        f"::Q{number}:: Question {number} {{={one} ~{two} ~{three}}}"
        for number, (one, two, three) in enumerate(map(_three, range(_MANY)))
    )


def _pairs() -> str:
    return "\n\n".join(
        f"::Q{number}:: Question {number} {{"
        + " ".join(f"={word} -> of {word}" for word in _three(number))
        + "}"
        for number in range(_MANY)
    )


def _missing() -> str:
    return "\n".join(
        f"::Q{number}:: Number {number} is {{={one} ~{two} ~{three}}} here."
        for number, (one, two, three) in enumerate(map(_three, range(_MANY)))
    )


_FILES = {
    "orders.xml": _orders, "matches.xml": _matches, "selects.xml": _selects, "cloze.xml": _cloze,
    "choices.gift": _choices, "pairs.gift": _pairs, "missing.gift": _missing,
}  # fmt: skip


def _read(folder: Path, name: str) -> list[Item]:
    path = folder / name
    path.write_text(_FILES[name](), encoding="utf-8")
    with read(path) as reading:
        items = list(reading.items)
    assert len(items) == _MANY
    return items


def _in_the_order_of_the_key(item: Item) -> tuple[list[str], list[str]]:
    """Ids as whoever knows the key would put them, and as they are shown."""
    match item.interaction, item.key:
        case ours.Order(), keys.OrderKey():
            return list(item.key.sequence), [one.id for one in item.interaction.choices]
        case ours.Match(), keys.MatchKey():
            pairs = [item.key.pairs[one.id][0] for one in item.interaction.sources]
            return pairs, [one.id for one in item.interaction.targets]
        case ours.Choice(), keys.ChoiceKey():
            given = [one.id for one in item.interaction.choices]
            return [*item.key.correct, *(one for one in given if one not in item.key.correct)], []
        case ours.GapFill(), keys.GapFillKey():
            gap = item.interaction.gaps[0]
            right = item.key.gaps[gap.id].accepted[0].text
            return [right, *(one.id for one in gap.options if one.id != right)], []
        case _:
            raise AssertionError(item)


@pytest.mark.parametrize("name", _FILES)
def test_ids_in_their_order_are_the_key_as_seldom_as_by_chance(name: str, tmp_path: Path) -> None:
    found = [_in_the_order_of_the_key(item) for item in _read(tmp_path, name)]
    # By chance one in six of fifty, and never more than twenty: that is five deviations away.
    assert sum(right == sorted(right) for right, _ in found) <= 20
    assert sum(right[0] == min(right) for right, _ in found) <= 33
    assert sum(right == shown for right, shown in found) <= 20
    firsts = {right[0] for right, _ in found}
    assert len(firsts) == _MANY


@pytest.mark.parametrize("name", _FILES)
def test_a_file_read_twice_says_the_same(name: str, tmp_path: Path) -> None:
    assert _read(tmp_path, name) == _read(tmp_path, name)


@pytest.mark.parametrize("name", _FILES)
def test_what_was_named_here_comes_back_from_qti_as_it_went(name: str, tmp_path: Path) -> None:
    items = _read(tmp_path, name)
    path = tmp_path / "package.zip"
    with path.open("wb") as target:
        write_qti3(target, items)
    with read(path) as reading:
        assert list(reading.items) == items


def test_the_key_does_not_go_into_the_ids(tmp_path: Path) -> None:
    """Else whoever guesses it could prove it by them."""
    text = _orders()
    there = {
        item.title: {one.text: one.id for one in item.interaction.choices}  # type: ignore[union-attr]
        for item in _read(tmp_path, "orders.xml")
    }
    path = tmp_path / "turned.xml"
    first = "".join(f"<answer><text>{word}</text></answer>" for word in _three(0))
    other = "".join(f"<answer><text>{word}</text></answer>" for word in reversed(_three(0)))
    path.write_text(text.replace(first, other, 1))
    with read(path) as reading:
        turned = next(iter(reading.items))
    assert isinstance(turned.interaction, ours.Order)
    assert {one.text: one.id for one in turned.interaction.choices} == there["Q0"]
    path = tmp_path / "cloze.xml"
    path.write_text(_cloze())
    with read(path) as one:
        before = next(iter(one.items)).interaction
    path.write_text(_cloze().replace("=right~wrong", "right~=wrong"))
    with read(path) as two:
        assert next(iter(two.items)).interaction == before


def test_choices_stay_as_their_author_put_them_and_equal_ones_are_two(tmp_path: Path) -> None:
    path = tmp_path / "equal.gift"
    path.write_text("::E:: Which? {~b =a ~b}")
    with read(path) as reading:
        (item,) = reading.items
    assert isinstance(item.interaction, ours.Choice)
    assert [one.text for one in item.interaction.choices] == ["b", "a", "b"]
    assert len({one.id for one in item.interaction.choices}) == 3
