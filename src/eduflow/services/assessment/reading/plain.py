"""A text as it is read, each of whose characters knows where in the answer it came from."""

import re
import unicodedata
from collections.abc import Sequence

import msgspec

Span = tuple[int, int]
"""From, and up to but not with."""

_NOWHERE = -1
_LOOKS_LIKE_OURS = str.maketrans({"<": "‹", ">": "›"})
_STRUCK = frozenset(map(chr, (*range(0x334, 0x339), *range(0x20D0, 0x20F1), 0x489)))
"""Marks that cross a letter out or go round it: for the eye, and for a model another word."""
_MOST_ALIKE = 8
_RUN = re.compile(rf"([\W_])\1{{{_MOST_ALIKE}}}|\s{{{_MOST_ALIKE + 1}}}")
_KEPT_CONTROLS = "\n\t"
_TAGS = range(0xE0000, 0xE0080)
_SELECTORS = range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0)


class Plain(msgspec.Struct, frozen=True):
    """`starts` and `ends`: for each character, where its source begins and ends in the answer.

    -1 for what stands in the place of something that was taken out.
    """

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def source(self, span: Span) -> Span | None:
        """Where in the answer a stretch is; None where something was taken out of it."""
        first, last = span
        if first >= last or any(at == _NOWHERE for at in self.starts[first:last]):
            return None
        return self.starts[first], self.ends[last - 1]

    def around(self, span: Span) -> Span:
        """The same, whatever is missing within."""
        first, last = span
        known = [n for n in range(first, last) if self.starts[n] != _NOWHERE]
        if not known:
            return 0, 0
        return self.starts[known[0]], self.ends[known[-1]]

    def replaced(self, cuts: Sequence[tuple[Span, str]]) -> "Plain":
        """With other words in the place of each stretch; stretches that overlap are one."""
        text: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        position = 0
        for (first, last), words in sorted(cuts):
            if last <= position:
                continue
            first = max(first, position)  # noqa: PLW2901 (what is left of it)
            text += [self.text[position:first], words]
            starts += [*self.starts[position:first], *[_NOWHERE] * len(words)]
            ends += [*self.ends[position:first], *[_NOWHERE] * len(words)]
            position = last
        text.append(self.text[position:])
        starts += self.starts[position:]
        ends += self.ends[position:]
        return Plain("".join(text), starts, ends)

    def harmless(self) -> "Plain":
        """Without the signs that our delimiters are made of, at the same places."""
        return Plain(self.text.translate(_LOOKS_LIKE_OURS), self.starts, self.ends)


def cleaned(answer: str) -> Plain:
    """NFKC, and nothing that a reader would not see.

    Of a sign that stands in a row many times some are enough, for a reader and for a pattern: what
    looks for an order tries each of them, and then each again.
    """
    if answer.isascii() and answer.isprintable() and not _RUN.search(answer):
        return Plain(answer, range(len(answer)), range(1, len(answer) + 1))
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    position, length = 0, len(answer)
    while position < length:
        after = position + 1
        while after < length and unicodedata.combining(answer[after]):
            after += 1
        visible = "".join(
            c for c in answer[position:after] if not _is_hidden(c) and c not in _STRUCK
        )
        for sign in unicodedata.normalize("NFKC", visible):
            if _is_one_more(text[-_MOST_ALIKE:], sign):
                ends[-1] = after
                continue
            text.append(sign)
            starts.append(position)
            ends.append(after)
        position = after
    return Plain("".join(text), starts, ends)


def _is_one_more(last: list[str], sign: str) -> bool:
    """Whether there are enough of it, or of blanks of any kind."""
    if len(last) < _MOST_ALIKE or sign.isalnum():
        return False
    return all(one == sign for one in last) or (sign.isspace() and all(map(str.isspace, last)))


def tagged(answer: str) -> str:
    """What was written in Unicode's tag characters: ASCII that no screen shows."""
    return "".join(chr(ord(c) - _TAGS.start) for c in answer if ord(c) in _TAGS)


def hidden_count(answer: str) -> int:
    """Signs without a width, or that turn the direction; not the joiners of scripts and emoji."""
    return sum(
        _is_hidden(c) and c not in "\u200c\u200d\ufeff\u00ad\r" and c not in _variants()
        for c in answer
    )


def _variants() -> str:
    return "\ufe0e\ufe0f"


def _is_hidden(sign: str) -> bool:
    if sign in _KEPT_CONTROLS:
        return False
    if unicodedata.category(sign) in {"Cf", "Cc", "Co", "Cn", "Cs"}:
        return True
    return any(ord(sign) in span for span in _SELECTORS)
