"""Real Slack clients pointed at the fake."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.patience import PATIENCE
from tests.fakes.slack import FakeSlack


def web_client(slack: FakeSlack, token: str | None = None) -> AsyncWebClient:
    return AsyncWebClient(token=slack.bot_token if token is None else token, base_url=slack.api_url)


async def refusal(call: Awaitable[Any]) -> dict[str, Any]:
    """The body of the error that a call ends with; the test fails where it succeeds."""
    with pytest.raises(SlackApiError) as caught:
        await call
    body = caught.value.response.data
    assert isinstance(body, dict)
    return body


async def error(call: Awaitable[Any]) -> str:
    """Slack's word for what was wrong."""
    return str((await refusal(call))["error"])


class Listener:
    """A Socket Mode client that keeps what it gets and acknowledges it while `answers` is true."""

    def __init__(self, slack: FakeSlack) -> None:
        self.client = SocketModeClient(
            app_token=slack.app_token, web_client=AsyncWebClient(base_url=slack.api_url), ping_interval=0.2
        )
        self.client.socket_mode_request_listeners.append(self._take)
        self.got: list[SocketModeRequest] = []
        self.answers = True
        self._more = asyncio.Condition()

    async def _take(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        async with self._more:
            self.got.append(request)
            self._more.notify_all()
        if self.answers:
            await client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))

    async def receives(self, count: int) -> list[SocketModeRequest]:
        """Waits until so many requests have come."""
        async with self._more:
            await asyncio.wait_for(self._more.wait_for(lambda: len(self.got) >= count), PATIENCE)
        return self.got

    @property
    def events(self) -> list[dict[str, Any]]:
        return [one.payload["event"] for one in self.got if one.type == "events_api"]


@asynccontextmanager
async def listening(slack: FakeSlack) -> AsyncIterator[Listener]:
    """A connected listener."""
    already = len(slack.socket_mode.connections)
    listener = Listener(slack)
    await listener.client.connect()  # type: ignore[no-untyped-call]
    await slack.socket_mode.connected(already + 1)
    try:
        yield listener
    finally:
        await listener.client.close()  # type: ignore[no-untyped-call]
