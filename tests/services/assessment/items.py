"""An item of every type, with a word in it wherever something must not be seen."""

from typing import Any

from tests.harness.exams import Json, a_choice, an_essay

SECRET = "Zebra"
"""In every text that nobody who sits the test may see before it is time."""


def _item(kind: str, interaction: Json, key: Json, **fields: Any) -> Json:
    return {
        "title": f"{SECRET} title",
        "body": "<p>What?</p>",
        "points": 2,
        "interaction": {"type": kind, **interaction},
        "key": {"type": kind, **key},
        "feedback": f"{SECRET} for all",
        "feedback_right": f"{SECRET} well done",
        "feedback_wrong": f"{SECRET} alas",
        "hints": [{"text": f"{SECRET} hint", "cost": "0.25"}],
        "solution": f"{SECRET} solution",
        "tags": ["Zebra tag"],
        **fields,
    }


def _options(*ids: str) -> list[Json]:
    return [{"id": id_, "text": f"Option {id_}"} for id_ in ids]


def one_of_each() -> dict[str, Json]:
    """By type."""
    texts = {"accepted": [{"text": SECRET, "worth": "1", "feedback": f"{SECRET} yes"}]}
    return {
        "choice": _item(
            "choice",
            {"choices": _options("a", "b", "c"), "max_choices": 2},
            {
                "correct": ["a"],
                "weights": {"a": "0.777", "b": "-0.333"},
                "feedback": {"b": f"{SECRET} no"},
            },
        ),
        "true_false": _item(
            "true_false", {}, {"correct": True, "feedback": {"false": f"{SECRET} no"}}
        ),
        "order": _item(
            "order", {"choices": _options("a", "b", "c", "d")}, {"sequence": ["a", "b", "c", "d"]}
        ),
        "match": _item(
            "match",
            {"sources": _options("s", "t"), "targets": _options("x", "y")},
            {"pairs": {"s": ["x"], "t": ["y"]}, "wrong_costs": "0.123"},
        ),
        "gap_fill": _item(
            "gap_fill",
            {"gaps": [{"id": "g"}, {"id": "h", "options": _options("p", "q")}]},
            {
                "gaps": {
                    "g": texts,
                    "h": {"accepted": [{"text": "p", "feedback": f"{SECRET} p"}]},
                }
            },
            body="<p>A [[g]] and a [[h]].</p>",
        ),
        "short_text": _item("short_text", {}, texts),
        "numeric": _item(
            "numeric",
            {"unit_hint": "m"},
            {
                "accepted": [{"value": "a * 7919", "feedback": f"{SECRET} m"}],
                "rules": {"tolerance": "0.0421", "unit": "m"},
            },
            body="<p>{{a}} times?</p>",
            parameters={
                "b": {"among": ["3", "5"]},
                "a": {"equals": "b + 4242"},
            },
            conditions=["b < 4343"],
        ),
        "hot_text": _item(
            "hot_text",
            {"stretches": _options("u", "v")},
            {"correct": ["u"], "feedback": {"v": f"{SECRET} v"}},
            body="<p>[[u]] or [[v]]</p>",
        ),
        "essay": {
            **an_essay(),
            "title": f"{SECRET} title",
            "solution": f"{SECRET} solution",
            "rubric": {**an_essay()["rubric"], "guidelines": f"{SECRET} guide"},
        },
        "file_upload": _item("file_upload", {"max_files": 2}, {}),
        "formula": _item(
            "formula",
            {"variables": ["x"]},
            {"accepted": [{"text": "x^79 + 7919", "feedback": f"{SECRET} x"}], "form": "expanded"},
        ),
    }


def with_stimulus(stimulus: str, **fields: Any) -> Json:
    """A choice about a passage."""
    return a_choice(stimulus_id=stimulus, **fields)
