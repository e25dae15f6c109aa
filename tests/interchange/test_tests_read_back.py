"""Tests written as QTI 3.0 and read again are the same tests, whatever they are built of."""

import io
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as some

from eduflow.interchange import ItemRef, ReadItem, Section, TestPart, read, reading, write_qti3
from eduflow.scoring import interactions as ours
from eduflow.scoring import keys
from eduflow.scoring.items import Item

NAMES = ("one", "two", "three", "four")
ITEMS = [
    ReadItem(
        name=name,
        file="",
        item=Item(
            title=name,
            body="<p>Why?</p>",
            interaction=ours.Essay(),
            key=keys.EssayKey(),
            identifier=name,
        ),
    )
    for name in NAMES
]
_TITLES = some.text(
    some.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), max_size=20
)
_HTML = some.sampled_from(["", "<p>Read <b>this</b>.</p>", "Plain", "<p>a</p><p>b &amp; c</p>"])
_SECONDS = some.none() | some.integers(1, 10_000)
_TRUTH = some.none() | some.booleans()
_REFS = some.builds(
    ItemRef,
    item=some.sampled_from(NAMES),
    weight=some.decimals(0, 100, places=2).map(Decimal.normalize),
    required=some.booleans(),
    fixed=some.booleans(),
)


def _sections(parts: some.SearchStrategy[ItemRef | Section]) -> some.SearchStrategy[Section]:
    pick = some.none() | some.integers(1, 9)
    return some.builds(
        Section,
        title=_TITLES,
        instructions=_HTML,
        pick=pick,
        shuffle=some.booleans(),
        required=some.booleans(),
        fixed=some.booleans(),
        seconds=_SECONDS,
        parts=some.lists(parts, max_size=3).map(tuple),
    ).flatmap(
        lambda section: some.booleans().map(
            lambda again: msgspec.structs.replace(
                section, with_replacement=again and section.pick is not None
            )
        )
    )


_TREES = _sections(some.recursive(_REFS, _sections, max_leaves=6))
_PARTS = some.builds(
    TestPart,
    navigation=some.sampled_from(["linear", "nonlinear"]),
    submission=some.sampled_from(["individual", "simultaneous"]),
    max_attempts=some.none() | some.integers(0, 9),
    feedback=_TRUTH,
    review=_TRUTH,
    solution=_TRUTH,
    instructions=_HTML,
    seconds=_SECONDS,
    sections=some.lists(_TREES, min_size=1, max_size=3).map(tuple),
)
_TESTS = some.builds(
    reading.Test,
    name=some.just("exam"),
    title=_TITLES.filter(bool),
    instructions=_HTML,
    seconds=_SECONDS,
    parts=some.lists(_PARTS, min_size=1, max_size=2).map(tuple),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(_TESTS)
def test_a_test_of_any_shape_reads_back_the_same(test: reading.Test) -> None:
    assume(next(test.refs(), None) is not None)
    package = io.BytesIO()
    write_qti3(package, ITEMS, tests=[test])
    with TemporaryDirectory() as folder:
        path = Path(folder) / "package.zip"
        path.write_bytes(package.getvalue())
        with read(path) as back:
            (found,) = back.tests
            assert _bare(found) == test
            assert not back.refused()


def _bare(test: reading.Test) -> reading.Test:
    """Without what the file needed to tell its parts apart."""
    parts = tuple(
        msgspec.structs.replace(
            part, identifier="", sections=tuple(_unnamed(one) for one in part.sections)
        )
        for part in test.parts
    )
    return msgspec.structs.replace(test, file="", parts=parts)


def _unnamed(section: Section) -> Section:
    parts = tuple(_unnamed(one) if isinstance(one, Section) else one for one in section.parts)
    return msgspec.structs.replace(section, identifier="", parts=parts)
