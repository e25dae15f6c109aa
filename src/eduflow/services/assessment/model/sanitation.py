"""Texts of a question made safe on their way in: nothing in them runs, frames or fetches."""

from collections.abc import Iterable

import msgspec

from eduflow.interchange.markup import safe
from eduflow.scoring.interactions import Option
from eduflow.scoring.items import Hint, Item

__all__ = ["folded_tags", "safe", "sanitised"]

_SHOWN = frozenset({"body", "feedback", "feedback_right", "feedback_wrong", "solution"})


def sanitised(item: Item) -> Item:
    """The item with every text that is shown as HTML made safe, its tags folded, each once."""
    whole: Item = _cleaned(item)  # type: ignore[assignment]
    return msgspec.structs.replace(whole, tags=folded_tags(item.tags), title=item.title.strip())


def folded_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """In lower case, without needless blanks, each once."""
    return tuple(dict.fromkeys(" ".join(tag.lower().split()) for tag in tags))


def _cleaned(thing: object) -> object:
    """Of options and hints `text` is shown; of what is accepted it is compared, and stays."""
    if isinstance(thing, tuple):
        return tuple(_cleaned(part) for part in thing)
    if isinstance(thing, dict):
        return {name: _cleaned(part) for name, part in thing.items()}
    if not isinstance(thing, msgspec.Struct):
        return thing
    shown = _SHOWN | {"text"} if isinstance(thing, Option | Hint) else _SHOWN
    changes = {}
    for name in thing.__struct_fields__:
        value = getattr(thing, name)
        if name not in shown:
            changes[name] = _cleaned(value)
        elif isinstance(value, str):
            changes[name] = safe(value)
        elif isinstance(value, dict):
            changes[name] = {key: safe(text) for key, text in value.items()}
    return msgspec.structs.replace(thing, **changes)
