"""One vocabulary for two standards: QTI 2.x is brought to the names of QTI 3 before it is read."""

import re

from eduflow.interchange.xml import Node

MATHML = "http://www.w3.org/1998/Math/MathML"
QTI3 = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
_CAMEL = re.compile(r"([a-z0-9])([A-Z])")
_LOWER = frozenset(
    [
        "and",
        "or",
        "not",
        "match",
        "member",
        "contains",
        "equal",
        "sum",
        "product",
        "subtract",
        "divide",
        "power",
        "variable",
        "correct",
        "multiple",
        "ordered",
        "gt",
        "gte",
        "lt",
        "lte",
        "index",
        "random",
        "null",
        "inside",
        "substring",
        "truncate",
        "round",
        "default",
        "delete",
        "repeat",
        "min",
        "max",
        "mapping",
        "hottext",
        "gap",
        "prompt",
        "value",
        "stylesheet",
        "ordering",
        "selection",
        "lcm",
        "gcd",
        "include",
        "weight",
    ]
)
"""QTI's words in lower case; of the others HTML has none with a capital in it."""


def kebab(name: str) -> str:
    return _CAMEL.sub(r"\1-\2", name).lower()


def to_qti3(root: Node) -> None:
    """Rename in place. Does nothing to what is QTI 3 already."""
    if root.name.startswith("qti-"):
        return
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.namespace == MATHML:
            continue
        if node.name in _LOWER or _CAMEL.search(node.name):
            node.name = f"qti-{kebab(node.name)}"
            node.attributes = {kebab(key): value for key, value in node.attributes.items()}
        waiting.extend(node.elements)


def said(name: str) -> str:
    """A QTI element as its readers call it: `hotspotInteraction`."""
    first, *others = name.removeprefix("qti-").split("-")
    return first + "".join(other.capitalize() for other in others)


def yes(node: Node, attribute: str, *, otherwise: bool = False) -> bool:
    value = node.get(attribute).strip().lower()
    return value in {"true", "1"} if value else otherwise


def whole(node: Node, attribute: str, *, otherwise: int) -> int:
    value = node.get(attribute).strip()
    return int(value) if re.fullmatch(r"\d{1,9}", value) else otherwise
