"""assessmentTest as a test of ours: parts, sections, picks, weights, times."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from posixpath import dirname, normpath
from typing import Literal
from urllib.parse import unquote

import msgspec

from eduflow.interchange import limits
from eduflow.interchange.qti.body import Texts
from eduflow.interchange.qti.declarations import number
from eduflow.interchange.qti.names import said, whole, yes
from eduflow.interchange.reading import ItemRef, Losses, Section, Test, TestPart
from eduflow.interchange.unreadable import Refused, refuse
from eduflow.interchange.xml import Node

_DEPTH = 10
_SKIPPED = {
    "qti-pre-condition": "a condition on whether it is shown",
    "qti-branch-rule": "a rule for where to go on",
    "qti-template-default": "template values set by the test",
    "qti-test-feedback": "feedback on the whole test",
    "qti-variable-mapping": "variables under other names",
}


class Found(msgspec.Struct, kw_only=True):
    """What a test may refer to."""

    items: Mapping[str, str]
    """Name of each imported item by its file."""
    section: Callable[[str], Node | None]
    """The assessmentSection in a file of the package."""
    texts: Callable[[str, Losses], Texts]
    """Renders the texts of a file."""


def read_test(node: Node, *, name: str, file: str, found: Found, losses: Losses) -> Test:
    return _Reader(file, found, losses).test(node, name)


class _Reader:
    def __init__(self, file: str, found: Found, losses: Losses) -> None:
        self._file = file
        self._found = found
        self._losses = losses
        self._refs = 0

    def test(self, node: Node, name: str) -> Test:
        self._skipped(node)
        processing = node.first("qti-outcome-processing")
        if processing is not None and not _is_sum(processing):
            self._losses.add("its own rule for the total (points are added up)")
        parts = tuple(self._part(part) for part in node.all("qti-test-part"))
        if not parts:
            refuse("a test without parts", line=node.line)
        return Test(
            name=name,
            title=node.get("title") or name,
            instructions=self._rubric(node, self._file),
            seconds=self._seconds(node),
            parts=parts,
            file=self._file,
        )

    def _part(self, node: Node) -> TestPart:
        self._skipped(node)
        control = node.first("qti-item-session-control")
        if control is not None:
            for attribute in control.attributes:
                if attribute != "max-attempts":
                    self._losses.add(f"the session control {attribute}")
        navigation: Literal["linear", "nonlinear"] = (
            "linear" if node.get("navigation-mode") == "linear" else "nonlinear"
        )
        submission: Literal["individual", "simultaneous"] = (
            "individual" if node.get("submission-mode") == "individual" else "simultaneous"
        )
        return TestPart(
            identifier=node.get("identifier"),
            navigation=navigation,
            submission=submission,
            max_attempts=None
            if control is None or not control.get("max-attempts")
            else whole(control, "max-attempts", otherwise=1),
            seconds=self._seconds(node),
            sections=tuple(self._sections(node, self._file, depth=0)),
        )

    def _sections(self, node: Node, file: str, *, depth: int) -> list[Section]:
        made: list[Section] = []
        for part in node.elements:
            section = self._section(part, file, depth=depth)
            if section is not None:
                made.append(section)
        return made

    def _section(self, node: Node, file: str, *, depth: int) -> Section | None:
        if node.name == "qti-assessment-section-ref":
            target = _path(node.get("href"), file)
            inner = self._found.section(target)
            if inner is None:
                self._losses.add(f"the section {node.get('href')[:80]}, which is not there")
                return None
            return self._section(inner, target, depth=depth + 1)
        if node.name != "qti-assessment-section":
            return None
        if depth > _DEPTH:
            refuse("sections nested too deep", line=node.line)
        self._skipped(node)
        selection, ordering = node.first("qti-selection"), node.first("qti-ordering")
        if node.first("qti-item-session-control") is not None:
            self._losses.add("session control of a section")
        parts: list[ItemRef | Section] = []
        for part in node.elements:
            if part.name == "qti-assessment-item-ref":
                ref = self._ref(part, file)
                if ref is not None:
                    parts.append(ref)
            else:
                section = self._section(part, file, depth=depth + 1)
                if section is not None:
                    parts.append(section)
        return Section(
            title=node.get("title"),
            identifier=node.get("identifier"),
            instructions=self._rubric(node, file),
            pick=None if selection is None else whole(selection, "select", otherwise=1),
            with_replacement=selection is not None and yes(selection, "with-replacement"),
            shuffle=ordering is not None and yes(ordering, "shuffle"),
            required=yes(node, "required"),
            fixed=yes(node, "fixed"),
            seconds=self._seconds(node),
            parts=tuple(parts),
        )

    def _ref(self, node: Node, file: str) -> ItemRef | None:
        self._refs += 1
        if self._refs > limits.MAX_ITEMS:
            refuse(f"more than {limits.MAX_ITEMS:,} questions in one test")
        self._skipped(node)
        if node.first("qti-item-session-control") is not None:
            self._losses.add("session control of a question")
        if node.first("qti-time-limits") is not None:
            self._losses.add("the time limit of a question")
        if node.get("category"):
            self._losses.add("categories of its questions")
        name = self._found.items.get(_path(node.get("href"), file))
        if name is None:
            self._losses.add(f"the question {node.get('href')[:80]}, which was not imported")
            return None
        weights = list(node.all("qti-weight"))
        if len(weights) > 1:
            self._losses.add("more than one weight of a question (the first counts)")
        weight = Decimal(1)
        if weights:
            try:
                weight = number(weights[0].get("value"))
            except Refused as wrong:
                self._losses.add(f"a weight: {wrong.reason}")
        return ItemRef(
            item=name, weight=weight, required=yes(node, "required"), fixed=yes(node, "fixed")
        )

    def _skipped(self, node: Node) -> None:
        for part in node.elements:
            if part.name in _SKIPPED:
                self._losses.add(_SKIPPED[part.name])

    def _seconds(self, node: Node) -> int | None:
        times = node.first("qti-time-limits")
        if times is None:
            return None
        if times.get("min-time"):
            self._losses.add("its least time")
        try:
            seconds = number(times.get("max-time")) if times.get("max-time") else None
        except Refused:
            self._losses.add(f"a {said('time-limit')} that is no number")
            return None
        return None if seconds is None or not 0 < seconds < 10**9 else int(seconds)

    def _rubric(self, node: Node, file: str) -> str:
        texts = self._found.texts(file, self._losses)
        pieces: list[str] = []
        for block in node.all("qti-rubric-block"):
            if block.get("view") and "candidate" not in block.get("view").split():
                self._losses.add("a rubric block that is not for students")
            else:
                pieces.append(texts.html(block.children))
        return "".join(pieces)


def _path(href: str, file: str) -> str:
    return normpath(f"{dirname(file)}/{unquote(href.strip())}").lstrip("/")


def _is_sum(node: Node) -> bool:
    allowed = {"qti-set-outcome-value", "qti-sum", "qti-test-variables"}
    return all(part.name in allowed for part in node.under())
