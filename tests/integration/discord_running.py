"""The fake Discord, and discord.py pointed at it; what was not as Discord describes it fails the test at the end."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.fakes.discord import FakeDiscord


async def _at_once(_: discord.Client, shard_id: int | None, *, initial: bool = False) -> None:
    """In place of the patience of discord.py."""


@contextmanager
def pointed_at(fake: FakeDiscord) -> Iterator[None]:
    """discord.py talks to the fake in here, and waits no five seconds before it asks for another session."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, discord.Client.before_identify_hook
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = fake.api_url, yarl.URL(fake.gateway_url)
    discord.Client.before_identify_hook = _at_once  # type: ignore[assignment]
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, discord.Client.before_identify_hook = before  # type: ignore[method-assign]


@asynccontextmanager
async def fake_discord(**details: Any) -> AsyncIterator[FakeDiscord]:
    """A fake that discord.py is pointed at. Raises AssertionError at the end for every wrong request or answer."""
    async with FakeDiscord(**details) as fake:
        with pointed_at(fake):
            yield fake
        assert not fake.violations, "\n".join(fake.violations)


@asynccontextmanager
async def connected(fake: FakeDiscord, client: discord.Client) -> AsyncIterator[discord.Client]:
    """A client of discord.py while it runs and is ready."""
    tasks: set[asyncio.Task[None]] = set()
    try:
        await client.login(fake.token)
        running = asyncio.create_task(client.connect())
        waiting = asyncio.create_task(client.wait_until_ready())
        tasks |= {running, waiting}
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED, timeout=10)
        if running.done():
            running.result()
        assert waiting.done(), "the client did not become ready"
        yield client
    finally:
        await client.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
