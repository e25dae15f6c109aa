"""How an item lies in the database, and comes out of it as it went in.

jsonb keeps no order of members, but parameters are drawn in theirs: they are stored as a list of
pairs. Digests are of the stored values, their members in order, so that whoever reads the row years
later computes the same.
"""

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from eduflow.scoring.interactions import Interaction
from eduflow.scoring.items import Hint, Item, Parameter
from eduflow.scoring.keys import Key

_ENCODER = msgspec.json.Encoder(order="sorted")
_ASKED = frozenset(
    {"title", "body", "language", "interaction", "parameters", "conditions", "feedback", "points"}
)


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """`question_versions.feedback`: what is told afterwards, or for a price."""

    feedback: str = ""
    feedback_right: str = ""
    feedback_wrong: str = ""
    hints: tuple[Hint, ...] = ()
    solution: str = ""


class StoredItem(msgspec.Struct, kw_only=True):
    """The columns of `question_versions`, with the `key` of `answer_keys`, as JSON of a row."""

    title: str
    body: str
    language: str
    interaction: Interaction
    key: Key
    parameters: list[tuple[str, Parameter]]
    conditions: tuple[str, ...]
    feedback: Said
    points: Decimal
    identifier: str | None = None


def item_of(row: StoredItem, *, tags: tuple[str, ...] = ()) -> Item:
    """The item that a row is."""
    said = {name: getattr(row.feedback, name) for name in Said.__struct_fields__}
    return Item(
        title=row.title,
        body=row.body,
        interaction=row.interaction,
        key=row.key,
        points=row.points,
        parameters=dict(row.parameters),
        conditions=row.conditions,
        tags=tags,
        language=row.language,
        identifier=row.identifier,
        **said,
    )


def type_of(item: Item) -> str:
    """The type, by the name that interaction and key share."""
    return str(type(item.interaction).__struct_config__.tag)


def as_json(value: Any) -> str:
    """Text for `$n::text::jsonb`."""
    return msgspec.json.encode(value).decode()


def asked_columns(item: Item) -> dict[str, Any]:
    """The columns of `question_versions` that say what is asked, as plain JSON values."""
    said = Said(**{name: getattr(item, name) for name in Said.__struct_fields__})
    return {
        "title": item.title,
        "body": item.body,
        "language": item.language,
        "interaction": _plain(item.interaction),
        "parameters": _plain(list(item.parameters.items())),
        "conditions": list(item.conditions),
        "feedback": _plain(said),
        "points": str(item.points),
    }


def digest_of_question(columns: Mapping[str, Any]) -> bytes:
    """Of everything that is asked, from the columns as `asked_columns` or the database has them.

    Taken of the values and not of today's structs: a member that is added to those must not change
    what old receipts cite.
    """
    asked = {name: columns[name] for name in _ASKED}
    asked["points"] = _number(columns["points"])
    return hashlib.sha256(_ENCODER.encode(asked)).digest()


def digest_of_key(key: Any) -> bytes:
    """Of how answers are judged: of a key, or of the column `answer_keys.key`."""
    return hashlib.sha256(_ENCODER.encode(_plain(key))).digest()


def digest_of_rubric(guidelines: str, criteria: Sequence[Mapping[str, Any]]) -> bytes:
    """Of what graders read by: the criteria in their order, as the rows have them."""
    lines = [
        {
            **{name: line[name] for name in ("key", "title", "description", "grader_note")},
            "points": _number(line["points"]),
            "levels": [{**level, "points": _number(level["points"])} for level in line["levels"]],
        }
        for line in criteria
    ]
    return hashlib.sha256(_ENCODER.encode([guidelines, lines])).digest()


def _number(value: Any) -> str:
    """1, 1.0 and 1.00 are the same number, whichever of them the database gives back."""
    return format(Decimal(str(value)).normalize(), "f")


def _plain(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))
