"""assessmentTest as a test of ours: parts, sections, picks, weights, times."""

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from posixpath import dirname, normpath
from typing import Literal
from urllib.parse import unquote

import msgspec

from eduflow.interchange import limits
from eduflow.interchange.qti.body import Texts
from eduflow.interchange.qti.control import Control, Lost, control_of
from eduflow.interchange.qti.declarations import number
from eduflow.interchange.qti.names import said, whole, yes
from eduflow.interchange.qti.total import Total, total_of
from eduflow.interchange.reading import ItemRef, Losses, Section, Test, TestPart
from eduflow.interchange.unreadable import Refused, refuse
from eduflow.interchange.xml import Node

_DEPTH = 10
_LONGEST = 10**9
_SKIPPED = {
    "qti-pre-condition": "the condition on which it is shown (it always is)",
    "qti-branch-rule": "the rule for where to go on (with what comes next)",
    "qti-template-default": "template values set by the test (they are drawn)",
    "qti-test-feedback": "feedback on the whole test",
    "qti-variable-mapping": "variables under other names",
    "qti-stylesheet": "its style sheet",
}
_READ = {
    "qti-outcome-declaration",
    "qti-outcome-processing",
    "qti-test-part",
    "qti-time-limits",
    "qti-rubric-block",
    "qti-item-session-control",
    "qti-assessment-section",
    "qti-assessment-section-ref",
    "qti-assessment-item-ref",
    "qti-selection",
    "qti-ordering",
    "qti-weight",
}


class Found(msgspec.Struct, kw_only=True):
    """What a test may refer to."""

    items: Mapping[str, str]
    """Name of each imported item by its file."""
    present: Collection[str]
    """Files of the package."""
    section: Callable[[str], Node | None]
    """The assessmentSection in a file of the package."""
    texts: Callable[[str, Losses], Texts]
    """Renders the texts of a file."""


def read_test(node: Node, *, name: str, file: str, found: Found, losses: Losses) -> Test:
    """Raises `Refused`; what did not come along is in `losses`, with what happens instead."""
    reader = _Reader(file, found, losses)
    try:
        return reader.test(node, name)
    finally:
        reader.lost.tell(losses)


class _Reader:
    def __init__(self, file: str, found: Found, losses: Losses) -> None:
        self._file = file
        self._found = found
        self._losses = losses
        self.lost = Lost()
        self._refs = 0
        self._sections = 0
        self._inside: list[str] = [file]
        self._total = Total()
        self._control = Control()

    def test(self, node: Node, name: str) -> Test:
        self._others(node)
        self._total = total_of(node, self._losses)
        parts = tuple(self._part(part) for part in node.all("qti-test-part"))
        test = Test(
            name=name,
            title=node.get("title") or name,
            instructions=self._rubric(node, self._file),
            seconds=self._seconds(node),
            parts=parts,
            file=self._file,
        )
        if not self._refs:
            refuse("a test that asks nothing", line=node.line)
        if next(test.refs(), None) is None:
            refuse(
                "none of its questions was imported"
                if self._found.present
                else "its questions lie in other files: import the package that they are in",
                line=node.line,
            )
        return test

    def _part(self, node: Node) -> TestPart:
        self._others(node)
        self._control = control = control_of(node, self.lost)
        navigation: Literal["linear", "nonlinear"] = (
            "linear" if node.get("navigation-mode") == "linear" else "nonlinear"
        )
        submission: Literal["individual", "simultaneous"] = (
            "individual" if node.get("submission-mode") == "individual" else "simultaneous"
        )
        sections = (self._section(part, self._file, depth=0) for part in node.elements)
        return TestPart(
            identifier=node.get("identifier"),
            navigation=navigation,
            submission=submission,
            max_attempts=control.max_attempts,
            feedback=control.feedback,
            review=control.review,
            solution=control.solution,
            instructions=self._rubric(node, self._file),
            seconds=self._seconds(node),
            sections=tuple(one for one in sections if one is not None),
        )

    def _section(self, node: Node, file: str, *, depth: int) -> Section | None:
        if node.name == "qti-assessment-section-ref":
            return self._elsewhere(node, file, depth=depth)
        if node.name != "qti-assessment-section":
            return None
        self._count(node)
        if depth > _DEPTH:
            refuse("sections nested too deep", line=node.line)
        self._others(node)
        self._other_control(node)
        if node.get("keep-together") == "false":
            self.lost.add("that its questions may stand among others (they stand together)", node)
        selection, ordering = node.first("qti-selection"), node.first("qti-ordering")
        for rule in (selection, ordering):
            if rule is not None and next(rule.elements, None) is not None:
                self.lost.add(f"what is added to its {said(rule.name)}", node)
        parts: list[ItemRef | Section] = []
        for part in node.elements:
            made = (
                self._ref(part, file)
                if part.name == "qti-assessment-item-ref"
                else self._section(part, file, depth=depth + 1)
            )
            if made is not None:
                parts.append(made)
        return Section(
            # The title of a section that is not to be seen is its author's note.
            title=node.get("title") if yes(node, "visible", otherwise=True) else "",
            identifier=node.get("identifier"),
            instructions=self._rubric(node, file),
            pick=None if selection is None else _picked(selection),
            with_replacement=selection is not None and yes(selection, "with-replacement"),
            shuffle=ordering is not None and yes(ordering, "shuffle"),
            required=yes(node, "required"),
            fixed=yes(node, "fixed"),
            seconds=self._seconds(node),
            parts=tuple(parts),
        )

    def _count(self, node: Node) -> None:
        self._sections += 1
        if self._sections > limits.MAX_SECTIONS:
            refuse(f"more than {limits.MAX_SECTIONS:,} sections in one test", line=node.line)

    def _elsewhere(self, node: Node, file: str, *, depth: int) -> Section | None:
        target = _path(node.get("href"), file)
        if target in self._inside:
            refuse(f"the section {target[:80]} stands in itself", line=node.line)
        self._count(node)
        inner = self._found.section(target)
        if inner is None:
            self._losses.add(f"the section {node.get('href')[:80]}, which is not in the package")
            return None
        self._inside.append(target)
        try:
            return self._section(inner, target, depth=depth)
        finally:
            self._inside.pop()

    def _ref(self, node: Node, file: str) -> ItemRef | None:
        self._refs += 1
        if self._refs > limits.MAX_ITEMS:
            refuse(f"more than {limits.MAX_ITEMS:,} questions in one test")
        self._others(node)
        self._other_control(node)
        if node.first("qti-time-limits") is not None:
            self.lost.add("the time limit of a question", node)
        if node.get("category"):
            self.lost.add("its category", node)
        target = _path(node.get("href"), file)
        name = self._found.items.get(target)
        if name is None:
            why = "was not imported" if target in self._found.present else "is not in the package"
            self._losses.add(f"the question {node.get('href')[:80]}, which {why}")
            return None
        return ItemRef(
            item=name,
            weight=self._weight(node),
            required=yes(node, "required"),
            fixed=yes(node, "fixed"),
        )

    def _weight(self, node: Node) -> Decimal:
        weights = {one.get("identifier"): one for one in node.all("qti-weight")}
        used = self._total.weight
        if used is None and not self._total.weightless:
            used = next(iter(weights), None)
        for name in weights:
            if name != used:
                self.lost.add(f"the weight {name[:40]}, which its total does not use", node)
        if used not in weights:
            return Decimal(1)
        try:
            weight = number(weights[used].get("value"))
        except Refused as wrong:
            refuse(f"a weight: {wrong.reason}", line=node.line)
        if weight < 0:
            refuse("a weight below nought: points are not taken away", line=node.line)
        return weight

    def _other_control(self, node: Node) -> None:
        """What a section or question says otherwise than its part."""
        own = control_of(node, self.lost)
        for field in own.__struct_fields__:
            value = getattr(own, field)
            if value is not None and value != getattr(self._control, field):
                self.lost.add(f"session control ({field}) of its own (its part's counts)", node)

    def _others(self, node: Node) -> None:
        for part in node.elements:
            if part.name == "qti-adaptive-selection":
                refuse("questions are chosen by how others were answered (adaptiveSelection)")
            if part.name not in _READ:
                self.lost.add(_SKIPPED.get(part.name, said(part.name)), node)

    def _seconds(self, node: Node) -> int | None:
        times = node.first("qti-time-limits")
        if times is None:
            return None
        if times.get("min-time"):
            self.lost.add("its least time", node)
        if yes(times, "allow-late-submission"):
            self.lost.add("that it may be handed in late (within a minute)", node)
        try:
            seconds = number(times.get("max-time")) if times.get("max-time") else None
        except Refused:
            self.lost.add("a time limit that is no number", node)
            return None
        return None if seconds is None or not 0 < seconds < _LONGEST else int(seconds)

    def _rubric(self, node: Node, file: str) -> str:
        texts = self._found.texts(file, self._losses)
        pieces: list[str] = []
        for block in node.all("qti-rubric-block"):
            if block.get("view") and "candidate" not in block.get("view").split():
                self.lost.add("a rubric block that is not for students", node)
            else:
                pieces.append(texts.html(block.children))
        return "".join(pieces)


def _path(href: str, file: str) -> str:
    return normpath(f"{dirname(file)}/{unquote(href.strip())}").lstrip("/")


def _picked(node: Node) -> int:
    picked = whole(node, "select", otherwise=0)
    if picked < 1:
        refuse("a selection of no number of questions", line=node.line)
    return picked
