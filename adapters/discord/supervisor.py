"""Keeps the bot connected: mends what discord.py does not, and ends with an instruction where nothing can be mended."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterator

import discord

from adapters.discord.client import Client
from adapters.discord.patience import Backoff, Exhausted
from core.errors import Refused

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
STEADY_SECONDS = 30.0
"""A connection that held so long was a good one."""
SILENT_SECONDS = 90.0
"""So long without a connection, a new session is begun: discord.py alone may wait for a quarter of an hour."""
SILENT_SECONDS_SHARDED = 900.0
"""Many shards are connected one after the other."""
LOGIN_SECONDS = 90.0
CLOSE_SECONDS = 5.0
WRONG_TOKEN, SHARDING_NEEDED, INTENT_NOT_GRANTED = 4004, 4011, 4014
UNAUTHORIZED = 401
LOUD = ("discord.client", "discord.shard")


class Ended(Exception):
    """There is no connection any more, or there was none for too long."""


class Supervisor:
    """One connection after the other. `make` makes a client that has not logged in yet."""

    def __init__(
        self,
        make: Callable[[], Client],
        token: str,
        *,
        backoff: Backoff | None = None,
        silent_seconds: float = SILENT_SECONDS,
    ) -> None:
        self._make = make
        self._token = token
        self._backoff = backoff or Backoff()
        self._silent_seconds = silent_seconds
        self.client: Client | None = None
        """The one that is logged in. Requests go out through it until `close`, also when the gateway is left."""

    async def run(self) -> None:
        """Connects again and again until cancelled. Raises Refused where that is of no use."""
        with _calm():
            while True:
                try:
                    await self._once()
                except Exception as error:  # noqa: BLE001 - whatever discord.py stumbles over, it is tried again
                    await self._pause(error)

    async def close(self) -> None:
        """The end of requests."""
        client, self.client = self.client, None
        if client is not None:
            await _closed(client)

    async def _once(self) -> None:
        """Connects as long as that goes well. The client is kept where it can be: answers are sent through it."""
        client = self.client or await self._logged_in()
        connecting = asyncio.create_task(client.connect())
        try:
            await self._watched(client, connecting)
        finally:
            await _stopped(connecting)
            await client.leave()
            client.lost()
            if not _cancelled() and (client.is_closed() or isinstance(client, discord.AutoShardedClient)):
                # Shards leave errands behind that a second connection would run into.
                await self.close()

    async def _logged_in(self) -> Client:
        client = self._make()
        try:
            await asyncio.wait_for(client.login(self._token), LOGIN_SECONDS)
        except BaseException:
            await _closed(client)
            raise
        self.client = client
        return client

    async def _watched(self, client: Client, connecting: asyncio.Task[None]) -> None:
        """Looks after the connection until it ends. Raises what ended it."""
        sharded = isinstance(client, discord.AutoShardedClient)
        most = max(self._silent_seconds, SILENT_SECONDS_SHARDED) if sharded else self._silent_seconds
        seen = time.monotonic()
        since: float | None = None
        while not (await asyncio.wait({connecting}, timeout=LOOK_SECONDS))[0]:
            present = time.monotonic()
            if _alive(client):
                since, seen = since or present, present
                if present - since >= STEADY_SECONDS:
                    self._backoff.reset()
            elif present - seen >= most:
                raise Ended(f"no connection for {most:.0f} s")
            else:
                since = None
        connecting.result()
        raise Ended("the connection was closed")

    async def _pause(self, error: Exception) -> None:
        refused = refusal(error)
        if refused is not None:
            raise refused from error
        wait = error.seconds if isinstance(error, Exhausted) else self._backoff.wait()
        # What it says may quote a message.
        log.warning("the connection to Discord failed (%s), trying again in %.0f s", type(error).__name__, wait)
        log.debug("why it failed", exc_info=error)
        await asyncio.sleep(wait)


def refusal(error: Exception) -> Refused | None:
    """What to tell the operator where trying again is of no use; None: it may be."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, discord.LoginFailure):
        return Refused("discord_connection.token")
    if isinstance(error, discord.PrivilegedIntentsRequired):
        return Refused("discord_connection.intent")
    if isinstance(error, discord.ConnectionClosed):
        return _refusal_of(error.code)
    if isinstance(error, discord.HTTPException) and error.status == UNAUTHORIZED:
        return Refused("discord_connection.token")
    return None


def _refusal_of(code: int) -> Refused:
    """discord.py tells of a closed connection only where Discord wants no further one."""
    if code == WRONG_TOKEN:
        return Refused("discord_connection.token")
    if code == INTENT_NOT_GRANTED:
        return Refused("discord_connection.intent")
    if code == SHARDING_NEEDED:
        return Refused("discord_connection.sharding")
    return Refused("discord_connection.closed", number=code)


def _alive(client: Client) -> bool:
    if isinstance(client, discord.AutoShardedClient):
        return bool(client.shards) and not any(shard.is_closed() for shard in client.shards.values())
    # discord.py declares it as always there, and sets it when it has connected.
    return client.ws is not None and client.ws.open and client.is_ready()


async def _stopped(task: asyncio.Task[None]) -> None:
    """Ends it, also where discord.py overhears the first wish: it retries what failed at that very moment."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=LOOK_SECONDS)
    if not task.cancelled():
        # Whatever it was has been told, or does not matter any more.
        task.exception()


async def _closed(client: Client) -> None:
    with contextlib.suppress(Exception):
        await asyncio.wait_for(client.close(), CLOSE_SECONDS)


def _cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


@contextlib.contextmanager
def _calm() -> Iterator[None]:
    """A connection that breaks is no bug, and needs no traceback."""
    loggers = [logging.getLogger(name) for name in LOUD]
    for logger in loggers:
        logger.addFilter(_without_traceback)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(_without_traceback)


def _without_traceback(record: logging.LogRecord) -> bool:
    if record.exc_info:
        record.exc_info = None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
    return True
