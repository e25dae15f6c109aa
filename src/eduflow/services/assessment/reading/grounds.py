"""Whether the words that a judgement rests on belong to what was asked, and are no words about it.

The last bound where every rule has failed and a model cites the attack itself: what is cited must
not weigh like speech to a grader, and where it has nothing in common with the task or with the rest
of the answer, nothing of it may be odd either. Pure counting, in any language.
"""

import re
import unicodedata

from eduflow.services.assessment.reading.folding import latin, lowered
from eduflow.services.assessment.reading.lexicon import FOUR
from eduflow.services.assessment.reading.plain import Span
from eduflow.services.assessment.reading.weighing import is_about_judging, weight

_SENTENCE = re.compile(r"[^.!?。！？\n]+[.!?。！？]*")
_WORD = re.compile(r"[^\W\d_]{4,}")
_TOGETHER = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3\u0e00-\u0e7f]{2}")
_SIGN = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3\u0e00-\u0e7f]")
_STEM = 5
_HEAVY, _ODD = 4, 2
"""What no evidence weighs, and what only evidence about the task may."""
_ALIKE = 0.15
"""Share of its groups of letters that stand elsewhere too, where it is of the same language."""
_FEWEST_GROUPS = 12
_NAMED, _FEWEST_SIGNS = 2, 8
_COMMON = frozenset(
    "about after again answe becau befor being betwe could doing every first from have here into just like make "
    "many more most much must need only other over same shall shoul some such take than that their them then there "
    "these they thing this those through very want well were what when where which while will with would your text "
    "level point score grade crite maxim highe best full every every give award pleas asses evalu exami reade "
    "stude teach essay respo submi rubri perfe whole every".split()
)


def is_grounded(text: str, quote: Span, *, task: str) -> bool:
    """Whether each sentence that the quotation touches may be evidence. `task`: all its words."""
    sentences = [found.span() for found in _SENTENCE.finditer(text)]
    cited = [s for s in sentences if s[0] < quote[1] and s[1] > quote[0]]
    others = [text[a:b] for a, b in sentences if (a, b) not in cited]
    asked = _stems(task)
    belonging = _belonging(others, asked)
    elsewhere = _groups(" ".join(others) + " " + task)
    own = weight(latin(lowered(task[:700])))
    return all(_may_be(text[a:b], belonging, elsewhere, own=own) for a, b in cited)


def _may_be(sentence: str, belonging: set[str], elsewhere: set[str], *, own: int) -> bool:
    low = lowered(sentence)
    heavy = weight(latin(low))
    judges = is_about_judging(latin(low))
    if (judges and heavy >= max(_HEAVY, own + 1)) or _looks_ordered(low) or _is_marked(sentence):
        return False
    if _stems(sentence) & belonging:
        return True
    groups = _groups(sentence)
    foreign = len(groups) >= _FEWEST_GROUPS and len(groups & elsewhere) < _ALIKE * len(groups)
    return not foreign and not (judges and heavy >= _ODD)


def _is_marked(sentence: str) -> bool:
    """Whether it is made of signs more than of words: a tag, a form, a code."""
    letters = sum(sign.isalpha() or unicodedata.category(sign)[0] == "M" for sign in sentence)
    signs = sum(not (sign.isalnum() or sign.isspace()) for sign in sentence)
    return len(sentence) >= _FEWEST_SIGNS and signs > letters / 2


def _looks_ordered(low: str) -> bool:
    return any(sum(p.search(low) is not None for p in four) > _NAMED for four in FOUR)


def _belonging(sentences: list[str], asked: set[str]) -> set[str]:
    """The words of the task, and of the sentences that hang together with it or with most others."""
    parts = [_stems(sentence) for sentence in sentences]
    groups: list[set[str]] = []
    for part in filter(None, parts):
        joined = set(part)
        apart = []
        for group in groups:
            if group & joined:
                joined |= group
            else:
                apart.append(group)
        groups = [*apart, joined]
    largest = max(groups, key=len, default=set())
    return asked.union(largest, *(group for group in groups if group & asked))


def _stems(text: str) -> set[str]:
    low = latin(lowered(text))
    return ({word[:_STEM] for word in _WORD.findall(low)} | set(_TOGETHER.findall(text))) - _COMMON


def _groups(text: str) -> set[str]:
    low = re.sub(r"\W+", " ", lowered(text))
    if len(_SIGN.findall(low)) * 2 > len(low):
        return set(low)
    return {low[n : n + 3] for n in range(len(low) - 2)} | set(_SIGN.findall(low))
