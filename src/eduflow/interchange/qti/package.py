"""Everything of a QTI package, or of one QTI file: what is there, and what became of it."""

import mimetypes
from collections.abc import Callable
from functools import partial

from eduflow.interchange import limits
from eduflow.interchange.qti.assessment import Found, read_test
from eduflow.interchange.qti.body import Texts
from eduflow.interchange.qti.contents import KINDS, MANIFEST, Files
from eduflow.interchange.qti.extension import NAME
from eduflow.interchange.qti.item import Source, read_item
from eduflow.interchange.qti.names import to_qti3
from eduflow.interchange.reading import (
    Finding,
    Format,
    Losses,
    Medium,
    Reading,
    ReadItem,
    Stimulus,
    Test,
    found,
)
from eduflow.interchange.unreadable import Refused, Unreadable
from eduflow.interchange.xml import Node
from eduflow.interchange.zips import Package

_TOLD = 5


def read_package(package: Package) -> Reading:
    with package.held():
        return _read_package(package)


def _read_package(package: Package) -> Reading:
    files = Files(package)
    nothing = not files.kinds.keys() - set(files.of("other")) and not files.findings
    if nothing and MANIFEST not in package:
        raise Unreadable("a zip without QTI in it", file=package.name)
    reader = _Reader(files.load, frozenset(package.names), version=files.version)
    reader.findings += files.findings
    for name in files.of("stimulus"):
        reader.stimulus(name)
    for name in files.of("item"):
        reader.item(name, tags=files.tags.get(name, ()))
    for name in files.of("test"):
        reader.test(name)
    for name in files.of("section"):
        reader.unused(name)
    media = [
        Medium(
            name=name,
            media_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
            pieces=partial(package.pieces, name, most=limits.MAX_MEDIUM),
        )
        for name in reader.media
    ]
    used = {*files.kinds, *reader.media, MANIFEST} - set(files.of("other"))
    used |= {finding.file for finding in reader.findings}
    rest = [name for name in package.names if name not in used]
    if rest:
        more = f" and {len(rest) - _TOLD} more" if len(rest) > _TOLD else ""
        reader.findings.append(
            Finding(
                file=package.name,
                name=f"{', '.join(rest[:_TOLD])}{more}",
                outcome="refused",
                kind="file",
                why=("no question refers to it",),
            )
        )
    return reader.reading(package.name, tuple(media))


def read_document(root: Node, *, file: str) -> Reading:
    """A single QTI document; its media lie beside it, and are not read."""
    version = 3 if root.name.startswith("qti-") else 2
    to_qti3(root)
    reader = _Reader(lambda _: root, frozenset(), version=version)
    kind = KINDS.get(root.name)
    if kind == "item":
        reader.item(file, tags=())
    elif kind == "test":
        reader.test(file)
    elif kind == "stimulus":
        reader.stimulus(file)
    else:
        raise Unreadable(f"a document of {root.name}, which holds no questions", file=file)
    return reader.reading(file, ())


class _Reader:
    def __init__(
        self, load: Callable[[str], Node], present: frozenset[str], *, version: int
    ) -> None:
        self._load = load
        self._present = present
        self._version = version
        self.findings: list[Finding] = []
        self.media: dict[str, None] = {}
        self._entries: dict[str, ReadItem] = {}
        self._by_file: dict[str, str] = {}
        self._tests: dict[str, Test] = {}
        self._stimuli: dict[str, Stimulus] = {}
        self._stimulus_files: dict[str, str] = {}
        self._sections: set[str] = set()

    def reading(self, file: str, media: tuple[Medium, ...]) -> Reading:
        version: Format = "qti3" if self._version == 3 else "qti2"  # noqa: PLR2004
        return Reading(
            file=file,
            format=version,
            entries=tuple(self._entries.values()),
            tests=tuple(self._tests.values()),
            stimuli=tuple(self._stimuli.values()),
            media=media,
            findings=tuple(self.findings),
        )

    def item(self, file: str, *, tags: tuple[str, ...]) -> None:
        if len(self._entries) >= limits.MAX_ITEMS:
            raise Unreadable(f"more than {limits.MAX_ITEMS:,} questions", file=file)
        node = self._open(file)
        if node is None:
            return
        losses = Losses()
        source = Source(
            file=file,
            name=_unused(_name(node) or file, self._entries),
            version=self._version,
            present=self._present,
            tags=tags,
            stimuli=self._stimulus_files,
        )
        try:
            entry = read_item(node, source, losses, self.media)
        except Refused as wrong:
            self._refuse(file, node, wrong)
            return
        self._entries[entry.name] = entry
        self._by_file[file] = entry.name
        self.findings.append(found(entry, losses))

    def stimulus(self, file: str) -> None:
        node = self._open(file)
        if node is None:
            return
        losses = Losses()
        texts = self._texts(file, losses)
        body = node.first("qti-stimulus-body")
        name = _unused(_name(node) or file, self._stimuli)
        try:
            html = texts.html(body.children if body is not None else ())
        except Refused as wrong:
            self._refuse(file, node, wrong)
            return
        self._stimuli[name] = Stimulus(
            name=name, title=node.get("title"), body=html, language=node.get("lang") or "en"
        )
        self._stimulus_files[file] = name
        self._told(file, node, "stimulus", losses)

    def test(self, file: str) -> None:
        node = self._open(file)
        if node is None:
            return
        losses = Losses()
        name = _unused(_name(node) or file, self._tests)
        around = Found(
            items=self._by_file, present=self._present, section=self._section, texts=self._texts
        )
        try:
            self._tests[name] = read_test(node, name=name, file=file, found=around, losses=losses)
        except Refused as wrong:
            self._refuse(file, node, wrong)
            return
        self._told(file, node, "test", losses)

    def unused(self, file: str) -> None:
        """A section that no test has said it consists of."""
        if file not in self._sections:
            self.findings.append(
                Finding(
                    file=file,
                    name=file,
                    outcome="refused",
                    kind="section",
                    why=("no test refers to it",),
                )
            )

    def _open(self, file: str) -> Node | None:
        try:
            return self._load(file)
        except Unreadable as wrong:
            self.findings.append(
                Finding(
                    file=file,
                    line=wrong.line,
                    name=file,
                    outcome="refused",
                    kind="file",
                    why=(wrong.reason,),
                )
            )
            return None

    def _section(self, file: str) -> Node | None:
        if file not in self._present:
            return None
        self._sections.add(file)
        node = self._open(file)
        return node if node is not None and node.name == "qti-assessment-section" else None

    def _texts(self, file: str, losses: Losses) -> Texts:
        texts = Texts(file=file, present=self._present, losses=losses)
        texts.media = self.media
        return texts

    def _told(self, file: str, node: Node, kind: str, losses: Losses) -> None:
        why = losses.told()
        self.findings.append(
            Finding(
                file=file,
                line=node.line,
                name=node.get("identifier") or file,
                outcome="loss" if why else "imported",
                kind=kind,
                why=why,
            )
        )

    def _refuse(self, file: str, node: Node, wrong: Refused) -> None:
        kinds = [part.name for part in node.under() if part.name.endswith("-interaction")]
        self.findings.append(
            Finding(
                file=file,
                line=wrong.line or node.line,
                name=node.get("identifier") or file,
                outcome="refused",
                kind=(kinds[0] if kinds else node.name).removeprefix("qti-"),
                why=(wrong.reason,),
            )
        )


def _name(node: Node) -> str:
    """Ours, where EduFlow wrote the file and QTI could not have it as an identifier."""
    return node.attributes.get(NAME) or node.get("identifier")


def _unused(name: str, taken: dict[str, ReadItem] | dict[str, Test] | dict[str, Stimulus]) -> str:
    if name not in taken:
        return name
    number = 2
    while f"{name}~{number}" in taken:
        number += 1
    return f"{name}~{number}"
