"""What a route wants of the layers around it, read once from its `opt` and its signature."""

import msgspec
from litestar.enums import RequestEncodingType
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.params import BodyKwarg

_READS = frozenset({"GET", "HEAD", "OPTIONS"})


class Plan(msgspec.Struct, frozen=True):
    """The options of one handler.

    `opt` members: `public` (no login asked, answers may be cached), `rate` (name of a rate limit;
    "" for none), `seconds` (time limit; None for none, as for streams), `quiet` (no access line).
    """

    public: bool
    rate: str
    seconds: float | None
    quiet: bool
    expects: str
    """Media type of the body it reads; "" if it reads none, "*" if any."""


class Plans:
    """The plan of every handler, made when it is first asked for."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._known: dict[int, Plan] = {}

    def of(self, handler: BaseRouteHandler) -> Plan:
        plan = self._known.get(id(handler))
        if plan is None:
            plan = self._known[id(handler)] = self._read(handler)
        return plan

    def _read(self, handler: BaseRouteHandler) -> Plan:
        opt = handler.opt
        usual = "read"
        if isinstance(handler, HTTPRouteHandler) and not handler.http_methods <= _READS:
            usual = "write"
        public = bool(opt.get("public", False))
        return Plan(
            public=public,
            rate=opt.get("rate", "" if opt.get("quiet") else usual),
            seconds=opt.get("seconds", self.seconds),
            quiet=bool(opt.get("quiet", False)),
            expects=_expects(handler),
        )


def _expects(handler: BaseRouteHandler) -> str:
    field = getattr(handler, "parsed_data_field", None)
    if field is None:
        return ""
    body = field.kwarg_definition
    media = body.media_type if isinstance(body, BodyKwarg) else RequestEncodingType.JSON
    return str(getattr(media, "value", media))
