"""Texts made safe: what may be shown of somebody else's HTML, with formulas in MathML kept."""

import re
from collections.abc import Callable
from html import escape, unescape
from html.parser import HTMLParser

import nh3

from eduflow.interchange import limits

MEDIA = "eduflow-media"
"""Scheme of references to files that came with the questions: `eduflow-media:images/map.png`."""

_TEXT = [
    "a",
    "abbr",
    "acronym",
    "address",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "audio",
    "video",
    "source",
]
_MATH = [
    "math",
    "merror",
    "mfrac",
    "mi",
    "mmultiscripts",
    "mn",
    "mo",
    "mover",
    "mpadded",
    "mphantom",
    "mprescripts",
    "mroot",
    "mrow",
    "ms",
    "mspace",
    "msqrt",
    "mstyle",
    "msub",
    "msubsup",
    "msup",
    "mtable",
    "mtd",
    "mtext",
    "mtr",
    "munder",
    "munderover",
    "none",
    "menclose",
]
MATH_TAGS = frozenset(_MATH)
TAGS = frozenset(_TEXT) | MATH_TAGS
VOID = frozenset({"br", "col", "hr", "img", "source"})
BLOCKS = frozenset(
    [
        "address",
        "blockquote",
        "dd",
        "div",
        "dl",
        "dt",
        "figure",
        "figcaption",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
        "caption",
        "colgroup",
    ]
)
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"class", "dir", "lang", "title"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "audio": {"src", "controls"},
    "video": {"src", "controls", "width", "height"},
    "source": {"src", "type"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start", "type"},
    "col": {"span"},
    "colgroup": {"span"},
    "math": {"display", "xmlns"},
    "mstyle": {"displaystyle", "scriptlevel", "mathvariant"},
    "mi": {"mathvariant"},
    "mo": {"stretchy", "fence", "separator", "form", "lspace", "rspace"},
    "mfrac": {"linethickness", "bevelled"},
    "mspace": {"width", "height", "depth"},
    "mtable": {"columnalign", "rowspacing", "columnspacing", "frame"},
    "mtd": {"columnalign", "rowspan", "columnspan"},
    "menclose": {"notation"},
    "mover": {"accent"},
    "munder": {"accentunder"},
    "munderover": {"accent", "accentunder"},
}
_SILENT = {"script", "style", "template", "iframe", "object", "embed", "noscript", "svg", "title"}
_SCHEMES = {"http", "https", "mailto", MEDIA}
_ROUNDS = 5
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


def safe(html: str) -> str:
    """Nothing in it runs, frames or fetches by itself; what is safe already stays as it is."""
    text = _NOT_XML.sub("", html.replace("\r\n", "\n").replace("\r", "\n"))[: limits.MAX_TEXT]
    for _ in range(_ROUNDS):
        before, text = text, _clean(text)
        if text == before:
            return text
    # Markup that changes whenever it is read is a trick or a ruin: its words are kept.
    return escape(plain(text), quote=False)


def _clean(text: str) -> str:
    return nh3.clean(
        text,
        tags=set(TAGS),
        clean_content_tags=_SILENT,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel=None,
    )


def plain(html: str) -> str:
    """The words alone."""
    reader = _Words()
    reader.feed(html)
    reader.close()
    return "".join(reader.words)


def from_text(text: str) -> str:
    """A text that was no markup, as markup."""
    return safe(escape(text, quote=False).replace("\n", "<br>"))


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.words.append("\n")


_SOURCE = re.compile(r'(<(?:img|audio|video|source|a)\b[^>]*?\s(?:src|href)=")([^"]*)(")')


def with_links(html: str, change: Callable[[str], str | None]) -> str:
    """Each address of a safe text changed; None takes it out and leaves the rest of the element."""

    def one(found: re.Match[str]) -> str:
        new = change(unescape(found[2]))
        return found[1] + ("" if new is None else escape(new)) + found[3]

    return _SOURCE.sub(one, html)


def is_blank(html: str) -> bool:
    return not plain(html).strip() and not re.search(r"<(img|math|audio|video|hr|table)\b", html)
