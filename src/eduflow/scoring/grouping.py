"""Answers that say the same, put together, so that a grader reads each but once.

First what is the same but for case, accents, space and punctuation. Then what is nearly so is put
beside it: a proposal that the grader sees text by text, never a verdict. The same answers always
give the same groups, in whatever order they come.
"""

import importlib
import re
import unicodedata
from collections.abc import Mapping
from typing import Protocol, cast

import msgspec

from eduflow.scoring.texts import without_accents

_MAX_TEXT = 2000
_MAX_LEADERS = 2000
"""Beyond so many different answers, near ones are looked for among the most frequent only."""
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Answers that say the same."""

    text: str
    """What most of them say, as it was normalised."""
    members: tuple[str, ...]
    """The ids of the answers, sorted."""
    near: tuple[str, ...] = ()
    """Of these the ones that say it in nearly the same words."""


class _Fuzz(Protocol):
    def token_sort_ratio(self, one: str, other: str, *, score_cutoff: float) -> float: ...


def normalised(text: str) -> str:
    """Lower case, no accents, single spaces, no punctuation but what is in a number or a sign."""
    plain = without_accents(unicodedata.normalize("NFKC", text[:_MAX_TEXT]).casefold())
    kept = "".join(
        " " if unicodedata.category(sign)[0] in "ZPC" and sign not in "-.,%" else sign
        for sign in plain
    )
    return " ".join(word for word in map(_bare, kept.split()) if word)


def _bare(word: str) -> str:
    """Without what stands around words; `-5` and `.5` keep what makes them that number."""
    word = word.rstrip("-.,")
    inner = word.lstrip("-.,")
    return word[-len(inner) - 1 :] if inner[:1].isdigit() and word != inner else inner


def grouped(answers: Mapping[str, str], *, near: float) -> list[Group]:
    """By size, then text. `near` is how alike, of 100, words must be to stand together; 101: never.

    Two answers with different numbers in them are never near: `3.14` and `3.15` are no slip.
    """
    same: dict[str, list[str]] = {}
    for answer in sorted(answers):
        same.setdefault(normalised(answers[answer]), []).append(answer)
    ranked = sorted(same.items(), key=lambda group: (-len(group[1]), group[0]))
    leaders: dict[str, tuple[list[str], list[str]]] = {}
    fuzz = cast("_Fuzz", importlib.import_module("rapidfuzz.fuzz"))
    for text, members in ranked:
        leader = _leader(text, leaders, near=near, fuzz=fuzz)
        if leader is None:
            leaders[text] = (members, [])
        else:
            leaders[leader][1].extend(members)
    groups = [
        Group(text=text, members=tuple(sorted([*exact, *close])), near=tuple(sorted(close)))
        for text, (exact, close) in leaders.items()
    ]
    return sorted(groups, key=lambda group: (-len(group.members), group.text))


def _leader(text: str, leaders: Mapping[str, object], *, near: float, fuzz: _Fuzz) -> str | None:
    """The group it is nearest to; of equals the first, which is the largest."""
    best, best_ratio = None, near
    numbers = _NUMBER.findall(text)
    for leader, _ in zip(leaders, range(_MAX_LEADERS), strict=False):
        ratio = fuzz.token_sort_ratio(text, leader, score_cutoff=best_ratio)
        if ratio < best_ratio or not text or not leader or numbers != _NUMBER.findall(leader):
            continue
        if best is None or ratio > best_ratio:
            best, best_ratio = leader, ratio
    return best
