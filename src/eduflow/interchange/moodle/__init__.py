"""Moodle XML, read question by question.

Without a library: those there are write it, or stand still since 2020, or read the few types that
they wrote.
"""

import tempfile
from collections.abc import Iterable

from eduflow.interchange import limits, xml
from eduflow.interchange.moodle.making import category_tag
from eduflow.interchange.moodle.questions import read_question
from eduflow.interchange.moodle.texts import Shelf, Texts
from eduflow.interchange.reading import Finding, Losses, Reading, ReadItem, found
from eduflow.interchange.unreadable import Refused, Unreadable
from eduflow.interchange.xml import Node


def read_moodle(pieces: Iterable[bytes], *, file: str) -> Reading:
    spool = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the reading
    try:
        reader = _Reader(file, Shelf(spool))
        xml.each_record(pieces, file=file, each=reader.read)
    except BaseException:
        spool.close()
        raise
    return Reading(
        file=file,
        format="moodle",
        entries=tuple(reader.entries),
        media=tuple(reader.shelf.media.values()),
        findings=tuple(reader.findings),
        spool=spool,
    )


class _Reader:
    def __init__(self, file: str, shelf: Shelf) -> None:
        self._file = file
        self.shelf = shelf
        self.entries: list[ReadItem] = []
        self.findings: list[Finding] = []
        self._names: dict[str, int] = {}
        self._category = ""
        self._number = 0

    def read(self, node: Node) -> None:
        kind = node.get("type")
        if node.name != "question":
            self._refuse(node, node.name, "what stands here is no question")
            return
        if kind == "category":
            path = node.first("category")
            self._category = category_tag(path.text.strip()) if path is not None else ""
            return
        self._number += 1
        if self._number > limits.MAX_ITEMS:
            raise Unreadable(f"more than {limits.MAX_ITEMS:,} questions", file=self._file)
        losses = Losses()
        try:
            item, guidance = read_question(
                node, texts=Texts(self.shelf, losses), category=self._category
            )
        except Refused as wrong:
            self._refuse(node, kind, wrong.reason, line=wrong.line)
            return
        name = item.identifier or item.title or f"question-{self._number}"
        self._names[name] = self._names.get(name, 0) + 1
        entry = ReadItem(
            name=name if self._names[name] == 1 else f"{name}~{self._names[name]}",
            item=item,
            file=self._file,
            line=node.line,
            guidance=guidance,
        )
        self.entries.append(entry)
        self.findings.append(found(entry, losses))

    def _refuse(self, node: Node, kind: str, why: str, *, line: int | None = None) -> None:
        name = node.first("name")
        title = " ".join(name.text.split()) if name is not None else ""
        self.findings.append(
            Finding(
                file=self._file,
                line=line or node.line,
                name=title[:200] or f"question-{self._number}",
                outcome="refused",
                kind=kind or "question",
                why=(why,),
            )
        )
