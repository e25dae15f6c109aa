"""Tokens by which one service of an installation shows another who it is.

Every process of an installation knows EDUFLOW_SECRET, so a key derived from it tells the
installation's own services from everybody else. A person's token is never such a token, nor the
other way round: they differ in `typ`, in algorithm and in key, and each checker looks at all three.
"""

import re
from datetime import datetime, timedelta
from typing import Any

import jwt

from eduflow.kernel.auth.derivation import derived_key
from eduflow.kernel.auth.problems import TokenRefused
from eduflow.kernel.auth.tokens import LEEWAY, LONGEST, moment, strict_object
from eduflow.kernel.settings import Secret

SERVICE_TOKEN_TYPE = "service+jwt"  # noqa: S105 (the name of a kind of token)
LIFETIME = timedelta(seconds=60)
"""The longest life of a service token: made for a request, not kept."""
_HEADER = {"alg", "typ"}
_CLAIMS = {"sub", "aud", "iat", "exp"}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_jws = jwt.PyJWS(algorithms=["HS256"])


def service_token(secret: Secret, *, service: str, audience: str, now: datetime) -> str:
    """Make a token by which `service` may ask something of `audience` during the next minute."""
    issued = int(now.timestamp())
    claims = {
        "sub": service,
        "aud": audience,
        "iat": issued,
        "exp": issued + int(LIFETIME.total_seconds()),
    }
    headers = {"typ": SERVICE_TOKEN_TYPE}
    return jwt.encode(claims, _key(secret), algorithm="HS256", headers=headers)


def check_service_token(secret: Secret, token: str, *, audience: str, now: datetime) -> str:
    """The name of the service that asks; raises TokenRefused for anything but a good token."""
    if len(token) > LONGEST:
        raise TokenRefused("shape")
    try:
        # The signature comes first: before it, nothing of the token is worth reading.
        opened = _jws.decode_complete(token, _key(secret), algorithms=["HS256"])
    except jwt.InvalidTokenError as refusal:
        raise TokenRefused("signature") from refusal
    header: dict[str, Any] = opened["header"]
    if header.keys() != _HEADER or header["typ"] != SERVICE_TOKEN_TYPE:
        raise TokenRefused("typ")
    claims = strict_object(opened["payload"], "payload")
    if claims.keys() != _CLAIMS:
        raise TokenRefused("claims")
    if claims["aud"] != audience:
        raise TokenRefused("aud")
    _check_times(claims, now.timestamp())
    service = claims["sub"]
    if not isinstance(service, str) or not _NAME.fullmatch(service):
        raise TokenRefused("sub")
    return service


def _check_times(claims: dict[str, Any], now: float) -> None:
    issued, expires = moment(claims, "iat"), moment(claims, "exp")
    if expires <= now:
        raise TokenRefused("exp", reason="expired")
    if issued > now + LEEWAY:
        raise TokenRefused("iat")
    if not 0 < expires - issued <= LIFETIME.total_seconds():
        raise TokenRefused("lifetime")


def _key(secret: Secret) -> bytes:
    return derived_key(secret, "services/token")
