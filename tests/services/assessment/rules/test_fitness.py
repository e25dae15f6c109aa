"""A question that does not hold together is refused, with a pointer to where."""

from typing import Any

import msgspec
import pytest

from eduflow.scoring.items import Item
from eduflow.services.assessment.authoring_problems import ItemUnfit
from eduflow.services.assessment.model.fitness import made_fit
from eduflow.services.assessment.stored import (
    asked_columns,
    digest_of_key,
    digest_of_question,
)
from tests.services.assessment.items import one_of_each

Json = dict[str, Any]


def item(kind: str, **fields: Any) -> Item:
    """One of the type, with members of `interaction` and `key` changed by `i_…` and `k_…`."""
    document = one_of_each()[kind]
    document.pop("rubric", None)
    for name, value in fields.items():
        match name.split("_", 1):
            case ["i", member]:
                document["interaction"] = {**document["interaction"], member: value}
            case ["k", member]:
                document["key"] = {**document["key"], member: value}
            case _:
                document[name] = value
    return msgspec.json.decode(msgspec.json.encode(document), type=Item)


_FIXED = [{"id": one, "text": one, "fixed": True} for one in "abc"]


@pytest.mark.parametrize("kind", sorted(one_of_each()))
def test_one_of_each_type_is_fit_and_being_made_fit_again_changes_nothing(kind: str) -> None:
    fit = made_fit(item(kind))
    assert made_fit(fit) == fit


def _options(*ids: str) -> list[Json]:
    return [{"id": id_, "text": id_} for id_ in ids]


@pytest.mark.parametrize(
    ("unfit", "pointer"),
    [
        (item("choice", title=" "), "/title"),
        (item("choice", title="two\nlines"), "/title"),
        (item("choice", body=""), "/body"),
        (item("choice", body="\x00"), "/body"),
        (item("choice", body="x" * 60_000), "/body"),
        (item("choice", points="-1"), "/points"),
        (item("choice", points="NaN"), "/points"),
        (item("choice", points="1E+400"), "/points"),
        (item("choice", language="no such thing"), "/language"),
        (item("choice", hints=[{"text": "h", "cost": "1.5"}]), "/hints/0/cost"),
        (item("choice", key={"type": "essay"}), "/key/type"),
        (item("choice", i_choices=_options("a")), "/interaction/choices"),
        (item("choice", i_choices=_options("a", "a", "b")), "/interaction/choices/1/id"),
        (item("choice", i_choices=_options("a", "b", "c c")), "/interaction/choices/2/id"),
        (item("choice", i_max_choices=9), "/interaction/max_choices"),
        (item("choice", k_correct=["z"], k_weights=None), "/key/correct"),
        (item("choice", k_correct=[], k_weights=None), "/key/correct"),
        (item("choice", k_correct=["a", "b", "c"], k_weights=None), "/key/correct"),
        (item("choice", k_weights={"a": "7"}), "/key/weights/a"),
        (item("choice", k_feedback={"z": "?"}), "/key/feedback"),
        (item("order", k_sequence=["a", "b"]), "/key/sequence"),
        (item("order", i_choices=_FIXED, k_sequence=["a", "b", "c"]), "/interaction/choices"),
        (item("match", k_pairs={}), "/key/pairs"),
        (item("match", k_pairs={"s": ["x", "y"]}), "/key/pairs/s"),
        (item("match", k_pairs={"z": ["x"]}), "/key/pairs"),
        (item("match", k_pairs={"s": ["z"]}), "/key/pairs/s"),
        (item("match", i_max_per_target=1, k_pairs={"s": ["x"], "t": ["x"]}), "/key/pairs"),
        (item("match", k_wrong_costs="2"), "/key/wrong_costs"),
        (item("gap_fill", body="<p>A [[g]].</p>"), "/body"),
        (item("gap_fill", body="<p>A [[g]], [[g]] and [[h]].</p>"), "/body"),
        (item("gap_fill", body="<p>A [[g]], [[h]] and [[z]].</p>"), "/body"),
        (item("gap_fill", k_gaps={"g": {"accepted": [{"text": "w"}]}}), "/key/gaps"),
        (
            item("gap_fill", k_gaps={"g": {"accepted": []}, "h": {"accepted": [{"text": "p"}]}}),
            "/key/gaps/g/accepted",
        ),
        (item("short_text", k_accepted=[]), "/key/accepted"),
        (item("short_text", k_accepted=[{"text": " "}]), "/key/accepted/0/text"),
        (
            item("short_text", k_accepted=[{"text": r"(a)\1"}], k_rules={"pattern": "regex"}),
            "/key/accepted/0/text",
        ),
        (item("numeric", k_accepted=[{"value": "c * 2"}]), "/key/accepted/0"),
        (item("numeric", k_accepted=[{"value": "1 / (b - b)"}]), "/key/accepted/0"),
        (item("numeric", k_rules={"unit": "blorps"}), "/key/rules/unit"),
        (item("numeric", k_rules={"tolerance": "-1"}), "/key/rules/tolerance"),
        (item("numeric", conditions=["b > 99"]), "/parameters"),
        (item("numeric", parameters={"a b": {"among": ["1"]}}), "/parameters/a b"),
        (item("numeric", parameters={"a": {"low": "1"}}), "/parameters/a"),
        (item("numeric", parameters={"a": {"low": "5", "high": "1"}}), "/parameters/a"),
        (item("hot_text", k_correct=["z"]), "/key/correct"),
        (item("hot_text", body="<p>[[u]]</p>"), "/body"),
        (item("essay", i_min_words=9, i_max_words=3), "/interaction/min_words"),
        (item("file_upload", i_max_files=0), "/interaction/max_files"),
        (item("formula", k_accepted=[{"text": "y + 1"}]), "/key/accepted/0/text"),
        (item("formula", k_accepted=[{"text": "x +"}]), "/key/accepted/0/text"),
        (item("formula", k_positive=["z"]), "/key/positive"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_pointer(unfit: Item, pointer: str) -> None:
    with pytest.raises(ItemUnfit) as refusal:
        made_fit(unfit)
    assert pointer in [fault["pointer"] for fault in refusal.value.facts["errors"]]


def test_a_survey_may_ask_what_has_no_right_answer() -> None:
    assert made_fit(item("choice", points="0", k_correct=[], k_weights=None))


def test_the_digest_is_of_what_is_asked_however_the_database_gives_it_back() -> None:
    whole = made_fit(item("numeric"))
    columns = asked_columns(whole)
    digest = digest_of_question(columns)
    assert digest_of_question({**columns, "points": 2.00}) == digest
    backwards = dict(reversed(columns["interaction"].items()))
    assert digest_of_question({**columns, "interaction": backwards}) == digest
    assert digest_of_question({**columns, "body": "Another"}) != digest
    turned = list(reversed(columns["parameters"]))
    assert digest_of_question({**columns, "parameters": turned}) != digest
    key = msgspec.to_builtins(whole.key)
    assert digest_of_key(dict(reversed(key.items()))) == digest_of_key(whole.key)
