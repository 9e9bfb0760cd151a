"""A connection that ends right after it began says no more that it has begun."""

import asyncio
import gc
from typing import Any

import pytest

from adapters.discord.client import Client, ShardedClient
from tests.integration.discord_answering import until
from tests.integration.discord_connecting import Noticing, Watching
from tests.integration.discord_running import fake_discord

SAID_AFTER = 0.3


@pytest.mark.parametrize("kind", [Client, ShardedClient])
async def test_a_connection_that_ends_before_it_was_said_to_be_ready_is_over(kind: type[Client]) -> None:
    troubles: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, trouble: troubles.append(trouble))
    duties = Watching()
    async with fake_discord() as fake:
        client = kind(Noticing(), duties, message_content=False, guild_ready_timeout=SAID_AFTER)
        await client.login(fake.token)
        connecting = asyncio.create_task(client.connect())
        await until(lambda: client._connection._ready_task is not None)
        await client.close()
        await asyncio.gather(connecting, return_exceptions=True)
        await asyncio.sleep(SAID_AFTER * 2)
        gc.collect()
    assert troubles == []
    assert duties.readies == 0
