"""Packages put together for tests, of the items in `others` and of what a test writes itself."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

from eduflow.interchange import Finding, Reading, Test, read

OTHERS = Path(__file__).parent / "others"
ITEMS = OTHERS / "qti21"
_TEST = """<assessmentTest xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="t"
 title="T">{before}<testPart identifier="p" {modes}>{part}</testPart>{after}</assessmentTest>"""
MODES = 'navigationMode="nonlinear" submissionMode="simultaneous"'


def harbour(folder: Path) -> Path:
    """A QTI 2.1 package as others make them, with a test of two files."""
    path = folder / "harbour.zip"
    root = OTHERS / "package21"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for file in sorted(root.rglob("*.xml")):
            package.write(file, file.relative_to(root).as_posix())
        for name in _OF_HARBOUR:
            package.write(ITEMS / f"{name}.xml", f"items/{name}.xml")
        package.writestr("items/images/quay.png", b"\x89PNG")
    return path


_OF_HARBOUR = ("choice", "true_false", "hotspot", "order", "hottext", "inline_choice",
               "extended_text", "text_entry")  # fmt: skip


def refs(*names: str) -> str:
    return "".join(
        f'<assessmentItemRef identifier="r{number}" href="{name}.xml"/>'
        for number, name in enumerate(names)
    )


def section(inner: str, *, identifier: str = "s", title: str = "S", more: str = "") -> str:
    return (
        f'<assessmentSection identifier="{identifier}" title="{title}" visible="true" {more}>'
        f"{inner}</assessmentSection>"
    )


def a_test(part: str, *, before: str = "", after: str = "", modes: str = MODES) -> str:
    return _TEST.format(part=part, before=before, after=after, modes=modes)


def package(
    folder: Path,
    test: str,
    *,
    items: tuple[str, ...] = ("choice", "true_false", "order"),
    files: Mapping[str, str] | None = None,
    packed: bool = True,
) -> Path:
    """The test in a zip, with items of `others` beside it."""
    path = folder / "package.zip"
    method = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", method) as zipped:
        zipped.writestr("test.xml", test)
        for name in items:
            zipped.write(ITEMS / f"{name}.xml", f"{name}.xml")
        for name, text in (files or {}).items():
            zipped.writestr(name, text)
    return path


def read_test(path: Path) -> tuple[Test | None, Finding]:
    """The one test of a package, where it could be read, and what is told of it."""
    with read(path) as reading:
        return next(iter(reading.tests), None), told_of_test(reading)


def told_of_test(reading: Reading) -> Finding:
    (finding,) = (one for one in reading.findings if one.kind in {"test", "assessment-test"})
    return finding
