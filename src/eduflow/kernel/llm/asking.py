"""What is asked of a model, what comes back, and the record of it."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar
from uuid import UUID

import msgspec

from eduflow.kernel.ids import InstitutionId, UserId

T = TypeVar("T")

LONGEST_ANSWER = 16_384
"""Tokens; beyond it Anthropic's SDK wants a stream even for a struct."""

Outcome = Literal["answered", "malformed", "refused", "truncated", "failed", "cancelled"]


class Prompt(msgspec.Struct, frozen=True):
    """The constant part of a request, under a name that stays; its text is its version."""

    key: str
    """`service.what-for`, as in `assessment.grade-criterion`."""
    body: str
    """The template, before anything of an item or a person is put in."""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body.encode()).hexdigest()


class Turn(msgspec.Struct, frozen=True):
    """One turn of a conversation before this one."""

    role: Literal["user", "assistant"]
    text: str

    def __repr__(self) -> str:
        return f"Turn({self.role}, …)"


class Request(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One question. `data` is what somebody wrote: it travels apart from the instructions.

    Whoever asks has taken names, mails and ids out of it.
    """

    purpose: str
    """`grading`, `tutoring` or another; decides which models are asked."""
    prompt: Prompt
    instructions: str
    """The same, letter by letter, for everybody who is asked the same; first, so that it can be
    kept in a vendor's cache."""
    closing: str = ""
    """Instructions for this one request; they follow the others."""
    data: str
    answer: type[T]
    """A struct without defaults, or `str` for plain text. Say scores as a Literal: only what is
    enumerated is enforced by every vendor."""
    institution: InstitutionId
    user: UserId | None
    """On whose budget."""
    course: UUID | None
    before: tuple[Turn, ...] = ()
    max_tokens: int = 1024
    """The longest answer."""
    sample: int | None = None
    """None: the model's best answer. A number: a draw of its own, independent of other numbers."""
    is_shared: bool = False
    """Whether the instructions are read again within minutes: then Anthropic is asked to keep them.

    Writing them costs a quarter more than reading them once; the second time costs a tenth."""

    def __post_init__(self) -> None:
        if not 1 <= self.max_tokens <= LONGEST_ANSWER:
            raise ValueError(f"max_tokens={self.max_tokens}: allowed are 1 to {LONGEST_ANSWER}")

    def __repr__(self) -> str:
        return f"Request({self.purpose}, {self.prompt.key}, …)"

    @property
    def cache_key(self) -> str:
        """One for all requests that begin alike, and for those only."""
        return f"{self.prompt.key}/{hashlib.sha256(self.instructions.encode()).hexdigest()[:16]}"

    @property
    def sha256(self) -> str:
        """Of everything the model is given, so that a receipt can name it without holding it."""
        turns = [(turn.role, turn.text) for turn in self.before]
        told = f"{self.instructions}\n\n{self.closing}" if self.closing else self.instructions
        asked = (told, turns, self.data, self.max_tokens, self.sample)
        return hashlib.sha256(msgspec.json.encode(asked)).hexdigest()


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens, counted alike for every vendor: what was cached is part of what went in.

    What Anthropic writes to its cache costs a quarter more, and is counted as so many more tokens.
    """

    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0
    is_estimated: bool = False
    """Whether the vendor did not say, and we counted letters."""


class Prices(msgspec.Struct, frozen=True, kw_only=True):
    """Millionths of the currency for a million tokens, as they were when the money was reserved."""

    in_micros_per_mtok: int = 0
    cached_micros_per_mtok: int = 0
    out_micros_per_mtok: int = 0
    valid_from: datetime | None = None

    def cost(self, usage: Usage) -> int:
        """In millionths, rounded up: an exact sum of small calls must not be nothing."""
        fresh = usage.tokens_in - usage.tokens_cached
        exact = (
            fresh * self.in_micros_per_mtok
            + usage.tokens_cached * self.cached_micros_per_mtok
            + usage.tokens_out * self.out_micros_per_mtok
        )
        return -(-exact // 1_000_000)


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call of one model, with all its tries, as its service records it. It holds no text.

    It has all that the ledger needs (`Ledger.settle`), so that whoever finds one that is not
    settled can settle it.
    """

    call_id: UUID
    purpose: str
    institution: InstitutionId
    user: UserId | None
    course: UUID | None
    prompt_key: str
    prompt_sha256: str
    prompt_version: UUID | None
    """Its id in the ledger."""
    request_sha256: str
    provider: str
    model: str
    """As the settings name it."""
    model_answered: str
    """As the vendor names what answered; empty where nothing did."""
    vendor_request: str
    """The vendor's id of the request, for a question to them."""
    parameters: Mapping[str, str | int | float]
    usage: Usage
    prices: Prices
    cost_micros: int
    latency_ms: int
    tries: int
    outcome: Outcome
    error: str
    """The fault's code; empty for an answer."""
    is_free: bool
    """Nothing was spent: the reservation is released, not settled."""
    is_small: bool
    at: datetime


class Answer(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """What a model said, in the asked shape."""

    value: T
    call: Call
    """Of the round that gave the value."""
    calls: tuple[Call, ...]
    """All that were made for it, failed ones too, in order."""

    @property
    def model(self) -> str:
        return self.call.model

    @property
    def provider(self) -> str:
        return self.call.provider

    @property
    def call_id(self) -> UUID:
        return self.call.call_id

    @property
    def prompt_sha256(self) -> str:
        return self.call.prompt_sha256

    @property
    def usage(self) -> Usage:
        return self.call.usage

    @property
    def latency_ms(self) -> int:
        return self.call.latency_ms

    @property
    def is_small(self) -> bool:
        """Whether people must be told that a small model said it."""
        return self.call.is_small

    @property
    def is_local(self) -> bool:
        """Whether nothing left the installation."""
        return self.call.provider == "local"

    def __repr__(self) -> str:
        return f"Answer({self.call.provider}:{self.call.model}, …)"


Record = Callable[[Call, Any], Awaitable[None]]
"""Writes a call into the database of the service that made it; awaited before the answer is used.

It is told every call, also the failed ones, and the answer in its shape where there is one: whoever
writes both in one statement never asks again what was answered. None: no answer, or a stream."""
Settled = Callable[[UUID, int], Awaitable[None]]
"""Told the id of a call and its cost in millionths when the ledger has taken it.

What is recorded and never told here is to be settled later, by `Ledger.settle`."""
