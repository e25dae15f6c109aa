"""Numbers as people type them, with their units, read exactly.

A unit is looked up and converted by pint, in fractions, so that 60 mi/h are 26.8224 m/s and not
nearly so. Pint is imported when the first unit is typed: a process that judges none never has it.
"""

import importlib
import re
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from typing import Literal, NamedTuple, Protocol, cast

Comma = Literal["either", "decimal", "thousands"]

_MAX_TYPED = 200
_MAX_EXPONENT = 300
_MAX_DIGITS = 100
_MAX_UNIT = 60
_MAX_POWER = 12
_SPACES = dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u202f"), " ")
_SIGNS = str.maketrans({"−": "-", "–": "-", "＋": "+", "’": "'", "，": ","} | {})
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_DIGITS = r"\d[\d.,']*(?: \d{3}(?![\d]))*(?:[.,]\d+)?|[.,]\d+"
_TYPED = re.compile(
    rf"(?P<sign>[+-]?)\s?(?P<digits>{_DIGITS})"
    r"(?:[eE](?P<e>[+-]?\d{1,4})(?!\d)"
    r"|\s?(?:[*×·⋅x])\s?10(?:\s?\^\s?\(?\s?(?P<caret>[+-]?\s?\d{1,4})\s?\)?|(?P<raised>[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,4})))?"
    r"\s?(?P<unit>.*)",
    re.DOTALL,
)
_FRACTION = re.compile(
    r"(?P<sign>[+-]?)\s?(?P<over>\d{1,40})\s?[/⁄]\s?(?P<under>\d{1,40})\s?(?P<unit>.*)"
)
_UNIT = re.compile(
    r"\s*(?:(?P<name>[^\W\d_]+(?:_[^\W\d_]+)*|[°%‰Å]\s?[A-Za-z]?|Ω)|(?P<sign>\*\*|[*/^()·⋅×])"
    r"|(?P<power>[+-]?\d{1,2}(?![\d.,]))|(?P<raised>[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2}))"
)
_SPELT = {
    "°C": "degC", "° C": "degC", "°F": "degF", "° F": "degF", "°": "deg", "℃": "degC", "℉": "degF",
    "%": "percent", "‰": "permille", "Å": "angstrom", "Ω": "ohm", "h": "hour", "l": "liter",
}  # fmt: skip


_UNIT_SIGNS = {"^": "**", "·": "*", "⋅": "*", "×": "*"}


class Reading(NamedTuple):
    """One way to read what was typed."""

    value: Fraction
    figures: tuple[int, int]
    """How many significant figures it has: between these, for the noughts at the end of 1500."""
    unit: str


class _Registry(Protocol):
    def parse_units(self, text: str) -> object: ...
    def Quantity(self, value: Fraction, unit: object) -> "_Quantity": ...  # noqa: N802


class _Quantity(Protocol):
    magnitude: Fraction

    def to(self, unit: object) -> "_Quantity": ...


@lru_cache(maxsize=2048)
def readings(typed: str, *, comma: Comma) -> tuple[Reading, ...]:
    """Every number this may stand for: none, one, or two (`1,500` by `either` rule of commas)."""
    if len(typed) > _MAX_TYPED:
        return ()
    text = " ".join(typed.translate(_SPACES).translate(_SIGNS).split())
    if whole := _FRACTION.fullmatch(text):
        return _read_fraction(whole)
    found = _TYPED.fullmatch(text)
    if found is None:
        return ()
    power = found["e"] or found["caret"] or (found["raised"] or "0").translate(_RAISED)
    exponent = int(power.replace(" ", ""))
    if abs(exponent) > _MAX_EXPONENT or len(found["digits"]) > _MAX_DIGITS:
        return ()
    sign = -1 if found["sign"] == "-" else 1
    return tuple(
        Reading(sign * Fraction(Decimal(digits)) * Fraction(10) ** exponent, _figures(digits), unit)
        for digits in _plain(found["digits"], comma=comma)
        for unit in (found["unit"].strip(),)
    )


def _read_fraction(found: re.Match[str]) -> tuple[Reading, ...]:
    under = int(found["under"])
    if not under:
        return ()
    value = Fraction(int(found["over"]), under)
    # Exact, so that it has as many figures as anybody could ask for.
    figures = (1, _MAX_DIGITS)
    return (Reading(-value if found["sign"] == "-" else value, figures, found["unit"].strip()),)


def _plain(digits: str, *, comma: Comma) -> list[str]:
    """The digits with a decimal point, if any, and nothing else; by each way of reading them."""
    text = digits.replace(" ", "'")
    if "." in text and "," in text:
        # The last of two kinds is the decimal sign.
        mark = max(".,", key=text.rindex)
        other = "," if mark == "." else "."
        return _grouped(text, mark=mark, group=other)
    if "," not in text:
        return _grouped(text, mark=".", group=",") or (
            _grouped(text, mark=",", group=".") if comma == "decimal" else []
        )
    as_decimal = _grouped(text, mark=",", group=".")
    as_groups = _grouped(text, mark=".", group=",")
    if comma == "decimal":
        return as_decimal
    return as_groups if comma == "thousands" else [*as_decimal, *as_groups]


def _grouped(text: str, *, mark: str, group: str) -> list[str]:
    whole, _, broken = text.partition(mark)
    if any(sign in broken for sign in ",.'"):
        return []
    for sign in (group, "'"):
        first, *others = whole.split(sign)
        if others and (not 1 <= len(first) <= 3 or any(len(other) != 3 for other in others)):  # noqa: PLR2004 - thousands
            return []
        whole = first + "".join(others)
    if not (whole + broken).isdigit() or not (whole + broken).isascii():
        return []
    return [f"{whole or '0'}.{broken}" if broken or mark in text else whole]


def _figures(digits: str) -> tuple[int, int]:
    bare = digits.replace(".", "").lstrip("0")
    if "." in digits:
        return len(bare) or 1, len(bare) or 1
    return len(bare.rstrip("0")) or 1, len(bare) or 1


@cache
def _registry() -> _Registry:
    pint = importlib.import_module("pint")
    # No cache folder: nothing is written to disk because somebody typed a unit.
    registry = pint.UnitRegistry(non_int_type=Fraction, cache_folder=None, on_redefinition="ignore")
    registry.define("permille = 1e-3")
    return cast("_Registry", registry)


@lru_cache(maxsize=1024)
def _unit(text: str) -> object | None:
    spelt = _spelt(text)
    if spelt is None:
        return None
    try:
        return _registry().parse_units(spelt)
    except (ValueError, AttributeError, TypeError, ArithmeticError, KeyError, AssertionError):
        # Pint's own errors for a name it does not know are AttributeError or ValueError.
        return None


def _spelt(text: str) -> str | None:
    """The unit in pint's words; None unless it is names, powers, products and quotients."""
    if len(text) > _MAX_UNIT:
        return None
    pieces: list[str] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        piece = _UNIT.match(text, at)
        if piece is None:
            return None
        at = piece.end()
        if not _joined(piece, pieces):
            return None
    return " ".join(pieces)


def _joined(piece: re.Match[str], pieces: list[str]) -> bool:
    """Whether it may stand here; if so, it is put there.

    A power has one small whole number and no power of its own, and brackets do not nest: what
    `m**9**9**9` comes to would be worked out in full, exactly, and for ever.
    """
    before = pieces[-1] if pieces else "("
    ended = before not in {"*", "/", "(", "**"}
    if piece["name"]:
        pieces += ["*"] if ended else []
        pieces.append(_SPELT.get(piece["name"], piece["name"].replace("μ", "µ")))
        return before != "**"
    if sign := _UNIT_SIGNS.get(piece["sign"] or "", piece["sign"]):
        if sign == "(":
            pieces += ["*"] if ended else []
        pieces.append(sign)
        powered = len(pieces) > 2 and pieces[-3] == "**"  # noqa: PLR2004 - sign, number, sign
        return (
            before != "**" and pieces.count("(") == 1
            if sign == "("
            else ended and not (sign == "**" and powered)
        )
    power = int(piece["power"] or piece["raised"].translate(_RAISED))
    alone = before == "**" or (len(pieces) > 1 and pieces[-2] == "**")
    pieces += [] if before == "**" else ["**"]
    pieces.append(str(power))
    return abs(power) <= _MAX_POWER and (ended or before == "**") and (before == "**" or not alone)


@lru_cache(maxsize=2048)
def converted(value: Fraction, unit: str, to: str) -> Fraction | None:
    """The same quantity in another unit, exactly; None where they measure different things."""
    source, target = _unit(unit), _unit(to)
    if source is None or target is None:
        return None
    if source == target:
        return value
    try:
        magnitude = _registry().Quantity(value, source).to(target).magnitude
        return Fraction(magnitude)
    except (ValueError, AttributeError, TypeError, ArithmeticError, KeyError):
        # DimensionalityError is a TypeError; offset units in products and logarithmic ones refuse.
        return None


def is_unit(text: str) -> bool:
    """Whether a key may name this unit."""
    return _unit(text) is not None
