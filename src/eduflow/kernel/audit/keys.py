"""What rows, links and ends of the audit trail are authenticated with."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from eduflow.kernel.auth.derivation import derived_key
from eduflow.kernel.settings import Secret

NOBODYS = UUID(int=0)
"""The chain of what was done while nobody was logged in."""
FIRST = bytes(32)
"""What stands for the mac before the first."""


class AuditKeys:
    """What a row, a link and an end of a chain are authenticated with."""

    def __init__(self, secret: Secret) -> None:
        self._row = derived_key(secret, "audit/row")
        self._chain = derived_key(secret, "audit/chain")

    def of_row(self, *columns: Any) -> bytes:
        """The mac of a row: of its columns from `id` to `event_ids`."""
        return _mac(self._row, "row", columns)

    def of_link(self, institution: UUID, number: int, *, previous: bytes, row: bytes) -> bytes:
        """The mac of one link of a chain."""
        return _mac(self._chain, "link", (institution, number, previous, row))

    def of_head(self, institution: UUID, number: int, *, last: bytes) -> bytes:
        """The mac of a chain's end."""
        return _mac(self._chain, "head", (institution, number, last))

    def of_cursor(self, number: int, *, sealed: int) -> bytes:
        """The mac of how many rows there are in all chains after a round."""
        return _mac(self._chain, "cursor", (number, sealed))


def _mac(key: bytes, kind: str, parts: Sequence[Any]) -> bytes:
    return hmac.digest(key, _plain([kind, *parts]), hashlib.sha256)


def _plain(parts: Sequence[Any]) -> bytes:
    return msgspec.json.encode(
        [part.astimezone(UTC) if isinstance(part, datetime) else part for part in parts]
    )


def signed_columns(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """What `AuditKeys.of_row` is made of, from a row of the table."""
    names = ("id", "institution_id", "actor_id", "command", "permission", "kind", "target_id")
    return (*(row[n] for n in names), row["request_id"], row["at"], row["event_ids"])


def row_hash(row: Mapping[str, Any]) -> bytes:
    """SHA-256 of everything that a row says, its place in the table too."""
    return hashlib.sha256(
        _plain([row["seq"], row["xid"], *signed_columns(row), row["mac"]])
    ).digest()
