"""Everything that can go wrong between us and a model, by one name each.

No message holds what a vendor said: it may repeat the prompt, or the key. A fault says its kind,
the model and, at most, the HTTP status and the name of the raw exception.
"""

from typing import ClassVar


class LLMError(Exception):
    """A model gave no usable answer."""

    code: ClassVar[str] = "failed"
    may_pass: ClassVar[bool] = False
    """Whether the same request to the same model may succeed later."""
    is_free: ClassVar[bool] = False
    """Whether it is certain that nothing was spent."""

    def __init__(self, message: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").partition("\n")[0])
        self.retry_after = retry_after
        """Seconds, where the other side said so."""


class RateLimited(LLMError):  # noqa: N818 (named by what happened, as all of them)
    """The vendor wants fewer requests, or less of them, for a while."""

    code, may_pass, is_free = "rate-limited", True, True


class Overloaded(LLMError):  # noqa: N818
    """The vendor's servers cannot, at the moment."""

    code, may_pass, is_free = "overloaded", True, True


class Unreachable(LLMError):  # noqa: N818
    """No connection, or it broke."""

    code, may_pass = "unreachable", True


class TimedOut(LLMError):  # noqa: N818
    """No answer within the time that a try, or all of them together, may take."""

    code, may_pass = "timed-out", True


class Garbled(LLMError):  # noqa: N818
    """The server's answer is not of its protocol: cut off, or from something in between."""

    code, may_pass = "garbled", True


class Resting(LLMError):  # noqa: N818
    """The model failed so often that it is left alone for a while."""

    code, may_pass, is_free = "resting", True, True


class Misconfigured(LLMError):  # noqa: N818
    """The key, the address or the model's name is not one that the vendor knows."""

    code, is_free = "misconfigured", True


class Rejected(LLMError):  # noqa: N818
    """The vendor does not take such a request."""

    code, is_free = "rejected", True


class TooLong(LLMError):  # noqa: N818
    """The request does not fit into what the model can read."""

    code, is_free = "too-long", True


class Refused(LLMError):  # noqa: N818
    """The model, or its vendor's filter, will not answer this."""

    code = "refused"


class Truncated(LLMError):  # noqa: N818
    """The answer ended at its longest allowed length, not at its end."""

    code = "truncated"


class Malformed(LLMError):  # noqa: N818
    """The answer does not have the asked shape."""

    code = "malformed"


class WithoutPrice(LLMError):  # noqa: N818
    """The ledger knows no price for the model, so nobody can say if a budget allows it."""

    code, is_free = "without-price", True

    def __init__(self, provider: str, model: str) -> None:
        super().__init__(f"{provider}:{model} has no price; `POST /api/v1/ai/models` gives it one")
        self.provider = provider
        self.model = model


class LedgerAway(LLMError):  # noqa: N818
    """The ledger does not answer, so nothing may be spent. Wait and ask again; nobody was asked."""

    code, may_pass, is_free = "ledger-away", True, True


class NotReserved(LLMError):  # noqa: N818
    """The ledger knows no such call of this service, and never will: nobody can settle it."""

    code, is_free = "not-reserved", True


class NoModelAnswered(LLMError):  # noqa: N818
    """Every model of the purpose's list was tried, or could not be. A person has to do it.

    `faults` says, in the order of asking, why each did not; `waiting` helps (`can_wait`) where
    one of them may answer later.
    """

    code = "no-model-answered"

    def __init__(self, faults: tuple[tuple[str, LLMError], ...], message: str = "") -> None:
        told = "; ".join(f"{model}: {fault.code}" for model, fault in faults)
        super().__init__(message or f"no model answered ({told or 'none is configured'})")
        self.faults = faults
        waits = [f.retry_after for _, f in faults if f.may_pass and f.retry_after is not None]
        self.retry_after = min(waits, default=None)

    @property
    def can_wait(self) -> bool:
        """Whether asking again later may help, so that no person need be bothered yet."""
        return any(fault.may_pass for _, fault in self.faults)


class BudgetExhausted(NoModelAnswered):
    """No model of the list fits into what may still be spent."""

    code, is_free = "budget-exhausted", True

    def __init__(
        self,
        faults: tuple[tuple[str, LLMError], ...] = (),
        *,
        scope: str = "",
        on_exhaust: str = "",
    ) -> None:
        super().__init__(faults, f"the budget of the {scope or 'caller'} is spent")
        self.scope = scope
        self.on_exhaust = on_exhaust

    @property
    def can_wait(self) -> bool:
        return False
