import io
import zipfile
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eduflow.interchange import (
    Finding,
    ItemRef,
    Medium,
    Reading,
    ReadItem,
    Section,
    Stimulus,
    read,
    write_qti3,
)
from eduflow.interchange import reading as found
from eduflow.scoring import interactions as ours
from eduflow.scoring import keys
from eduflow.scoring.items import Item
from tests.interchange.items_of_any_kind import HTML, any_items


def written(items: Sequence[Item | ReadItem], **more: object) -> tuple[bytes, tuple[Finding, ...]]:
    target = io.BytesIO()
    findings = write_qti3(target, items, **more)  # type: ignore[arg-type]
    return target.getvalue(), findings


def again(package: bytes) -> Reading:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "package.zip"
        path.write_bytes(package)
        return read(path)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(any_items(), max_size=3))
def test_questions_of_every_type_read_back_equal(items: list[Item]) -> None:
    package, findings = written(items)
    reading = again(package)
    assert list(reading.items) == items
    assert [list(item.parameters) for item in reading.items] == [
        list(item.parameters) for item in items
    ]
    assert len(findings) == len(items)
    assert written(items)[0] == package


@settings(max_examples=60, deadline=None)
@given(HTML)
def test_what_is_safe_stays_as_it_is_and_stands_in_the_body_not_in_our_attribute(html: str) -> None:
    item = Item(title="t", body=html, interaction=ours.Essay(), key=keys.EssayKey())
    assert again(written([item])[0]).items == (item,)


def _choice(**more: object) -> Item:
    item = Item(
        title="Capital",
        body="<p>The capital of France?</p>",
        interaction=ours.Choice(
            choices=(
                ours.Option(id="a", text="Paris"),
                ours.Option(id="b", text="Lyon"),
                ours.Option(id="c", text="None of these", fixed=True),
            ),
            max_choices=0,
            shuffle=True,
        ),
        key=keys.ChoiceKey(correct=("a",)),
        identifier="capital",
    )
    return msgspec.structs.replace(item, **more)


ORDINARY = [
    _choice(identifier="all", points=Decimal(2), feedback="F", feedback_right="R"),
    _choice(identifier="each", key=keys.ChoiceKey(correct=("a", "b"), scoring="each")),
    _choice(
        identifier="minus",
        key=keys.ChoiceKey(correct=("a", "b"), scoring="right_minus_wrong", feedback={"a": "ok"}),
    ),
    _choice(
        identifier="weighed",
        key=keys.ChoiceKey(
            correct=("a",),
            weights={"a": Decimal(1), "b": Decimal("0.25"), "c": Decimal("-0.5")},
        ),
    ),
    _choice(
        identifier="numbers",
        interaction=ours.Numeric(),
        key=keys.NumericKey(
            accepted=(
                keys.AcceptedNumber(value="3.14"),
                keys.AcceptedNumber(value="3", worth=Decimal("0.5")),
            ),
            rules=keys.NumericRules(tolerance=Decimal("0.01")),
        ),
    ),
    _choice(
        identifier="words",
        interaction=ours.ShortText(),
        key=keys.ShortTextKey(
            accepted=(
                keys.Accepted(text="Paris"),
                keys.Accepted(text="Paname", worth=Decimal("0.5")),
            )
        ),
    ),
    _choice(
        identifier="pairs",
        interaction=ours.Match(
            sources=(ours.Option(id="s1", text="1"), ours.Option(id="s2", text="2")),
            targets=(ours.Option(id="t1", text="one"), ours.Option(id="t2", text="two")),
        ),
        key=keys.MatchKey(pairs={"s1": ("t1",), "s2": ("t2",)}),
    ),
    _choice(
        identifier="ordered",
        interaction=ours.Order(choices=tuple(ours.Option(id=one, text=one) for one in "abc")),
        key=keys.OrderKey(sequence=("b", "a", "c"), scoring="position"),
    ),
    _choice(
        identifier="gaps",
        body="<p>[[one]] and [[two]]</p>",
        interaction=ours.GapFill(
            gaps=(
                ours.Gap(id="one"),
                ours.Gap(
                    id="two",
                    options=(ours.Option(id="x", text="X"), ours.Option(id="y", text="Y")),
                ),
            )
        ),
        key=keys.GapFillKey(
            gaps={
                "one": keys.GapKey(accepted=(keys.Accepted(text="1"),)),
                "two": keys.GapKey(accepted=(keys.Accepted(text="y"),)),
            }
        ),
    ),
]


def test_ordinary_questions_are_said_wholly_in_qti_and_carry_nothing_of_ours() -> None:
    package, findings = written(ORDINARY)
    assert [finding.why for finding in findings] == [()] * len(ORDINARY)
    with zipfile.ZipFile(io.BytesIO(package)) as zipped:
        documents = [zipped.read(name) for name in zipped.namelist() if name.startswith("items/")]
    assert not any(b"urn:eduflow" in document for document in documents)
    assert again(package).items == tuple(ORDINARY)


def test_what_qti_cannot_say_is_named_and_still_reads_back() -> None:
    longest = _choice(
        interaction=ORDINARY[7].interaction,
        key=keys.OrderKey(sequence=("b", "a", "c"), scoring="longest"),
        solution="<p>why</p>",
    )
    package, findings = written([longest])
    assert findings[0].outcome == "loss"
    assert findings[0].why == (
        "key.scoring, which other systems will not see",
        "solution, which other systems will not see",
    )
    assert again(package).items == (longest,)


def test_a_file_changed_elsewhere_is_read_as_it_says_and_that_is_told() -> None:
    item = _choice(solution="<p>why</p>")
    package, _ = written([item])
    changed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(package)) as old,
        zipfile.ZipFile(changed, "w") as new,
    ):
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"Lyon", b"Nice"))
    reading = again(changed.getvalue())
    assert reading.items[0].solution == ""
    assert "Nice" in str(reading.items[0].interaction)
    assert reading.findings[0].outcome == "loss"


def test_our_own_attribute_cannot_smuggle_a_script_in() -> None:
    item = _choice(solution="SOLUTION", hints=())
    package, _ = written([item])
    changed = io.BytesIO()
    bad = b"&lt;script>alert(1)&lt;/script>&lt;b onclick=\\&quot;x\\&quot;>b&lt;/b>"
    with (
        zipfile.ZipFile(io.BytesIO(package)) as old,
        zipfile.ZipFile(changed, "w") as new,
    ):
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"SOLUTION", bad))
    assert again(changed.getvalue()).items[0].solution == "<b>b</b>"


def test_tests_stimuli_and_media_come_back_too() -> None:
    picture = Medium(
        name="images/a b.png", media_type="image/png", pieces=lambda: iter([b"\x89PNG", b"..."])
    )
    seen = _choice(body='<p><img src="eduflow-media:images/a%20b.png" alt="map"></p>')
    entries = [
        ReadItem(name="first", item=seen, file="", stimuli=("text",), guidance="<p>be kind</p>"),
        ReadItem(name="2nd question", item=_choice(identifier="other"), file=""),
    ]
    test = found.Test(
        name="final",
        title="Final",
        instructions="<p>Go</p>",
        seconds=3600,
        parts=(
            found.TestPart(
                identifier="part-1",
                navigation="linear",
                max_attempts=2,
                sections=(
                    Section(
                        title="One", identifier="one", pick=1, shuffle=True, seconds=60,
                        instructions="<p>Pick</p>",
                        parts=(
                            ItemRef(item="first", weight=Decimal("2.5"), required=True),
                            Section(
                                title="Two", identifier="two",
                                parts=(ItemRef(item="2nd question", fixed=True),),
                            ),
                        ),
                    ),
                ),
            ),
        ),
    )  # fmt: skip
    stimulus = Stimulus(name="text", title="A text", body="<p>Once</p>", language="fr")
    package, _ = written(entries, tests=[test], stimuli=[stimulus], media=[picture])
    with TemporaryDirectory() as folder:
        path = Path(folder) / "package.zip"
        path.write_bytes(package)
        reading = read(path)
        assert [msgspec.structs.replace(one, file="") for one in reading.tests] == [test]
        assert reading.stimuli == (stimulus,)
        assert [(one.name, one.stimuli, one.guidance) for one in reading.entries] == [
            (one.name, one.stimuli, one.guidance) for one in entries
        ]
        assert reading.items == (seen, _choice(identifier="other"))
        assert [(one.name, one.media_type, one.read()) for one in reading.media] == [
            ("images/a b.png", "image/png", b"\x89PNG...")
        ]
        assert not reading.refused()
        assert not reading.losses()
