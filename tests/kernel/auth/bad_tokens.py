"""Tokens that nobody may be let in with, by what is wrong (RFC 8725, RFC 7515, RFC 9068)."""

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from eduflow.kernel.auth.encoding import to_text
from eduflow.kernel.ids import new_id
from tests.kernel.auth.forge import STRANGER, Forgery, Mint


def _hmac_with_public_key(mint: Mint, algorithm: str = "HS256") -> str:
    digest = {"HS256": hashlib.sha256, "HS512": hashlib.sha512}[algorithm]
    head = to_text(json.dumps(mint.header(alg=algorithm)).encode())
    body = to_text(json.dumps(mint.claims()).encode())
    mac = hmac.new(mint.key.public, f"{head}.{body}".encode(), digest).digest()
    return f"{head}.{body}.{to_text(mac)}"


def _unsigned(mint: Mint, algorithm: str) -> str:
    head = to_text(json.dumps(mint.header(alg=algorithm)).encode())
    return f"{head}.{to_text(json.dumps(mint.claims()).encode())}."


def _by_library(mint: Mint, private: Any, algorithm: str) -> str:
    headers = {"typ": "at+jwt", "kid": mint.key.kid}
    return jwt.encode(mint.claims(), private, algorithm=algorithm, headers=headers)


def _cut(token: str, part: int, change: str) -> str:
    parts = token.split(".")
    parts[part] = change
    return ".".join(parts)


def _flipped(mint: Mint) -> str:
    token = mint.good()
    claims = mint.claims(sub=str(new_id()))
    return _cut(token, 1, to_text(json.dumps(claims).encode()))


def _other_spelling(mint: Mint) -> str:
    """The signature's last character carries 4 unused bits; another character says the same."""
    token = mint.good()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) | 1]


def _malleated(mint: Mint) -> str:
    """S + L instead of S: the same point for a lax verifier (RFC 8032, 8.4)."""
    order = 2**252 + 27742317777372353535851937790883648493
    head, body, signature = mint.good().split(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    larger = (int.from_bytes(raw[32:], "little") + order).to_bytes(32, "little")
    return f"{head}.{body}.{to_text(raw[:32] + larger)}"


def _twice(mint: Mint, name: str, value: object) -> str:
    text = json.dumps(mint.claims())
    return mint.signed(claims=text[:-1] + f", {json.dumps(name)}: {json.dumps(value)}}}")


def _header_twice(mint: Mint, name: str, value: object) -> str:
    text = json.dumps(mint.header())
    return mint.signed(text[:-1] + f", {json.dumps(name)}: {json.dumps(value)}}}")


def _claim(name: str, value: object) -> Forgery:
    return lambda mint: mint.signed(claims=mint.claims(**{name: value}))


def _later(name: str, seconds: float) -> Forgery:
    return lambda mint: mint.signed(claims=mint.claims(**{name: mint.claims()[name] + seconds}))


def _head(**changes: object) -> Forgery:
    return lambda mint: mint.signed(mint.header(**changes))


def _own_jwk(mint: Mint) -> str:
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": to_text(STRANGER.public_key().public_bytes_raw())}
    return mint.signed(mint.header(jwk=jwk), by=STRANGER)


# What stock PyJWT lets through.
PASSES_STOCK: dict[str, Forgery] = {
    "a refresh token": _head(typ="rt+jwt"),
    "an identity token": _head(typ="JWT"),
    "exp given twice": lambda m: _twice(m, "exp", m.claims()["exp"] + 86_400),
    "exp of 1e308": _claim("exp", 1e308),
    "a life of ten years": _later("exp", 315_000_000),
    "exp with a fraction": _later("exp", 0.5),
    "a header member twice": lambda m: _header_twice(m, "typ", "at+jwt"),
    "sub that is no id": _claim("sub", "admin"),
    "a key set address of the bearer's": _head(jku="https://evil.test/jwks.json"),
}

BAD_TOKENS: dict[str, Forgery] = {
    **PASSES_STOCK,
    "alg none": lambda m: _unsigned(m, "none"),
    "alg None": lambda m: _unsigned(m, "None"),
    "alg none with a signature": _head(alg="none"),
    "alg empty": _head(alg=""),
    "alg missing": _head(alg=...),
    "alg null": _head(alg=None),
    "alg a list": _head(alg=["EdDSA"]),
    "alg in other letters": _head(alg="eddsa"),
    "alg Ed448's": _head(alg="Ed448"),
    "HS256 under the public key": _hmac_with_public_key,
    "HS512 under the public key": lambda m: _hmac_with_public_key(m, "HS512"),
    "RS256": lambda m: _by_library(m, rsa.generate_private_key(65537, 2048), "RS256"),
    "ES256": lambda m: _by_library(m, ec.generate_private_key(ec.SECP256R1()), "ES256"),
    "another key under our kid": lambda m: m.signed(by=STRANGER),
    "kid unknown": _head(kid="unknown"),
    "kid missing": _head(kid=...),
    "kid empty": _head(kid=""),
    "kid null": _head(kid=None),
    "kid a number": _head(kid=1),
    "kid a list": lambda m: m.signed(m.header(kid=[m.key.kid])),
    "kid a path": _head(kid="../../../../dev/null"),
    "kid an injection": _head(kid="' OR '1'='1"),
    "kid with a NUL": lambda m: m.signed(m.header(kid=m.key.kid + "\0")),
    "kid very long": _head(kid="k" * 200),
    "own jwk": _own_jwk,
    "x5u": _head(x5u="https://evil.test/cert.pem"),
    "x5c": _head(x5c=["MIIB"]),
    "crit unknown": _head(crit=["exp"], exp=1),
    "crit empty": _head(crit=[]),
    "b64 false": _head(b64=False, crit=["b64"]),
    "nested (cty)": _head(cty="JWT"),
    "compressed (zip)": _head(zip="DEF"),
    "typ missing": _head(typ=...),
    "typ null": _head(typ=None),
    "typ a logout token's": _head(typ="logout+jwt"),
    "typ in other letters": _head(typ="AT+JWT"),
    "alg twice in the header": lambda m: _header_twice(m, "alg", "none"),
    "header a list": lambda m: m.signed("[]" + " " * 30),
    "header not JSON": lambda m: m.signed("{alg: EdDSA, typ: at+jwt}"),
    "header UTF-16": lambda m: _cut(m.good(), 0, to_text(json.dumps(m.header()).encode("utf-16"))),
    "payload flipped": _flipped,
    "payload empty object": lambda m: m.signed(claims={"a": "b" * 20}),
    "payload a list": lambda m: m.signed(claims=json.dumps([m.claims()])),
    "payload a string": lambda m: m.signed(claims=json.dumps("x" * 30)),
    "payload UTF-16": lambda m: m.signed(claims=json.dumps(m.claims()).encode("utf-16")),
    "payload not UTF-8": lambda m: m.signed(claims=b'{"iss": "\xff\xfe\xfd\xfc\xfb"}'),
    "payload with a byte order mark": lambda m: m.signed(claims="\ufeff" + json.dumps(m.claims())),
    "payload with something after it": lambda m: m.signed(claims=json.dumps(m.claims()) + "{}"),
    "payload nested deeply": lambda m: m.signed(claims="[" * 2000),
    "sub twice": lambda m: _twice(m, "sub", str(new_id())),
    "aud twice": lambda m: _twice(m, "aud", "eduflow"),
    "a member twice, deep inside": lambda m: m.signed(
        claims=json.dumps(m.claims())[:-1] + ', "x": {"a": 1, "a": 2}}'
    ),
    "NaN inside": _claim("x", float("nan")),
    "exp Infinity": _claim("exp", float("inf")),
    "exp NaN": _claim("exp", float("nan")),
    "exp a string": lambda m: m.signed(claims=m.claims(exp=str(m.claims()["exp"]))),
    "exp true": _claim("exp", value=True),
    "exp null": _claim("exp", None),
    "exp missing": _claim("exp", ...),
    "exp negative": _claim("exp", -1),
    "exp enormous": _claim("exp", 10**300),
    "exp past": _later("exp", -601),
    "exp now": _later("exp", -600),
    "exp a second too late for the ceiling": _later("exp", 1),
    "exp before iat": lambda m: m.signed(
        claims=m.claims(iat=m.claims()["iat"] + 4, nbf=..., exp=m.claims()["iat"] + 2)
    ),
    "iat missing": _claim("iat", ...),
    "iat future": _later("iat", 60),
    "iat a string": lambda m: m.signed(claims=m.claims(iat=str(m.claims()["iat"]))),
    "iat a fraction": _later("iat", 0.5),
    "nbf missing": _claim("nbf", ...),
    "nbf future": _later("nbf", 60),
    "nbf false": _claim("nbf", value=False),
    "iss another": _claim("iss", "https://evil.test"),
    "iss with a slash more": _claim("iss", "https://eduflow.test/"),
    "iss missing": _claim("iss", ...),
    "iss a list": _claim("iss", ["https://eduflow.test"]),
    "aud another service": _claim("aud", "assessment"),
    "aud missing": _claim("aud", ...),
    "aud empty": _claim("aud", []),
    "aud null": _claim("aud", None),
    "aud an object": _claim("aud", {"eduflow": True}),
    "aud with a number among": _claim("aud", ["eduflow", 1]),
    "aud a prefix": _claim("aud", "eduflow2"),
    "aud of a thousand": _claim("aud", ["eduflow", *("a" for _ in range(100))]),
    "sub missing": _claim("sub", ...),
    "sub a number": _claim("sub", 7),
    "sub in capitals": lambda m: m.signed(claims=m.claims(sub=str(m.user).upper())),
    "sub a URN": lambda m: m.signed(claims=m.claims(sub=f"urn:uuid:{m.user}")),
    "sub without hyphens": lambda m: m.signed(claims=m.claims(sub=m.user.hex)),
    "inst missing": _claim("inst", ...),
    "inst no id": _claim("inst", "*"),
    "sid missing": _claim("sid", ...),
    "sid null": _claim("sid", None),
    "jti missing": _claim("jti", ...),
    "jti no id": _claim("jti", "1"),
    "two parts": lambda m: m.good().rpartition(".")[0],
    "four parts": lambda m: m.good() + ".AAAA",
    "five parts (an encrypted one)": lambda m: "AAAA.AAAA." + m.good(),
    "JSON serialisation": lambda m: json.dumps(
        dict(zip(("protected", "payload", "signature"), m.good().split("."), strict=True))
    ),
    "empty": lambda _: "",
    "dots": lambda _: "..",
    "a megabyte": lambda m: m.signed(claims=m.claims(x="x" * 1_000_000)),
    "just too long": lambda m: m.signed(claims=m.claims(x="x" * 3000)),
    "a blank in front": lambda m: " " + m.good(),
    "a newline behind": lambda m: m.good() + "\n",
    "padding": lambda m: m.good() + "==",
    "standard base64": lambda m: _cut(m.good(), 2, "+/" * 43),
    "another spelling of the signature": _other_spelling,
    "a malleated signature": _malleated,
    "signature of zeros": lambda m: _cut(m.good(), 2, "A" * 86),
    "signature empty": lambda m: _cut(m.good(), 2, ""),
    "signature a byte short": lambda m: m.good()[:-2],
    "letters of other alphabets": lambda m: m.good().replace("e", "е"),
    "a NUL": lambda m: m.good() + "\0",
    "a lone surrogate": lambda m: m.good()[:-1] + "\udc80",
}
