"""GIFT cut into questions and answers, by the published grammar. What they mean is `items`'.

Escaped signs are set apart by private characters while the text is cut, and put back at the end.
"""

import re
from collections.abc import Iterator

import msgspec

from eduflow.interchange.unreadable import refuse

_ESCAPED = {sign: chr(0xE100 + number) for number, sign in enumerate("~=#{}:\\")}
_BACK = {ord(private): sign for sign, private in _ESCAPED.items()}
_ESCAPE = re.compile(r"\\([~=#{}:\\n])")
_TITLE = re.compile(r"\A\s*::(.*?)::", re.DOTALL)
_FORMAT = re.compile(r"\A\s*\[(html|plain|markdown|moodle)\]", re.IGNORECASE)
_MARK = re.compile(r"\[(id|tag):([^\]]*)\]", re.IGNORECASE)
_WEIGHT = re.compile(r"\A%(-?\d{1,3}(?:\.\d{1,9})?)%")
_ANSWERED = re.compile(r"[^{]*(?:\{\s*[=~#]|\s\{\s*(?:(?:T|F|TRUE|FALSE)\b|\}))")
_PRIVATE = re.compile("[\ue100-\ue11f]")


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """One question as it stands, comments apart."""

    line: int
    text: str
    category: str
    marks: tuple[tuple[str, str], ...] = ()
    """`[id:…]` and `[tag:…]` of the comments before it."""


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    format: str
    before: str
    answers: str | None
    """What stands in braces; None where there are none."""
    after: str


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    sign: str
    """`=`, `~`, or nothing."""
    weight: str | None
    text: str
    feedback: str


def hidden(text: str) -> str:
    """Escaped signs made private."""
    return _ESCAPE.sub(
        lambda found: "\n" if found[1] == "n" else _ESCAPED[found[1]], _PRIVATE.sub("", text)
    )


def shown(text: str) -> str:
    return text.translate(_BACK).strip()


def blocks(lines: Iterator[str]) -> Iterator[Block]:  # noqa: C901 - a line is one of five things
    category, start, kept, depth = "", 0, list[str](), 0
    marks: list[tuple[str, str]] = []

    def done() -> Block:
        block = Block(line=start, text="\n".join(kept), category=category, marks=tuple(marks))
        kept.clear()
        marks.clear()
        return block

    for number, raw in enumerate(lines, start=1):
        line = raw.strip()
        if line.startswith("//"):
            marks += [(found[1].lower(), found[2]) for found in _MARK.finditer(line)]
        elif line.upper().startswith("$CATEGORY:"):
            if kept:
                yield done()
                depth = 0
            category = line.partition(":")[2].strip()
        elif kept and _begins(line, "\n".join(kept), closed=depth <= 0):
            # Somebody left out the empty line between two questions.
            yield done()
            start, depth = number, 0
            kept.append(raw.rstrip())
            depth += _depth(raw)
        elif not line:
            if kept and depth <= 0:
                yield done()
                depth = 0
            elif kept:
                kept.append("")
        else:
            if not kept:
                start = number
            kept.append(raw.rstrip())
            # While braces are open, empty lines stand between answers.
            depth += _depth(raw)
    if kept:
        yield done()


def _begins(line: str, before: str, *, closed: bool) -> bool:
    """Whether another question begins with this line, though none is empty before it."""
    plain, begun = hidden(line), hidden(before)
    if _TITLE.match(plain):
        # A title that is open yet may end here; a brace that is open was forgotten.
        return not begun.lstrip().startswith("::") or _TITLE.match(begun) is not None
    if not closed:
        return False
    if line.startswith("::"):
        return "{" in begun
    # Behind answers, so that these can only be another's. The braces of a formula are none.
    text, brace, _ = plain.partition("{")
    return bool(brace and text.strip() and begun.endswith("}") and _ANSWERED.match(begun))


def _depth(line: str) -> int:
    plain = hidden(line)
    return plain.count("{") - plain.count("}")


def names_of(block: Block) -> list[str]:
    """What to call it where it is refused: each line that asks something, else its first."""
    lines, asking, depth = block.text.strip().split("\n"), list[str](), 0
    for line in lines:
        if depth <= 0 and "{" in hidden(line):
            asking.append(line)
        depth += _depth(line)
    return asking if len(asking) > 1 else lines[:1]


def cut(block: Block) -> Parts:
    text = hidden(block.text)
    title = ""
    if found := _TITLE.match(text):
        title, text = shown(found[1]), text[found.end() :]
    style = "moodle"
    if found := _FORMAT.match(text):
        style, text = found[1].lower(), text[found.end() :]
    start, end = text.find("{"), text.rfind("}")
    if start >= 0 and _depth(text) > 0:
        refuse("its braces are not closed")
    if start < 0 or end < start:
        return Parts(title=title, format=style, before=text, answers=None, after="")
    _refuse_several(text[start:end])
    return Parts(
        title=title,
        format=style,
        before=text[:start],
        answers=text[start + 1 : end].strip(),
        after=text[end + 1 :],
    )


def _refuse_several(answers: str) -> None:
    """Braces within braces are part of an answer; braces behind them are another question."""
    depth = 0
    for sign in answers:
        depth += (sign == "{") - (sign == "}")
        if depth == 0:
            refuse("several answers in braces: leave an empty line between questions")


def split_general(answers: str) -> tuple[str, str]:
    """The answers, and the feedback for everybody behind `####`."""
    head, mark, tail = answers.partition("####")
    return head.strip(), tail.lstrip("#") if mark else ""


def offers(answers: str) -> list[Offered]:
    """Each answer with its sign, weight and feedback."""
    found: list[Offered] = []
    for piece in re.split(r"(?=[=~])", answers):
        trimmed = piece.strip()
        if not trimmed:
            continue
        sign = trimmed[0] if trimmed[0] in "=~" else ""
        rest = trimmed[len(sign) :].strip()
        weight = None
        if match := _WEIGHT.match(rest):
            weight, rest = match[1], rest[match.end() :]
        text, _, feedback = rest.partition("#")
        found.append(
            Offered(sign=sign, weight=weight, text=text.strip(), feedback=feedback.strip())
        )
    return found
