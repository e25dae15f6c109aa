"""Ids for what the file gives none to. They go out to whoever sits the test.

So they must not tell what is right, as a number in the order of the file would: there the right one
often stands first, pairs stand side by side, and what is to be put in order stands in order.
"""

import hashlib
from collections.abc import Sequence

_SHORT = 8


def named(texts: Sequence[str], *, role: str, asked: str) -> list[str]:
    """An id for each text: the same whenever the file is read, and telling nothing but the text.

    Nothing of the key goes into them, or whoever guesses a key could prove it by the ids: `asked`
    is the text of the question as students see it, and equal texts are only counted. What has
    another `role` in the question, as the other side of its pairs, has another id. It begins with a
    letter, as identifiers of QTI do.
    """
    taken: set[str] = set()
    made: list[str] = []
    for text in texts:
        copy = 0
        while (one := _id(asked, role, text, str(copy))) in taken:
            copy += 1
        taken.add(one)
        made.append(one)
    return made


def _id(asked: str, role: str, text: str, copy: str) -> str:
    digest = hashlib.sha256()
    for part in (asked, role, text, copy):
        data = part.encode(errors="surrogatepass")
        digest.update(len(data).to_bytes(8, "big") + data)
    return f"{role[0]}{digest.hexdigest()[:_SHORT]}"
