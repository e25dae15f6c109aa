"""What an answer quotes and does not say: an essay about such words may cite them.

A quotation counts as one only where the answer talks about it: enough words of its own stand
around it. What is cited is no reason to hold an answer back, and it does not reach a model either.
"""

import re
from collections.abc import Iterator

from eduflow.services.assessment.reading.plain import Span

_PAIRS = (
    re.compile(r"“[^“”\n]{2,500}”"),
    re.compile(r"„[^“”\n]{2,500}[“”]"),
    re.compile(r"«[^«»\n]{2,500}»"),
    re.compile(r"‘[^‘’\n]{6,500}’(?!\w)"),
    re.compile(r"「[^「」\n]{2,500}」|『[^『』\n]{2,500}』"),
    re.compile(r"`[^`\n]{2,500}`"),
    re.compile(r'(?<!\w)"[^"\n]{2,500}"(?!\w)'),
    re.compile(r"(?<!\w)'[^'\n]{6,500}'(?!\w)"),
)
_FENCE = re.compile(r"^```.{0,4000}?^```[ \t]*$", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"(?:^[ \t]*>[^\n]*\n?)+", re.MULTILINE)
_PARAGRAPH = re.compile(r"[^\n]+(?:\n(?!\s*\n)[^\n]+)*")
_WORD = re.compile(r"\w+")
_OWN_WORDS = 4
_SCRIPT_WITHOUT_SPACES = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def quotations(text: str) -> list[Span]:
    """Stretches that the answer talks about, in their order, without those within others."""
    found: list[Span] = []
    for pattern in (_FENCE, _BLOCK):
        found += [m.span() for m in pattern.finditer(text) if _is_announced(text, m.start())]
    for paragraph in _PARAGRAPH.finditer(text):
        found += _within(paragraph[0], offset=paragraph.start())
    return _outermost(found)


def utterances(text: str) -> Iterator[Span]:
    """What stands between quotation marks, whether it is cited or said; without the marks."""
    for pattern in _PAIRS:
        for found in pattern.finditer(text):
            yield found.start() + 1, found.end() - 1


def _within(paragraph: str, *, offset: int) -> Iterator[Span]:
    spans = _outermost([m.span() for pattern in _PAIRS for m in pattern.finditer(paragraph)])
    own = paragraph
    for first, last in spans:
        own = f"{own[:first]}{'¤' * (last - first)}{own[last:]}"
    for first, last in spans:
        begin = max(own.rfind(sign, 0, first) for sign in ".!?\n") + 1
        ends = [at for sign in ".!?\n" if (at := own.find(sign, last)) >= 0]
        # Where the cited words end a sentence, so does the one that cites them.
        after = "" if paragraph[last - 2] in ".!?" else own[last : min(ends, default=len(own))]
        if _words(own[begin:first] + " " + after) >= _OWN_WORDS:
            yield offset + first, offset + last


def _is_announced(text: str, at: int) -> bool:
    before = text[:at].rstrip().rpartition("\n")[2]
    return before.endswith(":") and _words(before) >= _OWN_WORDS


def _words(text: str) -> int:
    return len(_WORD.findall(text)) + len(_SCRIPT_WITHOUT_SPACES.findall(text)) // 2


def _outermost(spans: list[Span]) -> list[Span]:
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (s[0], -s[1])):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept
