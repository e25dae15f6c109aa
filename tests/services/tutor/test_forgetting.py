"""Calls of long ago are forgotten; what they took never is."""

import pytest

from eduflow.services.tutor.ledger import forget_old
from eduflow.services.tutor.problems import NoSuchReservation
from tests.services.tutor.conftest import Book

COST = 3_000
"""What the large model may take at most."""


async def test_what_ended_long_ago_is_forgotten_and_what_it_took_is_not(book: Book) -> None:
    budget = await book.budget(10 * COST)
    spent, unused, fresh = [await book.reserve() for _ in range(3)]
    cost = await book.settle(spent, tokens_in=1_000)
    await book.release(unused)
    await book.settle(fresh, tokens_in=1_000)
    held = await book.reserve()
    balance = await book.balance(budget)
    old = [one.call_id for one in (spent, unused, held)]
    await book.admin.execute(
        "UPDATE reserved_calls SET expires_at = now() - interval '92 days'"
        " WHERE call_id = ANY ($1)",
        old,
    )
    assert await forget_old(book.worker, book.now) == 2
    assert await forget_old(book.worker, book.now) == 0
    left = await book.admin.fetch(
        "SELECT call_id FROM reserved_calls WHERE institution_id = $1", book.institution
    )
    assert {row["call_id"] for row in left} == {fresh.call_id, held.call_id}
    used = await book.admin.fetch(
        "SELECT call_id, cost_micros FROM token_usage WHERE institution_id = $1", book.institution
    )
    assert {row["call_id"]: row["cost_micros"] for row in used}[spent.call_id] == cost
    assert await book.balance(budget) == balance
    with pytest.raises(NoSuchReservation):
        await book.settle(spent, tokens_in=9_000)
    assert await book.balance(budget) == balance


async def test_workers_remove_nothing_that_is_young_or_was_settled(book: Book) -> None:
    budget = await book.budget(10 * COST)
    await book.settle(await book.reserve(), tokens_in=1_000)
    await book.reserve()
    balance = await book.balance(budget)
    for table in ("reserved_calls", "budget_reservations"):
        done = await book.worker.execute(
            f"DELETE FROM {table} WHERE institution_id = $1", book.institution
        )
        assert done == "DELETE 0"
    assert await book.balance(budget) == balance
