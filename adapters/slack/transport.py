"""Socket Mode, kept alive: bad tokens are told, refused handshakes and used tickets do not stop it."""

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from adapters.slack.api import Api, Declined, Unclear
from core.errors import Refused

if TYPE_CHECKING:
    from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
    from slack_bolt.async_app import AsyncApp

log = logging.getLogger(__name__)

PING_SECONDS = 5.0
LOOK_SECONDS = 1.0
LONG_SECONDS = 30.0
"""So long without a connection, the token itself is looked at."""
CLOSE_SECONDS = 3.0
NO_APP_TOKEN = frozenset({"not_allowed_token_type", "no_permission", "missing_scope"})


async def serve_socket(app: "AsyncApp", *, api: Api, app_token: str) -> None:
    """Receives over Socket Mode until cancelled. Raises Refused where the token cannot be used."""
    from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

    await _ticket(api, app_token)
    calm = logging.getLogger("adapters.slack.socket")
    calm.addFilter(_without_traceback)
    handler = AsyncSocketModeHandler(app, app_token, logger=calm, ping_interval=PING_SECONDS)
    connecting = asyncio.create_task(handler.connect_async())  # type: ignore[no-untyped-call]
    try:
        await _watched(handler, api, app_token)
    finally:
        connecting.cancel()
        calm.removeFilter(_without_traceback)
        with contextlib.suppress(TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(handler.close_async(), CLOSE_SECONDS)  # type: ignore[no-untyped-call]


async def _watched(handler: "AsyncSocketModeHandler", api: Api, app_token: str) -> None:
    """Looks after the connection for ever."""
    silent = 0.0
    told = False
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        if await handler.client.is_connected():
            if not told:
                log.info("connected to Slack")
            silent, told = 0.0, True
            continue
        # A ticket is good for one handshake: the client would go on trying one that is used up.
        handler.client.wss_uri = None
        silent += LOOK_SECONDS
        if silent >= LONG_SECONDS:
            log.warning("no connection to Slack for %.0f s", LONG_SECONDS)
            silent, told = 0.0, False
            await _ticket(api, app_token)


async def _ticket(api: Api, app_token: str) -> None:
    """Looks whether the app token opens connections. That Slack is away proves nothing."""
    try:
        await prove(api, app_token)
    except (Declined, Unclear) as error:
        log.warning("Slack gives no connection now: %s", error)


async def prove(api: Api, app_token: str) -> None:
    """Raises Refused where the app token opens no connections, and Declined or Unclear where that is not known."""
    try:
        await api.call("apps.connections.open", app_token=app_token)
    except Declined as error:
        if error.error not in NO_APP_TOKEN:
            raise
        raise Refused("slack.app_token", error=error.error) from error
    except Refused as error:
        raise Refused("slack.app_token", **error.details) from error


def _without_traceback(record: logging.LogRecord) -> bool:
    """A connection that breaks is no bug, and where it led to is a secret."""
    if record.exc_info:
        record.exc_info = None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.msg, record.args = "a connection to Slack failed and is tried again", ()
    return True
