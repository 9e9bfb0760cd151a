"""Runs what answers in Discord in this process, against the fake Discord and a core in memory."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

import discord

from adapters.discord.client import Client, Duties
from adapters.discord.desk import Desk, Habits
from adapters.discord.translating import payload
from tests.fakes.discord import FakeDiscord
from tests.fakes.patience import PATIENCE
from tests.fakes.saseo import Core
from tests.integration.discord_running import pointed_at
from tests.integration.slack_running import ANSWER, QUESTION, knowing

__all__ = [
    "ANSWER",
    "CALLBACK",
    "EDIT",
    "FOLLOW",
    "ORIGINAL",
    "POST",
    "QUESTION",
    "TYPING",
    "answering",
    "knowing",
    "settled",
]

POST = "POST /channels/{channel_id}/messages"
EDIT = "PATCH /channels/{channel_id}/messages/{message_id}"
ORIGINAL = "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original"
FOLLOW = "POST /webhooks/{webhook_id}/{webhook_token}"
CALLBACK = "POST /interactions/{interaction_id}/{interaction_token}/callback"
TYPING = "POST /channels/{channel_id}/typing"


class Registering(Duties):
    """Tells Discord of the commands, as the program does."""

    async def set_up(self, client: discord.Client) -> None:
        assert client.application_id is not None
        await client.http.bulk_upsert_global_commands(client.application_id, payload())


@asynccontextmanager
async def answering(
    fake: FakeDiscord, core: Core, *, message_content: bool = True, **habits: Any
) -> AsyncIterator[Desk]:
    """Everything behind the connection, while it is connected."""
    kept: list[Client] = []
    chosen = replace(Habits(api_url=fake.api_url), **habits)
    with pointed_at(fake):
        desk = Desk(core.saseo, lambda: kept[0] if kept else None, chosen, clock=lambda: core.now)
        async with desk:
            client = Client(
                desk.reception,
                Registering(),
                message_content=message_content,
                recorder=core.recorder,
                guild_ready_timeout=0.05,
            )
            kept.append(client)
            task = asyncio.create_task(client.start(fake.token))
            ready = asyncio.create_task(_ready(client))
            try:
                await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED, timeout=20)
                if task.done():
                    task.result()
                assert ready.done(), "the client did not become ready"
                desk.take_up()
                yield desk
                await desk.work.drain(seconds=desk.drain_seconds)
            finally:
                ready.cancel()
                await client.close()
                task.cancel()
                with suppress(asyncio.CancelledError, discord.DiscordException):
                    await task


async def _ready(client: Client) -> None:
    await until(lambda: bool(client._ready))
    await client.wait_until_ready()


async def until(look: Callable[[], bool], *, seconds: float = PATIENCE) -> None:
    """Waits until this holds."""
    for _ in range(int(seconds / 0.02)):
        if look():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"waited {seconds} s in vain")


async def settled(core: Core, *, seconds: float = PATIENCE) -> None:
    """Waits until nothing is owed any more, and a moment longer."""
    entries = core.store.inbox._entries
    await until(lambda: all(entry.finished_at is not None for entry in entries.values()), seconds=seconds)
    await asyncio.sleep(0.2)
