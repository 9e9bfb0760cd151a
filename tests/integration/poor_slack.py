"""A server that speaks little of Slack: it knows few methods, tells as little as it can, and refuses in its own way."""

from types import TracebackType
from typing import Any, Literal, Self

import aiohttp
from aiohttp import web

from tests.fakes.slack import FakeSlack

Refusal = Literal["unknown_method", "not_implemented", "plain", "404", "501", "html"]
KNOWN = frozenset(
    {
        "auth.test",
        "chat.postMessage",
        "chat.update",
        "conversations.info",
        "users.info",
        "apps.connections.open",
    }
)
KEPT = frozenset({"ok", "error", "url", "ts", "team_id", "user_id", "channel", "user", "members"})
OBJECTS = frozenset({"id", "is_private", "is_im"})


class PoorSlack:
    """Stands before a fake Slack; `api_url` is its own."""

    def __init__(self, slack: FakeSlack, *, refusal: Refusal = "unknown_method", known: frozenset[str] = KNOWN) -> None:
        self._slack = slack
        self._refusal = refusal
        self._known = known
        self.kept = KEPT
        """What is left of an answer."""
        self.refused: list[str] = []
        """Methods that were called and are not known."""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._handle)
        self._session = aiohttp.ClientSession()
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.api_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/api/"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()
        await self._session.close()

    async def _handle(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        if method not in self._known:
            self.refused.append(method)
            return self._refuse()
        headers = {name: request.headers[name] for name in ("Authorization", "Content-Type") if name in request.headers}
        async with self._session.request(
            request.method,
            f"{self._slack.api_url}{method}",
            params=dict(request.query),
            data=await request.read(),
            headers=headers,
        ) as response:
            return web.json_response(self._little(await response.json()))

    def _little(self, body: dict[str, Any]) -> dict[str, Any]:
        """The least that a client can do with."""
        kept = {name: value for name, value in body.items() if name in self.kept}
        return {name: _object(value) if isinstance(value, dict) else value for name, value in kept.items()}

    def _refuse(self) -> web.Response:
        if self._refusal == "plain":
            return web.json_response({"ok": False})
        if self._refusal == "html":
            return web.Response(text="<html><body>No such page</body></html>", content_type="text/html")
        if self._refusal in ("404", "501"):
            return web.Response(status=int(self._refusal), text="no such method")
        return web.json_response({"ok": False, "error": self._refusal})


def _object(value: dict[str, Any]) -> dict[str, Any]:
    return {name: inner for name, inner in value.items() if name in OBJECTS}
