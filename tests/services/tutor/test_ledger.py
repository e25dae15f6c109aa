"""The ledger never lets more be held than there is, and counts all that was spent."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import msgspec
import pytest

from eduflow.contracts.tutor import TokensSpent
from eduflow.kernel.ids import InstitutionId, UserId, new_id
from eduflow.kernel.problems import Problem
from eduflow.services.tutor.ids import CallId, CourseId
from eduflow.services.tutor.ledger import HELD_FOR, Candidate, Prompt, Reserved, Spent
from eduflow.services.tutor.problems import (
    BudgetExhausted,
    CallIdTaken,
    ModelWithoutPrice,
    NoSuchReservation,
    ReservationEnded,
)
from tests.services.tutor.conftest import BIG, FREE, SMALL, Book

COST = 3_000


async def test_of_100_at_once_as_many_succeed_as_the_budget_is_for(book: Book) -> None:
    budget = await book.budget(37 * COST + COST - 1)
    answers = await asyncio.gather(*(book.reserve() for _ in range(100)), return_exceptions=True)
    held = [a for a in answers if isinstance(a, Reserved)]
    refused = [a for a in answers if isinstance(a, BudgetExhausted)]
    assert (len(held), len(refused)) == (37, 63)
    assert await book.balance(budget) == (0, 37 * COST)
    await asyncio.gather(*(book.settle(h, tokens_in=500) for h in held))
    assert await book.balance(budget) == (37 * 1_000, 0)
    # What they did not take is there for others: 112,999 less 37,000 is 25 more.
    answers = await asyncio.gather(*(book.reserve() for _ in range(100)), return_exceptions=True)
    assert sum(isinstance(a, Reserved) for a in answers) == 25


async def test_many_budgets_and_all_kinds_of_calls_at_once_neither_overspend_nor_deadlock(
    book: Book,
) -> None:
    people = [UserId(new_id()) for _ in range(4)]
    courses = [CourseId(new_id()) for _ in range(3)]
    limits = {await book.budget(40 * COST): 40 * COST}
    limits[await book.budget(35 * COST, period="day")] = 35 * COST
    for person in people:
        limits[await book.budget(12 * COST, scope="user", of=person)] = 12 * COST
    for course in courses:
        limits[await book.budget(14 * COST, scope="course", of=course)] = 14 * COST

    async def one(n: int) -> None:
        try:
            held = await book.reserve(user_id=people[n % 4], course_id=courses[n % 3])
        except BudgetExhausted:
            return
        if n % 3 == 0:
            await book.settle(held, tokens_in=1_000, tokens_out=n % 100)
        elif n % 3 == 1:
            await asyncio.gather(book.release(held), book.release(held))

    await asyncio.gather(*(one(n) for n in range(150)))
    for budget, limit in limits.items():
        used, reserved = await book.balance(budget)
        assert used + reserved <= limit
    await book.later(HELD_FOR)
    for budget in limits:
        assert (await book.balance(budget))[1] == 0


async def test_the_same_call_is_held_once_and_told_the_same(book: Book) -> None:
    budget = await book.budget(2 * COST)
    asked = book.asked()
    answers = await asyncio.gather(
        *(book.ledger.reserve(asked, service="assessment") for _ in range(20))
    )
    assert len({msgspec.json.encode(a) for a in answers}) == 1
    assert await book.balance(budget) == (0, COST)


async def test_without_a_budget_the_same_call_at_once_is_told_the_same(book: Book) -> None:
    asked = book.asked()
    answers = await asyncio.gather(
        *(book.ledger.reserve(asked, service="assessment") for _ in range(20))
    )
    assert len({msgspec.json.encode(a) for a in answers}) == 1


async def test_the_last_money_of_a_budget_is_enough_for_the_call_that_comes_twice(
    book: Book,
) -> None:
    await book.budget(COST)
    asked = book.asked()
    answers = await asyncio.gather(
        *(book.ledger.reserve(asked, service="assessment") for _ in range(10)),
        return_exceptions=True,
    )
    assert all(isinstance(a, Reserved) for a in answers), answers


async def test_an_id_stands_for_one_request(book: Book) -> None:
    held = await book.reserve()
    with pytest.raises(CallIdTaken):
        await book.reserve(SMALL, call=held.call_id)
    with pytest.raises(CallIdTaken):
        await book.reserve(call=held.call_id, institution_id=InstitutionId(new_id()))


async def test_settling_twice_charges_once(book: Book) -> None:
    budget = await book.budget(10 * COST)
    held = await book.reserve()
    costs = await asyncio.gather(*(book.settle(held, tokens_in=n) for n in range(1, 11)))
    assert len(set(costs)) == 1
    assert await book.balance(budget) == (costs[0], 0)
    assert await book.settle(held, tokens_in=999) == costs[0]


async def test_what_was_not_settled_in_time_is_freed_and_what_was_spent_counts_still(
    book: Book,
) -> None:
    budget = await book.budget(COST)
    held = await book.reserve()
    with pytest.raises(BudgetExhausted):
        await book.reserve()
    assert await book.later(HELD_FOR) >= 1
    assert await book.balance(budget) == (0, 0)
    again = await book.reserve()
    assert await book.settle(held, tokens_in=1_000) == 2_000
    assert await book.balance(budget) == (2_000, COST)
    # True overspend: both were really made.
    assert await book.settle(again, tokens_in=1_000, tokens_out=100) == COST
    assert await book.balance(budget) == (2_000 + COST, 0)


async def test_a_call_that_has_ended_unspent_does_not_go_on_with_its_old_answer(book: Book) -> None:
    await book.budget(10 * COST)
    released, expired = book.asked(), book.asked()
    await book.release(await book.ledger.reserve(released, service="assessment"))
    with pytest.raises(ReservationEnded):
        await book.ledger.reserve(released, service="assessment")
    await book.ledger.reserve(expired, service="assessment")
    book.now += HELD_FOR
    with pytest.raises(ReservationEnded):
        await book.ledger.reserve(expired, service="assessment")


async def test_a_settled_call_is_told_its_answer_for_ever(book: Book) -> None:
    asked = book.asked()
    held = await book.ledger.reserve(asked, service="assessment")
    await book.settle(held, tokens_in=1)
    await book.later(timedelta(days=400))
    assert await book.ledger.reserve(asked, service="assessment") == held


async def test_released_money_is_there_at_once_and_a_release_after_settling_gives_nothing_back(
    book: Book,
) -> None:
    budget = await book.budget(COST)
    held = await book.reserve()
    await book.release(held)
    assert await book.balance(budget) == (0, 0)
    held = await book.reserve()
    await book.settle(held, tokens_in=1_000)
    await book.release(held)
    assert await book.balance(budget) == (2_000, 0)
    assert await book.settle(await book.reserve(SMALL), tokens_in=10) == 1


async def test_released_and_then_settled_all_the_same_is_counted(book: Book) -> None:
    budget = await book.budget(COST)
    held = await book.reserve()
    await book.release(held)
    await book.settle(held, tokens_in=1_000)
    assert await book.balance(budget) == (2_000, 0)


async def test_the_first_model_that_fits_all_budgets_is_chosen(book: Book) -> None:
    person = UserId(new_id())
    await book.budget(100 * COST)
    await book.budget(COST + 150, scope="user", of=person)
    ladder = (BIG, SMALL, FREE)
    chosen = [(await book.reserve(*ladder, user_id=person)).candidate for _ in range(4)]
    assert chosen == [0, 1, 2, 2]
    assert (await book.reserve(*ladder)).candidate == 0
    with pytest.raises(BudgetExhausted) as refused:
        await book.reserve(BIG, SMALL, user_id=person)
    assert refused.value.facts == {"scope": "user", "on_exhaust": "smaller_model"}


async def test_a_budget_may_want_a_person_rather_than_a_smaller_model(book: Book) -> None:
    course = CourseId(new_id())
    await book.budget(1, scope="course", of=course, on_exhaust="queue_for_person")
    with pytest.raises(BudgetExhausted) as refused:
        await book.reserve(BIG, FREE, course_id=course)
    assert refused.value.facts == {"scope": "course", "on_exhaust": "queue_for_person"}
    # What costs nothing is asked for first, and no budget says anything against it.
    assert (await book.reserve(FREE, BIG, course_id=course)).reserved_micros == 0


async def test_a_limit_that_was_lowered_below_what_is_used_lets_only_the_free_model_pass(
    book: Book,
) -> None:
    budget = await book.budget(2 * COST)
    await book.settle(await book.reserve(), tokens_in=1_000)
    await book.admin.execute("UPDATE budgets SET limit_micros = 5 WHERE id = $1", budget)
    assert (await book.reserve(BIG, FREE)).candidate == 1
    await book.admin.execute("UPDATE budgets SET state = 'lifted' WHERE id = $1", budget)
    assert (await book.reserve(BIG, FREE)).candidate == 0


async def test_a_day_begins_anew_and_a_call_is_settled_in_the_day_it_was_held(book: Book) -> None:
    budget = await book.budget(COST, period="day")
    book.now = datetime(2026, 3, 31, 23, 59, tzinfo=UTC)
    held = await book.reserve()
    with pytest.raises(BudgetExhausted):
        await book.reserve()
    book.now += timedelta(minutes=2)
    await book.reserve()
    await book.settle(held, tokens_in=1_000)
    rows = await book.admin.fetch(
        "SELECT starts_on::text, used_micros, reserved_micros FROM budget_balances"
        " WHERE budget_id = $1 ORDER BY 1",
        budget,
    )
    assert [tuple(row) for row in rows] == [("2026-03-31", 2_000, 0), ("2026-04-01", 0, COST)]


async def test_each_call_costs_what_the_model_cost_on_its_day(book: Book) -> None:
    model = f"m-{book.institution.hex}"
    mine = Candidate("vendor", model, tokens_in=1_000_000, max_tokens_out=0)
    with pytest.raises(ModelWithoutPrice):
        await book.reserve(mine)
    for institution, micros, since in (
        (None, 5, datetime(2026, 1, 1, tzinfo=UTC)),
        (None, 9, datetime(2026, 6, 1, tzinfo=UTC)),
        (book.institution, 2, datetime(2026, 7, 1, tzinfo=UTC)),
        (new_id(), 1, datetime(2026, 1, 1, tzinfo=UTC)),
    ):
        await book.admin.execute(
            "INSERT INTO model_catalogue (id, institution_id, provider, model, in_micros_per_mtok,"
            " cached_micros_per_mtok, out_micros_per_mtok, valid_from)"
            " VALUES ($1, $2, 'vendor', $3, $4, 0, 0, $5)",
            new_id(),
            institution,
            model,
            micros,
            since,
        )
    costs = []
    for month in (3, 6, 7):
        book.now = datetime(2026, month, 1, 12, tzinfo=UTC)
        costs.append((await book.reserve(mine)).reserved_micros)
    assert costs == [5, 9, 2]
    book.now = datetime(2026, 5, 31, 23, 59, tzinfo=UTC)
    held = await book.reserve(mine)
    book.now += timedelta(minutes=10)
    assert await book.settle(held, tokens_in=1_000_000) == 5


async def test_cached_tokens_are_cheaper_and_a_fraction_of_a_micro_is_one(book: Book) -> None:
    held = await book.reserve()
    spent = Spent(
        provider="vendor",
        model="big",
        tokens_in=11,
        tokens_cached=9,
        tokens_out=1,
        outcome="ok",
        latency_ms=1,
    )
    # 2 x 2 + 9 x 0.2 + 1 x 10 = 15.8
    assert await book.settle_as(held, spent) == 16


async def test_another_model_than_was_held_is_charged_at_its_own_price(book: Book) -> None:
    budget = await book.budget(10 * COST)
    held = await book.reserve()
    other = Spent(
        provider="vendor",
        model="small",
        tokens_in=1_000,
        tokens_cached=0,
        tokens_out=0,
        outcome="ok",
        latency_ms=1,
    )
    assert await book.settle_as(held, other) == 100
    held = await book.reserve()
    snapshot = msgspec.structs.replace(other, model="big-2026-03-01")
    assert await book.settle_as(held, snapshot) == 2_000
    assert await book.balance(budget) == (2_100, 0)


async def test_only_the_service_that_reserved_settles(book: Book) -> None:
    held = await book.reserve()
    spent = Spent(
        provider="vendor",
        model="big",
        tokens_in=1,
        tokens_cached=0,
        tokens_out=0,
        outcome="ok",
        latency_ms=1,
    )
    with pytest.raises(NoSuchReservation):
        await book.ledger.settle(held.call_id, spent, service="content")
    with pytest.raises(NoSuchReservation):
        await book.ledger.release(held.call_id, service="content")
    with pytest.raises(NoSuchReservation):
        await book.ledger.settle(CallId(new_id()), spent, service="assessment")


async def test_a_prompt_is_kept_once_for_each_of_its_texts(book: Book) -> None:
    key = f"tests.{book.institution.hex}"
    texts = [f"Text {n % 5}" for n in range(25)]
    held = await asyncio.gather(*(book.reserve(prompt=Prompt(key, text)) for text in texts))
    by_text = {text: h.prompt_version_id for text, h in zip(texts, held, strict=True)}
    assert all(by_text[t] == h.prompt_version_id for t, h in zip(texts, held, strict=True))
    rows = await book.admin.fetch(
        "SELECT v.id, v.number, v.body, v.sha256 = sha256(convert_to(v.body, 'UTF8')) AS sound,"
        " t.owner FROM prompt_versions AS v JOIN prompt_templates AS t ON t.id = v.template_id"
        " WHERE t.key = $1 ORDER BY v.number",
        key,
    )
    assert [row["number"] for row in rows] == [1, 2, 3, 4, 5]
    assert {row["body"]: row["id"] for row in rows} == by_text
    assert all(row["sound"] and row["owner"] == "assessment" for row in rows)


async def test_what_was_spent_is_an_event_with_numbers_and_no_text(book: Book) -> None:
    person, course = UserId(new_id()), CourseId(new_id())
    held = await book.reserve(user_id=person, course_id=course, prompt=Prompt("p", "Secret words"))
    cost = await book.settle(held, tokens_in=10, tokens_out=2)
    payloads = await book.admin.fetch(
        "SELECT payload::text, aggregate_id FROM outbox_events WHERE institution_id = $1",
        book.institution,
    )
    (row,) = payloads
    event = msgspec.json.decode(row["payload"], type=TokensSpent)
    assert event.aggregate == row["aggregate_id"] == held.call_id
    assert (event.user_id, event.course_id, event.cost_micros) == (person, course, cost)
    assert (event.tokens_in, event.tokens_out, event.spent_at) == (10, 2, book.now)
    assert "Secret" not in row["payload"]
    assert msgspec.json.decode(row["payload"]) == msgspec.to_builtins(event) | {
        "spent_at": msgspec.json.decode(row["payload"])["spent_at"]
    }


async def test_no_role_of_the_services_can_write_a_balance_past_the_functions(book: Book) -> None:
    budget = await book.budget(COST)
    await book.reserve()
    for sql in (
        "UPDATE budget_balances SET used_micros = 0",
        "UPDATE budget_reservations SET state = 'released'",
        "DELETE FROM token_usage",
        "UPDATE prompt_versions SET body = 'another'",
        "INSERT INTO reserved_calls (call_id) VALUES (gen_random_uuid())",
        "SELECT ledger_enter(gen_random_uuid(), 'assessment')",
        "SELECT ledger_expire(now(), 10)",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await book.app.execute(sql)
    for table in ("budgets", "budget_balances", "reserved_calls", "budget_reservations"):
        assert await book.app.fetchval(f"SELECT count(*) FROM {table}") == 0
    assert await book.balance(budget) == (0, COST)


async def test_a_refusal_is_a_problem_with_its_facts() -> None:
    assert issubclass(BudgetExhausted, Problem)
    assert BudgetExhausted.status == 402
