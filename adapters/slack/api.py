"""Calls of Slack's Web API: paced, patient with its limits, and with two ways to fail."""

import asyncio
import logging
import random
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import aiohttp

from adapters.slack.pace import Buckets, Window
from core.errors import Refused

if TYPE_CHECKING:
    from slack_sdk.errors import SlackApiError
    from slack_sdk.web.async_client import AsyncWebClient
    from slack_sdk.web.async_slack_response import AsyncSlackResponse

log = logging.getLogger(__name__)

CALL_SECONDS = 20.0
PATIENCE = 90.0
"""Seconds that a call waits for its turn, where Slack says that there were too many."""
TRIES = 4
ONCE = frozenset({"chat.postMessage", "chat.postEphemeral", "chat.startStream", "chat.appendStream"})
"""Calls that do something anew each time: without an answer nobody knows whether they may be repeated."""
SIGNS = frozenset({"assistant.threads.setStatus", "assistant.threads.setSuggestedPrompts"})
"""Calls that come too late when they come again."""
DEAD = frozenset({"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"})
TOO_MANY = 429
SERVER_FAULT = 500
NOT_IMPLEMENTED = 501


UNKNOWN = frozenset({"unknown_method", "not_implemented", "http_200", "http_404", "http_501"})
"""How a server that speaks only a part of Slack refuses the rest; Slack itself has a reason for each refusal."""


class Declined(Exception):
    """Slack refuses a call; `error` is Slack's word for the reason."""

    def __init__(self, method: str, error: str, *, needed: str = "") -> None:
        super().__init__(f"{method}: {error}")
        self.method = method
        self.error = error
        self.needed = needed
        """Scopes that are missing, with commas."""

    @property
    def unknown(self) -> bool:
        """Whether this server does not know the method at all."""
        return self.error in UNKNOWN


class Unclear(Exception):
    """There was no answer: the call may have been carried out, or not."""


class Api:
    """The Web API for one workspace."""

    def __init__(self, client: "AsyncWebClient") -> None:
        self._client = client
        self._closed_until: dict[str, float] = {}
        self._posts = Buckets(rate=1.0, burst=3)
        # A little below what Slack promises for each workspace: 20, 100 and 50.
        self.streams = Window(19)
        self.appends = Window(90)
        self.updates = Window(48)

    async def call(self, method: str, /, *, patience: float = PATIENCE, **arguments: Any) -> Mapping[str, Any]:
        """What Slack answers. Raises Declined, Unclear, and Refused where the token is dead."""
        if method == "chat.postMessage":
            await self._posts.wait(str(arguments.get("channel")))
        deadline = time.monotonic() + patience
        for number in range(1, TRIES + 1):
            await self._turn(method, deadline)
            try:
                return await self._once(method, arguments)
            except Unclear:
                if method in ONCE or method in SIGNS or number == TRIES:
                    raise
                await asyncio.sleep(random.uniform(0.1, 0.3) * 2**number)  # noqa: S311 - it spreads load
            except _TooMany as error:
                log.info("%s: too many calls, waiting %.0f s", method, error.seconds)
                self._closed_until[method] = time.monotonic() + error.seconds
        raise Declined(method, "ratelimited")

    async def granted(self) -> tuple[Mapping[str, Any], frozenset[str]]:
        """Who the token is, and the scopes it has; none where the server does not tell. Raises like `call`."""
        response = await self._asked("auth.test", {})
        header = next((value for name, value in response.headers.items() if name.lower() == "x-oauth-scopes"), "")
        scopes = frozenset(scope.strip() for scope in str(header).split(",") if scope.strip())
        return (response.data if isinstance(response.data, dict) else {}), scopes

    async def _turn(self, method: str, deadline: float) -> None:
        """Waits until Slack takes this method again."""
        while (wait := self._closed_until.get(method, 0.0) - time.monotonic()) > 0:
            if time.monotonic() + wait > deadline:
                raise Declined(method, "ratelimited")
            await asyncio.sleep(wait + random.uniform(0, 0.2))  # noqa: S311

    async def _once(self, method: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        response = await self._asked(method, arguments)
        return response.data if isinstance(response.data, dict) else {}

    async def _asked(self, method: str, arguments: Mapping[str, Any]) -> "AsyncSlackResponse":
        from slack_sdk.errors import SlackApiError, SlackClientError

        function = getattr(self._client, method.replace(".", "_"))
        try:
            async with asyncio.timeout(CALL_SECONDS):
                response: AsyncSlackResponse = await function(**arguments)
        except SlackApiError as error:
            raise _translated(method, error) from error
        except (SlackClientError, aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise Unclear(f"{method}: {type(error).__name__}") from error
        return response


class _TooMany(Exception):
    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def _translated(method: str, error: "SlackApiError") -> Exception:
    """What a refusal of Slack means."""
    response: Any = error.response
    status: int = getattr(response, "status_code", None) or getattr(response, "status", None) or 0
    data = getattr(response, "data", None)
    said = data if isinstance(data, dict) else {}
    code = said.get("error") if isinstance(said.get("error"), str) else ""
    if status == TOO_MANY or code in ("ratelimited", "rate_limited"):
        return _TooMany(_seconds(getattr(response, "headers", {})))
    if code in DEAD:
        return Refused("slack.token", error=code)
    if (status >= SERVER_FAULT and status != NOT_IMPLEMENTED) or code in (
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
    ):
        return Unclear(f"{method}: {code or status}")
    return Declined(method, code or f"http_{status}", needed=str(said.get("needed") or ""))


def _seconds(headers: Mapping[str, str]) -> float:
    """The wait that Slack asks for, 1 to 300 seconds."""
    value = next((value for name, value in headers.items() if name.lower() == "retry-after"), "1")
    return min(max(float(value), 1.0), 300.0) if value.isdigit() else 1.0
