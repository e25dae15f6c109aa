"""Paths of posts: in their order every post stands right above its replies, oldest first."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eduflow.kernel.ids import new_id
from eduflow.services.api_core.model.nesting import DEEPEST, RepliesTooDeep, path_below


@given(parents=st.lists(st.integers(0, 40), max_size=40))
def test_ordered_by_path_a_thread_is_read_as_a_tree(parents: list[int]) -> None:
    paths: list[list[UUID]] = []
    replies: dict[UUID | None, list[list[UUID]]] = {}
    for choice in parents:
        above = paths[choice - 1] if 0 < choice <= len(paths) else []
        try:
            path = path_below(above, new_id())
        except RepliesTooDeep:
            assert len(above) == DEEPEST
            continue
        assert path[:-1] == above
        assert len(path) <= DEEPEST
        paths.append(path)
        replies.setdefault(above[-1] if above else None, []).append(path)

    def walked(post: UUID | None) -> list[list[UUID]]:
        return [step for path in replies.get(post, []) for step in (path, *walked(path[-1]))]

    assert sorted(paths) == walked(None)


def test_below_the_deepest_nothing_nests() -> None:
    path: list[UUID] = []
    for _ in range(DEEPEST):
        path = path_below(path, new_id())
    with pytest.raises(RepliesTooDeep):
        path_below(path, new_id())
