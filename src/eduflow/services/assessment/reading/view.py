"""The answer as a model is shown it: nothing hidden, nobody's name, nothing that gives orders."""

import re
from collections.abc import Iterable, Sequence

import msgspec

from eduflow.services.assessment.reading.detecting import Found, detect
from eduflow.services.assessment.reading.plain import Plain, Span, cleaned

NAME, MAIL, NUMBER, CITED = "[name]", "[mail]", "[number]", "[cited words]"
_SHORTEST_NAME = 2
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_NUMBER = re.compile(
    r"\b(?:student|matric\w*|matrikel\w*|candidate|roll|id|number|nr|no)\b[^\w\n]{0,3}"
    r"(?:(?:id|number|no|nr)\b[^\w\n]{0,3})?([A-Z]{0,3}\d{4,})",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.!?。！？\n]+[.!?。！？]*")


class View(msgspec.Struct, frozen=True):
    """What a model may read, and what was found in the answer on the way."""

    shown: Plain
    flags: tuple[str, ...]
    flagged: tuple[Span, ...]
    """In the answer itself, for whoever looks at it."""

    @property
    def text(self) -> str:
        return self.shown.text


def view_of(answer: str, *, names: Iterable[str]) -> View:
    """`names`: what the student is called, whole."""
    plain = cleaned(answer)
    found = detect(answer, plain)
    cuts = [
        *((span, "") for span in _blocks(plain.text, found)),
        *((span, CITED) for span in found.cited),
        *_personal(plain.text, names),
    ]
    shown = plain.replaced(cuts).harmless()
    flagged = tuple(sorted({plain.around(flag.span) for flag in found.flags}))
    return View(shown, tuple(found.kinds), flagged)


def evidence(view: View, quotes: Sequence[Span]) -> str:
    """The sentences that a judgement rests on, and nothing beside them.

    Whoever hides an order among other sentences does not reach whoever reads these alone.
    """
    kept = [
        sentence[0].strip()
        for sentence in _SENTENCE.finditer(view.text)
        if any(first < sentence.end() and last > sentence.start() for first, last in quotes)
    ]
    return "\n".join(kept)


def _blocks(text: str, found: Found) -> list[Span]:
    """Each flagged stretch with the whole of its paragraph: an order rarely comes alone."""
    blocks = []
    for flag in found.flags:
        first, last = flag.span
        if first == last:
            continue
        start = text.rfind("\n\n", 0, first)
        end = text.find("\n\n", last)
        blocks.append((start + 2 if start >= 0 else 0, end if end >= 0 else len(text)))
    return blocks


def _personal(text: str, names: Iterable[str]) -> list[tuple[Span, str]]:
    cuts = [(found.span(), MAIL) for found in _MAIL.finditer(text)]
    cuts += [(found.span(1), NUMBER) for found in _NUMBER.finditer(text)]
    words = {word for name in names for word in re.split(r"[\s,]+", name) if _is_name(word)}
    for whole in {name for name in names if name.strip()}:
        parts = [re.escape(part) for part in re.split(r"[\s,]+", whole) if part]
        pattern = re.compile(rf"(?<!\w){'[ ,.]+'.join(parts)}(?!\w)", re.IGNORECASE)
        cuts += [(found.span(), NAME) for found in pattern.finditer(text)]
    if words:
        # As it is written on the list, or in capitals: `Will` is a name and `will` is a word.
        alike = "|".join(re.escape(w) for one in words for w in {one, one.upper()})
        cuts += [(m.span(), NAME) for m in re.finditer(rf"(?<!\w)(?:{alike})(?!\w)", text)]
    return cuts


def _is_name(word: str) -> bool:
    return len(word.strip(".")) >= _SHORTEST_NAME
