"""Questions of other systems in, and ours out: QTI, Moodle XML and GIFT.

Owns what those formats mean in the words of `scoring`, and nothing that is stored: bytes in,
structs out. Promises that every item of a file is told of (`Finding`): imported, imported without
something, or refused, and why; that whatever the file is, memory stays bounded and the only
exception is `Unreadable`; and that texts are safe to show. Publishes `read` and `write_qti3`.
"""

from eduflow.interchange.door import read
from eduflow.interchange.export import write_qti3
from eduflow.interchange.reading import (
    Finding,
    ItemRef,
    Medium,
    Reading,
    ReadItem,
    Section,
    Stimulus,
    Test,
    TestPart,
)
from eduflow.interchange.unreadable import Unreadable

__all__ = [
    "Finding",
    "ItemRef",
    "Medium",
    "ReadItem",
    "Reading",
    "Section",
    "Stimulus",
    "Test",
    "TestPart",
    "Unreadable",
    "read",
    "write_qti3",
]
