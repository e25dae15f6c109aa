"""Finds, in an answer, what speaks to whoever grades it, in whatever writing.

Two things come of it. A flag: somebody tries to tell the grader what to do; a person looks, and the
stretch does not reach a model. A citation: the answer talks about such words; nobody is held back
for it, and the cited words do not reach a model either, so that none can obey them.
"""

import itertools
import re
from collections.abc import Iterator

import msgspec

from eduflow.services.assessment.reading.ciphers import rejoined, rotated, turned
from eduflow.services.assessment.reading.decoding import decoded
from eduflow.services.assessment.reading.folding import latin, lowered, unleeted
from eduflow.services.assessment.reading.mentions import is_shown, quotations, utterances
from eduflow.services.assessment.reading.plain import (
    Plain,
    Span,
    cleaned,
    hidden_count,
    tagged,
)
from eduflow.services.assessment.reading.rules import BLOCK, LOOSE, SENTENCE
from eduflow.services.assessment.reading.structure import forms, is_disguised, mixed_words
from eduflow.services.assessment.reading.tongues import TONGUES
from eduflow.services.assessment.reading.weighing import (
    ENOUGH_HIDDEN,
    MUST_JUDGE,
    NEEDED,
    NEEDED_OF_TURNS,
    is_about_judging,
    is_meant,
    is_order_in_any_tongue,
    may_ignore,
    speaks,
    weight,
)

_SENTENCE = re.compile(
    r"[^.!?。！？\n]+(?:[.!?。！？]+(?=[\s\"'”»)\]]|$|[^\w\s])|[.!?](?=\w)|[。！？]|$)?|\n"
)
_COMMENT = re.compile(
    r"<\w+[^>\n]{0,200}(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*[01]\b|opacity\s*:\s*0\b|"
    r"color\s*:\s*(?:white|#fff)|\bhidden)[^>\n]{0,100}>[^<]{0,2000}|"
    r"\\(?:color|textcolor)\{white\}.{0,2000}|"
    r"<!--.{0,8000}?(?:-->|\Z)|^\[//\]: # .*$|/\*.{0,4000}?\*/|!\[[^\]]{12,400}\]\([^)]{0,400}\)",
    re.DOTALL | re.MULTILINE,
)
_QUOTED = re.compile(r"\"[^\"\n]{2,300}\"|“[^”\n]{2,300}”")
_LONGEST, _SHORTEST = 700, 6
_DEEPEST = 3
_ENOUGH_WORDS = 2
_MANY_HIDDEN = 8
_MANY_MIXED = 3
_EARLY = 25


class Flag(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody tries, and where it stands in the text as it is read."""

    kind: str
    span: Span


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What speaks to the grader, and what is only cited."""

    flags: tuple[Flag, ...]
    cited: tuple[Span, ...]

    @property
    def kinds(self) -> list[str]:
        """What is tried, each once."""
        return sorted({flag.kind for flag in self.flags})


def detect(answer: str, plain: Plain) -> Found:
    """`plain` is the answer, cleaned."""
    quoted = quotations(plain.text)
    text = _without(plain.text, quoted)
    flags = [Flag(kind=kind, span=span) for kind, span in _speech(text)]
    # What is forged has quotation marks of its own; only what is wholly cited is cited.
    flags += [
        Flag(kind=kind, span=span)
        for kind, span in _forged(plain.text)
        if kind == "forged_call" or not any(a <= span[0] and span[1] <= b for a, b in quoted)
    ]
    secrets = list(_secrets(text))
    shown = [span for span in secrets if is_shown(text, span)]
    flags += [Flag(kind="written_otherwise", span=span) for span in secrets if span not in shown]
    if _is_speech(tagged(answer), loosely=True):
        flags.append(Flag(kind="hidden_text", span=(0, 0)))
    if hidden_count(answer) >= _MANY_HIDDEN or is_disguised(answer):
        flags.append(Flag(kind="hidden_text", span=(0, 0)))
    if mixed_words(answer) >= _MANY_MIXED:
        flags.append(Flag(kind="written_otherwise", span=(0, 0)))
    cited = tuple((a, b) for a, b in quoted if _is_speech(plain.text[a:b].strip("“”„\"'`«»‘’> \n")))
    return Found(flags=tuple(dict.fromkeys(flags)), cited=(*cited, *shown))


def _without(text: str, quoted: list[Span]) -> str:
    for first, last in reversed(quoted):
        text = f"{text[:first]}{'¤' * (last - first)}{text[last:]}"
    return text


def _is_speech(text: str, *, depth: int = 0, loosely: bool = False) -> bool:
    """Whether it holds an order to the grader, by itself or written otherwise."""
    if not text.strip():
        return False
    if loosely and _is_loose(text):
        return True
    if next(_speech(text), None) is not None:
        return True
    return depth < _DEEPEST and any(
        _is_speech(said, depth=depth + 1, loosely=True) for _, said in decoded(text)
    )


def _is_loose(text: str) -> bool:
    low = lowered(text)
    return (
        len(set(LOOSE.findall(low))) >= _ENOUGH_WORDS
        or weight(latin(low[:_LONGEST])) >= ENOUGH_HIDDEN
        or is_order_in_any_tongue(low[:_LONGEST])
    )


def _speech(text: str) -> Iterator[tuple[str, Span]]:
    yield from _forged(text)
    low = lowered(text)
    for span in (*_sentences(low), *utterances(low)):
        for kind in _spoken(low[span[0] : span[1]][:_LONGEST]):
            yield kind, span

    for span, said in rejoined(low):
        for kind in _spoken(said[:_LONGEST]):
            yield kind, span


def _forged(text: str) -> Iterator[tuple[str, Span]]:
    for found in _COMMENT.finditer(text):
        if _is_loose(found[0]):
            yield "hidden_text", found.span()
    for span in forms(text):
        yield "forged_answer", span
    low = lowered(text)
    for reading in {low, latin(low)}:
        for kind, pattern in BLOCK:
            for found in pattern.finditer(reading):
                first, last = found.span()
                if kind != "forged_turn" or _matters(reading[max(0, first - 100) : last + 300]):
                    yield kind, (first, last)


def _matters(around: str) -> bool:
    """Whether what stands round a forged turn is about judging: a play has turns as well."""
    around = _QUOTED.sub(" ", around)
    return (
        len(set(LOOSE.findall(around))) >= _ENOUGH_WORDS
        or weight(around) >= NEEDED_OF_TURNS
        or is_order_in_any_tongue(around)
    )


def _spoken(sentence: str) -> Iterator[str]:
    if len(sentence) < _SHORTEST:
        return
    plain = latin(sentence)
    for reading in (plain, *unleeted(plain)):
        heavy = weight(reading)
        for kind, pattern in SENTENCE:
            if (
                heavy >= NEEDED.get(kind, 0)
                and pattern.search(reading)
                and (kind not in MUST_JUDGE or is_about_judging(reading))
                and (kind != "order_to_ignore" or may_ignore(reading))
            ):
                yield kind
        if speaks(reading):
            yield "speaks_to_the_grader"
    for kind, pattern in TONGUES:
        found = pattern.search(sentence)
        if found and (kind != "order_to_ignore" or (found.start() < _EARLY and is_meant(sentence))):
            yield kind
    if is_order_in_any_tongue(sentence):
        yield "order_to_score"


def _sentences(text: str) -> Iterator[Span]:
    """Sentences, and long ones in pieces; a line that was wrapped is also read with the next."""
    for found in _SENTENCE.finditer(text):
        first, last = found.span()
        for start in range(first, last, _LONGEST):
            yield start, min(last, start + _LONGEST)
    lines = [m.span() for m in re.finditer(r"[^\n]+", text)]
    for (first, end), (start, last) in itertools.pairwise(lines):
        if start == end + 1 and text[end - 1] not in ".!?:" and last - first <= _LONGEST:
            yield first, last


def _secrets(text: str) -> Iterator[Span]:
    for span, said in itertools.chain(decoded(text), turned(text), rotated(text)):
        if _is_speech(said, depth=1, loosely=True):
            yield span


def seen_by(answer: str) -> Plain:
    """The answer as it is read: for whoever needs the places of what was found."""
    return cleaned(answer)
