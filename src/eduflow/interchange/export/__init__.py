"""A QTI 3 package of questions, tests, stimuli and media: the same in, the same bytes out."""

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

from eduflow.interchange import markup
from eduflow.interchange.export.manifest import Resource, manifest
from eduflow.interchange.export.questions import root, write
from eduflow.interchange.export.tags import Marks, content, is_identifier, sayable, tag
from eduflow.interchange.export.tests import write_test
from eduflow.interchange.qti import extension
from eduflow.interchange.qti.contents import MANIFEST
from eduflow.interchange.reading import Finding, Medium, ReadItem, Stimulus, Test, type_of
from eduflow.scoring.items import Item

_MOMENT = (1980, 1, 1, 0, 0, 0)
_LEVEL = 6
_OURS = ("items/", "tests/", "stimuli/", MANIFEST)


def write_qti3(
    target: IO[bytes],
    items: Iterable[ReadItem | Item],
    *,
    tests: Sequence[Test] = (),
    stimuli: Iterable[Stimulus] = (),
    media: Sequence[Medium] = (),
) -> tuple[Finding, ...]:
    """Write the package. Each question has a finding: said whole, or what only EduFlow reads again.

    Reading it back gives questions that are equal, and the same tests. Texts are made safe where
    they are not. Media under names that the package needs itself are left out, and told of.
    Questions and stimuli are taken one at a time, and none is kept.
    """
    findings: list[Finding] = []
    resources: list[Resource] = []
    where: dict[str, str] = {}
    texts: dict[str, str] = {}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as zipped:
        carried = [one for one in media if not one.name.startswith(_OURS)]
        findings += [_unnamed(one) for one in media if one.name.startswith(_OURS)]
        for one in carried:
            with zipped.open(_entry(one.name), "w") as stream:
                for piece in one.pieces():
                    stream.write(piece)
            resources.append(Resource(kind="webcontent", file=one.name))
        names = _Identifiers("stimulus-")
        for number, stimulus in enumerate(stimuli, start=1):
            texts[stimulus.name] = file = f"stimuli/stimulus-{number:05}.xml"
            _put(zipped, file, _stimulus(stimulus, names.of(stimulus.name)))
            resources.append(Resource(kind="imsqti_stimulus_xmlv3p0", file=file))
        present = frozenset([*(one.name for one in carried), *texts.values()])
        names = _Identifiers("item-")
        for number, entry in enumerate(_entries(items), start=1):
            where[entry.name] = file = f"items/item-{number:05}.xml"
            identifier, tags = (
                names.of(entry.item.identifier or entry.name),
                _normal(entry.item.tags),
            )
            document, only_ours = write(
                entry, file=file, identifier=identifier, present=present, stimuli=texts, tags=tags
            )
            _put(zipped, file, document)
            resources.append(Resource(kind="imsqti_item_xmlv3p0", file=file, tags=tags))
            findings.append(_finding(entry, file, only_ours))
        names = _Identifiers("test-")
        for number, test in enumerate(tests, start=1):
            file = f"tests/test-{number:05}.xml"
            document, lost = write_test(test, identifier=names.of(test.name), where=where)
            _put(zipped, file, document)
            resources.append(Resource(kind="imsqti_test_xmlv3p0", file=file))
            findings.append(
                Finding(
                    file=file,
                    name=test.name,
                    outcome="loss" if lost else "imported",
                    kind="test",
                    why=lost,
                )
            )
        _put(zipped, MANIFEST, manifest(resources))
    return tuple(findings)


def _entries(items: Iterable[ReadItem | Item]) -> Iterator[ReadItem]:
    taken: set[str] = set()
    for number, item in enumerate(items, start=1):
        known = item.name if isinstance(item, ReadItem) else item.identifier
        name = known or f"item-{number}"
        while name in taken:
            name = f"{name}~{number}"
        taken.add(name)
        yield (
            ReadItem(
                name=name,
                item=item.item,
                file=item.file,
                stimuli=item.stimuli,
                guidance=markup.safe(item.guidance),
            )
            if isinstance(item, ReadItem)
            else ReadItem(name=name, item=item, file="")
        )


class _Identifiers:
    """Each name where QTI can have it and nobody has it yet; else a number."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._taken: set[str] = set()
        self._number = 0

    def of(self, name: str) -> str:
        self._number += 1
        free = is_identifier(name) and name not in self._taken
        own = name if free else f"{self._prefix}{self._number}"
        while own in self._taken:
            own += "-"
        self._taken.add(own)
        return own


def _normal(tags: Sequence[str]) -> tuple[str, ...]:
    """Tags as a manifest brings them back."""
    clean = dict.fromkeys(" ".join(sayable(one).split())[:200] for one in tags)
    return tuple(one for one in clean if one)


def _entry(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _MOMENT)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    info.create_system = 3
    return info


def _put(zipped: zipfile.ZipFile, name: str, data: bytes) -> None:
    zipped.writestr(_entry(name), data, compresslevel=_LEVEL)


def _stimulus(stimulus: Stimulus, name: str) -> bytes:
    document = root("qti-assessment-stimulus", identifier=name, title=stimulus.title)
    document.attributes["xml:lang"] = stimulus.language
    if name != stimulus.name:
        document.attributes["xmlns:eduflow"] = extension.NAMESPACE
        document.attributes["eduflow:name"] = stimulus.name
    body = content(markup.safe(stimulus.body), Marks(up="../"))
    document.children = [tag("qti-stimulus-body", *body.children)]
    return document.bytes()


def _finding(entry: ReadItem, file: str, only_ours: tuple[str, ...]) -> Finding:
    return Finding(
        file=file,
        name=entry.item.identifier or entry.name,
        outcome="loss" if only_ours else "imported",
        kind=type_of(entry.item),
        why=tuple(f"{field}, which other systems will not see" for field in only_ours),
    )


def _unnamed(medium: Medium) -> Finding:
    return Finding(
        file=medium.name,
        name=medium.name,
        outcome="refused",
        kind="file",
        why=("its name is one that the package needs itself",),
    )


__all__ = ["write_qti3"]
