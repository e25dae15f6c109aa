"""Addresses that a process asks itself: whether they leave the machine, and whom they believe."""

import ssl
from urllib.parse import urlsplit

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def is_loopback(url: str) -> bool:
    """Whether the address never leaves this machine."""
    return urlsplit(url).hostname in _LOOPBACK


def trust(url: str) -> ssl.SSLContext | bool:
    """Whose certificates are believed: those that the machine believes.

    A plain address needs none, and reading them all takes 45 ms of a processor.
    """
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if url.startswith("http://") else True
