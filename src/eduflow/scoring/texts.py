"""Typed words, compared as the key's rules say; in linear time whatever pattern and answer are.

Regular expressions run in RE2: it never backtracks, so that no pattern of a teacher and no answer
of a student can make it hang, and it needs no clock to be stopped by: a time limit would give
different scores on a busy machine. What RE2 does not know (references back, looking ahead) matches
nothing; `pattern_fault` tells the author.
"""

import importlib
import unicodedata
from fractions import Fraction
from functools import lru_cache
from typing import Protocol, cast

from eduflow.scoring.interactions import ShortText
from eduflow.scoring.items import Answer, Score
from eduflow.scoring.keys import Accepted, ShortTextKey, TextRules
from eduflow.scoring.shares import WHOLE, nothing, scored, unread

MAX_COMPARED = 20_000
"""Characters that are compared; nothing longer is a word or a line."""
_MAX_PATTERN = 1000
_MAX_MEMORY = 1 << 20


class Pattern(Protocol):
    def fullmatch(self, text: str) -> object | None: ...


def judge_short_text(_: ShortText, key: ShortTextKey, answer: Answer) -> Score:
    if not isinstance(answer, str) or not answer.strip():
        return nothing()
    found = first_match(key.accepted, answer, rules=key.rules)
    if found is None:
        return unread() if key.unmatched == "read" else nothing()
    worth = Fraction(found.worth)
    return scored(
        worth, correct=worth >= WHOLE, feedback=(found.feedback,), note=f"as {found.text}"
    )


def first_match(
    accepted: tuple[Accepted, ...], answer: str, *, rules: TextRules
) -> Accepted | None:
    """The first in the key's order that fits; order is how an author says which goes before."""
    if len(answer) > MAX_COMPARED:
        return None
    given = folded(answer, rules=rules)
    return next((one for one in accepted if _fits(one.text, given, rules=rules)), None)


def _fits(wanted: str, given: str, *, rules: TextRules) -> bool:
    if rules.pattern == "regex":
        pattern = compiled(wanted, fold_case=rules.fold_case, fold_accents=rules.fold_accents)
        return pattern is not None and pattern.fullmatch(given) is not None
    if rules.pattern == "wildcard":
        return _fits_wildcard(
            _wanted(wanted, rules.fold_case, rules.fold_accents, rules.collapse_space), given
        )
    return _wanted(wanted, rules.fold_case, rules.fold_accents, rules.collapse_space) == given


def folded(text: str, *, rules: TextRules) -> str:
    r"""As it is compared: composed, and without what the rules say makes no difference.

    Case of a regular expression is the pattern's own business: `\D` folded would be `\d`.
    """
    fold_case = rules.fold_case and rules.pattern != "regex"
    return _fold(text, fold_case, rules.fold_accents, rules.collapse_space)


def _fold(text: str, fold_case: bool, fold_accents: bool, collapse_space: bool) -> str:  # noqa: FBT001
    if text.isascii():
        folded = text.lower() if fold_case else text
    else:
        folded = unicodedata.normalize("NFC", text)
        if fold_case:
            folded = unicodedata.normalize("NFC", folded.casefold())
        if fold_accents:
            folded = without_accents(folded)
    return " ".join(folded.split()) if collapse_space else folded


# Keys come again with every answer of a class; answers hardly ever.
_wanted = lru_cache(maxsize=4096)(_fold)


def without_accents(text: str) -> str:
    """`é` is `e`, `ﬁ` is `fi`, `ø` stays: it is a letter of its own, not an `o` with a mark."""
    apart = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize(
        "NFC", "".join(mark for mark in apart if unicodedata.category(mark) != "Mn")
    )


def _fits_wildcard(wanted: str, given: str) -> bool:
    r"""`*` is any run of characters, `\*` a star. Each piece is taken where it comes first."""
    pieces = [piece.replace("\ue000", "*") for piece in wanted.replace("\\*", "\ue000").split("*")]
    if len(pieces) == 1:
        return pieces[0] == given
    first, *between, last = pieces
    if not given.startswith(first) or len(given) < len(first) + len(last):
        return False
    at, end = len(first), len(given) - len(last)
    for piece in between:
        at = given.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return given.endswith(last)


@lru_cache(maxsize=1024)
def compiled(pattern: str, *, fold_case: bool, fold_accents: bool) -> Pattern | None:
    """None where it is none, or too large to be bounded."""
    if len(pattern) > _MAX_PATTERN:
        return None
    re2 = importlib.import_module("re2")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    options.case_sensitive = not fold_case
    options.dot_nl = True
    pattern = unicodedata.normalize("NFC", pattern)
    if fold_accents:
        # Not NFKD as for the answer: that would make signs of the pattern's language out of others.
        pattern = "".join(
            mark
            for mark in unicodedata.normalize("NFD", pattern)
            if unicodedata.category(mark) != "Mn"
        )
    try:
        return cast("Pattern", re2.compile(pattern, options))
    except (re2.error, UnicodeError):
        return None


def pattern_fault(pattern: str) -> str | None:
    """What keeps a regular expression from being used, for whoever writes the key."""
    if len(pattern) > _MAX_PATTERN:
        return f"is longer than {_MAX_PATTERN} characters"
    if compiled(pattern, fold_case=False, fold_accents=False) is None:
        return "is no regular expression that RE2 knows (no references back, no looking ahead)"
    return None
