"""Response URLs: how an app answers a command or a button without a token."""

import json
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.fakes.slack.blocks import check_blocks
from tests.fakes.slack.errors import ApiError
from tests.fakes.slack.posting import Posting
from tests.fakes.slack.stage import Called
from tests.fakes.slack.state import Channel, Json, Message, User

MOST_USES = 5
SECONDS = 1800.0
CALLED = "response_url"
"""What a use is called among the calls, and in faults."""


@dataclass(slots=True)
class ResponseUrl:
    """Good for five messages within half an hour."""

    channel: Channel
    user: User
    at: float
    message: Message | None = None
    """The message whose button was pressed."""
    uses: int = 0


class ResponseUrls(Posting):
    """Gives them out and answers them."""

    def __init__(self) -> None:
        super().__init__()
        self.response_urls: dict[str, ResponseUrl] = {}

    def new_response_url(self, channel: Channel, user: User, *, message: Message | None = None) -> str:
        name = self.world.new_id("R")
        self.response_urls[name] = ResponseUrl(channel, user, self.clock.now(), message)
        return f"{self.base_url}/response/{name}"

    async def handle_response(self, request: web.Request) -> web.StreamResponse:
        """POST of a message to a response URL."""
        called = Called(CALLED, {}, self.clock.now(), request.method, request.content_type, "")
        self.calls.append(called)
        fault = self.faults.take(CALLED)
        if fault is not None and fault.status != 200:
            called.status = fault.status
            return web.Response(status=fault.status, headers={"Retry-After": str(fault.retry_after)})
        try:
            called.arguments = json.loads(await request.text())
            self._use(request.match_info["name"], called.arguments)
            called.response = {"ok": True}
        except ValueError:
            called.response = ApiError("invalid_payload").body()
        except ApiError as error:
            called.response = error.body()
        called.status = 404 if called.error in ("used_url", "expired_url") else 200
        return web.json_response(called.response, status=called.status)

    def _use(self, name: str, body: Json) -> None:
        place = self.response_urls.get(name)
        if place is None or self.clock.now() - place.at > SECONDS:
            raise ApiError("expired_url")
        if place.uses >= MOST_USES:
            raise ApiError("used_url")
        check_blocks(body.get("blocks") or [])
        place.uses += 1
        own = place.message
        if own is None or not (body.get("replace_original") or body.get("delete_original")):
            self.respond(place.channel, place.user, body)
            return
        workspace = self.world.home_of(place.channel.id)
        if own.ephemeral_to is not None:
            own.deleted = bool(body.get("delete_original"))
            own.text, own.blocks = body.get("text", ""), body.get("blocks") or []
            self.noted(CALLED, own)
        elif body.get("delete_original"):
            self.erase(workspace, place.channel, own, CALLED)
        else:
            blocks = body.get("blocks") or []
            self.rewrite(workspace, place.channel, own, CALLED, text=body.get("text", ""), blocks=blocks)

    def respond(self, channel: Channel, user: User, body: Any) -> None:
        """Posts an answer to a command: for the one who asked, or `in_channel` for everybody."""
        content: Json = {"text": body} if isinstance(body, str) else body
        if not content.get("text") and not content.get("blocks"):
            raise ApiError("no_text")
        check_blocks(content.get("blocks") or [])
        workspace = self.world.home_of(channel.id)
        bot = workspace.bot_user
        message = Message(
            self.clock.stamp(),
            channel.id,
            workspace.id,
            user=bot.id,
            text=content.get("text", ""),
            blocks=content.get("blocks") or [],
            thread_ts=content.get("thread_ts"),
            bot_id=bot.bot_id,
            app_id=self.world.app.id,
            ephemeral_to=None if content.get("response_type") == "in_channel" else user.id,
        )
        self.publish(workspace, channel, message, CALLED)
