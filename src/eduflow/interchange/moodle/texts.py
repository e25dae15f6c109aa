"""Texts of a Moodle question, and the files that stand beside them in base64."""

import base64
import binascii
import hashlib
import mimetypes
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import IO
from urllib.parse import unquote

from markdown_it import MarkdownIt

from eduflow.interchange import limits, markup
from eduflow.interchange.qti.body import media_link, resolved
from eduflow.interchange.qti.declarations import number
from eduflow.interchange.reading import Losses, Medium
from eduflow.interchange.unreadable import Refused, Unreadable
from eduflow.interchange.xml import Node

_PLUGIN = "@@PLUGINFILE@@"
_RUNS = re.compile(
    r"<(script|iframe|embed|object|form|input|button|svg|style|applet)\b|\s(on[a-z]+)\s*=",
    re.IGNORECASE,
)
_DATA = re.compile(r"(?:src|href)\s*=[\s\"']*([a-z-]{1,20}):", re.IGNORECASE)
_KEPT = {"http", "https", "mailto", markup.MEDIA}


class Shelf:
    """Files taken out of a Moodle file, in one temporary file."""

    def __init__(self, spool: IO[bytes]) -> None:
        self._spool = spool
        self._size = 0
        self.media: dict[str, Medium] = {}

    def put(self, name: str, data: bytes) -> str:
        """Its name among the media: by its content, so that the same picture is there once."""
        own = f"{hashlib.sha256(data).hexdigest()[:16]}/{name}"
        if own not in self.media:
            self._size += len(data)
            if self._size > limits.MAX_TOTAL:
                raise Unreadable(f"files of more than {limits.MAX_TOTAL:,} bytes", file=name)
            start = self._spool.seek(0, 2)
            self._spool.write(data)
            self.media[own] = Medium(
                name=own,
                media_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
                pieces=partial(self._pieces, start, len(data)),
            )
        return own

    def _pieces(self, start: int, size: int) -> Iterator[bytes]:
        at, end = start, start + size
        while at < end:
            self._spool.seek(at)
            piece = self._spool.read(min(limits.PIECE, end - at))
            if not piece:
                return
            yield piece
            at += len(piece)


class Texts:
    """Reads the texts of one question; what they cannot keep is a loss."""

    def __init__(self, shelf: Shelf, losses: Losses) -> None:
        self._shelf = shelf
        self.losses = losses

    def html(self, node: Node | None) -> str:
        """A `<text>` in the format that its element names, with its files on the shelf."""
        if node is None:
            return ""
        text = node.first("text")
        raw = text.text if text is not None else node.text
        if not raw.strip():
            return ""
        if len(raw) > limits.MAX_TEXT:
            raise Refused("a text that is too long", line=node.line)
        files = self._files(node)
        match node.get("format", "html"):
            case "plain_text":
                made = markup.from_text(raw.strip())
            case "markdown":
                made = markup.safe(MarkdownIt("commonmark").render(raw))
            case "moodle_auto_format":
                self._told(raw)
                made = markup.safe(raw.strip().replace("\n", "<br>"))
            case _:
                self._told(raw)
                made = markup.safe(raw)
        return markup.with_links(made, partial(self._link, files=files)).strip()

    def _told(self, raw: str) -> None:
        for found in _RUNS.finditer(raw):
            self.losses.add(
                f"<{found[1].lower()}>" if found[1] else f"a script ({found[2].lower()})"
            )
        for found in _DATA.finditer(raw):
            if found[1].lower() not in _KEPT:
                self.losses.add(f"a link to {found[1].lower()}:")

    def _files(self, node: Node) -> dict[str, str]:
        files: dict[str, str] = {}
        for file in node.all("file"):
            name = file.get("name").strip()
            path = (file.get("path", "/").strip("/") + "/" + name).lstrip("/")
            if not name or ".." in path.split("/") or not path.isprintable():
                self.losses.add("a file of no usable name")
                continue
            if file.get("encoding") != "base64":
                self.losses.add(f"the file {name}, which is not in base64")
                continue
            try:
                data = base64.b64decode("".join(file.text.split()), validate=True)
            except (binascii.Error, ValueError):
                self.losses.add(f"the file {name}, whose base64 is broken")
                continue
            files[path] = self._shelf.put(name, data)
        return files

    def _link(self, address: str, *, files: dict[str, str]) -> str | None:
        if address.startswith(_PLUGIN):
            name = unquote(address.removeprefix(_PLUGIN).lstrip("/").split("?", 1)[0])
            if name in files:
                return media_link(files[name])
            self.losses.add(f"the file {name[:80]}, which is not there")
            return None
        return resolved(address, base="", present=(), losses=self.losses, seen={})


def said(node: Node, name: str) -> str:
    """A plain value, be it in a `<text>` or not."""
    found = node.first(name)
    return "" if found is None else found.text.strip()


def fraction(node: Node) -> Decimal:
    return number(node.get("fraction", "0").strip() or "0", line=node.line) / 100
