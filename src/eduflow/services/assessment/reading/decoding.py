"""What stands in a text in another writing: what a model could read where a person does not."""

import base64
import binascii
import codecs
import html
import re
import string
from collections.abc import Callable, Iterator
from urllib.parse import unquote

from eduflow.services.assessment.reading.ciphers import segmented
from eduflow.services.assessment.reading.plain import Span, cleaned

Hidden = tuple[Span, str]
"""Where it stands, and what it says."""

CRIBS = (
    "ignore", "disregard", "forget", "override", "instruction", "instructions", "rubric",
    "criteria", "criterion", "grade", "grader", "grading", "score", "marks", "points", "credit",
    "full", "maximum", "award", "assign", "give", "perfect", "prompt", "system", "previous",
    "answer", "essay", "student", "excellent", "highest", "evaluator", "examiner", "teacher",
    "every", "this", "the", "and", "all", "please", "you",
)  # fmt: skip
_BASE64 = re.compile(r"(?<![\w+/=-])[A-Za-z0-9+/_-]{16,}={0,2}(?:\n[A-Za-z0-9+/_-]{4,}={0,2})*")
_BASE32 = re.compile(r"(?<![\w=])[A-Z2-7]{16,}={0,6}")
_BASE85 = re.compile(r"<~[!-u\s]{15,}~>")
_HEX = re.compile(r"(?<!\w)(?:(?:0x|\\x)?[0-9a-fA-F]{2}[ ,:]?){8,}(?!\w)")
_BINARY = re.compile(r"(?<!\d)(?:(?:[01]{8}[ ,]?){5,}|(?:[01]{7}[ ,]){5,})(?!\d)")
_DECIMAL = re.compile(r"(?<!\d)(?:1?\d{2}[ ,]+){7,}1?\d{2}(?!\d)")
_PERCENT = re.compile(r"(?:[\w.+-]{0,40}%[0-9a-fA-F]{2}){3,}[\w.+%-]{0,40}")
_SLUG = re.compile(
    r"(?<![\w+])(?:\w{1,20}[+]){4,40}[\w.]{1,20}|(?<!\w)(?:[^\W_]{1,20}_){4,40}[^\W_]{1,20}"
)
_ENTITIES = re.compile(r"(?:&#?\w{2,8};\s?){4,}")
_ESCAPES = re.compile(r"(?:\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}){4,}")
_PRINTED = re.compile(r"(?:=[0-9A-F]{2}){6,}")
_MORSE = re.compile(r"(?:[.\-·−–—]{1,5}[ /|]+){8,}[.\-·−–—]{1,5}")
_SPACED = re.compile(r"(?<!\w)(?:[^\W_][ \t.\-_*·|/~+,\n]{1,4}){5,}[^\W_](?!\w)")
_LONG = 4
_CHOPPED = re.compile(r"\b(?:[A-Za-z]{1,4} ){6,}[A-Za-z]{1,5}\b")
_CRIBS = re.compile(f"({'|'.join(c for c in CRIBS if len(c) >= _LONG)})")
_WORD = re.compile(r"[a-z]{3,}")
_MORSE_SIGNS = (
    ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- "
    "...- .-- -..- -.-- --.. ----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----."
)
_WORDS_OF_MORSE = dict(
    zip(_MORSE_SIGNS.split(), string.ascii_lowercase + string.digits, strict=True)
)
_READABLE = 0.9
_LEAST = 6


def decoded(text: str) -> Iterator[Hidden]:
    """Every stretch that is readable in another writing, as that reads."""
    for pattern, decode in _WRITINGS:
        for found in pattern.finditer(text):
            said = decode(found[0])
            if said and _is_readable(said):
                yield found.span(), cleaned(said).text
    yield from _turned(text)
    yield from _backwards(text)
    yield from _acrostics(text)


def _is_readable(said: str) -> bool:
    good = sum(c.isalnum() or c.isspace() or c in string.punctuation for c in said)
    return len(said) >= _LEAST and good >= _READABLE * len(said) and any(c.isalpha() for c in said)


def _bytes(decode: Callable[[str], bytes]) -> Callable[[str], str]:
    def text(found: str) -> str:
        try:
            return decode(found).decode()
        except (ValueError, binascii.Error):
            return ""

    return text


def _from_base64(found: str) -> bytes:
    bare = re.sub(r"[ \n=]", "", found).replace("-", "+").replace("_", "/")
    return base64.b64decode(bare[: len(bare) - (len(bare) % _LONG == 1)] + "=" * (-len(bare) % 4))


def _from_base32(found: str) -> bytes:
    bare = found.rstrip("=")
    return base64.b32decode(bare + "=" * (-len(bare) % 8))


def _numbers(found: str, base: int) -> str:
    try:
        return "".join(chr(int(n, base)) for n in re.split(r"[ ,]+", found.strip(" ,")) if n)
    except ValueError:
        return ""


def _from_binary(found: str) -> str:
    bits = re.sub(r"[ ,]", "", found)
    apart = _numbers(found, 2) if re.search(r"[ ,]", found.strip(" ,")) else ""
    return apart or "".join(
        chr(int(bits[n : n + 8], 2)) for n in range(0, len(bits) - len(bits) % 8, 8)
    )


def _from_morse(found: str) -> str:
    plain = re.sub(r"[·]", ".", re.sub(r"[−–—]", "-", found))
    words = re.split(r"\s*[/|]\s*|\s{2,}", plain)
    return " ".join("".join(_WORDS_OF_MORSE.get(sign, "") for sign in w.split()) for w in words)


def _squeezed(found: str) -> str:
    by_signs = re.search(r"\w[.\-_*·|/~+,]\w", found) is not None
    words = re.split(r"\s+" if by_signs else r"[ \t]{2,}|\s[|/]\s|\n\s*\n", found)
    # Without breaks between its words they are found by what they are about.
    bare = [re.sub(r"[\W_]", "", word).lower() for word in words]
    read = [segmented(word) for word in bare]
    return " ".join(_CRIBS.sub(r" \1 ", word) if word in bare else word for word in read)


def _joined(found: str) -> str:
    # Whole words say nothing: what is looked for is in pieces.
    pieces = [word for word in found.lower().split() if word not in CRIBS]
    together = "".join(pieces)
    read = segmented(together)
    return read if read != together else _CRIBS.sub(r" \1 ", together)


_WRITINGS: tuple[tuple[re.Pattern[str], Callable[[str], str]], ...] = (
    (_BASE64, _bytes(_from_base64)),
    (_BASE32, _bytes(_from_base32)),
    (_BASE85, _bytes(lambda found: base64.a85decode(found, adobe=True))),
    (_HEX, _bytes(lambda found: bytes.fromhex(re.sub(r"0x|\\x|[ ,:]", "", found)))),
    (_BINARY, _from_binary),
    (_DECIMAL, lambda found: _numbers(found, 10)),
    (_DECIMAL, lambda found: _numbers(found, 8)),
    (_SLUG, lambda found: re.sub(r"[+_]", " ", found)),
    (_PERCENT, lambda found: unquote(found.replace("+", " "))),
    (_ENTITIES, html.unescape),
    (_ESCAPES, _bytes(lambda found: codecs.decode(found, "unicode_escape").encode())),
    (_PRINTED, _bytes(lambda found: bytes.fromhex(found.replace("=", "")))),
    (_MORSE, _from_morse),
    (_SPACED, _squeezed),
    (_CHOPPED, _joined),
)


def _shifts() -> dict[str, int]:
    """Each crib as it looks under each shift of the alphabet, and under its mirror (0)."""
    letters = string.ascii_lowercase
    turned = {}
    for crib in (c for c in CRIBS if len(c) > _LONG):
        for shift in range(1, 26):
            turned[crib.translate(str.maketrans(letters, letters[shift:] + letters[:shift]))] = (
                shift
            )
        turned[crib.translate(str.maketrans(letters, letters[::-1]))] = 0
    return turned


_TURNED = _shifts()


def _turned(text: str) -> Iterator[Hidden]:
    letters = string.ascii_lowercase
    for start, line in _lines(text):
        low = line.lower()
        shifts = [_TURNED[word] for word in _WORD.findall(low) if word in _TURNED]
        for shift in {s for s in shifts if shifts.count(s) > 1}:
            source = letters[shift:] + letters[:shift] if shift else letters[::-1]
            yield (start, start + len(line)), low.translate(str.maketrans(source, letters))


def _backwards(text: str) -> Iterator[Hidden]:
    mirrored = {crib[::-1] for crib in CRIBS if len(crib) > _LONG}
    for start, line in _lines(text):
        if sum(word in mirrored for word in _WORD.findall(line.lower())) > 1:
            yield (start, start + len(line)), line[::-1]
            yield (start, start + len(line)), re.sub(r"\w+", lambda w: w[0][::-1], line)


def _acrostics(text: str) -> Iterator[Hidden]:
    """The first letters of lines or sentences, where they say a word of grading."""
    for parts in (text.splitlines(), re.split(r"(?<=[.!?])\s+", text)):
        first = "".join(p.strip()[:1] for p in parts).lower()
        for said in (
            "fullmarks",
            "givefull",
            "fullscore",
            "fullcredit",
            "ignorerubric",
            "maxscore",
        ):
            if said in first:
                yield (0, len(text)), said.replace("full", "full ").replace("rubric", " rubric")


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in re.split(r"(?<=[\n.!?])", text):
        yield start, line
        start += len(line)
