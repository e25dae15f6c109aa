"""Whatever happens in whatever order: a balance is the sum of its holds, and no hold overspends."""

import random
from datetime import timedelta

import pytest

from eduflow.kernel.ids import UserId, new_id
from eduflow.services.tutor.ids import BudgetId
from eduflow.services.tutor.ledger import HELD_FOR, Candidate, Reserved, Spent
from eduflow.services.tutor.problems import BudgetExhausted
from tests.services.tutor.conftest import BIG, FREE, SMALL, Book

LADDERS: tuple[tuple[Candidate, ...], ...] = ((BIG,), (BIG, SMALL), (SMALL, BIG), (BIG, FREE))


class History:
    """One institution's calls, and what a plain reading of the rules says of its budgets."""

    def __init__(self, book: Book, seed: int) -> None:
        self.book = book
        self.dice = random.Random(seed)  # noqa: S311 (a history that can be told again)
        self.people = [UserId(new_id()) for _ in range(2)]
        self.budgets: dict[BudgetId, int] = {}
        self.held: list[Reserved] = []

    async def begin(self) -> None:
        book, dice = self.book, self.dice
        for period in ("total", "day", "month"):
            limit = dice.randrange(0, 30_000)
            how = dice.choice(("smaller_model", "queue_for_person"))
            self.budgets[await book.budget(limit, period=period, on_exhaust=how)] = limit
        for person in self.people:
            limit = dice.randrange(0, 15_000)
            self.budgets[await book.budget(limit, scope="user", of=person)] = limit

    async def step(self) -> None:
        dice, book = self.dice, self.book
        match dice.randrange(7):
            case 0 | 1 | 2:
                await self._reserve()
            case 3 | 4 if self.held:
                await self._settle(dice.choice(self.held))
            case 5 if self.held:
                await book.release(dice.choice(self.held))
            case 6:
                await book.later(dice.choice((timedelta(minutes=1), HELD_FOR, timedelta(hours=7))))
            case _:
                pass

    async def _reserve(self) -> None:
        before = await self._periods()
        try:
            held = await self.book.reserve(
                *self.dice.choice(LADDERS), user_id=self.dice.choice(self.people)
            )
        except BudgetExhausted:
            return
        self.held.append(held)
        for place, (used, reserved) in (await self._periods()).items():
            if held.reserved_micros and (used, reserved) != before.get(place, (0, 0)):
                assert used + reserved <= self.budgets[place[0]], "a hold went past a limit"

    async def _settle(self, held: Reserved) -> None:
        took = self.dice.randrange(0, 1_300)
        spent = Spent(
            provider=held.provider,
            model=held.model,
            tokens_in=took,
            tokens_cached=self.dice.randrange(0, took + 1),
            tokens_out=self.dice.randrange(0, 130),
            outcome="ok",
            latency_ms=1,
        )
        first = await self.book.settle_as(held, spent)
        assert await self.book.settle_as(held, spent) == first

    async def _periods(self) -> dict[tuple[BudgetId, str], tuple[int, int]]:
        rows = await self.book.admin.fetch(
            "SELECT budget_id, starts_on::text, used_micros, reserved_micros FROM budget_balances"
            " WHERE institution_id = $1",
            self.book.institution,
        )
        return {
            (BudgetId(row["budget_id"]), row["starts_on"]): (
                row["used_micros"],
                row["reserved_micros"],
            )
            for row in rows
        }

    async def check(self) -> None:
        for budget in self.budgets:
            await self.book.balance(budget)  # It compares with the holds.
        spent = await self.book.admin.fetchval(
            "SELECT coalesce(sum(cost_micros), 0)::bigint FROM token_usage"
            " WHERE institution_id = $1",
            self.book.institution,
        )
        total = next(iter(self.budgets))
        assert (await self.book.balance(total))[0] == spent


@pytest.mark.parametrize("seed", range(12))
async def test_a_balance_is_the_sum_of_its_holds_after_any_history(book: Book, seed: int) -> None:
    history = History(book, seed)
    await history.begin()
    for n in range(60):
        await history.step()
        if n % 20 == 0:
            await history.check()
    await history.check()
    await book.later(HELD_FOR)
    for budget in history.budgets:
        assert (await book.balance(budget))[1] == 0
