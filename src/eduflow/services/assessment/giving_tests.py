"""How a test of a file is given: its modes, tries and times in the words of a policy. Pure."""

import msgspec

from eduflow.interchange.reading import Losses, Test, TestPart
from eduflow.services.assessment.model.reviewing import Phases, usual_review

_MOST_TRIES = 20
_YEAR = 31_536_000
_POINTS = ("points",)
_SOLVED = {"right_answer", "solution"}


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """`tries` is how many each question has, each worth the same."""

    time_limit: int | None
    behaviour: str
    tries: int
    review: Phases

    @property
    def usual(self) -> bool:
        """Whether it is given as every new test is."""
        as_usual = self.behaviour == "deferred" and self.review == usual_review("deferred")
        return self.time_limit is None and as_usual


def given_of(test: Test, losses: Losses) -> Given:
    """What of it is lost is added, with what happens instead."""
    first = test.parts[0]
    if len({_way(part) for part in test.parts}) > 1:
        losses.add("that its parts are sat in different ways (all as the first)")
    if any(part.navigation == "linear" for part in test.parts):
        losses.add("that there is no way back (all questions stay open until it is handed in)")
    behaviour, tries = _behaviour(first, losses)
    return Given(
        time_limit=_time(test, losses),
        behaviour=behaviour,
        tries=tries,
        review=review_of(behaviour, review=first.review, solution=first.solution),
    )


def _way(part: TestPart) -> tuple[object, ...]:
    return (part.submission, part.max_attempts, part.feedback, part.review, part.solution)


def _behaviour(part: TestPart, losses: Losses) -> tuple[str, int]:
    """In QTI, who says nothing of tries means one."""
    tries = 1 if part.max_attempts is None else part.max_attempts
    at_once = part.submission == "individual" and part.feedback is True
    if not at_once:
        if part.feedback:
            losses.add("feedback after each answer (after the test)")
        if part.submission == "individual" and tries:
            said = "one answer" if tries == 1 else f"{tries} tries"
            losses.add(f"that a question takes {said} (until it is handed in, any number)")
        return "deferred", 1
    if tries == 1:
        return "immediate", 1
    if not 1 < tries <= _MOST_TRIES:
        losses.add(f"that a question takes {tries or 'any number of'} tries ({_MOST_TRIES})")
        tries = _MOST_TRIES
    return "interactive", tries


def _time(test: Test, losses: Losses) -> int | None:
    of_parts = [part.seconds for part in test.parts if part.seconds is not None]
    seconds = test.seconds
    if of_parts and seconds is not None:
        losses.add("the time limits of its parts (only the whole test has one)")
    elif of_parts and len(of_parts) == len(test.parts):
        seconds = sum(of_parts)
        if len(of_parts) > 1:
            losses.add("the time limits of its parts (together they are that of the test)")
    elif of_parts:
        losses.add("the time limits of some of its parts (there is none)")
    if seconds is not None and seconds > _YEAR:
        losses.add("a time limit of more than a year (there is none)")
        return None
    return seconds


def review_of(behaviour: str, *, review: bool | None, solution: bool | None) -> Phases:
    """What is shown when. None: as usual, without a word in the file."""
    usual = usual_review(behaviour)
    if review is False:
        # Nobody sees their answers again, only what they came to.
        return msgspec.structs.replace(
            usual, after_submit=_POINTS, while_open=_POINTS, after_close=_POINTS
        )
    if solution is False:
        kept = tuple(one for one in usual.after_close if one not in _SOLVED)
        return msgspec.structs.replace(usual, after_close=kept)
    return usual
