"""What is in a package: each document's kind, by its root, and what the manifest says of it."""

from collections.abc import Iterator

from eduflow.interchange import limits, xml
from eduflow.interchange.qti.names import QTI3, to_qti3
from eduflow.interchange.reading import Finding
from eduflow.interchange.unreadable import Unreadable
from eduflow.interchange.xml import Node
from eduflow.interchange.zips import Package

MANIFEST = "imsmanifest.xml"
OLD = {"questestinterop", "assessment", "objectbank", "section", "item"}
TOO_OLD = "QTI 1.2, which EduFlow does not read: export as QTI 2.1 or later, or as Moodle XML"
KINDS = {
    "qti-assessment-item": "item",
    "qti-assessment-test": "test",
    "qti-assessment-section": "section",
    "qti-assessment-stimulus": "stimulus",
}
_HEAD = 16 * 1024


class Files:
    """The documents of a package by kind, opened again for each use: one is held at a time."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.kinds: dict[str, str] = {}
        self.tags: dict[str, tuple[str, ...]] = {}
        self.findings: list[Finding] = []
        self.version = 2
        for name in package.names:
            if name.lower().endswith(".xml") and name != MANIFEST:
                self._look(name)
        if MANIFEST in package:
            self._manifest()

    def load(self, name: str) -> Node:
        root = xml.parse(self.package.pieces(name, most=limits.MAX_XML), file=name)
        to_qti3(root)
        return root

    def of(self, kind: str) -> list[str]:
        return [name for name, found in self.kinds.items() if found == kind]

    def _look(self, name: str) -> None:
        """What a document is, by its root: manifests are often wrong about it."""
        try:
            head = b"".join(_first(self.package.pieces(name, most=limits.MAX_XML)))
        except Unreadable as wrong:
            self._refused(name, "file", wrong.reason)
            return
        root = xml.root_of(head)
        if root is None:
            self.kinds[name] = "item"  # Reading it will say what is wrong with it.
            return
        local, space = root
        if local.startswith("qti-") or space == QTI3:
            self.version = 3
        node = Node(local, space, {}, 0)
        to_qti3(node)
        if node.name in KINDS:
            self.kinds[name] = KINDS[node.name]
        elif local == "questestinterop" or "imsqti" in space or "qtiasi" in space:
            self._refused(name, local, TOO_OLD if local in OLD else f"a document of {local}")
        else:
            self.kinds[name] = "other"

    def _refused(self, name: str, kind: str, why: str) -> None:
        self.findings.append(
            Finding(file=name, name=name, outcome="refused", kind=kind, why=(why,))
        )

    def _manifest(self) -> None:
        root = xml.parse(self.package.pieces(MANIFEST, most=limits.MAX_XML), file=MANIFEST)
        for resource in root.under():
            if resource.name == "resource":
                href = resource.get("href").strip().removeprefix("./")
                tags = dict.fromkeys(
                    " ".join(part.text.split())[:200]
                    for part in resource.under()
                    if part.name in {"keyword", "entry"}
                )
                self.tags[href] = tuple(tag for tag in tags if tag)
                if href and href not in self.package:
                    self._refused(href, resource.get("type") or "resource", "it is not in the zip")


def _first(pieces: Iterator[bytes]) -> Iterator[bytes]:
    seen = 0
    for piece in pieces:
        yield piece
        seen += len(piece)
        if seen >= _HEAD:
            return
