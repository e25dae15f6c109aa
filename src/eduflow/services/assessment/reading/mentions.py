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
_OWN_WORDS, _ANNOUNCING_WORDS = 4, 2
_ANNOUNCED = re.compile(
    r"(?<![\w/.])(?:for example|for instance|e\.\s?g\.|such as|example|says?|said|wrote|writes|reads?|phrase|sentence|prompt|called|"
    r"like|payload|becomes|encoded|base64|rot13|zum beispiel|etwa|par exemple|por ejemplo|per esempio|por exemplo|"
    r"например|bijvoorbeeld|na przykład)(?=[:,]?\s)|例如|比如|たとえば|例えば|예를 들어",
    re.IGNORECASE,
)
_BEFORE = 60
_LIST = re.compile(
    r"^(?P<lead>[^\n]*:)[ \t]*\n(?:[ \t]*\n)?(?P<items>(?:[ \t]*(?:[-*•–]|\d+[.)])[ \t]+[^\n]+\n?){1,40})",
    re.MULTILINE,
)
_ITEM = re.compile(
    r"^[ \t]*(?:[-*•–]|\d+[.)])[ \t]+(?:[^\n\"“”:]{0,40}:[ \t]*)?(?P<said>[\"“„«][^\n\"“”«»]{2,400}[\"”»])[.;,]?[ \t]*$",
    re.MULTILINE,
)
_SCRIPT_WITHOUT_SPACES = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def quotations(text: str) -> list[Span]:
    """Stretches that the answer talks about, in their order, without those within others."""
    found: list[Span] = []
    for pattern in (_FENCE, _BLOCK):
        found += [m.span() for m in pattern.finditer(text) if _is_announced(text, m.start())]
    found += _items(text)
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
        needed = _ANNOUNCING_WORDS if _ANNOUNCED.search(own[begin:first]) else _OWN_WORDS
        if _words(own[begin:first] + " " + after) >= needed:
            yield offset + first, offset + last


def is_shown(text: str, span: Span) -> bool:
    """Whether a stretch is shown as an example, in a sentence that has words of its own."""
    before = text[max(0, span[0] - _BEFORE) : span[0]]
    announced = list(_ANNOUNCED.finditer(before))
    line = text[text.rfind("\n", 0, span[0]) + 1 : span[0]]
    return (
        bool(announced) and _words(line) >= _OWN_WORDS and "\n" not in before[announced[-1].end() :]
    )


def _items(text: str) -> Iterator[Span]:
    """What the items of a list cite, where a sentence leads up to it."""
    for found in _LIST.finditer(text):
        if _words(found["lead"]) >= _OWN_WORDS:
            for item in _ITEM.finditer(text, found.start("items"), found.end("items")):
                yield item.span("said")


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
