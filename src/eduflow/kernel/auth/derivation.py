"""One secret in the settings, many keys: each purpose has its own, and none tells of another."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from eduflow.kernel.settings import Secret


def derived_key(secret: Secret, purpose: str) -> bytes:
    """32 bytes for one purpose (HKDF, RFC 5869). A purpose, once used, is never renamed."""
    info = b"eduflow/" + purpose.encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret.value.encode())
