"""Base64url without padding, and read in one way only: two spellings of a token are two tokens."""

import base64
import binascii
import re

_ALPHABET = re.compile(r"[A-Za-z0-9_-]*")


def to_text(data: bytes) -> str:
    """Base64url, no padding (RFC 7515, appendix C)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_text(text: str) -> bytes | None:
    """The bytes, or None where the text is not the one canonical spelling of any."""
    if not _ALPHABET.fullmatch(text):
        return None
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        return None
    return data if to_text(data) == text else None
