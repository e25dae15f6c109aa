"""What a typed formula is made of."""

import re
from collections.abc import Collection
from typing import NamedTuple

_SIGNS = {
    "**": "^", "×": "*", "·": "*", "⋅": "*", "∙": "*", "÷": "/", "∕": "/", "−": "-", "–": "-",
    "≤": "<=", "≥": ">=", "≠": "!=", "[": "(", "]": ")", "{": "(", "}": ")", "&&": "and",
    "||": "or",
}  # fmt: skip
_TOKEN = re.compile(
    r"\s*(?:"
    r"(?P<number>(?:\d{1,60}(?:\.\d{0,60})?|\.\d{1,60})(?:[eE][+-]?\d{1,3}(?![\w.]))?)"
    r"|(?P<name>[^\W\d⁰¹²³⁴-⁹][^\W⁰¹²³⁴-⁹]*)"
    r"|(?P<raised>[⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)"
    r"|(?P<sign>\*\*|<=|>=|==|!=|&&|\|\||[-+*/^()\[\]{},<>×·⋅∙÷∕−–≤≥≠√])"
    r"|(?P<strange>\S)"
    r")"
)
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_MOST_DIGITS = 60
_WORDS = frozenset({"and", "or", "not"})


class BadExpression(ValueError):  # noqa: N818 - a state of what was typed
    """Not an expression; `at` counts characters from the start."""

    def __init__(self, at: int, message: str) -> None:
        super().__init__(f"at {at}: {message}")
        self.at = at
        self.message = message


class TooLarge(BadExpression):
    """Beyond what is worked with here; it may be an expression all the same."""


class Token(NamedTuple):
    kind: str
    text: str
    at: int


def tokens(text: str, *, known: Collection[str]) -> list[Token]:
    """All of them, and one with no text at the end."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind, at = match.lastgroup or "", match.start(match.lastgroup or 0)
        piece = match.group(kind) if kind else ""
        if kind == "strange":
            raise BadExpression(at, f"{piece!r} has no meaning here")
        if kind == "raised":
            found += [Token("sign", "^", at), *_whole_number(piece.translate(_RAISED), at)]
        elif kind == "name" and piece not in _WORDS:
            found += _names(piece, at, known=known)
        elif kind == "number":
            if text[match.end() : match.end() + 1].isdecimal():
                raise TooLarge(at, f"is a number of more than {_MOST_DIGITS} digits")
            found.append(Token("number", piece, at))
        elif piece == "√":
            found.append(Token("name", "sqrt", at))
        elif piece:
            found.append(Token("sign", _SIGNS.get(piece, piece), at))
    return [*found, Token("end", "", len(text))]


def _whole_number(digits: str, at: int) -> list[Token]:
    bare = digits.lstrip("-")
    if not bare or "-" in bare:
        raise BadExpression(at, "is no exponent")
    if len(bare) > _MOST_DIGITS:
        raise TooLarge(at, f"is an exponent of more than {_MOST_DIGITS} digits")
    minus = [Token("sign", "-", at)] if digits.startswith("-") else []
    return [*minus, Token("number", bare, at)]


def _names(word: str, at: int, *, known: Collection[str]) -> list[Token]:
    """`xy` is x times y where only those are known, `2pix` two pi x: the longest name first."""
    found: list[Token] = []
    start = 0
    longest = max(map(len, known), default=0)
    while start < len(word):
        for end in range(min(len(word), start + longest), start, -1):
            if word[start:end] in known:
                found.append(Token("name", word[start:end], at + start))
                break
        else:
            raise BadExpression(at + start, f"{word[:20]!r} is not known")
        start = end
    return found
