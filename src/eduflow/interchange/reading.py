"""What was found in a file: questions, tests, texts to be read with them, media, and findings."""

from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from types import TracebackType
from typing import IO, Literal, Self

import msgspec

from eduflow.interchange import limits
from eduflow.scoring import items

Format = Literal["qti3", "qti2", "moodle", "gift"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one item, test or file. Every item of a file has exactly one."""

    file: str
    line: int | None = None
    name: str
    """Identifier or title in the file; else its number there."""
    outcome: Literal["imported", "loss", "refused"]
    kind: str
    """Type of what was imported (`choice`, `test`), or the file's own word for what was refused."""
    why: tuple[str, ...] = ()
    """For `loss` what did not come along, for `refused` the reason."""

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        match self.outcome:
            case "imported":
                return f"{place}: {self.name}: imported as {self.kind}"
            case "loss":
                return (
                    f"{place}: {self.name}: imported as {self.kind}, without {'; '.join(self.why)}"
                )
            case "refused":
                return f"{place}: {self.name}: refused ({self.kind}): {'; '.join(self.why)}"


class ReadItem(msgspec.Struct, frozen=True, kw_only=True):
    """A question and what belongs to it beside what is asked."""

    name: str
    """Unique in the reading; what tests refer to."""
    item: items.Item
    file: str
    line: int | None = None
    stimuli: tuple[str, ...] = ()
    """Names of stimuli."""
    guidance: str = ""
    """For graders only, as HTML."""


class ItemRef(msgspec.Struct, frozen=True, kw_only=True, tag="item"):
    item: str
    weight: Decimal = Decimal(1)
    required: bool = False
    """In every pick of its section."""
    fixed: bool = False
    """Keeps its place when the others are shuffled."""


class Section(msgspec.Struct, frozen=True, kw_only=True, tag="section"):
    title: str
    identifier: str = ""
    instructions: str = ""
    pick: int | None = None
    """How many of its questions each student gets; None: all."""
    with_replacement: bool = False
    shuffle: bool = False
    required: bool = False
    fixed: bool = False
    seconds: int | None = None
    parts: tuple["ItemRef | Section", ...] = ()

    def refs(self) -> Iterator[ItemRef]:
        for part in self.parts:
            if isinstance(part, Section):
                yield from part.refs()
            else:
                yield part


class TestPart(msgspec.Struct, frozen=True, kw_only=True):
    identifier: str = ""
    navigation: Literal["linear", "nonlinear"] = "nonlinear"
    submission: Literal["individual", "simultaneous"] = "simultaneous"
    max_attempts: int | None = None
    """Tries per question; 0: any number."""
    feedback: bool | None = None
    """Whether it is told at once what an answer was worth; None: not said."""
    review: bool | None = None
    """Whether students see their answers again afterwards."""
    solution: bool | None = None
    """Whether they are shown the right ones."""
    instructions: str = ""
    seconds: int | None = None
    sections: tuple[Section, ...] = ()


class Test(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    title: str
    instructions: str = ""
    seconds: int | None = None
    parts: tuple[TestPart, ...] = ()
    file: str = ""

    def refs(self) -> Iterator[ItemRef]:
        for part in self.parts:
            for section in part.sections:
                yield from section.refs()


class Stimulus(msgspec.Struct, frozen=True, kw_only=True):
    """A text that questions are about, shown beside them."""

    name: str
    title: str
    body: str
    language: str = "en"


class Medium(msgspec.Struct, frozen=True, kw_only=True):
    """A file that texts refer to as `eduflow-media:` and its name, percent-encoded."""

    name: str
    media_type: str
    pieces: Callable[[], Iterator[bytes]]
    """Its bytes, in pieces; raises `Unreadable` where it is larger than it may be or broken."""

    def read(self) -> bytes:
        return b"".join(self.pieces())


class Reading(msgspec.Struct, kw_only=True):
    """Close it, or use it in a `with`: media of Moodle files lie in a temporary file."""

    file: str
    format: Format
    entries: tuple[ReadItem, ...] = ()
    tests: tuple[Test, ...] = ()
    stimuli: tuple[Stimulus, ...] = ()
    media: tuple[Medium, ...] = ()
    findings: tuple[Finding, ...] = ()
    spool: IO[bytes] | None = None

    @property
    def items(self) -> tuple[items.Item, ...]:
        return tuple(entry.item for entry in self.entries)

    def by_type(self) -> dict[str, int]:
        """How many questions of each type were read, most first."""
        return dict(Counter(type_of(item) for item in self.items).most_common())

    def by_outcome(self) -> dict[str, int]:
        return dict(Counter(finding.outcome for finding in self.findings))

    def refused(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.outcome == "refused")

    def losses(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.outcome == "loss")

    def close(self) -> None:
        if self.spool is not None:
            self.spool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self.close()


def type_of(item: items.Item) -> str:
    return str(item.interaction.__struct_config__.tag)


class Losses:
    """What did not come along, each thing once, in the order in which it was noticed."""

    def __init__(self) -> None:
        self._seen: dict[str, None] = {}

    def add(self, what: str) -> None:
        self._seen.setdefault(what)

    def clear(self) -> None:
        self._seen.clear()

    def told(self) -> tuple[str, ...]:
        told = tuple(self._seen)
        if len(told) > limits.MAX_LOSSES:
            rest = len(told) - limits.MAX_LOSSES
            return (*told[: limits.MAX_LOSSES], f"and {rest} more")
        return told


def found(entry: ReadItem, losses: Losses) -> Finding:
    why = losses.told()
    return Finding(
        file=entry.file,
        line=entry.line,
        name=entry.item.identifier or entry.item.title or entry.name,
        outcome="loss" if why else "imported",
        kind=type_of(entry.item),
        why=why,
    )
