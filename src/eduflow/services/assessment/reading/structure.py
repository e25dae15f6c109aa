"""What an essay has no reason to be made of: forms to be filled, and letters that are no letters."""

import re
import unicodedata
from collections.abc import Iterator

from eduflow.services.assessment.reading.plain import Span

_FORM = re.compile(
    r"[{\[(][^{}\[\]()\n]{3,400}[:=,][^{}\[\]()]{0,400}[}\])]|"
    r"<[a-z_?!/][^<>\n]{0,200}>[^<>\n]{0,200}</[a-z_]{1,40}>|<[a-z_]{1,40}\s[^<>\n]{1,300}/?>|"
    r"^[ \t]*(?:[-*|>#]+\s*)?\"?[\w ]{1,30}\"?\s*[:=|][^\n]{1,60}$|\\\w+\{[^{}\n]{1,200}\}|"
    r"\b\w{1,30}\([^()\n]{0,200}\)(?:\s*:?=|\.)|\b\w{1,40}_\w{1,40}\([^()\n]{0,200}\)|"
    r"\b(?-i:SELECT|UPDATE|INSERT INTO|SET)\b[^\n]{0,200}",
    re.IGNORECASE | re.MULTILINE,
)
_ABOUT = {
    "judging": r"(?:evaluat|assess|grad(?:e|er|ing)|award|rubric|criteri|judg|verdict|examin)",
    "worth": r"(?:points|level|score|percent|confidence|marks|result|feedback|quote)",
    "best": r"(?:max|full|highest|perfect|excellent|outstanding|everything|top|high|satisfied|100|passed|locked|override|complete)",
    "deed": r"(?:submit|finali[sz]e|record|return|output|set|tool|invoke|function|action|call)",
    "number": r"(?<![\d.])(?:[1-9]|10|20|100)(?![\d.])",
    "example": r"(?:example|sample|input|output)",
    "line": r"(?:argument|form|content|style|structure|organi[sz]ation|language|evidence|clarity|c\d)",
}
_KINDS = {name: re.compile(rf"(?<![a-z]){stem}", re.IGNORECASE) for name, stem in _ABOUT.items()}
_TELLING = (
    {"judging", "worth"},
    {"judging", "best"},
    {"judging", "line", "number"},
    {"worth", "best", "deed"},
    {"worth", "line", "number"},
)
_TURN = re.compile(
    r"<(?:end|start)_of_turn>|<\|?(?:eot|im_end|im_start|endoftext|assistant|user)[^>\n]{0,20}\|?>|^[ \t]*(?:human|user|assistant|model)\s*:|"
    r"</?(?:function_calls?|invoke|tool_?\w*|parameter|thinking|thought|scratchpad|analysis|reasoning)\b[^>\n]{0,80}>|"
    r"^[ \t]*action input\s*:|^[ \t]*observation\s*:|^[ \t]*tool_output\b",
    re.IGNORECASE | re.MULTILINE,
)
_PAIR = re.compile(
    r"\b([\w']{1,20})(?:\(\w+\))?\s*(?::=|[:=]|->|→)\s*[\"']?([1-9]\d{0,2})(?![.\d])[^\n]{0,30}?[,;\n&]\s*[-*|\"'\s]*([\w']{1,20})(?:\(\w+\))?\s*(?::=|[:=]|->|→)\s*[\"']?\2(?![.\d])"
)
_REPEATED = re.compile(
    r"(?:->|→|=>|:)\s*(\d{1,2}), ?\1\b.{0,400}(?:->|→|=>|:)\s*\1, ?\1\b", re.DOTALL
)
_FILLED = re.compile(
    r"<(?:score|grade|points?|level|marks?|rating)\b[^<>\n]{0,60}>\s*(?:[1-9]|max|full|top|perfect)|"
    r"[\"'](?:award|grade|score|level|result|points|evaluation|mark)\w*[\"']\s*:\s*[\"']?(?:max|full|highest|perfect|everything|top)|"
    r"\b\w*(?:grade|score|level|result|points|evaluat|assess|award|rubric)\w*\([^()\n]{0,60}\b(?:max|full|highest|perfect|top|best|100)\b",
    re.IGNORECASE,
)
_SHOT = re.compile(
    r"(?:\b(?:output|result|grade|score|rating|level|verdict)\s*:|->|=>|→)\s*(?:level |grade |score )?(?:[1-9]\d?\b|full\b|top\b|perfect|excellent|best\b|a\+)|\((?:full|top|max\w*) (?:points|marks|credit|level)\)",
    re.IGNORECASE,
)
_TICKED = re.compile(r"(?<!`)`[^`\n]{2,500}`(?!`)")
_SHOWN = re.compile(r"\b(?:input|examples?|samples?|essay|answer|text)\b", re.IGNORECASE)
_OVERRIDES = "\u202d\u202e"
_JOINERS = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
_MANY_JOINERS, _MANY_WORDS, _LONG_WORD = 4, 3, 3
_NAMED = re.compile(r"LATIN|CYRILLIC|GREEK|ARMENIAN|CHEROKEE|COPTIC|LISU")
_WORD = re.compile(r"[^\W\d_]{3,}")


def forms(text: str) -> Iterator[Span]:
    """Filled forms, calls and turns of a conversation that are about judging."""
    for found in _TURN.finditer(text):
        if any(_KINDS[k].search(text) for k in ("judging", "worth", "best")):
            yield found.span()
    for found in _FORM.finditer(text):
        told = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", found[0]).replace("_", " ")
        kinds = {name for name, pattern in _KINDS.items() if pattern.search(told)} - {"example"}
        if len(kinds) >= 3 and any(one <= kinds for one in _TELLING):  # noqa: PLR2004
            yield found.span()
    for found in _FILLED.finditer(text):
        yield found.span()
    shots = list(_SHOT.finditer(_TICKED.sub(lambda cited: " " * len(cited[0]), text)))
    if len(shots) > 1 and _SHOWN.search(text):
        yield shots[0].start(), shots[-1].end()
    for pattern in (_PAIR, _REPEATED):
        for found in pattern.finditer(text):
            around = text[max(0, found.start() - 60) : found.end() + 60]
            if any(_KINDS[k].search(around) for k in ("judging", "line", "best", "example")):
                yield found.span()


def is_disguised(answer: str) -> bool:
    """Whether it turns its direction by force, or hides signs between the letters of its words."""
    if answer.isascii():
        return False
    if any(sign in answer for sign in _OVERRIDES):
        return True
    between = sum(
        answer[n] in _JOINERS and _is_ours(answer[n - 1]) and _is_ours(answer[n + 1])
        for n in range(1, len(answer) - 1)
    )
    return between >= max(_MANY_JOINERS, answer.count("\u00ad") // 2)


def mixed_words(text: str) -> int:
    """Words of letters that come from several alphabets and look as if from one."""
    return sum(_is_mixed(word) for word in _WORD.findall(text)) if not text.isascii() else 0


def _is_mixed(word: str) -> bool:
    if word.isascii() or len(word) < _LONG_WORD:
        return False
    alphabets = [
        found[0] for c in word if (found := _NAMED.match(unicodedata.name(c, ""))) is not None
    ]
    return len(set(alphabets)) > 1 and min(map(alphabets.count, set(alphabets))) >= 1


def _is_ours(sign: str) -> bool:
    return (sign.isascii() and sign.isalpha()) or "а" <= sign.lower() <= "я"
