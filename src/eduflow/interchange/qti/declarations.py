"""What an item declares: its responses with their right answers and mappings, and its outcomes."""

from decimal import Decimal, InvalidOperation

import msgspec

from eduflow.interchange import limits
from eduflow.interchange.qti.names import yes
from eduflow.interchange.unreadable import refuse
from eduflow.interchange.xml import Node

_MAX_DIGITS = 40


def number(text: str, *, line: int | None = None) -> Decimal:
    """A finite number of a size that somebody could have meant."""
    trimmed = text.strip()
    try:
        value = Decimal(trimmed) if len(trimmed) <= _MAX_DIGITS else None
    except InvalidOperation:
        value = None
    if value is None or not value.is_finite() or abs(value.adjusted()) > _MAX_DIGITS:
        refuse(f"{trimmed[:40]!r} is not a number", line=line)
    return value


class MapEntry(msgspec.Struct, frozen=True):
    key: str
    value: Decimal
    case_sensitive: bool


class Mapping(msgspec.Struct, frozen=True, kw_only=True):
    entries: tuple[MapEntry, ...]
    default: Decimal = Decimal(0)
    lower: Decimal | None = None
    upper: Decimal | None = None

    def bounded(self, value: Decimal) -> Decimal:
        if self.lower is not None:
            value = max(value, self.lower)
        return value if self.upper is None else min(value, self.upper)


class Response(msgspec.Struct, frozen=True, kw_only=True):
    identifier: str
    cardinality: str
    base_type: str
    correct: tuple[str, ...] | None = None
    mapping: Mapping | None = None
    has_areas: bool = False
    line: int | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    identifier: str
    cardinality: str
    base_type: str
    default: tuple[str, ...] = ()
    maximum: Decimal | None = None


def _values(node: Node | None) -> tuple[str, ...] | None:
    if node is None:
        return None
    values = tuple(value.text.strip() for value in node.all("qti-value"))
    if len(values) > 2 * limits.MAX_CHOICES:
        refuse(f"more than {2 * limits.MAX_CHOICES} values of one variable", line=node.line)
    return values


def _bound(node: Node, name: str) -> Decimal | None:
    return number(node.get(name), line=node.line) if node.get(name) else None


def _mapping(node: Node | None, *, sensitive: bool) -> Mapping | None:
    if node is None:
        return None
    entries = tuple(
        MapEntry(
            entry.get("map-key"),
            number(entry.get("mapped-value"), line=entry.line),
            yes(entry, "case-sensitive", otherwise=sensitive),
        )
        for entry in node.all("qti-map-entry")
    )
    if len(entries) > 10 * limits.MAX_CHOICES:
        refuse("a mapping with too many entries", line=node.line)
    return Mapping(
        entries=entries,
        default=number(node.get("default-value", "0"), line=node.line),
        lower=_bound(node, "lower-bound"),
        upper=_bound(node, "upper-bound"),
    )


def responses(item: Node, *, version: int) -> dict[str, Response]:
    declared: dict[str, Response] = {}
    for node in item.all("qti-response-declaration"):
        response = Response(
            identifier=node.get("identifier"),
            cardinality=node.get("cardinality", "single"),
            base_type=node.get("base-type", "identifier"),
            correct=_values(node.first("qti-correct-response")),
            # QTI 3 says that case does not matter unless told; 2.x documents say both, its schema
            # that it does.
            mapping=_mapping(node.first("qti-mapping"), sensitive=version < 3),  # noqa: PLR2004
            has_areas=node.first("qti-area-mapping") is not None,
            line=node.line,
        )
        declared[response.identifier] = response
    return declared


def outcomes(item: Node) -> dict[str, Outcome]:
    return {
        node.get("identifier"): Outcome(
            identifier=node.get("identifier"),
            cardinality=node.get("cardinality", "single"),
            base_type=node.get("base-type", "identifier"),
            default=_values(node.first("qti-default-value")) or (),
            maximum=_bound(node, "normal-maximum"),
        )
        for node in item.all("qti-outcome-declaration")
    }
