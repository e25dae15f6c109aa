"""What reads as plain words once its letters or its words are put in another order.

No key is asked for: a line that is no language as it stands, and English after one of the usual
turns, was turned on purpose. That alone is no offence, since essays show ciphers; what it says
decides.
"""

import itertools
import re
import string
from collections.abc import Iterator

_COMMON = frozenset(
    "the of and to in a is that for it as was with be by on not he his but at are this have from or had an they "
    "which one you were her all she there would their we him been has when who will more no if out so said what up "
    "its about into than them can only other new some could time these two may then do first any my now such like "
    "our over me even most made after also did many must before through back years where much your way well down "
    "should because each just those people too how good every both give gives read text answer level levels set "
    "top full points maximum highest best award assign score grade marks perfect criterion criteria rubric please "
    "choose select confidence student essay response reader everything not further teacher rate high put write "
    "ignore instructions previous system grader evaluator examiner treat mark credit rating pass point make take".split()
)
_KEY = frozenset(
    "give award full points maximum highest best level levels perfect criterion criteria rubric score grade marks "
    "answer essay response reader grader evaluator examiner ignore instructions confidence credit everything every "
    "please choose select rating this text assign mark points top".split()
)
_WORD = re.compile(r"[a-z]+")
_DIGITS = re.compile(r"[a-z][0-9@$!|][a-z0-9]|[0-9@$!|][a-z]{2}")
_TOKEN = re.compile(r"[^\W\d_]+")
_KNOWN, _STRANGE = 0.45, 0.35
_FEWEST, _LETTERS = 3, 26
_LONGEST = 700
_SHORT_LINE, _FEWEST_LINES = 10, 4
_LETTERS_OF_ALPHABET = string.ascii_lowercase
_LONGEST_WORD = 12
_LONGEST_ORDER = 600
_LEETS = tuple(
    str.maketrans("013457@$!|89+", f"o{one}eas{seven}as{one}lbgt") for one in "il" for seven in "tl"
)
_PRINTED = range(33, 127)


def _share(words: list[str]) -> float:
    return sum(w in _COMMON for w in words) / len(words) if words else 0.0


def reads(text: str) -> bool:
    """Whether it is English, going by its commonest words."""
    words = _WORD.findall(text.lower())
    return len(words) >= _FEWEST and _share(words) >= _KNOWN and any(w in _KEY for w in words)


def turned(text: str) -> Iterator[tuple[tuple[int, int], str]]:
    """Lines that read only after a turn, with how they read then."""
    for found in re.finditer(r"[^\n]+", text):
        line = found[0][:_LONGEST]
        for piece in dict.fromkeys([line, *re.split(r"(?<=[.!?:])\s+", line)]):
            low = piece.lower()
            words = re.findall(r"[\w@$!|]{2,}", low) if _DIGITS.search(low) else _WORD.findall(low)
            strange = len(words) >= _FEWEST and _share(words) < _STRANGE
            if strange:
                yield from (
                    (found.span(), said) for said in _turns(low) if said != low and reads(said)
                )
            elif _ends_where_it_begins(piece):
                yield found.span(), " ".join(reversed(piece.split()))
    yield from _acrostics(text)


def _ends_where_it_begins(piece: str) -> bool:
    """Whether its words stand in the opposite order, which only capitals and full stops tell."""
    words = piece.split()
    return (
        len(words) >= _FEWEST
        and words[-1][:1].isupper()
        and re.fullmatch(r"[a-z]{2,}[.!]", words[0]) is not None
    )


def _turns(low: str) -> Iterator[str]:
    alphabet = _LETTERS_OF_ALPHABET
    for shift in range(1, _LETTERS):
        yield low.translate(str.maketrans(alphabet, alphabet[shift:] + alphabet[:shift]))
    yield low.translate(str.maketrans(alphabet, alphabet[::-1]))
    yield low[::-1]
    yield re.sub(r"\w+", lambda w: w[0][::-1], low)
    yield re.sub(r"[^\W\d_]+", lambda w: _pig(w[0]), low)
    yield re.sub(r"[^\W\d_]+", lambda w: _unscrambled(w[0]), low)
    yield re.sub(r"[\w@$!|+]+", lambda w: unleeted_word(w[0]), low)
    yield re.sub(r"([^\W\d_])\1{2,}", r"\1", low)
    yield re.sub(r"([^\W\d_])\1+", r"\1", low)


def rotated(text: str) -> Iterator[tuple[tuple[int, int], str]]:
    """ROT47, whose lines hold nearly no letters of a language."""
    for found in re.finditer(r"\S(?:[!-~ ]{10,700})", text):
        said = "".join(
            chr(33 + (ord(c) - 33 + 47) % 94) if ord(c) in _PRINTED else c for c in found[0]
        )
        if reads(said):
            yield found.span(), said


def segmented(letters: str) -> str:
    """Words that were written without anything between them, where they are common ones.

    Nobody writes a whole page so: longer ones are left alone, since this takes long for them.
    """
    if len(letters) > _LONGEST_ORDER:
        return letters
    best: list[list[str] | None] = [[]]
    for end in range(1, len(letters) + 1):
        found = None
        for start in range(max(0, end - _LONGEST_WORD), end):
            before, word = best[start], letters[start:end]
            if (
                before is not None
                and word in _COMMON
                and (found is None or len(before) < len(found))
            ):
                found = [*before, word]
        best.append(found)
    whole = best[-1]
    return " ".join(whole) if whole else letters


def unleeted_word(word: str) -> str:
    """With digits for letters, where that makes a common word in one of the ways."""
    for table in _LEETS:
        if (said := word.translate(table)) in _COMMON:
            return said
    return word


def _pig(word: str) -> str:
    if word.endswith("way") and word[:-3] in _COMMON:
        return word[:-3]
    if word.endswith("ay"):
        core = word[:-2]
        for size in (1, 2, 3):
            back = core[-size:] + core[:-size]
            if back in _COMMON:
                return back
        return core[-1:] + core[:-1]
    return word


def _signature(word: str) -> str:
    return word[0] + "".join(sorted(word[1:-1])) + word[-1]


_SCRAMBLED = {_signature(w): w for w in _COMMON if len(w) > 3}  # noqa: PLR2004


def _unscrambled(word: str) -> str:
    return _SCRAMBLED.get(_signature(word), word) if len(word) > 3 else word  # noqa: PLR2004


def rejoined(text: str) -> Iterator[tuple[tuple[int, int], str]]:
    """Lines of a few letters or a word each, as if on one line."""
    for found in re.finditer(
        rf"(?:^[^\n]{{1,{_SHORT_LINE}}}\n+){{{_FEWEST_LINES - 1},}}[^\n]+", text, re.MULTILINE
    ):
        lines = [line for line in found[0].split("\n") if line.strip()]
        yield found.span(), " ".join(line.strip() for line in lines)
        yield found.span(), "".join(lines)


def _acrostics(text: str) -> Iterator[tuple[tuple[int, int], str]]:
    """The first letters of lines, sentences or words, where they say two words of grading."""
    for parts in (
        text.splitlines(),
        re.split(r"(?<=[.!?])\s+", text),
        _TOKEN.findall(text[: _LONGEST * 4]),
    ):
        letters = "".join(p.strip()[:1] for p in parts).lower()
        for said in _two_words(letters):
            yield (0, len(text)), said


_LONG = tuple(sorted((w for w in _KEY if len(w) > 2), key=len, reverse=True))  # noqa: PLR2004


def _two_words(letters: str) -> Iterator[str]:
    for start in range(len(letters)):
        said = list(itertools.islice(_from(letters, start), 8))
        if len(said) > 1 and sum(map(len, said)) > 8:  # noqa: PLR2004
            yield " ".join(said)
            return


def _from(letters: str, start: int) -> Iterator[str]:
    while word := next((w for w in (*_LONG, "max", "me") if letters.startswith(w, start)), ""):
        yield word
        start += len(word)
