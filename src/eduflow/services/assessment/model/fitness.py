"""Whether a question holds together: what is asked, how it is judged, and what is drawn.

`made_fit` is the only way in: whatever is stored went through it, so that whoever sits a test never
meets a question that has no answer, and no screen has to distrust a text.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

import msgspec

from eduflow.scoring.items import Item
from eduflow.scoring.variants import NoVariant, draw
from eduflow.services.assessment.authoring_problems import ItemUnfit
from eduflow.services.assessment.model import judged
from eduflow.services.assessment.model.exact import MOST_POINTS, kept
from eduflow.services.assessment.model.faults import Faults, pointer
from eduflow.services.assessment.model.sanitation import sanitised
from eduflow.services.assessment.stored import type_of

_MOST_TEXT = 50_000
_MOST_IN_ALL = 400_000
_MOST_LIST = 500
_PLACES = 15
_LINE, _TAG = 200, 64
_TRIED = 10
_NAME = re.compile(r"[^\W\d]\w{0,60}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


def made_fit(item: Item) -> Item:
    """The item as it may be stored; raises ItemUnfit with all that stands against it."""
    faults = Faults()
    _bounded(item, faults)
    # Nothing of what follows is made for texts without bounds.
    if not faults.found:
        item = sanitised(item)
        _common(item, faults)
        _of_one_type(item, faults)
        _drawn(item, faults)
        variants = [] if faults.found else _variants(item, faults)
        judged.check(item, faults, variants=variants)
    if faults.found:
        raise ItemUnfit(errors=faults.found)
    return item


def _bounded(item: Item, faults: Faults) -> None:
    total = 0
    for path, value in _leaves(item):
        if isinstance(value, str):
            total += len(value)
            if "\x00" in value:
                faults.add(path, "A text has no NUL in it")
            if len(value) > _MOST_TEXT:
                faults.add(path, f"At most {_MOST_TEXT} characters")
        elif isinstance(value, Decimal):
            _reasonable(path, value, faults)
        elif isinstance(value, tuple | dict) and len(value) > _MOST_LIST:
            faults.add(path, f"At most {_MOST_LIST} entries")
    if total > _MOST_IN_ALL:
        faults.add("", f"At most {_MOST_IN_ALL} characters in all")


def _reasonable(path: str, number: Decimal, faults: Faults) -> None:
    if not number.is_finite() or abs(number) > 10**_PLACES or abs(_exponent(number)) > _PLACES:
        faults.add(path, f"A number of at most {_PLACES} places")


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 99


def _leaves(thing: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every value with its place; lists and objects too, before what is in them."""
    yield path, thing
    if isinstance(thing, msgspec.Struct):
        for name in thing.__struct_fields__:
            yield from _leaves(getattr(thing, name), pointer(path, name))
    elif isinstance(thing, dict) and len(thing) <= _MOST_LIST:
        for name, value in thing.items():
            yield pointer(path, name), name
            yield from _leaves(value, pointer(path, name))
    elif isinstance(thing, tuple) and len(thing) <= _MOST_LIST:
        for place, value in enumerate(thing):
            yield from _leaves(value, pointer(path, place))


def _common(item: Item, faults: Faults) -> None:
    if not item.title.strip() or len(item.title) > _LINE or "\n" in item.title:
        faults.add("/title", f"A title is one line of at most {_LINE} characters")
    if not item.body.strip():
        faults.add("/body", "Nothing is asked")
    _worth(item.points, faults)
    if not _LANGUAGE.fullmatch(item.language):
        faults.add("/language", "A language tag, such as en or de-AT")
    if item.identifier is not None and not 0 < len(item.identifier) <= _LINE:
        faults.add("/identifier", f"From 1 to {_LINE} characters")
    for place, tag in enumerate(item.tags):
        if not tag or len(tag) > _TAG:
            faults.add(f"/tags/{place}", f"A tag has 1 to {_TAG} characters")
    for place, hint in enumerate(item.hints):
        if not 0 <= hint.cost <= 1:
            faults.add(f"/hints/{place}/cost", "A share of the points, from 0 to 1")


def _worth(points: Decimal, faults: Faults) -> None:
    if not 0 <= points <= MOST_POINTS:
        faults.add("/points", f"From 0 to {MOST_POINTS}")
    elif points != (nearest := kept(points)):
        faults.add("/points", f"Points have at most four decimals: send {nearest:f}")


def _of_one_type(item: Item, faults: Faults) -> None:
    of_interaction, of_key = type_of(item), str(type(item.key).__struct_config__.tag)
    if of_interaction != of_key:
        faults.add("/key/type", f"This key is for {of_key}, and the question is {of_interaction}")


def _drawn(item: Item, faults: Faults) -> None:
    for name, parameter in item.parameters.items():
        path = pointer("/parameters", name)
        if not _NAME.fullmatch(name):
            faults.add(path, "A name has letters, digits and _")
        ways = (parameter.low is not None, bool(parameter.among), parameter.equals is not None)
        if sum(ways) != 1 or (parameter.low is None) != (parameter.high is None):
            faults.add(path, "A range with low and high, or a list, or an expression")
        elif parameter.low is not None and parameter.high is not None:
            if parameter.low > parameter.high:
                faults.add(path, "The range is empty")
            if parameter.step <= 0:
                faults.add(path, "A step is more than nought")
    if item.conditions and not item.parameters:
        faults.add("/conditions", "There is nothing that conditions could be of")


def _variants(item: Item, faults: Faults) -> list[dict[str, str]]:
    """Some of them, by which expressions are tried out."""
    if not item.parameters:
        return [{}]
    try:
        return [draw(item.parameters, item.conditions, seed=str(n)) for n in range(_TRIED)]
    except NoVariant as fault:
        faults.add("/parameters", f"No variant can be drawn: {fault}")
        return []
