"""Which states may follow which, and what a change leaves alone."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType

from eduflow.services.api_core.model.names import sortable
from eduflow.services.api_core.model.revision import revised
from eduflow.services.api_core.model.states import (
    COURSE,
    ENROLLMENT,
    PERSON,
    IllegalTransition,
    refuse_illegal,
)


class Entry(msgspec.Struct):
    title: str
    note: str | None
    version: int


class Wanted(msgspec.Struct):
    title: str | UnsetType = UNSET
    note: str | UnsetType | None = UNSET


@pytest.mark.parametrize("states", [COURSE, ENROLLMENT, PERSON])
def test_every_state_that_may_follow_is_a_state_itself(states: dict[str, frozenset[str]]) -> None:
    assert frozenset().union(*states.values()) <= states.keys()


def test_a_state_may_follow_itself_and_only_the_listed_ones_otherwise() -> None:
    for state in COURSE:
        for wanted in COURSE:
            if wanted == state or wanted in COURSE[state]:
                refuse_illegal(state, wanted, by=COURSE)
            else:
                with pytest.raises(IllegalTransition) as refusal:
                    refuse_illegal(state, wanted, by=COURSE)
                assert refusal.value.facts["allowed"] == sorted(COURSE[state])


def test_a_deleted_course_stays_deleted() -> None:
    assert not COURSE["deleted"]


@pytest.mark.parametrize(
    ("wanted", "after"),
    [
        (Wanted(), Entry("a", "b", 1)),
        (Wanted(title="a", note="b"), Entry("a", "b", 1)),
        (Wanted(title="c"), Entry("c", "b", 2)),
        (Wanted(note=None), Entry("a", None, 2)),
    ],
)
def test_what_is_not_named_stays_and_the_version_counts_real_changes(
    wanted: Wanted, after: Entry
) -> None:
    assert revised(Entry("a", "b", 1), wanted) == after


@pytest.mark.parametrize(
    ("shown", "sorted_as"),
    [
        ("Ada Lovelace", "Lovelace, Ada"),
        ("Ada King Lovelace", "Lovelace, Ada King"),
        ("Plato", "Plato"),
        ("Lovelace, Ada", "Lovelace, Ada"),
    ],
)
def test_a_name_sorts_by_its_last_word(shown: str, sorted_as: str) -> None:
    assert sortable(shown) == sorted_as


@given(st.text(min_size=1, max_size=200).filter(lambda name: bool(name.strip())))
def test_every_name_has_something_to_sort_by(name: str) -> None:
    assert sortable(name).strip()
