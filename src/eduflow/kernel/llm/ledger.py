"""The ledger of what models cost, kept by the tutor service: money is reserved, then settled."""

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

import httpx
import msgspec

from eduflow.kernel.addresses import is_loopback, trust
from eduflow.kernel.auth.services import service_token
from eduflow.kernel.clock import Clock
from eduflow.kernel.llm.asking import Call, Prices, Prompt
from eduflow.kernel.llm.errors import BudgetExhausted, LedgerAway, NotReserved, WithoutPrice
from eduflow.kernel.settings import Settings

T = TypeVar("T")

_AUDIENCE = "tutor"
_SECONDS = 5.0
_PATH = "/internal/v1/ledger/reservations"
_OK, _CREATED, _EMPTY, _EXHAUSTED, _UNKNOWN, _INVALID = 200, 201, 204, 402, 404, 422
_WITHOUT_PRICE, _NO_SUCH = ".model-without-price", ".no-such-reservation"
_MOST = 65_536


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A model that may be asked, with the most that it may cost."""

    provider: str
    model: str
    tokens_in: int
    max_tokens_out: int


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """For whom, for what, and which models would do, best first."""

    call_id: UUID
    institution: UUID
    user: UUID | None
    course: UUID | None
    purpose: str
    prompt: Prompt
    candidates: tuple[Candidate, ...]


class Reservation(msgspec.Struct, frozen=True, kw_only=True):
    """The money is set aside for one of the candidates."""

    call_id: UUID
    candidate: int
    prompt_version_id: UUID | None = None
    prices: Prices = Prices()


class _Settlement(msgspec.Struct):
    cost_micros: int


class _Refusal(msgspec.Struct):
    type: str = ""
    scope: str = ""
    on_exhaust: str = ""
    provider: str = ""
    model: str = ""


class Ledger:
    """The ledger's client. Whatever it does, it does once per call id, however often it is told.

    Raises LedgerAway where the ledger cannot be asked, or says anything that it should not.
    """

    def __init__(self, settings: Settings, *, service: str, clock: Clock) -> None:
        self._secret = settings.secret
        self._service = service
        self._clock = clock
        self._url = settings.llm.ledger_url
        self._client: httpx.AsyncClient | None = None
        self._closed = False

    async def reserve(self, wish: Wish) -> Reservation:
        """Set money aside for the first candidate that fits.

        Raises BudgetExhausted where none does, and WithoutPrice for the first that has no price.
        """
        body = {
            "call_id": wish.call_id,
            "institution_id": wish.institution,
            "user_id": wish.user,
            "course_id": wish.course,
            "purpose": wish.purpose,
            "prompt": {
                "key": wish.prompt.key,
                "sha256": wish.prompt.sha256,
                "body": wish.prompt.body,
            },
            "candidates": wish.candidates,
        }
        answer = await self._post("", body)
        if answer.status_code == _EXHAUSTED:
            refusal = _read(answer, _Refusal)
            raise BudgetExhausted(scope=refusal.scope, on_exhaust=refusal.on_exhaust)
        if answer.status_code == _INVALID:
            refusal = _read(answer, _Refusal, status=(_INVALID,))
            if refusal.type.endswith(_WITHOUT_PRICE):
                raise WithoutPrice(refusal.provider, refusal.model)
        found: Reservation = _read(answer, Reservation, status=(_CREATED, _OK))
        if not 0 <= found.candidate < len(wish.candidates):
            raise LedgerAway("the ledger chose a model that was not offered")
        return found

    async def settle(self, call: Call) -> int:
        """Tell what the call took, or that it took nothing; its cost in millionths.

        Also for calls of long ago that were recorded and not settled then. Raises NotReserved where
        the ledger says that there is no such call.
        """
        if call.is_free:
            answer = _known(await self._post(f"/{call.call_id}/release", {}))
            _read(answer, None, status=(_OK, _EMPTY))
            return 0
        body = {
            "provider": call.provider,
            "model": call.model,
            "tokens_in": call.usage.tokens_in,
            "tokens_cached": call.usage.tokens_cached,
            "tokens_out": call.usage.tokens_out,
            "outcome": call.outcome,
            "latency_ms": call.latency_ms,
        }
        answer = _known(await self._post(f"/{call.call_id}/settle", body))
        settlement: _Settlement = _read(answer, _Settlement)
        return settlement.cost_micros

    async def close(self) -> None:
        """Let go of the connections; who asks afterwards is told that it is away."""
        self._closed = True
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        if self._closed:
            raise LedgerAway("the ledger is asked no more: this process ends")
        if self._client is None:
            self._client = httpx.AsyncClient(
                base_url=self._url,
                timeout=_SECONDS,
                verify=trust(self._url),
                trust_env=not is_loopback(self._url),
            )
        token = service_token(
            self._secret, service=self._service, audience=_AUDIENCE, now=self._clock()
        )
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        kind = ""
        try:
            return await self._client.post(
                _PATH + path, content=msgspec.json.encode(body), headers=headers
            )
        except httpx.HTTPError as fault:
            kind = type(fault).__name__
        raise LedgerAway(f"the ledger does not answer ({kind})")


def _known(answer: httpx.Response) -> httpx.Response:
    """The answer, unless it is the ledger's own word that it knows no such call."""
    if answer.status_code == _UNKNOWN:
        refusal: _Refusal = _read(answer, _Refusal, status=(_UNKNOWN,))
        if refusal.type.endswith(_NO_SUCH):
            raise NotReserved
    return answer


def _read(answer: httpx.Response, kind: Any, *, status: Sequence[int] = (_OK, _EXHAUSTED)) -> Any:
    if answer.status_code not in status and answer.status_code != _EXHAUSTED:
        raise LedgerAway(f"the ledger answers {answer.status_code}")
    if kind is None:
        return None
    try:
        return msgspec.json.decode(answer.content[:_MOST], type=kind)
    except msgspec.DecodeError:
        raise LedgerAway("the ledger's answer cannot be read") from None
