"""XML as a small tree with line numbers, read in bounded memory.

Expat drives; a document type declaration ends the reading at the moment it is met, so that no
entity can ever be declared, let alone expanded or fetched. Depth, number of elements, attributes
and sizes are counted while they come, not after they have been built.
"""

import pyexpat
from collections.abc import Callable, Iterable, Iterator
from typing import NoReturn
from xml.parsers import expat

from eduflow.interchange import limits
from eduflow.interchange.unreadable import Unreadable

_NAMESPACE_END = "}"


class Node:
    """An element: its name without namespace, its attributes likewise, what is in it."""

    __slots__ = ("attributes", "children", "line", "name", "namespace")

    def __init__(self, name: str, namespace: str, attributes: dict[str, str], line: int) -> None:
        self.name = name
        self.namespace = namespace
        self.attributes = attributes
        self.children: list[Node | str] = []
        self.line = line

    def get(self, attribute: str, otherwise: str = "") -> str:
        return self.attributes.get(attribute, otherwise)

    @property
    def elements(self) -> Iterator["Node"]:
        return (child for child in self.children if isinstance(child, Node))

    def all(self, name: str) -> Iterator["Node"]:
        return (child for child in self.elements if child.name == name)

    def first(self, name: str) -> "Node | None":
        return next(self.all(name), None)

    def under(self) -> Iterator["Node"]:
        """Every element below, in the order of the document."""
        waiting = list(self.elements)[::-1]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(list(node.elements)[::-1])

    @property
    def text(self) -> str:
        """All character data in it and below it."""
        pieces: list[str] = []
        waiting: list[Node | str] = self.children[::-1]
        while waiting:
            part = waiting.pop()
            if isinstance(part, str):
                pieces.append(part)
            else:
                waiting.extend(part.children[::-1])
        return "".join(pieces)


class _Tree:
    """`each` is handed every element at depth `record`, which is then forgotten by its parent."""

    def __init__(self, file: str, *, record: int | None, each: Callable[[Node], None]) -> None:
        self.file = file
        self.root: Node | None = None
        self._record = record
        self._each = each
        self._open: list[Node] = []
        self._nodes = 0
        self._characters_held = 0
        parser = expat.ParserCreate(namespace_separator=_NAMESPACE_END)
        parser.buffer_text = True
        parser.ordered_attributes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._entity
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self._parser = parser

    def refuse(self, reason: str) -> NoReturn:
        raise Unreadable(reason, file=self.file, line=self._parser.CurrentLineNumber)

    def feed(self, pieces: Iterable[bytes]) -> None:
        fed = 0
        try:
            for piece in pieces:
                self._parser.Parse(piece, False)
                fed += len(piece)
                # Expat scans an unfinished tag anew with every piece: a long one costs its square.
                if fed - max(0, self._parser.CurrentByteIndex) > limits.MAX_TAG:
                    self.refuse(f"a tag or comment of more than {limits.MAX_TAG:,} bytes")
            self._parser.Parse(b"", True)
        except pyexpat.ExpatError as wrong:
            reason = f"not well-formed XML: {expat.ErrorString(wrong.code)}"
            raise Unreadable(reason, file=self.file, line=wrong.lineno) from None
        except (ValueError, LookupError) as wrong:
            # An encoding that Python does not know, or that expat cannot use.
            raise Unreadable(f"not readable XML: {wrong}", file=self.file) from None

    def _start(self, name: str, given: list[str]) -> None:
        if len(self._open) >= limits.MAX_DEPTH:
            self.refuse(f"elements nested deeper than {limits.MAX_DEPTH}")
        self._nodes += 1
        if self._nodes > limits.MAX_NODES:
            self.refuse(f"more than {limits.MAX_NODES:,} elements")
        if len(given) > 2 * limits.MAX_ATTRIBUTES:
            self.refuse(f"more than {limits.MAX_ATTRIBUTES} attributes on one element")
        attributes: dict[str, str] = {}
        for key, value in zip(given[::2], given[1::2], strict=True):
            if len(value) > limits.MAX_ATTRIBUTE:
                self.refuse(f"an attribute of more than {limits.MAX_ATTRIBUTE:,} characters")
            # Only attributes of no namespace, and ours, keep their whole name apart from others.
            space, _, local = key.rpartition(_NAMESPACE_END)
            attributes.setdefault(key if space.startswith("urn:eduflow") else local, value)
        space, _, local = name.rpartition(_NAMESPACE_END)
        node = Node(local, space, attributes, self._parser.CurrentLineNumber)
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)

    def _end(self, _: str) -> None:
        node = self._open.pop()
        if self._record is not None and len(self._open) == self._record:
            self._each(node)
            if self._open:
                self._open[-1].children.clear()
            self._nodes = self._characters_held = 0

    def _characters(self, text: str) -> None:
        if self._record is not None and len(self._open) <= self._record:
            return
        self._characters_held += len(text)
        if self._characters_held > limits.MAX_HELD:
            self.refuse(f"more than {limits.MAX_HELD:,} characters in one question")
        self._open[-1].children.append(text)

    def _doctype(self, *_: object) -> None:
        self.refuse("a document type declaration, which is never read: it could declare entities")

    def _entity(self, *_: object) -> None:
        self.refuse("an entity declaration")


def parse(pieces: Iterable[bytes], *, file: str) -> Node:
    tree = _Tree(file, record=None, each=lambda _: None)
    tree.feed(pieces)
    if tree.root is None:
        raise Unreadable("no XML document", file=file)
    return tree.root


def each_record(pieces: Iterable[bytes], *, file: str, each: Callable[[Node], None]) -> str:
    """Call `each` with every child of the root as it ends, holding one at a time; its name back."""
    tree = _Tree(file, record=1, each=each)
    tree.feed(pieces)
    return tree.root.name if tree.root is not None else ""


class _RootFoundError(Exception):
    pass


def root_of(start: bytes) -> tuple[str, str] | None:
    """Name and namespace of the root element, from a document's first bytes; else None."""
    found: list[str] = []

    def note(name: str, _: object) -> None:
        found.append(name)
        raise _RootFoundError

    parser = expat.ParserCreate(namespace_separator=_NAMESPACE_END)
    parser.StartElementHandler = note
    try:
        parser.Parse(start, False)
    except _RootFoundError:
        space, _, local = found[0].rpartition(_NAMESPACE_END)
        return local, space
    except (pyexpat.ExpatError, ValueError, LookupError):
        return None
    return None
