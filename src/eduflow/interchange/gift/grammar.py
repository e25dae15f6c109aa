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


class _Begun:
    """The lines of a question so far, and what of them tells whether another one begins.

    Told line by line: to look at all of them again at each would take a hostile file's length
    squared.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.depth = 0
        """Braces that are open."""
        self.braced = self.titled = self.title_ended = self.ends_answers = False
        self.answered: bool | None = None
        """Whether the first brace begins answers; a formula's does not. None: not known yet."""
        self._opening = ""
        self._is_blank = True

    def add(self, raw: str) -> None:
        line = raw.rstrip()
        plain = hidden(line)
        if self._is_blank:
            self._is_blank = not plain.strip()
            self.titled = plain.lstrip().startswith("::")
            self.title_ended = _TITLE.match(plain) is not None
        elif self.titled and not self.title_ended:
            self.title_ended = "::" in plain
        self._look_at_braces(plain)
        self.lines.append(line)
        self.depth += plain.count("{") - plain.count("}")
        self.ends_answers = plain.endswith("}")

    def _look_at_braces(self, plain: str) -> None:
        if not self.braced:
            place = plain.find("{")
            if place < 0:
                return
            self.braced = True
            before = plain[place - 1] if place else "\n" if self.lines else ""
            self._opening, plain = before + "{", plain[place + 1 :]
        if self.answered is None and plain.strip():
            self.answered = _ANSWERED.match(f"{self._opening}\n{plain}") is not None


def blocks(lines: Iterator[str]) -> Iterator[Block]:
    category, start, begun = "", 0, _Begun()
    marks: list[tuple[str, str]] = []

    def done() -> Block:
        nonlocal begun
        text = "\n".join(begun.lines)
        block = Block(line=start, text=text, category=category, marks=tuple(marks))
        begun = _Begun()
        marks.clear()
        return block

    for number, raw in enumerate(lines, start=1):
        line = raw.strip()
        if line.startswith("//"):
            marks += [(found[1].lower(), found[2]) for found in _MARK.finditer(line)]
            continue
        is_category = line.upper().startswith("$CATEGORY:")
        # Somebody may leave out the empty line between two questions; while braces are open, empty
        # lines stand between answers.
        ends = is_category or _begins(line, begun) or (not line and begun.depth <= 0)
        if begun.lines and ends:
            yield done()
        if is_category:
            category = line.partition(":")[2].strip()
        elif line or begun.lines:
            if not begun.lines:
                start = number
            begun.add(raw)
    if begun.lines:
        yield done()


def _begins(line: str, begun: _Begun) -> bool:
    """Whether another question begins with this line, though none is empty before it."""
    plain = hidden(line)
    if _TITLE.match(plain):
        # A title that is open yet may end here; a brace that is open was forgotten.
        return not begun.titled or begun.title_ended
    if begun.depth > 0:
        return False
    if line.startswith("::"):
        return begun.braced
    # Behind answers, so that these can only be another's. The braces of a formula are none.
    text, brace, _ = plain.partition("{")
    return bool(brace and text.strip() and begun.ends_answers and begun.answered)


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
