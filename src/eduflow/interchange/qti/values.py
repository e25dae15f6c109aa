"""QTI's values and the expressions over them, as far as they can be worked out without a student.

A value is None (QTI's NULL), one of text, number and truth, or `Many` of these.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal, DivisionByZero, localcontext
from typing import TypeAlias

import msgspec

from eduflow.interchange.qti.declarations import number
from eduflow.interchange.qti.names import said, yes
from eduflow.interchange.unreadable import refuse
from eduflow.interchange.xml import Node

One: TypeAlias = str | Decimal | bool
_MAX_POWER = 60


class Many(msgspec.Struct, frozen=True):
    values: tuple[One, ...]
    ordered: bool = False


Value: TypeAlias = One | Many | None


def typed(text: str, base_type: str) -> One:
    match base_type:
        case "float" | "integer" | "duration":
            return number(text)
        case "boolean":
            return text.strip().lower() in {"true", "1"}
        case "pair":
            return " ".join(sorted(text.split()))
        case "directedPair":
            return " ".join(text.split())
        case _:
            return text


def gathered(values: Sequence[str], *, cardinality: str, base_type: str) -> Value:
    """Declared values as the variable has them."""
    made = tuple(typed(value, base_type) for value in values)
    if cardinality == "single":
        return made[0] if made else None
    return Many(made, cardinality == "ordered") if made else None


def same(left: Value, right: Value) -> bool:
    if isinstance(left, Many) and isinstance(right, Many):
        if left.ordered or right.ordered:
            return left.values == right.values
        return sorted(map(_sortable, left.values)) == sorted(map(_sortable, right.values))
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    return left == right


def _sortable(value: One) -> tuple[str, str]:
    return type(value).__name__, str(value.normalize() if isinstance(value, Decimal) else value)


def flat(values: Iterable[Value]) -> list[One] | None:
    """All that is in them; None as soon as one of them is NULL."""
    found: list[One] = []
    for value in values:
        if value is None:
            return None
        found.extend(value.values if isinstance(value, Many) else (value,))
    return found


def numbers(values: Iterable[Value]) -> list[Decimal] | None:
    found = flat(values)
    if found is None:
        return None
    made: list[Decimal] = []
    for value in found:
        if isinstance(value, bool) or not isinstance(value, Decimal):
            refuse("arithmetic with what is no number")
        made.append(value)
    return made


Operator: TypeAlias = Callable[[Node, list[Value]], Value]


def _arithmetic(work: Callable[[list[Decimal]], Decimal]) -> Operator:
    def operator(node: Node, values: list[Value]) -> Value:
        given = numbers(values)
        if not given:
            return None
        with localcontext() as context:
            context.prec = 28
            try:
                return work(given)
            except DivisionByZero:
                return None
            except (ArithmeticError, IndexError, ValueError):
                refuse(f"{said(node.name)} of values it has none for", line=node.line)

    return operator


def _power(given: list[Decimal]) -> Decimal:
    if abs(given[1]) > _MAX_POWER:
        refuse("a power that is too high")
    return Decimal(given[0] ** given[1])


def _product(given: list[Decimal]) -> Decimal:
    result = Decimal(1)
    for factor in given:
        result *= factor
    return result


def _compared(fits: Callable[[Decimal, Decimal], bool]) -> Operator:
    def operator(node: Node, values: list[Value]) -> Value:
        given = numbers(values)
        if given is None:
            return None
        if len(given) != 2:  # noqa: PLR2004
            refuse(f"{said(node.name)} of other than two numbers", line=node.line)
        return fits(given[0], given[1])

    return operator


def tolerances(node: Node) -> tuple[str, Decimal, Decimal]:
    """Mode, and how much less and more is still equal."""
    mode = node.get("tolerance-mode", "exact")
    parts = node.get("tolerance").split() or ["0"]
    if mode == "exact":
        return mode, Decimal(0), Decimal(0)
    low = number(parts[0], line=node.line)
    return mode, low, number(parts[1], line=node.line) if len(parts) > 1 else low


def _equal(node: Node, values: list[Value]) -> Value:
    given = numbers(values)
    if given is None:
        return None
    if len(given) != 2:  # noqa: PLR2004
        refuse("equal of other than two numbers", line=node.line)
    mode, low, high = tolerances(node)
    wanted, got = given
    if mode == "relative":
        edges = sorted((wanted * (1 - low / 100), wanted * (1 + high / 100)))
        return edges[0] <= got <= edges[1]
    return wanted - low <= got <= wanted + high


def _texts(values: list[Value]) -> list[str] | None:
    found = flat(values)
    return None if found is None else [str(value) for value in found]


def _string_match(node: Node, values: list[Value]) -> Value:
    given = _texts(values)
    if given is None:
        return None
    if len(given) != 2:  # noqa: PLR2004
        refuse("stringMatch of other than two texts", line=node.line)
    left, right = given
    if not yes(node, "case-sensitive", otherwise=True):
        left, right = left.casefold(), right.casefold()
    return right in left if yes(node, "substring") else left == right


def _member(_: Node, values: list[Value]) -> Value:
    if len(values) != 2 or None in values:  # noqa: PLR2004
        return None
    one, container = values
    inside = container.values if isinstance(container, Many) else (container,)
    return any(same(one, value) for value in inside if value is not None)


def _contains(_: Node, values: list[Value]) -> Value:
    pair = [flat([value]) for value in values]
    if len(pair) != 2 or pair[0] is None or pair[1] is None:  # noqa: PLR2004
        return None
    left = list(pair[0])
    for value in pair[1]:
        if value not in left:
            return False
        left.remove(value)
    return True


def _and(_: Node, values: list[Value]) -> Value:
    if False in values:
        return False
    return None if None in values else True


def _or(_: Node, values: list[Value]) -> Value:
    if True in values:
        return True
    return None if None in values else False


def _index(node: Node, values: list[Value]) -> Value:
    container = values[0] if values else None
    place = node.get("n")
    if not isinstance(container, Many):
        return None
    if not re.fullmatch(r"\d{1,4}", place):
        refuse("index by a variable", line=node.line)
    at = int(place) - 1
    return container.values[at] if 0 <= at < len(container.values) else None


def _container(*, ordered: bool) -> Operator:
    def operator(_: Node, values: list[Value]) -> Value:
        found = flat(value for value in values if value is not None)
        return Many(tuple(found), ordered) if found else None

    return operator


def _size(_: Node, values: list[Value]) -> Value:
    value = values[0] if values else None
    return Decimal(0 if value is None else len(value.values) if isinstance(value, Many) else 1)


def _null_of(_: Node, values: list[Value]) -> Value:
    value = values[0] if values else None
    return value is None or value == "" or (isinstance(value, Many) and not value.values)


def _not(_: Node, values: list[Value]) -> Value:
    value = values[0] if values else None
    return None if value is None else not value


def _match(_: Node, values: list[Value]) -> Value:
    if len(values) != 2 or None in values:  # noqa: PLR2004
        return None
    return same(values[0], values[1])


OPERATORS: dict[str, Operator] = {
    "qti-sum": _arithmetic(lambda given: sum(given, Decimal(0))),
    "qti-product": _arithmetic(_product),
    "qti-subtract": _arithmetic(lambda given: given[0] - given[1]),
    "qti-divide": _arithmetic(lambda given: given[0] / given[1]),
    "qti-power": _arithmetic(_power),
    "qti-min": _arithmetic(min),
    "qti-max": _arithmetic(max),
    "qti-integer-divide": _arithmetic(
        lambda given: (given[0] / given[1]).to_integral_value(ROUND_FLOOR)
    ),
    "qti-integer-modulus": _arithmetic(
        lambda given: given[0] - given[1] * (given[0] / given[1]).to_integral_value(ROUND_FLOOR)
    ),
    "qti-truncate": _arithmetic(lambda given: Decimal(int(given[0]))),
    "qti-round": _arithmetic(lambda given: given[0].to_integral_value(ROUND_HALF_UP)),
    "qti-integer-to-float": _arithmetic(lambda given: given[0]),
    "qti-gt": _compared(lambda left, right: left > right),
    "qti-gte": _compared(lambda left, right: left >= right),
    "qti-lt": _compared(lambda left, right: left < right),
    "qti-lte": _compared(lambda left, right: left <= right),
    "qti-equal": _equal,
    "qti-string-match": _string_match,
    "qti-substring": _string_match,
    "qti-match": _match,
    "qti-member": _member,
    "qti-contains": _contains,
    "qti-and": _and,
    "qti-or": _or,
    "qti-not": _not,
    "qti-is-null": _null_of,
    "qti-index": _index,
    "qti-multiple": _container(ordered=False),
    "qti-ordered": _container(ordered=True),
    "qti-container-size": _size,
}
