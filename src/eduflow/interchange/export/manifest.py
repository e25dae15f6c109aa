"""The list of contents of a package."""

from collections.abc import Sequence

import msgspec

from eduflow.interchange.export.tags import Tag, tag

_CP = "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1"
_LOM = "http://ltsc.ieee.org/xsd/LOM"


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    file: str
    tags: tuple[str, ...] = ()


def manifest(resources: Sequence[Resource]) -> bytes:
    document = Tag("manifest", {"xmlns": _CP, "identifier": "eduflow-package"}, [])
    document.children = [
        tag(
            "metadata",
            tag("schema", "QTI Package"),
            tag("schemaversion", "3.0.0"),
        ),
        tag("organizations"),
        tag(
            "resources",
            *(
                tag(
                    "resource",
                    _metadata(one.tags),
                    tag("file", href=one.file),
                    identifier=f"resource-{number:05}",
                    type=one.kind,
                    href=one.file,
                )
                for number, one in enumerate(resources, start=1)
            ),
        ),
    ]
    return document.bytes()


def _metadata(tags: Sequence[str]) -> Tag | None:
    if not tags:
        return None
    words = (tag("keyword", tag("string", one, language="und")) for one in tags)
    lom = Tag("lom", {"xmlns": _LOM}, [tag("general", *words)])
    return tag("metadata", lom)
