"""Refusals at the door. `challenge` is the value of `WWW-Authenticate` (RFC 6750)."""

from typing import Literal

from eduflow.kernel.problems import Invalid, Unauthorized

RefusalReason = Literal["invalid", "expired", "revoked"]


class NotLoggedIn(Unauthorized):
    """No access token came with a request that needs one."""

    code, title = "auth.not-logged-in", "Log in first"
    challenge = 'Bearer realm="eduflow"'


class TokenRefused(Unauthorized):
    """An access token came, and is not accepted.

    The caller learns only what helps an honest one: `expired` (refresh it), `revoked` (log in
    again) or `invalid`. `why` is for our log and our tests and is not a fact of the document.
    """

    code, title = "auth.token-refused", "The access token is not accepted"

    def __init__(self, why: str, *, reason: RefusalReason = "invalid") -> None:
        super().__init__(reason=reason)
        self.why = why
        self.reason = reason

    @property
    def challenge(self) -> str:
        """Tells the client that another token may do better."""
        return f'Bearer realm="eduflow", error="invalid_token", error_description="{self.reason}"'


class PasswordRefused(Invalid):
    """A new password breaks a rule; `errors` says which."""

    code, title = "auth.password-refused", "Choose another password"
