"""Who reviews whose work: as many as each student owes, and every work as often as the others.

Pure: the same students, works, rules and seed give the same allocation, in whatever order they are
named. What was allocated before stays, and is only added to.
"""

import random
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

import msgspec

Pair = tuple[UUID, UUID]
"""A reviewer, and a work."""


class Work(msgspec.Struct, frozen=True):
    """Something handed in, by one or, in a team, by several."""

    id: UUID
    authors: frozenset[UUID]


class Rule(msgspec.Struct, frozen=True):
    """One student must, or must not, review the work of another."""

    reviewer: UUID
    author: UUID
    must: bool


class Allocation(msgspec.Struct, frozen=True):
    """What is to be added, and what could not be had.

    `short` are reviewers for whom there are fewer works than they owe; `unreviewed` are works that
    nobody may review.
    """

    added: tuple[Pair, ...]
    short: tuple[UUID, ...]
    unreviewed: tuple[UUID, ...]
    fewest: int
    most: int


def allocate(
    reviewers: Iterable[UUID],
    works: Sequence[Work],
    *,
    reviews: int,
    seed: int,
    rules: Sequence[Rule] = (),
    apart: Iterable[Pair] = (),
    existing: Iterable[Pair] = (),
    withdrawn: Iterable[Pair] = (),
) -> Allocation:
    """Add what is missing for every reviewer to give `reviews`, and every work to be seen to.

    `apart` are pairs of students who must not review each other (teammates); pairs `withdrawn` are
    not made again. Nobody gets their own work. Rules that say `must` come first, whatever the
    number. Then each reviewer takes works until they owe none, and the works are reviewed as evenly
    as the rules and what was there before allow. A work that was handed in late, when the others
    were through, is brought up to the rest by reviewers who give one more than they owe.
    """
    table = _Table(reviewers, works, seed=seed)
    table.forbid(rules, apart=apart, withdrawn=withdrawn)
    for pair in sorted(existing):
        table.keep(pair)
    for pair in table.demanded(rules):
        table.add(pair)
    for reviewer in table.reviewers:
        while len(table.given[reviewer]) < reviews and table.give(reviewer):
            pass
    owed = reviews * len(table.reviewers) // len(table.works) if table.works else 0
    for work in table.works:
        while table.load(work) < owed and table.find(work, most=reviews + 1):
            pass
    return table.allocation(reviews)


class _Table:
    """Reviewers on one side, works on the other, and which belong together so far.

    Pairs in `made` are of this run and may be exchanged for others, the rest stays.
    """

    def __init__(self, reviewers: Iterable[UUID], works: Sequence[Work], *, seed: int) -> None:
        # Sorted before they are shuffled: the order in which they were named must not matter.
        self.reviewers = sorted(set(reviewers))
        self.works = sorted({work.id for work in works})
        self._authors = {work.id: work.authors for work in works}
        shuffle = random.Random(seed).shuffle  # noqa: S311 (fair and repeatable, not secret)
        shuffle(self.reviewers)
        shuffle(self.works)
        self.given: dict[UUID, set[UUID]] = {reviewer: set() for reviewer in self.reviewers}
        self._had: dict[UUID, set[UUID]] = {work: set() for work in self.works}
        self._never: dict[UUID, set[UUID]] = {reviewer: set() for reviewer in self.reviewers}
        self._made: set[Pair] = set()
        self._fixed: set[Pair] = set()

    def forbid(
        self, rules: Iterable[Rule], *, apart: Iterable[Pair], withdrawn: Iterable[Pair]
    ) -> None:
        """Nobody their own, nor what a rule or a withdrawal keeps from them."""
        of_author: dict[UUID, set[UUID]] = {}
        for work, authors in self._authors.items():
            for author in authors:
                of_author.setdefault(author, set()).add(work)
        kept_from = [(r.reviewer, r.author) for r in rules if not r.must]
        kept_from += [(a, b) for one, other in apart for a, b in ((one, other), (other, one))]
        kept_from += [(reviewer, reviewer) for reviewer in self.reviewers]
        for reviewer, author in kept_from:
            if reviewer in self._never:
                self._never[reviewer] |= of_author.get(author, set())
        for reviewer, work in withdrawn:
            if reviewer in self._never:
                self._never[reviewer].add(work)

    def demanded(self, rules: Iterable[Rule]) -> Iterator[Pair]:
        """What rules say must be, and nothing forbids."""
        wanted = {(rule.reviewer, rule.author) for rule in rules if rule.must}
        for reviewer, author in sorted(wanted):
            for work in self.works:
                if author in self._authors[work] and self._may(reviewer, work):
                    yield reviewer, work

    def keep(self, pair: Pair) -> None:
        """What was there before; also of somebody who hands in nothing any more."""
        reviewer, work = pair
        if work in self._had:
            self._had[work].add(reviewer)
        if reviewer in self.given:
            self.given[reviewer].add(work)

    def add(self, pair: Pair) -> None:
        """A pair that this run makes and does not exchange."""
        self.keep(pair)
        self._fixed.add(pair)

    def load(self, work: UUID) -> int:
        """How often a work is reviewed."""
        return len(self._had[work])

    def _may(self, reviewer: UUID, work: UUID) -> bool:
        return (
            reviewer in self.given
            and work not in self._never[reviewer]
            and work not in self.given[reviewer]
        )

    def give(self, reviewer: UUID) -> bool:
        """One more review by this reviewer, of the least reviewed work that can be had for it.

        Where that one is kept from them, somebody else takes it and leaves theirs: the shortest
        chain of such exchanges (Harvey et al. 2003, optimal semi-matchings) keeps the works even.
        """
        least = min((self.load(work) for work in self.works), default=0)
        came_by: dict[UUID, tuple[UUID, UUID | None]] = {}
        best: UUID | None = None
        queue: deque[tuple[UUID, UUID | None]] = deque([(reviewer, None)])
        asked = {reviewer}
        while queue:
            giver, leaving = queue.popleft()
            for work in self.works:
                if work in came_by or not self._may(giver, work):
                    continue
                came_by[work] = (giver, leaving)
                if best is None or self.load(work) < self.load(best):
                    best = work
                if self.load(work) == least:
                    self._exchange(work, came_by)
                    return True
            for work in list(came_by):
                for other in sorted(self._had[work]):
                    if other not in asked and (other, work) in self._made:
                        asked.add(other)
                        queue.append((other, work))
        if best is not None:
            self._exchange(best, came_by)
        return best is not None

    def _exchange(self, work: UUID, came_by: dict[UUID, tuple[UUID, UUID | None]]) -> None:
        """Take the work, leave what was had for it to the one before, and so on."""
        reached: UUID | None = work
        while reached is not None:
            giver, leaving = came_by[reached]
            self._pair(giver, reached)
            if leaving is not None:
                self._part(giver, leaving)
            reached = leaving

    def find(self, work: UUID, *, most: int) -> bool:
        """One more review of this work, by whoever gives the fewest and can be had for it."""
        came_by: dict[UUID, tuple[UUID, UUID | None]] = {}
        queue: deque[tuple[UUID, UUID | None]] = deque([(work, None)])
        asked = {work}
        while queue:
            wanting, losing = queue.popleft()
            for reviewer in self.reviewers:
                if reviewer not in came_by and self._may(reviewer, wanting):
                    came_by[reviewer] = (wanting, losing)
            for reviewer in list(came_by):
                for other in sorted(self.given[reviewer]):
                    if other not in asked and (reviewer, other) in self._made:
                        asked.add(other)
                        queue.append((other, reviewer))
        reached = min(came_by, key=lambda reviewer: len(self.given[reviewer]), default=None)
        if reached is None or len(self.given[reached]) >= most:
            return False
        while reached is not None:
            wanting, losing = came_by[reached]
            self._pair(reached, wanting)
            if losing is not None:
                self._part(losing, wanting)
            reached = losing
        return True

    def _pair(self, reviewer: UUID, work: UUID) -> None:
        self.given[reviewer].add(work)
        self._had[work].add(reviewer)
        self._made.add((reviewer, work))

    def _part(self, reviewer: UUID, work: UUID) -> None:
        self.given[reviewer].remove(work)
        self._had[work].remove(reviewer)
        self._made.remove((reviewer, work))

    def allocation(self, reviews: int) -> Allocation:
        """What came of it."""
        loads = [self.load(work) for work in self.works]
        return Allocation(
            added=tuple(sorted(self._made | self._fixed)),
            short=tuple(sorted(r for r in self.reviewers if len(self.given[r]) < reviews)),
            unreviewed=tuple(sorted(work for work in self.works if not self._had[work])),
            fewest=min(loads, default=0),
            most=max(loads, default=0),
        )
