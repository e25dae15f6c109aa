"""GIFT, Moodle's format for questions typed by hand.

Without a library: those there are stand still since 2020 and stop at the first question that they
do not like.
"""

import codecs
from collections.abc import Iterable

from eduflow.interchange import limits
from eduflow.interchange.gift.grammar import blocks, names_of
from eduflow.interchange.gift.items import read_block
from eduflow.interchange.reading import Finding, Losses, Reading, ReadItem, found
from eduflow.interchange.unreadable import Refused, Unreadable

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"),
          (codecs.BOM_UTF16_BE, "utf-16-be"))  # fmt: skip


def read_gift(pieces: Iterable[bytes], *, file: str) -> Reading:
    text = _text(b"".join(pieces), file=file)
    entries: list[ReadItem] = []
    findings: list[Finding] = []
    names: dict[str, int] = {}
    anything = False
    for number, block in enumerate(blocks(iter(text.splitlines())), start=1):
        if number > limits.MAX_ITEMS:
            raise Unreadable(f"more than {limits.MAX_ITEMS:,} questions", file=file)
        losses = Losses()
        anything = anything or "{" in block.text or "::" in block.text
        try:
            entry = read_block(block, number=number, file=file, losses=losses, names=names)
        except Refused as wrong:
            findings += [
                Finding(
                    file=file,
                    line=block.line,
                    name=name[:60],
                    outcome="refused",
                    kind="question",
                    why=(wrong.reason,),
                )
                for name in names_of(block)
            ]
            continue
        entries.append(entry)
        findings.append(found(entry, losses))
    if not anything:
        raise Unreadable(
            "neither a zip, nor XML, nor GIFT: no question in braces is in it", file=file
        )
    return Reading(file=file, format="gift", entries=tuple(entries), findings=tuple(findings))


def _text(data: bytes, *, file: str) -> str:
    encoding = "utf-8"
    for mark, name in _MARKS:
        if data.startswith(mark):
            data, encoding = data.removeprefix(mark), name
            break
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as wrong:
        line = data.count(b"\n", 0, wrong.start) + 1
        raise Unreadable("not a text in UTF-8", file=file, line=line) from None
    if "\x00" in text:
        raise Unreadable("not a text: it has null characters", file=file)
    return text
