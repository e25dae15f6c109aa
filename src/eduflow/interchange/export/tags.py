"""XML written out: the same tags in the same order give the same bytes."""

import re
from collections.abc import Collection, Iterable, Sequence
from html.parser import HTMLParser
from typing import TypeAlias
from urllib.parse import quote

import msgspec

from eduflow.interchange import markup
from eduflow.interchange.qti.body import OWN, media_name
from eduflow.interchange.qti.names import MATHML

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_PLACE = re.compile(r"\[\[([^\[\]]*)\]\]|\{\{([^{}]*)\}\}")
_NO_QTI = {"mark", "u", "s", "ins", "del"}
_NO_ATTRIBUTE = {"title"}


class Tag(msgspec.Struct):
    name: str
    attributes: dict[str, str] = {}
    children: list["Tag | str"] = []

    def bytes(self) -> bytes:
        pieces: list[str] = ['<?xml version="1.0" encoding="UTF-8"?>\n']
        self.write(pieces)
        pieces.append("\n")
        return "".join(pieces).encode()

    def write(self, pieces: list[str]) -> None:
        pieces.append(f"<{self.name}")
        for key, value in self.attributes.items():
            pieces.append(f' {key}="{quoted(value)}"')
        if not self.children:
            pieces.append("/>")
            return
        pieces.append(">")
        for child in self.children:
            if isinstance(child, Tag):
                child.write(pieces)
            else:
                pieces.append(escaped(child))
        pieces.append(f"</{self.name}>")


Part: TypeAlias = Tag | str


def tag(name: str, *children: Part | None, **attributes: str | None) -> Tag:
    """`response_identifier="R"` is `response-identifier`; None leaves out."""
    return Tag(
        name,
        {key.replace("_", "-"): value for key, value in attributes.items() if value is not None},
        [child for child in children if child is not None],
    )


def sayable(text: str) -> str:
    """Without what XML has no way to write."""
    return _NOT_XML.sub("", text)


def escaped(text: str) -> str:
    clean = sayable(text).replace("&", "&amp;").replace("<", "&lt;")
    return clean.replace(">", "&gt;").replace("\r", "&#13;")


def quoted(text: str) -> str:
    # A parser makes spaces of line ends in attributes, unless they are written as numbers.
    clean = escaped(text).replace('"', "&quot;")
    return clean.replace("\n", "&#10;").replace("\t", "&#9;")


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """What stands where a text has `[[id]]` or `{{name}}`; each place once."""

    places: dict[str, Tag] = {}
    parameters: Collection[str] = ()
    up: str = ""
    """Way from the document to the root of the package: `../`."""


def html(text: str, marks: Marks) -> list[Part]:
    """A safe text as QTI's content."""
    reader = _Reader(marks)
    reader.feed(text)
    reader.close()
    return reader.root.children


def block(text: str, marks: Marks, *more: Tag) -> Tag:
    """In a division of its own, which reading takes away again."""
    return Tag("div", {"class": OWN}, [*html(text, marks), *more])


def content(text: str, marks: Marks) -> Tag:
    return tag("qti-content-body", block(text, marks))


class _Reader(HTMLParser):
    def __init__(self, marks: Marks) -> None:
        super().__init__(convert_charrefs=True)
        self._marks = marks
        self._used: set[str] = set()
        self.root = Tag("div")
        self.root.children = []
        self._open = [self.root]
        self._math = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        name = "span" if tag in _NO_QTI else tag
        attributes = {
            key: self._value(key, value or "")
            for key, value in attrs
            if key not in _NO_ATTRIBUTE and not (key == "class" and not (value or "").strip())
        }
        if tag == "math":
            attributes = {"xmlns": MATHML, **attributes}
        if tag == "img":
            attributes.setdefault("alt", "")
        made = Tag(name, attributes, [])
        self._open[-1].children.append(made)
        if tag not in markup.VOID:
            self._open.append(made)
            self._math += tag == "math"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in markup.VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in markup.VOID and len(self._open) > 1:
            self._open.pop()
            self._math -= tag == "math"

    def handle_data(self, data: str) -> None:
        into = self._open[-1].children
        if self._math:
            # Nothing of QTI may stand in MathML.
            into.append(data)
            return
        at = 0
        for found in _PLACE.finditer(data):
            made = self._made(found)
            if made is not None:
                into += [data[at : found.start()], made]
                at = found.end()
        into.append(data[at:])

    def _made(self, found: re.Match[str]) -> Tag | None:
        if found[2] is not None:
            if found[2] in self._marks.parameters:
                return tag("qti-printed-variable", identifier=found[2])
            return None
        if found[1] in self._marks.places and found[1] not in self._used:
            self._used.add(found[1])
            return self._marks.places[found[1]]
        return None

    def _value(self, key: str, value: str) -> str:
        name = media_name(value) if key in {"src", "href"} else None
        return value if name is None else f"{self._marks.up}{quote(name, safe='/')}"


def some(name: str, children: Iterable[Part], attributes: dict[str, str]) -> Tag:
    return Tag(name, attributes, list(children))


_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")
_TAKEN = {"SCORE", "MAXSCORE", "FEEDBACK", "GENERAL", "CHOICES", "RESPONSE", "numAttempts",
          "duration", "completionStatus"}  # fmt: skip


def identifiers(ids: Sequence[str], prefix: str) -> dict[str, str]:
    """Ids as QTI can have them: themselves where it can, else numbered."""
    usable = len(set(ids)) == len(ids) and all(
        _IDENTIFIER.fullmatch(one) and one not in _TAKEN for one in ids
    )
    if usable:
        return {one: one for one in ids}
    return {one: f"{prefix}{number}" for number, one in enumerate(ids, start=1)}


def is_identifier(text: str | None) -> bool:
    return text is not None and _IDENTIFIER.fullmatch(text) is not None
