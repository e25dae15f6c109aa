"""What one process keeps for the login."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Request

from eduflow.kernel.auth.identity import Access
from eduflow.kernel.auth.onetime import OneTimeTokens
from eduflow.kernel.auth.passwords import Passwords
from eduflow.kernel.auth.refresh import RefreshTokens
from eduflow.kernel.auth.throttle import GuessThrottle, throttle_store
from eduflow.kernel.clock import Clock
from eduflow.kernel.runtime import Runtime
from eduflow.kernel.settings import Settings
from eduflow.kernel.web.gate import address_finder
from eduflow.services.api_core.calendars.tokens import CalendarTokens
from eduflow.services.api_core.commands.turn_keys import EnsureSigningKey
from eduflow.services.api_core.login.devices import Devices
from eduflow.services.api_core.login.looks import Looks
from eduflow.services.api_core.login.revoked import Revoked
from eduflow.services.api_core.login.signing import Signing

NOBODY = Access(None, "public")
"""Of commands that nobody in particular intends."""
_LONGEST_AGENT = 200


class LoginDesk:
    """Opened once a process; its threads and connections come with the first login."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock,
        looks: Looks,
        signing: Signing,
        throttle: GuessThrottle,
        passwords: Passwords,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.looks = looks
        self.signing = signing
        self.throttle = throttle
        self.passwords = passwords
        self.revoked = Revoked(looks)
        self.refresh_tokens = RefreshTokens(settings.secret)
        self.one_time_tokens = OneTimeTokens(settings.secret)
        self.calendar_tokens = CalendarTokens(settings.secret)
        self.devices = Devices(settings)
        self._address = address_finder(settings.trusted_proxies)

    def address(self, request: Request[Any, Any, Any]) -> str:
        """Where the caller is, as far as our proxies can be believed."""
        return self._address(request.scope)

    def user_agent(self, request: Request[Any, Any, Any]) -> str:
        """What the caller's program calls itself, fit to be shown in a list of sessions."""
        told = request.headers.get("user-agent", "")
        return "".join(c for c in told if c.isprintable())[:_LONGEST_AGENT]


@asynccontextmanager
async def login_desk(runtime: Runtime) -> AsyncIterator[LoginDesk]:
    """Open it; the threads end with the process's work."""
    settings = runtime.settings
    looks = Looks(runtime.databases["api_core"].primary)

    async def make_first() -> None:
        command = EnsureSigningKey(secret=settings.secret)
        await runtime.commands["api_core"].execute(command, access=NOBODY)

    passwords = Passwords(settings.secret, cost=settings.bcrypt_cost)
    try:
        async with throttle_store(settings.broker_url) as store:
            yield LoginDesk(
                settings,
                clock=runtime.clock,
                looks=looks,
                signing=Signing(looks, settings, make_first=make_first),
                throttle=GuessThrottle(store),
                passwords=passwords,
            )
    finally:
        passwords.close()
