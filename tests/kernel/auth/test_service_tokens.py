"""Only the installation's own services have a service token, and each is good for one minute."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from eduflow.kernel.auth.derivation import derived_key
from eduflow.kernel.auth.problems import TokenRefused
from eduflow.kernel.auth.services import check_service_token, service_token
from eduflow.kernel.auth.tokens import TokenSigner
from eduflow.kernel.ids import InstitutionId, SessionId, UserId
from eduflow.kernel.settings import Secret

OURS, ANOTHER = Secret("s" * 40), Secret("t" * 40)
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY = derived_key(OURS, "services/token")
ISSUED = int(NOW.timestamp())
GOOD: dict[str, Any] = {"sub": "assessment", "aud": "tutor", "iat": ISSUED, "exp": ISSUED + 60}


def signed(
    claims: dict[str, Any], *, typ: str = "service+jwt", key: bytes = KEY, **header: Any
) -> str:
    return jwt.encode(claims, key, algorithm="HS256", headers={"typ": typ, **header})


def spelled(header: dict[str, Any], payload: str, signature: bytes = b"") -> str:
    def text(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    return ".".join((text(json.dumps(header).encode()), text(payload.encode()), text(signature)))


def check(token: str, *, now: datetime = NOW, secret: Secret = OURS) -> str:
    return check_service_token(secret, token, audience="tutor", now=now)


def test_a_service_is_known_by_its_name() -> None:
    token = service_token(OURS, service="assessment", audience="tutor", now=NOW)
    assert check(token) == "assessment"
    assert check(token, now=NOW + timedelta(seconds=59)) == "assessment"


def test_it_is_good_for_a_minute_and_says_so() -> None:
    token = service_token(OURS, service="assessment", audience="tutor", now=NOW)
    with pytest.raises(TokenRefused) as refused:
        check(token, now=NOW + timedelta(seconds=60))
    assert refused.value.reason == "expired"


def _of_a_person() -> str:
    signer = TokenSigner(
        Ed25519PrivateKey.generate(), kid="k", issuer="i", lifetime=timedelta(seconds=60)
    )
    who = (UserId(uuid4()), InstitutionId(uuid4()), SessionId(uuid4()))
    return signer.sign(
        user=who[0], institution=who[1], session=who[2], now=NOW, audiences=("tutor",)
    ).token


REFUSED = {
    "another installation's": service_token(ANOTHER, service="a", audience="tutor", now=NOW),
    "for another service": service_token(OURS, service="a", audience="assessment", now=NOW),
    "a person's": _of_a_person(),
    "of another kind": signed(GOOD, typ="at+jwt"),
    "of no kind": jwt.encode(GOOD, KEY, algorithm="HS256"),
    "with a header more": signed(GOOD, kid="k"),
    "unsigned": spelled({"alg": "none", "typ": "service+jwt"}, json.dumps(GOOD)),
    "of the secret itself": signed(GOOD, key=OURS.value.encode()),
    "of another purpose's key": signed(GOOD, key=derived_key(OURS, "audit/row")),
    "longer than a minute": signed({**GOOD, "exp": ISSUED + 61}),
    "from the future": signed({**GOOD, "iat": ISSUED + 30, "exp": ISSUED + 80}),
    "ending before it begins": signed({**GOOD, "iat": ISSUED + 5, "exp": ISSUED + 3}),
    "of a truth for a time": signed({**GOOD, "iat": True}),
    "without an end": signed({k: v for k, v in GOOD.items() if k != "exp"}),
    "without a name": signed({k: v for k, v in GOOD.items() if k != "sub"}),
    "with a claim more": signed({**GOOD, "inst": str(uuid4())}),
    "for several": signed({**GOOD, "aud": ["tutor"]}),
    "of a strange name": signed({**GOOD, "sub": "../assessment"}),
    "of a name that is none": signed({**GOOD, "sub": 7}),
    "too long": signed({**GOOD, "sub": "a" * 5000}),
    "nothing": "",
    "no token": "a.b.c",
    "not even letters": "\N{SNOWMAN}.x.y",
}


@pytest.mark.parametrize("token", REFUSED.values(), ids=REFUSED.keys())
def test_nothing_else_is_a_service_token(token: str) -> None:
    with pytest.raises(TokenRefused):
        check(token)


def test_a_claim_given_twice_is_refused() -> None:
    twice = json.dumps(GOOD)[:-1] + ', "aud": "tutor"}'
    token = jwt.PyJWS().encode(
        twice.encode(), KEY, algorithm="HS256", headers={"typ": "service+jwt"}
    )
    with pytest.raises(TokenRefused):
        check(token)
