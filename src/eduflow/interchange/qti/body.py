"""QTI's content as our texts: safe HTML, with `[[id]]` for gaps and `{{name}}` for parameters."""

import mimetypes
import re
from collections.abc import Callable, Collection, Iterable
from html import escape
from posixpath import dirname, normpath
from urllib.parse import quote, unquote, urlsplit

from eduflow.interchange import markup
from eduflow.interchange.qti.names import MATHML, said
from eduflow.interchange.reading import Losses
from eduflow.interchange.unreadable import refuse
from eduflow.interchange.xml import Node

INLINE = {"qti-text-entry-interaction", "qti-inline-choice-interaction"}
_THROUGH = {"qti-content-body", "qti-item-body", "qti-stimulus-body", "center", "font", "label"}
_RUNS = {"script", "iframe", "embed", "form", "input", "button", "svg", "style", "link"}
_PLACE = re.compile(r"(\[)(\[)([^\[\]]*)\]\]|(\{)(\{)([^{}]*)\}\}")
OWN = "eduflow-body"
"""Class of the division that our own files put around every text."""
_JOINER = "\u2060"


class Texts:
    """Renders one document's texts, and keeps what was in them but is no text of the question."""

    def __init__(
        self,
        *,
        file: str,
        present: Collection[str],
        losses: Losses,
        parameters: Collection[str] = (),
    ) -> None:
        self.file = file
        self.losses = losses
        self.media: dict[str, None] = {}
        self.feedback: list[tuple[Node, str | None]] = []
        """Feedback inside a text, and the choice it stands in."""
        self.rubrics: list[Node] = []
        self.interactions: list[Node] = []
        """Those whose place the text marks."""
        self.marks: set[str] = set()
        """Ids whose `[[id]]` is a place; the same letters in the text are kept from being one."""
        self.spans: dict[str, str] = {}
        """What stands in each stretch of hot text."""
        self._present = present
        self._parameters = set(parameters)
        self._choice: str | None = None

    def html(self, nodes: Iterable[Node | str], *, choice: str | None = None) -> str:
        self._choice = choice
        return markup.safe(self._many(nodes)).strip()

    def _many(self, nodes: Iterable[Node | str]) -> str:
        return "".join(
            self._words(node) if isinstance(node, str) else self._one(node) for node in nodes
        )

    def _words(self, text: str) -> str:
        def parted(found: re.Match[str]) -> str:
            if found[3] in self.marks or found[6] in self._parameters:
                first = found[1] or found[4]
                return first + _JOINER + found[0][1:]
            return found[0]

        return escape(_PLACE.sub(parted, text), quote=False)

    def _one(self, node: Node) -> str:
        name = node.name
        if name.startswith("qti-"):
            return self._qti(node)
        if node.namespace == MATHML or name in markup.MATH_TAGS:
            return self._element(node, math=name == "math")
        if name in markup.TAGS:
            return self._element(node)
        if name == "object":
            return self._object(node)
        if name in _RUNS:
            self.losses.add(f"<{name}>")
            return ""
        if name not in _THROUGH:
            self.losses.add(f"<{name}>, whose text was kept")
        return self._many(node.children)

    def _element(self, node: Node, *, math: bool = False) -> str:
        if node.get("class") == OWN:
            return self._many(node.children)
        before = len(self.interactions)
        inner = self._many(node.children)
        held = len(self.interactions) > before and node.name in {"p", "div", "span"}
        if held and not inner.strip():
            # Whatever held nothing but an interaction is not left behind empty.
            return ""
        attributes = ""
        for key, value in node.attributes.items():
            if key in {"src", "href"}:
                link = self.link(value)
                attributes += "" if link is None else f' {key}="{escape(link)}"'
            elif key.startswith("on"):
                self.losses.add(f"a script ({key})")
            elif key != "xmlns":
                attributes += f' {key}="{escape(value)}"'
        if math:
            attributes += f' xmlns="{MATHML}"'
        if node.name in markup.VOID:
            return f"<{node.name}{attributes}>"
        return f"<{node.name}{attributes}>{inner}</{node.name}>"

    def _qti(self, node: Node) -> str:  # noqa: C901, PLR0911, PLR0912 - a table in words
        name = node.name
        if name == "qti-printed-variable":
            if node.get("format") or node.get("base"):
                self.losses.add("the format of printed numbers")
            return "{{" + node.get("identifier") + "}}"
        if name in INLINE:
            self.interactions.append(node)
            return f"[[{node.get('response-identifier')}]]"
        if name == "qti-gap":
            return f"[[{node.get('identifier')}]]"
        if name == "qti-hottext":
            self.spans[node.get("identifier")] = self._many(node.children)
            return f"[[{node.get('identifier')}]]"
        if name in {"qti-feedback-inline", "qti-feedback-block"}:
            self.feedback.append((node, self._choice))
            return ""
        if name == "qti-rubric-block":
            self.rubrics.append(node)
            return ""
        if name in {"qti-template-inline", "qti-template-block"}:
            refuse("text that differs by variant (templateBlock, templateInline)", line=node.line)
        if name in {"qti-hottext-interaction", "qti-gap-match-interaction"}:
            self.interactions.append(node)
            inner = [part for part in node.children if not _is(part, "qti-gap-text", "qti-gap-img")]
            return self._many(inner)
        if name == "qti-prompt":
            return f"<div>{self._many(node.children)}</div>"
        if name.endswith("-interaction"):
            self.interactions.append(node)
            prompt = node.first("qti-prompt")
            return "" if prompt is None else self._one(prompt)
        if name in _THROUGH:
            return self._many(node.children)
        if name != "qti-stylesheet":
            self.losses.add(said(name))
            return ""
        self.losses.add("its style sheet")
        return ""

    def _object(self, node: Node) -> str:
        kind = node.get("type") or mimetypes.guess_type(node.get("data"))[0] or ""
        link = self.link(node.get("data"))
        if link is None:
            return self._many(node.children)
        address, words = escape(link), node.text.strip()
        if kind.startswith("image/"):
            size = "".join(
                f' {side}="{escape(node.get(side))}"'
                for side in ("width", "height")
                if node.get(side)
            )
            return f'<img src="{address}" alt="{escape(words)}"{size}>'
        for tag in ("audio", "video"):
            if kind.startswith(f"{tag}/"):
                return f'<{tag} src="{address}" controls=""></{tag}>'
        return f'<a href="{address}">{escape(words or unquote(link.rsplit("/", 1)[-1]))}</a>'

    def link(self, address: str) -> str | None:
        """What an address becomes: a medium of this package, the web, or nothing."""
        return resolved(
            address,
            base=dirname(self.file),
            present=self._present,
            losses=self.losses,
            seen=self.media,
        )


def resolved(
    address: str,
    *,
    base: str,
    present: Collection[str],
    losses: Losses,
    seen: dict[str, None],
) -> str | None:
    trimmed = address.strip()
    try:
        scheme = urlsplit(trimmed).scheme.lower()
    except ValueError:
        scheme = "broken"
    if scheme in {"http", "https", "mailto"}:
        return trimmed
    if scheme or trimmed.startswith(("//", "#")):
        losses.add(f"a link to {trimmed[:60]}")
        return None
    path = unquote(re.split(r"[?#]", trimmed, maxsplit=1)[0])
    for name in (normpath(f"{base}/{path}") if base else normpath(path), normpath(path)):
        if name in present:
            seen.setdefault(name)
            return media_link(name)
    losses.add(f"the file {path[:80]}, which is not there")
    return None


def media_link(name: str) -> str:
    return f"{markup.MEDIA}:{quote(name, safe='/')}"


def media_name(link: str) -> str | None:
    scheme, _, name = link.partition(":")
    return unquote(name) if scheme == markup.MEDIA else None


def _is(part: Node | str, *names: str) -> bool:
    return isinstance(part, Node) and part.name in names


Link = Callable[[str], str | None]
