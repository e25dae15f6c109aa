"""Whether a key fits what is asked, type by type."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from eduflow.scoring.interactions import (
    Choice,
    Essay,
    FileUpload,
    Formula,
    Gap,
    GapFill,
    HotText,
    Match,
    Numeric,
    Option,
    Order,
    ShortText,
    TrueFalse,
)
from eduflow.scoring.items import Item
from eduflow.scoring.keys import (
    Accepted,
    ChoiceKey,
    FormulaKey,
    GapFillKey,
    GapKey,
    HotTextKey,
    MatchKey,
    NumericKey,
    OrderKey,
    ShortTextKey,
)
from eduflow.services.assessment.model import typed
from eduflow.services.assessment.model.faults import Faults, pointer

_ID = re.compile(r"[^\s\[\]{}<>\"'&\x00-\x1f\x7f]{1,100}")
_MOST_LINE, _MOST_ESSAY, _MOST_FILES, _MOST_BYTES = 4_000, 100_000, 20, 100_000_000
_PLACE = re.compile(r"\[\[([^\[\]]*)\]\]")


Variants = Sequence[Mapping[str, str]]


def check(item: Item, faults: Faults, *, variants: Variants) -> None:
    """Add what does not fit; a key of another type has been added already."""
    kind = type(item.interaction)
    if kind.__struct_config__.tag == type(item.key).__struct_config__.tag and kind in _CHECKS:
        _CHECKS[kind](item, item.interaction, item.key, faults)
        _typed(item, faults, variants)


def _typed(item: Item, faults: Faults, variants: Variants) -> None:
    match item.interaction, item.key:
        case ShortText(), ShortTextKey() as key:
            typed.patterns(key.accepted, key.rules, "/key/accepted", faults)
        case Numeric(), NumericKey() as key:
            values = [one.value for one in key.accepted]
            typed.numbers(values, "/key/accepted", faults, variants=variants)
            typed.number_rules(key.rules, "/key/rules", faults)
        case Formula() as asked, FormulaKey() as key:
            typed.formulas(asked, key, faults, variants=variants)
        case GapFill(), GapFillKey() as key:
            for id_, gap in key.gaps.items():
                at = pointer("/key/gaps", id_)
                if gap.numbers is None:
                    typed.patterns(gap.accepted, gap.rules, f"{at}/accepted", faults)
                    continue
                values = [one.text for one in gap.accepted]
                typed.numbers(values, f"{at}/accepted", faults, variants=variants)
                typed.number_rules(gap.numbers, f"{at}/numbers", faults)
        case _:
            return


def _options(options: Sequence[Option], path: str, faults: Faults, *, least: int) -> set[str]:
    if len(options) < least:
        faults.add(path, f"At least {least}")
    return _ids([option.id for option in options], path, faults)


def _ids(ids: Sequence[str], path: str, faults: Faults) -> set[str]:
    seen: set[str] = set()
    for place, id_ in enumerate(ids):
        if not _ID.fullmatch(id_):
            faults.add(f"{path}/{place}/id", "1 to 100 characters without spaces and brackets")
        if id_ in seen:
            faults.add(f"{path}/{place}/id", "This id is taken")
        seen.add(id_)
    return seen


def _known(ids: Collection[str], known: Collection[str], path: str, faults: Faults) -> None:
    for id_ in ids:
        if id_ not in known:
            faults.add(path, f"There is no {id_[:100]}")
    if isinstance(ids, tuple) and len(set(ids)) < len(ids):
        faults.add(path, "Each once")


def _places(body: str, wanted: set[str], faults: Faults) -> None:
    found = _PLACE.findall(body)
    for id_ in sorted(wanted | set(found)):
        if id_ not in wanted:
            faults.add("/body", f"[[{id_[:100]}]] is no place of this question")
        elif found.count(id_) != 1:
            faults.add("/body", f"[[{id_}]] stands in the text once")


def _share(value: Decimal, path: str, faults: Faults, *, low: int = 0) -> None:
    if not low <= value <= 1:
        faults.add(path, f"A share of the points, from {low} to 1")


def _limits(low: int, high: int, *, there: int, faults: Faults) -> None:
    if not 0 <= high <= there:
        faults.add("/interaction/max_choices", f"From 0 to {there}")
    if low < 0 or low > (high or there):
        faults.add("/interaction/min_choices", "From 0 to as many as may be chosen")


def _some_right(item: Item, right: object, path: str, faults: Faults) -> None:
    """A question that is worth nothing (of a survey) may have no right answer."""
    if not right and item.points:
        faults.add(path, "At least one answer is right")


def _choice(item: Item, asked: Choice, key: ChoiceKey, faults: Faults) -> None:
    ids = _options(asked.choices, "/interaction/choices", faults, least=2)
    _limits(asked.min_choices, asked.max_choices, there=len(ids), faults=faults)
    _known(key.correct, ids, "/key/correct", faults)
    _known(key.feedback, ids, "/key/feedback", faults)
    worth = key.weights or {}
    _known(worth, ids, "/key/weights", faults)
    for id_, weight in worth.items():
        _share(weight, pointer("/key/weights", id_), faults, low=-1)
    _some_right(item, key.correct or any(w > 0 for w in worth.values()), "/key/correct", faults)
    if key.weights is None:
        _reachable(len(key.correct), asked.min_choices, asked.max_choices, faults)


def _reachable(right: int, low: int, high: int, faults: Faults) -> None:
    if right and (right < low or (high and right > high)):
        faults.add("/key/correct", "The right answer cannot be given")


def _order(_: Item, asked: Order, key: OrderKey, faults: Faults) -> None:
    ids = _options(asked.choices, "/interaction/choices", faults, least=2)
    if sorted(key.sequence) != sorted(ids):
        faults.add("/key/sequence", "All of them, each once")
    shown = tuple(option.id for option in asked.choices)
    # What can move is shown mixed; one alone has nowhere to go.
    if key.sequence == shown and sum(not option.fixed for option in asked.choices) <= 1:
        faults.add("/interaction/choices", "They would be shown in the right order")


def _match(item: Item, asked: Match, key: MatchKey, faults: Faults) -> None:
    sources = _options(asked.sources, "/interaction/sources", faults, least=1)
    targets = _options(asked.targets, "/interaction/targets", faults, least=1)
    _known(key.pairs, sources, "/key/pairs", faults)
    used: list[str] = []
    for source, belong in key.pairs.items():
        at = pointer("/key/pairs", source)
        _known(belong, targets, at, faults)
        used += belong
        if asked.max_per_source and len(belong) > asked.max_per_source:
            faults.add(at, "More than may be given")
    if asked.max_per_source < 0 or asked.max_per_target < 0:
        faults.add("/interaction/max_per_source", "0 or more")
    if asked.max_per_target and any(used.count(t) > asked.max_per_target for t in set(used)):
        faults.add("/key/pairs", "A target is used more often than it may be")
    _some_right(item, used, "/key/pairs", faults)
    _known(key.weights or {}, sources, "/key/weights", faults)
    for source, weight in (key.weights or {}).items():
        if weight < 0:
            faults.add(pointer("/key/weights", source), "0 or more")
    if key.weights is not None and item.points and not any(key.weights.values()):
        faults.add("/key/weights", "Something counts")
    _share(key.wrong_costs, "/key/wrong_costs", faults)


def _gaps(item: Item, asked: GapFill, key: GapFillKey, faults: Faults) -> None:
    ids = _ids([gap.id for gap in asked.gaps], "/interaction/gaps", faults)
    if not ids:
        faults.add("/interaction/gaps", "At least 1")
    _places(item.body, ids, faults)
    if set(key.gaps) != ids:
        faults.add("/key/gaps", "The key says of each gap what is right")
    for place, gap in enumerate(asked.gaps):
        if gap.options:
            _options(gap.options, f"/interaction/gaps/{place}/options", faults, least=2)
        if gap.id in key.gaps:
            _gap(item, gap, key.gaps[gap.id], pointer("/key/gaps", gap.id), faults)
    if key.gaps and not any(one.weight > 0 for one in key.gaps.values()):
        faults.add("/key/gaps", "Some gap counts")


def _gap(item: Item, gap: Gap, key: GapKey, path: str, faults: Faults) -> None:
    if key.weight < 0:
        faults.add(f"{path}/weight", "0 or more")
    if gap.options:
        texts = tuple(one.text for one in key.accepted)
        _known(texts, {option.id for option in gap.options}, f"{path}/accepted", faults)
    _accepted(item, key.accepted, f"{path}/accepted", faults)
    _some_right(item, key.accepted, f"{path}/accepted", faults)


def _accepted(item: Item, accepted: Sequence[Any], path: str, faults: Faults) -> None:
    for place, one in enumerate(accepted):
        _share(one.worth, f"{path}/{place}/worth", faults)
        if isinstance(one, Accepted) and not one.text.strip():
            faults.add(f"{path}/{place}/text", "Nothing is no answer")
    if accepted and item.points and not any(one.worth > 0 for one in accepted):
        faults.add(path, "Something is worth something")


def _hot_text(item: Item, asked: HotText, key: HotTextKey, faults: Faults) -> None:
    ids = _options(asked.stretches, "/interaction/stretches", faults, least=1)
    _places(item.body, ids, faults)
    _limits(asked.min_choices, asked.max_choices, there=len(ids), faults=faults)
    _known(key.correct, ids, "/key/correct", faults)
    _known(key.feedback, ids, "/key/feedback", faults)
    _some_right(item, key.correct, "/key/correct", faults)
    _reachable(len(key.correct), asked.min_choices, asked.max_choices, faults)


def _short_text(item: Item, asked: ShortText, key: ShortTextKey, faults: Faults) -> None:
    if not 1 <= asked.max_length <= _MOST_LINE:
        faults.add("/interaction/max_length", f"From 1 to {_MOST_LINE}")
    _accepted(item, key.accepted, "/key/accepted", faults)
    _some_right(item, key.accepted or key.unmatched == "read", "/key/accepted", faults)


def _numeric(item: Item, _: Numeric, key: NumericKey, faults: Faults) -> None:
    _accepted(item, key.accepted, "/key/accepted", faults)
    _some_right(item, key.accepted, "/key/accepted", faults)


def _formula(item: Item, _: Formula, key: FormulaKey, faults: Faults) -> None:
    _accepted(item, key.accepted, "/key/accepted", faults)
    _some_right(item, key.accepted, "/key/accepted", faults)


def _essay(_: Item, asked: Essay, __: object, faults: Faults) -> None:
    if not 1 <= asked.max_length <= _MOST_ESSAY:
        faults.add("/interaction/max_length", f"From 1 to {_MOST_ESSAY}")
    if (asked.min_words or 0) > (asked.max_words or 1_000_000) or (asked.min_words or 0) < 0:
        faults.add("/interaction/min_words", "From 0 to as many as there may be")


def _files(_: Item, asked: FileUpload, __: object, faults: Faults) -> None:
    if not 1 <= asked.max_files <= _MOST_FILES:
        faults.add("/interaction/max_files", f"From 1 to {_MOST_FILES}")
    if not 1 <= asked.max_bytes <= _MOST_BYTES:
        faults.add("/interaction/max_bytes", f"From 1 to {_MOST_BYTES}")


def _nothing(_: Item, __: object, ___: object, ____: Faults) -> None:
    """Whatever the key says fits."""


_CHECKS: dict[type, Callable[[Item, Any, Any, Faults], None]] = {
    Choice: _choice,
    TrueFalse: _nothing,
    Order: _order,
    Match: _match,
    GapFill: _gaps,
    HotText: _hot_text,
    ShortText: _short_text,
    Numeric: _numeric,
    Formula: _formula,
    Essay: _essay,
    FileUpload: _files,
}
