"""Delivery over HTTP: requests signed as Slack signs them, with retry headers, and the check of a request URL."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import aiohttp

from tests.fakes.slack.clock import Clock
from tests.fakes.slack.delivery import Delivery, Errand
from tests.fakes.slack.world import App

ACK_SECONDS = 3.0
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


class SignedHttp:
    """A transport that posts to the app's request URLs."""

    def __init__(self, app: App, clock: Clock, urls: Mapping[Errand, str]) -> None:
        self.app = app
        self.clock = clock
        self.urls = urls
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    def headers(self, body: str, content_type: str, *, at: float | None = None) -> dict[str, str]:
        """The headers of a request with this body, signed `at` that time."""
        timestamp = str(int(self.clock.now() if at is None else at))
        digest = hmac.new(self.app.signing_secret.encode(), f"v0:{timestamp}:{body}".encode(), hashlib.sha256)
        return {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": f"v0={digest.hexdigest()}",
        }

    async def verify(self) -> bool:
        """Asks the events URL to repeat a challenge, as Slack does before it accepts the URL."""
        challenge = "challenge-of-the-fake"
        asked = {"token": self.app.verification_token, "challenge": challenge, "type": "url_verification"}
        body = json.dumps(asked)
        async with self._client.post(self.urls["events_api"], data=body, headers=self.headers(body, JSON)) as response:
            text = await response.text()
        return response.status == 200 and challenge in text

    async def deliver(self, delivery: Delivery, number: int, reason: str) -> str:
        """Posts once and waits three seconds, on the fake's clock, for status 200."""
        post = asyncio.create_task(self._post(delivery, number, reason))
        late = asyncio.create_task(self.clock.sleep(ACK_SECONDS))
        try:
            await asyncio.wait((post, late), return_when=asyncio.FIRST_COMPLETED)
            return post.result() if post.done() else "http_timeout"
        finally:
            for task in (post, late):
                task.cancel()

    async def _post(self, delivery: Delivery, number: int, reason: str) -> str:
        body, content_type = written(delivery)
        headers = self.headers(body, content_type)
        if number > 0:
            headers |= {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason}
        try:
            async with self._client.post(self.urls[delivery.kind], data=body.encode(), headers=headers) as response:
                delivery.response = content_of(await response.text(), response.content_type)
                delivery.final = response.headers.get("X-Slack-No-Retry") == "1"
        except aiohttp.ClientError:
            return "connection_failed"
        return "" if response.status == 200 else "http_error"

    @property
    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("use it inside `async with`")
        return self._session


def written(delivery: Delivery) -> tuple[str, str]:
    """Body and content type: events as JSON, commands as a form, interactions as JSON in a form."""
    if delivery.kind == "events_api":
        return json.dumps(delivery.payload), JSON
    fields = delivery.payload if delivery.kind == "slash_commands" else {"payload": json.dumps(delivery.payload)}
    return urlencode(fields), FORM


def content_of(text: str, content_type: str) -> Any:
    """What came with the acknowledgement: JSON, words, or nothing."""
    if content_type == JSON and text:
        return json.loads(text)
    return text or None
