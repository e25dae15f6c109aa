"""What QTI has no words for, carried in an attribute of ours beside what it does say.

The attribute holds the difference between the item and what the file says in QTI's own words, and
a digest of the latter. Where another program changed the file, the digest no longer fits: then the
file is read as it says, and that is told. So what is carried never overrides what was changed.
"""

import hashlib
import re
from typing import Any, cast

import msgspec

from eduflow.interchange import markup
from eduflow.scoring.items import Item

NAMESPACE = "urn:eduflow:qti:1"
ATTRIBUTE = f"{NAMESPACE}" + "}item"
NAME = f"{NAMESPACE}" + "}name"
_NOT_XML = re.compile("[\x7f\ufffe\uffff]")
_PARTS = ("interaction", "key")


class Carried(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    of: str
    """Digest of the item as QTI's own words say it."""
    item: dict[str, Any] = {}
    """Its fields that are otherwise; `interaction` and `key` by field where their type is right."""


def _plain(item: Item) -> dict[str, Any]:
    return cast("dict[str, Any]", msgspec.to_builtins(item))


def _encoded(value: object) -> bytes:
    return msgspec.json.encode(value)


def _alike(field: str, one: object, other: object) -> bool:
    # Parameters are drawn in their order; of nothing else does the order of names matter.
    return one == other and (field != "parameters" or _encoded(one) == _encoded(other))


def digest(item: Item) -> str:
    # Tags are the manifest's, which an item can be without.
    bare = msgspec.structs.replace(item, tags=())
    return hashlib.sha256(_encoded(_plain(bare))).hexdigest()[:32]


def difference(item: Item, said: Item | None) -> str:
    """What `apply` needs to make `item` of `said`; empty where they are the same."""
    wanted, plain = _plain(item), _plain(said) if said is not None else {}
    changes = {
        field: value
        for field, value in wanted.items()
        if field not in plain or not _alike(field, plain[field], value)
    }
    for part in _PARTS:
        if part in changes and part in plain and plain[part]["type"] == wanted[part]["type"]:
            changes[part] = {
                field: value
                for field, value in wanted[part].items()
                if field not in plain[part] or plain[part][field] != value
            }
    for field in plain.keys() - wanted.keys():
        changes[field] = None
    if not changes:
        return ""
    carried = Carried(of=digest(said) if said is not None else "", item=changes)
    # What XML cannot hold, JSON can say in letters.
    return _NOT_XML.sub(
        lambda found: f"\\u{ord(found[0]):04x}", msgspec.json.encode(carried).decode()
    )


def fields_of(carried: str) -> tuple[str, ...]:
    """Names of what is carried: `key.rules`, `hints`."""
    changes = msgspec.json.decode(carried.encode(), type=Carried).item
    names: list[str] = []
    for field, value in changes.items():
        inner = field in _PARTS and isinstance(value, dict) and "type" not in value
        if field == "identifier":
            # QTI wants one of its own form, and has one.
            continue
        names += [f"{field}.{name}" for name in value] if inner else [field]
    return tuple(names)


def apply(said: Item | None, carried: str) -> Item | None:
    """The item as it was written; None where the attribute does not belong to this text."""
    try:
        read = msgspec.json.decode(carried.encode(), type=Carried)
        if read.of != (digest(said) if said is not None else ""):
            return None
        fields = _plain(said) if said is not None else {}
        for field, value in read.item.items():
            if field in _PARTS and isinstance(value, dict) and "type" not in value:
                fields[field] = {**fields[field], **value}
            elif value is None and field != "identifier":
                fields.pop(field, None)
            else:
                fields[field] = value
        item = msgspec.convert(fields, Item)
    except (msgspec.MsgspecError, KeyError, TypeError, ValueError, RecursionError):
        return None
    return made_safe(item)


_PLAIN = {"title", "language", "identifier", "tags", "parameters", "conditions"}


def made_safe(item: Item) -> Item:
    """Every text that will be shown, as `markup.safe` leaves it: also from our own attribute."""
    return msgspec.structs.replace(
        item,
        body=markup.safe(item.body),
        feedback=markup.safe(item.feedback),
        feedback_right=markup.safe(item.feedback_right),
        feedback_wrong=markup.safe(item.feedback_wrong),
        solution=markup.safe(item.solution),
        hints=tuple(
            msgspec.structs.replace(hint, text=markup.safe(hint.text)) for hint in item.hints
        ),
        interaction=cast("Any", _safe_part(item.interaction)),
        key=cast("Any", _safe_part(item.key)),
    )


def _safe_part(thing: object, *, shown: bool = False) -> object:
    """Texts of options and everything called feedback; ids and answers are not markup."""
    if isinstance(thing, str):
        return markup.safe(thing) if shown else thing
    if isinstance(thing, tuple):
        return tuple(_safe_part(part, shown=shown) for part in thing)
    if isinstance(thing, dict):
        return {key: _safe_part(value, shown=shown) for key, value in thing.items()}
    if not isinstance(thing, msgspec.Struct):
        return thing
    option = type(thing).__name__ == "Option"
    return type(thing)(
        **{
            name: _safe_part(
                getattr(thing, name), shown=name == "feedback" or (option and name == "text")
            )
            for name in thing.__struct_fields__
        }
    )
