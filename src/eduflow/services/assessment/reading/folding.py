"""Other readings of a text of the same length: how a model, or a reader, may take odd signs."""

import re
import unicodedata

_PAIRS = (
    "аa еe оo рp сc уy хx іi јj ѕs һh ԁd ԛq ԝw գq ցg οo αa εe ρp υu κk νv тt вb кk мm нh ϲc ϳj ⅼl "
    "ıi ɡg ʀr ɪi ɴn ᴀa ᴇe ᴏo ʟl ꜱs ᴛt ᴜu ɢg ᴍm ʙb ᴄc ᴅd ᴠv ᴡw ƽs øo ɩi ιi ӏl ǀl ʏy ᴘp ᴋk ʜh ᴊj ᴢz "
    "ꝼf χx γy ωw πn τt σo ηn μu"
)
_ALIKE = str.maketrans({pair[0]: pair[1] for pair in _PAIRS.split()})
_LEET = str.maketrans("013457@$!|€8", "oieastasileb")
_LEET_L = str.maketrans("013457@$!|€8", "oleastaslleb")
_MIXED = re.compile(r"(?<!\S)(?=\S*[a-z])(?=\S*[0134578@$!|€])\S{3,}", re.IGNORECASE)


def lowered(text: str) -> str:
    """In small letters, without accents, sign by sign."""
    return "".join(map(_low, text))


def latin(low: str) -> str:
    """With what looks like a Latin letter taken for one."""
    return low if low.isascii() else low.translate(_ALIKE)


def unleeted(low: str) -> list[str]:
    """With digits and signs in words taken for letters; nothing where there are none."""
    if not _MIXED.search(low):
        return []
    return [_read_by(table, low) for table in (_LEET, _LEET_L)]


def _read_by(table: dict[int, int], low: str) -> str:
    return _MIXED.sub(lambda found: _letters(found[0], table), low)


def _letters(word: str, table: dict[int, int]) -> str:
    core = word.rstrip(".,;:!?)")
    return core.translate(table) + word[len(core) :]


def _low(sign: str) -> str:
    if sign.isascii():
        return sign.lower()
    low = sign.lower()
    bare = unicodedata.normalize("NFD", low)[:1]
    # Only Latin letters lose their marks: и and й are two letters.
    low = bare if bare.isascii() and bare else low
    return low if len(low) == 1 else sign
