"""The door in Bolt: what it has proved is given to the reception, and acknowledged once that has kept it."""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from core.errors import SaseoError

log = logging.getLogger(__name__)

LAST_RETRY = "3"
"""Slack sends an event again at once, after a minute and after five; then it is lost."""


class Intake(AsyncMiddleware):
    """Runs before Bolt acknowledges, and ends its work: no listener of Bolt's own is started."""

    def __init__(
        self,
        receive: Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]],
        give_up: Callable[[Mapping[str, Any], SaseoError], Awaitable[None]],
    ) -> None:
        """`give_up` tells whoever asked that it could not be kept."""
        self._receive = receive
        self._give_up = give_up

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002 - Bolt's own signature
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002, ARG002
    ) -> BoltResponse:
        """Acknowledges what is kept. What is not kept is not acknowledged, so that Slack sends it again; the last time,
        it is told."""
        try:
            reply = await self._receive(req.body)
        except SaseoError as error:
            log.warning("not taken in: %s", error.code)
            if LAST_RETRY in req.headers.get("x-slack-retry-num", ()):
                await self._give_up(req.body, error)
            return BoltResponse(status=503, body="")
        if not reply:
            return BoltResponse(status=200, body="")
        return BoltResponse(
            status=200, body=json.dumps(reply, ensure_ascii=False), headers={"content-type": "application/json"}
        )
